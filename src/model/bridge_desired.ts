/**
 * The bridge as it should be, given the devices that exist: each port with the path that its frames take and why, and what cannot be had.
 */
import type { Issue } from '../lib/issue.ts';
import { type BridgeConfig, type PortConfig, tableFor } from './bridge_config.ts';
import { deviceProblems } from './bridge_devices.ts';
import type { Config } from './config.ts';
import type { Device, Observed } from './observed.ts';
import { type OffloadWish, wantedFeatures } from './offloads_wanted.ts';
import { HOOK_HANDLE, qdiscKey } from './resource/qdisc.ts';
import { keyOf } from './resource/registry.ts';
import { xdpKey } from './resource/xdp.ts';
import { BRIDGE, type Resource } from './resource.ts';

/** How frames that arrive on a device are to be forwarded, or why they are not. */
export interface PortIntent {
  readonly device: string;
  readonly redirectTo: string;
  readonly path: 'xdp' | 'xdp generic' | 'tc' | undefined;
  /** Why this path, or why none. */
  readonly reason: string;
}

export interface BridgeIntent {
  readonly state: 'off' | 'waiting' | 'wanted';
  readonly reason: string | undefined;
  readonly ports: readonly PortIntent[];
}

const ETHERNET_HEADER_BYTES = 14;
/** What a driver does to frames before an XDP program sees them, and must not. */
const NOT_BEFORE_XDP: readonly OffloadWish[] = [
  { offload: 'lro', why: 'merged frames are none that could be sent on' },
  { offload: 'rxvlan', why: 'a tag that the hardware has taken out cannot be mapped, nor be sent on' },
];

/** Adds what the bridge wants to `resources`, which hold what the shapers want. */
export function desiredBridge(
  { bridge, enabled }: Config,
  observed: Observed,
  resources: Map<string, Resource>,
  issues: Issue[],
): BridgeIntent {
  const nothing = { ports: [] };
  if (bridge === undefined) return { ...nothing, state: 'off', reason: 'no bridge is configured' };
  if (!enabled) return { ...nothing, state: 'off', reason: 'weir is disabled in section globals' };
  const waiting = (reason: string, severity: Issue['severity'], expected?: string): BridgeIntent => {
    issues.push({ severity, where: bridge.where, what: reason, ...(expected === undefined ? {} : { expected }) });
    return { ...nothing, state: 'waiting', reason };
  };
  const available = observed.bpfAvailable ?? { problem: 'nobody looked for the BPF programs' };
  if ('problem' in available) return waiting(available.problem, 'error', 'the package weir-bridge');
  const objectId = available.id;
  const ports = bridge.ports.map((port) => portIntent(bridge, port, observed, resources, issues));
  const usable = bridge.ports.filter((_, i) => ports[i]?.path !== undefined);
  if (usable.length === 0) return { state: 'waiting', reason: 'no port can be used yet', ports };
  const put = (resource: Resource): void => {
    resources.set(keyOf(resource), resource);
  };
  const sizes = { steering: tableFor(bridge.steering.size), hosts: bridge.hostTable };
  put({ type: 'programs', device: BRIDGE, objectId, sizes });
  put({ type: 'steering', device: BRIDGE, entries: bridge.steering, unknown: bridge.unknown });
  for (const [i, port] of bridge.ports.entries()) {
    const intent = ports[i];
    const [device, target] = [observed.devices.get(port.device), observed.devices.get(port.redirectTo)];
    if (intent?.path === undefined || device === undefined || target === undefined) continue;
    for (const resource of portResources(bridge, port, intent, device, target, objectId, observed)) {
      const key = keyOf(resource);
      if (!resources.has(key)) resources.set(key, resource);
    }
  }
  return { state: 'wanted', reason: undefined, ports };
}

