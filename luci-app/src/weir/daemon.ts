/** Calls of the object `weir`. Every one rejects when it fails: nothing is swallowed. */
import rpc from 'luci/rpc';
import type { StatusReport } from '../../../src/agent/status_report.ts';
import type { Issue } from '../../../src/lib/issue.ts';
import type { LogLevel } from '../../../src/lib/log.ts';
import type { ShaperHistory } from '../../../src/model/history.ts';
import type { RenderedChange } from '../../../src/model/render.ts';
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

/** An issue as `check` answers it; `text` is all of it. */
export type IssueText = Issue & { readonly text: string };

/** What is wrong with the text of a configuration; its `where` begins with `config:LINE`. */
export const callCheck = rpc.declare<[config: string], { readonly ok: boolean; readonly issues: readonly IssueText[] }>(
  {
    object: 'weir',
    method: 'check',
    params: ['config'],
    reject: true,
  },
);

/** What is wrong with the file. */
export const callCheckFile = rpc.declare<[], { readonly ok: boolean; readonly issues: readonly IssueText[] }>({
  object: 'weir',
  method: 'check',
  reject: true,
});

/** What would change in the kernel with the text of a configuration. */
export const callPlan = rpc.declare<[config: string], { readonly changes: readonly RenderedChange[] }>({
  object: 'weir',
  method: 'plan',
  params: ['config'],
  reject: true,
});

export interface LogMessage {
  readonly agoS: number;
  readonly level: LogLevel;
  readonly text: string;
}
/** The newest so many messages, the oldest first. */
export const callLog = rpc.declare<[most: number], { readonly messages: readonly LogMessage[] }>({
  object: 'weir',
  method: 'log',
  params: ['most'],
  reject: true,
});

export interface Info {
  readonly version: string;
  readonly kernel: string;
  /** Null for what nobody had to know yet. */
  readonly capabilities: Readonly<Record<string, unknown>>;
  readonly uptimeS: number;
  readonly memory: Readonly<Record<string, number>>;
  readonly work: Readonly<Record<string, number>>;
}
export const callInfo = rpc.declare<[], Info>({ object: 'weir', method: 'info', reject: true });
