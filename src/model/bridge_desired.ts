/**
 * The bridge as it should be, given the devices that exist: each port with the path that its frames take and why, and what cannot be had.
 */
import type { Issue } from '../lib/issue.ts';
import { type BridgeConfig, type PortConfig, tableFor } from './bridge_config.ts';
import { portProblems, portRefusal } from './bridge_devices.ts';
import { type BridgePath, choosePath, NOT_BEFORE_XDP, steerProblem } from './bridge_path.ts';
import type { Device, Observed } from './observed.ts';
import { wantedFeatures } from './offloads_wanted.ts';
import { PROGRAMS_KEY } from './resource/programs.ts';
import { HOOK_HANDLE, qdiscKey } from './resource/qdisc.ts';
import { keyOf } from './resource/registry.ts';
import { BRIDGE, type Resource } from './resource.ts';

/** How frames that arrive on a device are to be forwarded, or why they are not. */
export interface PortIntent {
  readonly device: string;
  readonly redirectTo: string;
  readonly path: BridgePath | undefined;
  /** Why this path, or why none. */
  readonly reason: string;
}

export interface BridgeIntent {
  readonly state: 'off' | 'waiting' | 'wanted';
  readonly reason: string | undefined;
  readonly ports: readonly PortIntent[];
}

const ETHERNET_HEADER_BYTES = 14;

/** Adds what the bridge wants to `resources`, which hold what the shapers want; `objectId` is that of the installed object. */
export function desiredBridge(
  bridge: BridgeConfig,
  objectId: string,
  observed: Observed,
  resources: Map<string, Resource>,
  issues: Issue[],
): BridgeIntent {
  const ports = bridge.ports.map((port) => portIntent(bridge, port, observed, resources, issues));
  const usable = bridge.ports.filter((_, i) => ports[i]?.path !== undefined);
  const nothingUsable: BridgeIntent = { state: 'waiting', reason: 'no port can be used yet', ports };
  // What is loaded stays, with what it has counted, while its devices are away.
  const loaded = observed.resources.get(PROGRAMS_KEY)?.resource;
  const isLoaded = loaded?.type === 'programs' && loaded.objectId !== undefined;
  if (usable.length === 0 && !isLoaded) return nothingUsable;
  const put = (resource: Resource): void => {
    resources.set(keyOf(resource), resource);
  };
  const sizes = { steering: tableFor(bridge.steering.size), hosts: bridge.hostTable };
  put({ type: 'programs', device: BRIDGE, objectId, sizes });
  put({ type: 'steering', device: BRIDGE, entries: bridge.steering, unknown: bridge.unknown });
  if (usable.length === 0) return nothingUsable;
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
  const add = (severity: Issue['severity'], what: string, expected?: string): void => {
    issues.push({ severity, where: port.where, what, ...(expected === undefined ? {} : { expected }) });
  };
  const refused = portRefusal(port, observed);
  if (refused !== undefined) {
    add(refused.isMissing ? 'warning' : 'error', refused.what, refused.expected);
    return { ...base, path: undefined, reason: refused.what };
  }
  for (const { what, expected } of portProblems(port, observed)) add('warning', what, expected);
  const { path, reason, warnings } = choosePath(bridge, port, observed, resources);
  for (const { what, expected } of warnings) add('warning', what, expected);
  if (path === undefined) add('error', reason);
  const unsteered = path === 'tc' && bridge.usesCpus ? steerProblem(port.device, observed) : undefined;
  if (unsteered !== undefined) add('warning', `${unsteered}, so that no host's frames are given to its CPU there`);
  const takenBy = path === 'tc' ? observed.devices.get(port.device)?.takenBy : undefined;
  if (takenBy !== undefined) {
    add('warning', `someone else's filter on ${port.device} takes every packet before the bridge sees it: ${takenBy}`);
  }
  return { ...base, path, reason };
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
    if (bridge.usesCpus && steerProblem(name, observed) === undefined) {
      yield { type: 'xdp', device: name, program: 'xdp_steer', mode: 'native', objectId, pinned };
      yield* wantedFeatures(device, NOT_BEFORE_XDP);
    }
  } else {
    yield { type: 'xdp', device: name, program: 'xdp_forward', mode, objectId, pinned };
    yield* wantedFeatures(device, NOT_BEFORE_XDP);
  }
  yield { type: 'promiscuous', device: name };
}