function portIntent(
  bridge: BridgeConfig,
  port: PortConfig,
  observed: Observed,
  resources: ReadonlyMap<string, Resource>,
  issues: Issue[],
): PortIntent {
  const base = { device: port.device, redirectTo: port.redirectTo };
  const refused = (severity: Issue['severity'], reason: string, expected?: string): PortIntent => {
    issues.push({ severity, where: port.where, what: reason, ...(expected === undefined ? {} : { expected }) });
    return { ...base, path: undefined, reason };
  };
  for (const name of [port.device, port.redirectTo]) {
    const device = observed.devices.get(name);
    if (device === undefined) return refused('warning', `device ${name} does not exist; waiting for it`);
    if (device.ours) return refused('error', `device ${name} is weir's own`, 'the device of a link');
  }
  const [device, target] = [observed.devices.get(port.device), observed.devices.get(port.redirectTo)];
  if (device === undefined || target === undefined) throw new Error('a device that was just found is not there');
  for (const { what, expected, refuses } of deviceProblems(device, target)) {
    if (refuses) return refused('error', what, expected);
    issues.push({ severity: 'warning', where: port.where, what, expected });
  }
  if (device.takenBy !== undefined) {
    const what = `someone else's filter on ${device.name} takes every packet before the bridge sees it: ${device.takenBy}`;
    issues.push({ severity: 'warning', where: port.where, what });
  }
  const foreign = foreignXdp(device.name, observed);
  if (foreign !== undefined) {
    const what = `${foreign}, and stays; it sees frames before the bridge does`;
    issues.push({ severity: 'warning', where: port.where, what });
  }
  const chosen = choosePath(bridge, port, observed, resources);
  if (chosen.path === undefined) return refused('error', chosen.reason);
  return { ...base, ...chosen };
}

/**
 * The path of frames that arrive on the port, or why there is none. Where the driver takes no XDP, `auto` takes tc and not generic XDP:
 * that costs a quarter less for a single frame, but the kernel merges no frames of TCP for a device that has it (net/core/dev.h:
 * netif_elide_gro), and so a flow of TCP came through tc 1.4 to 2.8 times as fast (two veths, Linux 6.18).
 */
function choosePath(
  bridge: BridgeConfig,
  port: PortConfig,
  observed: Observed,
  resources: ReadonlyMap<string, Resource>,
): Pick<PortIntent, 'path' | 'reason'> {
  if (bridge.path === 'tc') return { path: 'tc', reason: 'the configuration says so' };
  const shaping = bridge.path === 'auto' ? shapedBy(port.redirectTo, observed, resources) : undefined;
  if (shaping !== undefined) return { path: 'tc', reason: shaping };
  const problem = xdpProblem(bridge, port, observed, resources);
  if (problem === undefined) return { path: 'xdp', reason: `nothing shapes on ${port.redirectTo}` };
  if (bridge.path === 'auto') return { path: 'tc', reason: problem.reason };
  if (problem.generic) return { path: 'xdp generic', reason: problem.reason };
  return { path: undefined, reason: `${problem.reason}, and 'path' is xdp` };
}

/** Why frames cannot go from driver to driver, and whether the kernel's generic way would do. */
function xdpProblem(
  bridge: BridgeConfig,
  { device, redirectTo }: PortConfig,
  observed: Observed,
  resources: ReadonlyMap<string, Resource>,
): { reason: string; generic: boolean } | undefined {
  const { withoutNativeXdp, withoutXdp } = observed.capabilities;
  const ends = [device, redirectTo];
  const foreign = foreignXdp(device, observed);
  if (foreign !== undefined) return { reason: foreign, generic: false };
  const without = ends.find((name) => withoutXdp.has(name));
  if (without !== undefined) return { reason: `${without} takes no XDP program`, generic: false };
  const notNative = ends.find((name) => withoutNativeXdp.has(name));
  if (notNative !== undefined) return { reason: `the driver of ${notNative} takes no XDP program`, generic: true };
  // Who started it has learned why by trying, which would stop the forwarding now.
  if (ends.every((name) => isOursGeneric(name, observed))) {
    return { reason: `a driver of ${[...new Set(ends)].join(' and ')} takes no XDP program`, generic: true };
  }
  // Many drivers send such frames only while they have a program of their own (veth, virtio_net, ixgbe: their ndo_xdp_xmit).
  const back = bridge.ports.find((port) => port.device === redirectTo);
  const backShaped = back === undefined ? undefined : shapedBy(back.redirectTo, observed, resources);
  const isWithout = back === undefined || foreignXdp(redirectTo, observed) !== undefined;
  if (isWithout || (bridge.path === 'auto' && backShaped !== undefined)) {
    return {
      reason: `${redirectTo} runs no XDP program of ours, without which drivers do not send such frames`,
      generic: true,
    };
  }
  return undefined;
}

