/** The state of the bridge, told from what the kernel holds. */
import type { Desired } from './desired.ts';
import { type Change, subjectOf } from './diff.ts';
import type { Observed } from './observed.ts';
import { xdpKey } from './resource/xdp.ts';
import { BRIDGE } from './resource.ts';
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
  const whole = changes.find(concernsAll);
  const ports = bridge.ports.map((port): PortStatus => {
    const missing = changes.find((change) => concerns(change, port.device)) ?? whole;
    const takenBy = port.path === 'tc' ? observed.devices.get(port.device)?.takenBy : undefined;
    const taken = takenBy === undefined ? null : `frames do not arrive: ${takenBy} takes them`;
    const reason = port.path === undefined ? port.reason : missing === undefined ? taken : describeMissing(missing);
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

/** Classes that are not the configured ones, as `weir map` leaves them, forward frames all the same. */
function concernsAll(change: Change): boolean {
  const { type, device } = subjectOf(change);
  return device === BRIDGE && !(type === 'steering' && change.action === 'change');
}

function concerns(change: Change, device: string): boolean {
  const subject = subjectOf(change);
  if (subject.device !== device) return false;
  return (
    ['port', 'xdp', 'forward', 'promiscuous'].includes(subject.type) ||
    (subject.type === 'qdisc' && subject.parent === 'ingress')
  );
}
