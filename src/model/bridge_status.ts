/** The state of the bridge, told from what the kernel holds. */
import type { Desired } from './desired.ts';
import { type Change, subjectOf } from './diff.ts';
import type { Observed } from './observed.ts';
import { xdpKey } from './resource/xdp.ts';
import { describeMissing } from './status.ts';

export interface PortStatus {
  readonly device: string;
  readonly redirectTo: string;
  /** `xdp`, `xdp generic` or `tc`; null where there is none. */
  readonly path: string | null;
  /** Why this path, or why none. */
  readonly pathReason: string;
  readonly inForce: boolean;
  /** Why it is not in force. */
  readonly reason: string | null;
  /** The kernel's number of the XDP program on it, whoever's it is. */
  readonly xdpProgramId: number | null;
  readonly xdpIsOurs: boolean;
}

export interface BridgeStatus {
  readonly state: 'off' | 'waiting' | 'forwarding' | 'partial' | 'stopped';
  readonly reason: string | null;
  readonly ports: readonly PortStatus[];
}

/** `changes` are those that would lead from observed to desired. */
export function bridgeStatus({ bridge }: Desired, observed: Observed, changes: readonly Change[]): BridgeStatus {
  // Without the programs nothing is forwarded; classes may differ, as they do when somebody sets some until the next reload.
  const whole = changes.find((change) => subjectOf(change).type === 'programs');
  const ports = bridge.ports.map((port): PortStatus => {
    const missing = changes.find((change) => concerns(change, port.device)) ?? whole;
    const reason = port.path === undefined ? port.reason : missing === undefined ? null : describeMissing(missing);
    return {
      device: port.device,
      redirectTo: port.redirectTo,
      path: port.path ?? null,
      pathReason: port.reason,
      inForce: reason === null,
      reason,
      xdpProgramId: observed.devices.get(port.device)?.xdp?.programId ?? null,
      xdpIsOurs: observed.resources.has(xdpKey(port.device)),
    };
  });
  const inForce = ports.filter((port) => port.inForce).length;
  const state = bridge.state === 'wanted' ? stateOf(inForce, ports.length) : bridge.state;
  return { state, reason: bridge.reason ?? null, ports };
}

function stateOf(inForce: number, asked: number): BridgeStatus['state'] {
  if (inForce === asked) return 'forwarding';
  return inForce === 0 ? 'stopped' : 'partial';
}

function concerns(change: Change, device: string): boolean {
  const subject = subjectOf(change);
  if (subject.device !== device) return false;
  return (
    ['port', 'xdp', 'forward', 'promiscuous'].includes(subject.type) ||
    (subject.type === 'qdisc' && subject.parent === 'ingress')
  );
}
