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
