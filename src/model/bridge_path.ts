/** Which way the frames of a port take, and why: from driver to driver (XDP), or through the queue where they leave (tc). */
import type { BridgeConfig, PortConfig } from './bridge_config.ts';
import { portRefusal } from './bridge_devices.ts';
import type { Device, Observed } from './observed.ts';
import { fixedFeatures, type OffloadWish } from './offloads_wanted.ts';
import { qdiscKey } from './resource/qdisc.ts';
import { xdpKey } from './resource/xdp.ts';
import type { Resource } from './resource.ts';

export type BridgePath = 'xdp' | 'xdp generic' | 'tc';

export interface ChosenPath {
  /** Undefined where there is none. */
  readonly path: BridgePath | undefined;
  readonly reason: string;
  readonly warnings: readonly { readonly what: string; readonly expected: string }[];
}

/** What a driver does to frames before an XDP program sees them, and must not. */
export const NOT_BEFORE_XDP: readonly OffloadWish[] = [
  { offload: 'lro', why: 'merged frames are none that could be sent on' },
  { offload: 'rxvlan', why: 'a tag that the hardware has taken out cannot be mapped, nor be sent on' },
];

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

const CONFIGURED = 'the configuration says so';
const INSTEAD_OF_XDP = "path 'auto' or 'tc'";

/**
 * `resources` are what the shapers want. The devices of the port are there, and can be used.
 *
 * Where the driver takes no XDP, `auto` takes tc and not generic XDP: that costs a quarter less for a single frame, but the kernel merges
 * no frames of TCP for a device that has it (net/core/dev.h: netif_elide_gro), so that a flow of TCP came through tc 1.4 to 2.8 times as
 * fast (two veths, Linux 6.18).
 */
export function choosePath(
  bridge: BridgeConfig,
  port: PortConfig,
  observed: Observed,
  resources: ReadonlyMap<string, Resource>,
): ChosenPath {
  const { device, redirectTo } = port;
  const foreign = foreignXdp(device, observed);
  const beforeUs =
    foreign === undefined
      ? []
      : [
          {
            what: `someone else's XDP program (number ${foreign.programId}) is on ${device}, and stays: it sees frames before the bridge does`,
            expected: 'none but of weir',
          },
        ];
  if (bridge.path === 'tc') return { path: 'tc', reason: CONFIGURED, warnings: beforeUs };
  const situation = { bridge, observed, resources };
  const shaping = shapedBy(redirectTo, situation);
  const fixed = fixedBeforeXdp(device, observed);
  const problem = xdpProblem(port, situation);
  if (bridge.path === 'auto') {
    const against = shaping ?? problem?.reason;
    if (against !== undefined) return { path: 'tc', reason: against, warnings: beforeUs };
    return { path: 'xdp', reason: `nothing shapes on ${redirectTo}`, warnings: [] };
  }
  if (problem?.generic === false) {
    return { path: undefined, reason: `${problem.reason}, and 'path' is xdp`, warnings: [] };
  }
  const warnings = [
    ...(shaping === undefined ? [] : [`${shaping}, and what the bridge sends there passes no queue`]),
    ...(fixed === undefined ? [] : [fixed]),
  ].map((what) => ({ what, expected: INSTEAD_OF_XDP }));
  return problem === undefined
    ? { path: 'xdp', reason: CONFIGURED, warnings }
    : { path: 'xdp generic', reason: problem.reason, warnings };
}

interface Situation {
  readonly bridge: BridgeConfig;
  readonly observed: Observed;
  readonly resources: ReadonlyMap<string, Resource>;
}

/** Why frames cannot go from driver to driver, and whether the kernel's generic way would do. */
interface XdpProblem {
  readonly reason: string;
  readonly generic: boolean;
}

function xdpProblem(port: PortConfig, situation: Situation): XdpProblem | undefined {
  const own = ownProblem(port, situation);
  if (own !== undefined) return own;
  // Many drivers send such frames only while they have a program of their own (veth, virtio_net, ixgbe: their ndo_xdp_xmit).
  if (runsNative(port.redirectTo, situation, new Set())) return undefined;
  return {
    reason: `${port.redirectTo} runs no XDP program of ours, without which drivers do not send such frames`,
    generic: true,
  };
}