/** Whether our program is on it in the kernel's generic way. Both ports are so only where a driver has refused. */
function isOursGeneric(device: string, observed: Observed): boolean {
  const found = observed.resources.get(xdpKey(device))?.resource;
  return found?.type === 'xdp' && found.mode === 'generic';
}

/** What shapes at the root of a device, which only packets pass that the kernel sends. */
function shapedBy(device: string, observed: Observed, resources: ReadonlyMap<string, Resource>): string | undefined {
  const key = qdiscKey(device, 'root');
  const wanted = resources.get(key);
  if (wanted?.type === 'qdisc') return `${wanted.kind} shapes on ${device}`;
  const found = observed.resources.get(key);
  if (found?.owner !== 'someone else' || found.resource.type !== 'qdisc') return undefined;
  const { kind } = found.resource;
  return observed.devices.get(device)?.rootIsTree === true || SHAPING_KINDS.includes(kind)
    ? `someone else's ${kind} is on ${device}`
    : undefined;
}

/** Roots that someone has put there to shape. */
const SHAPING_KINDS: readonly string[] = [
  'cake',
  'cake_mq',
  'htb',
  'hfsc',
  'tbf',
  'drr',
  'qfq',
  'ets',
  'prio',
  'netem',
];

/** A program of other people on the port, which stays. */
function foreignXdp(name: string, observed: Observed): string | undefined {
  const device = observed.devices.get(name);
  if (device?.xdp === undefined) return undefined;
  const ours = observed.resources.get(xdpKey(name));
  return ours === undefined ? `someone else's XDP program (number ${device.xdp.programId}) is on ${name}` : undefined;
}

function* portResources(
  bridge: BridgeConfig,
  port: PortConfig,
  { path }: PortIntent,
  device: Device,
  target: Device,
  objectId: string,
  observed: Observed,
): Iterable<Resource> {
  const { redirectTo, scanVlans, faces, vlans } = port;
  const { controlFrames } = bridge;
  const name = device.name;
  const maxFrameBytes = target.mtu + ETHERNET_HEADER_BYTES;
  const address = device.address ?? '';
  yield { type: 'port', device: name, redirectTo, maxFrameBytes, address, scanVlans, controlFrames, faces, vlans };
  const pinned = bridge.onCrash === 'forward';
  const mode = path === 'xdp' ? 'native' : 'generic';
  if (path === 'tc') {
    const existing = observed.resources.get(qdiscKey(name, 'ingress'))?.resource;
    yield existing ?? { type: 'qdisc', device: name, parent: 'ingress', kind: 'clsact', handle: HOOK_HANDLE };
    yield { type: 'forward', device: name, program: pinned ? 'tc_forward' : 'tc_while_alive', objectId };
    if (bridge.usesCpus && !observed.capabilities.withoutNativeXdp.has(name)) {
      yield { type: 'xdp', device: name, program: 'xdp_steer', mode: 'native', objectId, pinned };
    }
  } else {
    yield { type: 'xdp', device: name, program: 'xdp_forward', mode, objectId, pinned };
    yield* wantedFeatures(device, NOT_BEFORE_XDP);
  }
  yield { type: 'promiscuous', device: name };
}
