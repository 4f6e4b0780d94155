/** Calls of the object `weir`. Every one rejects when it fails: nothing is swallowed. */
import rpc from 'luci/rpc';

export interface ShaperStatus {
  readonly name: string;
  readonly device: string | null;
  readonly state: string;
  readonly reason: string | null;
}

export interface Status {
  readonly version: string;
  readonly shapers: readonly ShaperStatus[];
}

/** The state of each shaper, as the kernel has it. */
export const callStatus = rpc.declare<[], Status>({ object: 'weir', method: 'status', reject: true });

/** What a person got wrong, or should know. `text` is all of it. */
export interface Issue {
  readonly severity: 'error' | 'warning';
  readonly where: string;
  readonly what: string;
  readonly expected?: string;
  readonly got?: string;
  readonly text: string;
}

/** What is wrong with the text of a configuration; its `where` begins with `config:LINE`. */
export const callCheck = rpc.declare<[config: string], { readonly ok: boolean; readonly issues: readonly Issue[] }>({
  object: 'weir',
  method: 'check',
  params: ['config'],
  reject: true,
});

export interface PlannedChange {
  readonly action: string;
  readonly path: string;
  readonly differences: readonly { readonly what: string; readonly found: string; readonly wanted: string }[];
  /** Traffic that is lost by it, in words. */
  readonly loses: readonly string[];
  readonly commands: readonly string[];
}

/** What would change in the kernel with the text of a configuration. */
export const callPlan = rpc.declare<[config: string], { readonly changes: readonly PlannedChange[] }>({
  object: 'weir',
  method: 'plan',
  params: ['config'],
  reject: true,
});
