/** Calls of the object `weir`. Every one rejects when it fails: nothing is swallowed. */
import rpc from 'luci/rpc';
import type { BridgeReport, MapEntry } from '../../../src/agent/bridge_control.ts';
import type { HostOrder } from '../../../src/agent/host_order.ts';
import type { HostsReport } from '../../../src/agent/host_table.ts';
import type { StatusReport } from '../../../src/agent/status_report.ts';
import type { Issue } from '../../../src/lib/issue.ts';
import type { LogLevel } from '../../../src/lib/log.ts';
import type { ShaperHistory } from '../../../src/model/history.ts';
import type { RenderedChange } from '../../../src/model/render.ts';
import type { BriefStats } from '../../../src/model/stats_brief.ts';
import type { SectionOptions } from '../../../src/model/tree/section_option.ts';
import type { TreeReport } from '../../../src/model/tree/views.ts';

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

function method<A extends readonly unknown[], R>(
  name: string,
  ...params: readonly string[]
): (...args: A) => Promise<R> {
  return rpc.declare<A, R>({ object: 'weir', method: name, params, reject: true });
}

/** The state of each shaper, as the kernel has it. */
export const callStatus = method<[], Status>('status');

const callStats = method<[brief: boolean], { readonly shapers: readonly BriefStats[] }>('stats', 'brief');
/** What a page shows each second of all shapers. */
export const callBriefStats = (): ReturnType<typeof callStats> => callStats(true);

export const callHistory = method<[shaper: string, resolution: number], ShaperHistory>(
  'history',
  'shaper',
  'resolution',
);

/** The part of `config` that pages need to know. */
export interface EffectiveConfig {
  readonly enabled: boolean;
  readonly history: boolean;
  readonly shapers: readonly { readonly name: string; readonly enabled: boolean }[];
}
export const callConfig = method<[], EffectiveConfig>('config');

/** Null where no bridge is configured. */
export const callBridge = method<[], { readonly bridge: BridgeReport | null }>('bridge');
export const callHosts = method<[sort: HostOrder, limit: number], HostsReport>('hosts', 'sort', 'limit');
export const callMapList = method<[], { readonly entries: readonly MapEntry[] }>('map_list');
export const callMapDelete = method<[ip: string], Outcome>('map_del', 'ip');

/** Without a device only which devices have a tree. */
export const callTree = method<[device: string | null, limit: number], TreeReport>('tree', 'device', 'limit');
export const callOptions = method<[section: string, kind: string | null, leaf: string | null], SectionOptions>(
  'options',
  'section',
  'kind',
  'leaf',
);

export const callReload = method<[], Outcome>('reload');
export const callReset = method<[shaper: string], Outcome>('reset', 'shaper');
export const callDisable = method<[shaper: string, forS: number], Outcome>('disable', 'shaper', 'for');
export const callEnable = method<[shaper: string], Outcome>('enable', 'shaper');

/** An issue as `check` answers it; `text` is all of it. */
export type IssueText = Issue & { readonly text: string };

/** What is wrong with the file, or with the text of a configuration, whose issues' `where` begins with `config:LINE`. */
export const callCheck = method<[config?: string], { readonly ok: boolean; readonly issues: readonly IssueText[] }>(
  'check',
  'config',
);

/** What is wrong with the file. */
export const callCheckFile = rpc.declare<[], { readonly ok: boolean; readonly issues: readonly IssueText[] }>({
  object: 'weir',
  method: 'check',
  reject: true,
});

/** What would change in the kernel with the text of a configuration. */
export const callPlan = method<[config: string], { readonly changes: readonly RenderedChange[] }>('plan', 'config');

export interface LogMessage {
  readonly agoS: number;
  readonly level: LogLevel;
  readonly text: string;
}
/** The newest so many messages, the oldest first. */
export const callLog = method<[most: number], { readonly messages: readonly LogMessage[] }>('log', 'most');

export interface Info {
  readonly version: string;
  readonly kernel: string;
  /** Null for what nobody had to know yet. */
  readonly capabilities: Readonly<Record<string, unknown>>;
  readonly uptimeS: number;
  readonly memory: Readonly<Record<string, number>>;
  readonly work: Readonly<Record<string, number>>;
  /** Whether there are trees, or what is wrong with their package. */
  readonly trees: { readonly usable: boolean; readonly problem?: string };
}
export const callInfo = method<[], Info>('info');