/** What stands against it at the two devices, whatever else they do. */
function ownProblem({ device, redirectTo }: PortConfig, { bridge, observed }: Situation): XdpProblem | undefined {
  const { withoutNativeXdp, withoutXdp } = observed.capabilities;
  const ends = [device, redirectTo];
  const foreign = foreignXdp(device, observed);
  if (foreign !== undefined) {
    return { reason: `someone else's XDP program (number ${foreign.programId}) is on ${device}`, generic: false };
  }
  const without = ends.find((name) => withoutXdp.has(name));
  if (without !== undefined) return { reason: `${without} takes no XDP program`, generic: false };
  const notNative = ends.find((name) => withoutNativeXdp.has(name));
  if (notNative !== undefined) return { reason: `the driver of ${notNative} takes no XDP program`, generic: true };
  // Who started it has learned why by trying, which would stop the forwarding now.
  if (ends.every((name) => isOursGeneric(name, observed))) {
    return { reason: `a driver of ${[...new Set(ends)].join(' and ')} takes no XDP program`, generic: true };
  }
  const fixed = bridge.path === 'auto' ? fixedBeforeXdp(device, observed) : undefined;
  return fixed === undefined ? undefined : { reason: fixed, generic: true };
}

/** Whether a program runs in the driver, or will: in a circle of ports each does, unless something stands against one of them. */
function runsNative(device: string, situation: Situation, asked: Set<string>): boolean {
  const { bridge, observed } = situation;
  const foreign = foreignXdp(device, observed);
  if (foreign !== undefined) return foreign.mode === 'native';
  const port = bridge.ports.find((one) => one.device === device);
  if (port === undefined || portRefusal(port, observed) !== undefined) return false;
  if (asked.has(device)) return true;
  asked.add(device);
  if (bridge.path === 'auto' && shapedBy(port.redirectTo, situation) !== undefined) return false;
  return ownProblem(port, situation) === undefined && runsNative(port.redirectTo, situation, asked);
}

/**
 * Why frames that arrive on the device cannot be handed to a CPU of their own, before they go through the queue: that takes a program
 * in the driver, and a frame that changes its CPU there keeps nothing of what the hardware has taken out (kernel/bpf/cpumap.c).
 */
export function steerProblem(name: string, observed: Observed): string | undefined {
  const { withoutNativeXdp, withoutXdp } = observed.capabilities;
  if (withoutNativeXdp.has(name) || withoutXdp.has(name)) return `the driver of ${name} takes no XDP program`;
  if (foreignXdp(name, observed) !== undefined) return `someone else's XDP program is on ${name}`;
  return fixedBeforeXdp(name, observed);
}

/** What the driver does to frames and cannot be told not to. */
function fixedBeforeXdp(name: string, observed: Observed): string | undefined {
  const device = observed.devices.get(name);
  if (device === undefined) return undefined;
  for (const wish of NOT_BEFORE_XDP) {
    const [feature] = fixedFeatures(device, [wish]);
    if (feature !== undefined) return `the driver of ${name} keeps ${feature} on, and ${wish.why}`;
  }
  return undefined;
}

/** Whether our program is on it in the kernel's generic way. Both ports are so only where a driver has refused. */
function isOursGeneric(device: string, observed: Observed): boolean {
  const found = observed.resources.get(xdpKey(device))?.resource;
  return found?.type === 'xdp' && found.mode === 'generic';
}

/** What shapes at the root of a device, which only packets pass that the kernel sends. */
function shapedBy(device: string, { observed, resources }: Situation): string | undefined {
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

/** A program of other people on the device, which stays. */
function foreignXdp(name: string, observed: Observed): Device['xdp'] {
  return observed.resources.has(xdpKey(name)) ? undefined : observed.devices.get(name)?.xdp;
}
