/** The state of the shapers and what works against them, as the bus and the command line tell it. */
import type { Host } from '../host/host.ts';
import type { Issue } from '../lib/issue.ts';
import type { BridgeStatus } from '../model/bridge_status.ts';
import type { Config } from '../model/config.ts';
import type { OverlayValue } from '../model/overlay.ts';
import type { ShaperStatus } from '../model/status.ts';
import type { QosStatus } from '../model/tree/open_vswitch_status.ts';
import type { TreeStatus } from '../model/tree/status.ts';
import type { TuningStatus } from '../model/tuning_status.ts';
import { findConflicts } from './conflicts.ts';
import type { Kernel } from './kernel.ts';
import { qosReport } from './qos_report.ts';

/** What only a daemon knows of a shaper. */
export interface Live {
  /** How long it has been in this state; null where no daemon runs. */
  readonly stateForS: number | null;
  /** What was set over the file, and for how much longer; null for until it is reset. */
  readonly set: readonly { readonly option: string; readonly value: OverlayValue; readonly forS: number | null }[];
}

export interface StatusReport {
  readonly version: string;
  readonly shapers: readonly (ShaperStatus & Live)[];
  /** Null where none is configured. */
  readonly bridge: BridgeStatus | null;
  /** Each value that a section tuning asks for. */
  readonly tuning: readonly TuningStatus[];
  /** The trees of each device that has some configured. */
  readonly trees: readonly TreeStatus[];
  /** Each QoS of Open vSwitch on each of its ports. */
  readonly qos: readonly QosStatus[];
  /** What else on this router works against the shaping. */
  readonly conflicts: readonly Issue[];
  readonly issues: readonly Issue[];
}

export const NOT_LIVE: Live = { stateForS: null, set: [] };

/** What a look at the kernel has found. */
export interface Found {
  readonly issues: readonly Issue[];
  readonly statuses: readonly ShaperStatus[];
  readonly bridge: BridgeStatus;
  readonly tuning: readonly TuningStatus[];
  readonly trees: readonly TreeStatus[];
}

/** @throws KernelError */
export function statusReport(
  { host, kernel, version }: { readonly host: Host; readonly kernel: Kernel; readonly version: string },
  config: Config,
  found: Found,
  liveOf: (status: ShaperStatus) => Live,
): StatusReport {
  const interfaces = config.shapers.flatMap((shaper) => shaper.interface ?? []);
  return {
    version,
    shapers: found.statuses.map((status) => ({ ...status, ...liveOf(status) })),
    bridge: config.bridge === undefined ? null : found.bridge,
    tuning: found.tuning,
    trees: found.trees,
    qos: qosReport(kernel, config.trees),
    conflicts: findConflicts(host, kernel, found.statuses, interfaces),
    issues: found.issues,
  };
}
