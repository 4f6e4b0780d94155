/** Calls of the object `weir`. Every one rejects when it fails: nothing is swallowed. */
import rpc from 'luci/rpc';
import type { StatusReport } from '../../../src/agent/status_report.ts';
import type { ShaperHistory } from '../../../src/model/history.ts';
import type { BriefStats } from '../../../src/model/stats_brief.ts';

export type Status = StatusReport;
export type ShaperStatus = StatusReport['shapers'][number];

/** What a call that failed says. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What a method that changes something answers. */
export interface Outcome {
  readonly ok: boolean;
  readonly issues: readonly string[];
}

/** The state of each shaper, as the kernel has it. */
export const callStatus = rpc.declare<[], Status>({ object: 'weir', method: 'status', reject: true });

const callStats = rpc.declare<[brief: boolean], { readonly shapers: readonly BriefStats[] }>({
  object: 'weir',
  method: 'stats',
  params: ['brief'],
  reject: true,
});
/** What a page shows each second of all shapers. */
export const callBriefStats = (): ReturnType<typeof callStats> => callStats(true);

export const callHistory = rpc.declare<[shaper: string, resolution: number], ShaperHistory>({
  object: 'weir',
  method: 'history',
  params: ['shaper', 'resolution'],
  reject: true,
});

/** The part of `config` that pages need to know. */
export interface EffectiveConfig {
  readonly enabled: boolean;
  readonly history: boolean;
  readonly shapers: readonly { readonly name: string; readonly enabled: boolean }[];
}
export const callConfig = rpc.declare<[], EffectiveConfig>({ object: 'weir', method: 'config', reject: true });

export const callReload = rpc.declare<[], Outcome>({ object: 'weir', method: 'reload', reject: true });
export const callReset = rpc.declare<[shaper: string], Outcome>({
  object: 'weir',
  method: 'reset',
  params: ['shaper'],
  reject: true,
});
export const callDisable = rpc.declare<[shaper: string, forS: number], Outcome>({
  object: 'weir',
  method: 'disable',
  params: ['shaper', 'for'],
  reject: true,
});
export const callEnable = rpc.declare<[shaper: string], Outcome>({
  object: 'weir',
  method: 'enable',
  params: ['shaper'],
  reject: true,
});
