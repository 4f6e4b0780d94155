/**
 * From messages of the kernel to observed state: devices with what the decisions need of them, and resources with their owner.
 */

import { Reader } from '../lib/bytes.ts';
import { trees } from '../parts/trees.ts';
import { offloadOfFeature } from '../schema/offload.ts';
import { type ActionMessage, decodeActions } from '../tc/action/mirred.ts';
import { decodeBpf } from '../tc/filter/bpf.ts';
import { MATCHALL_ACTIONS } from '../tc/filter/matchall.ts';
import { U32_ACTIONS } from '../tc/filter/u32.ts';
import { isOurs } from '../tc/handle.ts';
import { decodeOptions } from '../tc/kind.ts';
import { qdiscKind } from '../tc/registry.ts';
import { ETH_P, IFF } from '../uapi/if_link.ts';
import { TC_H } from '../uapi/tc.ts';
import type { LinkMessage, XdpAttachment } from '../wire/link.ts';
import { eachAttribute } from '../wire/nla.ts';
import { decodeFilterInfo, type TcMessage } from '../wire/tcmsg.ts';
import { ethernetAddress } from './bridge_devices.ts';
import { type BpfAvailable, type BpfDump, observedBridge } from './bridge_observed.ts';
import { FORWARD_NAME_PREFIX, FORWARD_PREFERENCE } from './resource/forward.ts';
import { ALIAS_PREFIX, OUR_GROUP } from './resource/link.ts';
import { OUR_COOKIE, OUR_PREFERENCE } from './resource/redirect.ts';
import { keyOf } from './resource/registry.ts';
import type { ObservedResource, Owner, QdiscResource, Resource } from './resource.ts';
import type { Saved } from './saved.ts';
import { isRememberedRoot, savedTreeOn } from './saved_tree.ts';
import type { TreeDump } from './tree/dump.ts';
import { NO_TUNABLES, observedTunables, readingKey, type TunableDump, type TunableReading } from './tuning_observed.ts';

/** A feature of a device as ethtool shows it. */
export interface FeatureState {
  readonly on: boolean;
  /** Whether the driver lets it be switched. */
  readonly changeable: boolean;
}

export interface Device {
  readonly name: string;
  readonly ifindex: number;
  readonly up: boolean;
  readonly kind: string | undefined;
  readonly ours: boolean;
  readonly mtu: number;
  /** `02:00:5e:10:00:01`; undefined for devices without Ethernet addresses. */
  readonly address: string | undefined;
  /** The bridge or bond that it is a port of. */
  readonly master: string | undefined;
  /** The XDP program on it. */
  readonly xdp: XdpAttachment | undefined;
  readonly txQueues: number;
  readonly rxQueues: number;
  /** Kind of the ingress hook, and how many filters of other people hang on it. */
  readonly hook: 'clsact' | 'ingress' | undefined;
  readonly foreignFilters: number;
  /** A filter of others that takes every arriving packet before ours sees it: `matchall with preference 10`. */
  readonly takenBy: string | undefined;
  /** Whether someone has configured more than the root qdisc itself: qdiscs or filters on it, or a size table (tc-stab(8)). */
  readonly rootIsTree: boolean;
  /** Only read of devices that are, or were, shaped. */
  readonly features: ReadonlyMap<string, FeatureState>;
  /** The speed of its link, as far as the driver tells it; only read of devices with trees. */
  readonly linkRateBitPerS: number | undefined;
}

/** What this kernel can do, as far as it is known. */
export interface Capabilities {
  readonly cakeMq: boolean;
  readonly matchall: boolean;
  /** Devices whose driver takes no XDP program, and those that cannot have one at all. */
  readonly withoutNativeXdp: ReadonlySet<string>;
  readonly withoutXdp: ReadonlySet<string>;
}

export interface Observed {
  readonly devices: ReadonlyMap<string, Device>;
  readonly resources: ReadonlyMap<string, ObservedResource>;
  readonly capabilities: Capabilities;
  /** Undefined where nothing of the bridge is wanted or loaded. */
  readonly bpfAvailable: BpfAvailable | undefined;
  /** How many CPUs are online; told only where something is tuned, else 1. */
  readonly cpus: number;
  /** By the key of the resource. */
  readonly tunables: ReadonlyMap<string, TunableReading>;
}

/** What the kernel was asked, as its answers. */
export interface KernelDump {
  readonly littleEndian: boolean;
  readonly links: readonly LinkMessage[];
  readonly qdiscs: readonly TcMessage[];
  /** Filters of the ingress and of the egress side, of the devices that have a hook. */
  readonly ingressFilters: readonly TcMessage[];
  readonly egressFilters: readonly TcMessage[];
  /** Filters of other people's root qdiscs, of the devices that are, or were, shaped. */
  readonly rootFilters: readonly TcMessage[];
  /** By device. */
  readonly features: ReadonlyMap<string, ReadonlyMap<string, FeatureState>>;
  readonly capabilities: Capabilities;
  /** Undefined where nothing of the bridge is wanted or loaded. */
  readonly bpf?: BpfDump;
  /** Undefined where nothing is tuned, or was. */
  readonly tunables?: TunableDump;
  /** Of devices with trees: what hangs on them, but for hooks, and the speed of their links. Undefined where there are none, and were none. */
  readonly trees?: TreeDump;
  readonly linkRatesBitPerS?: ReadonlyMap<string, number>;
}

export function observedState(dump: KernelDump, saved: Saved): Observed {
  const names = new Map(dump.links.map((link) => [link.ifindex, link.name]));
  const perDevice: PerDevice = {
    qdiscs: byIfindex(dump.qdiscs),
    ingressFilters: byIfindex(dump.ingressFilters),
    egressFilters: byIfindex(dump.egressFilters),
    rootFilters: byIfindex(dump.rootFilters),
  };
  const resources = new Map<string, ObservedResource>();
  const devices = new Map<string, Device>();
  const put = (resource: Resource, owner: Owner): void => {
    resources.set(keyOf(resource), { resource, owner });
  };
  for (const link of dump.links) {
    const device = observedDevice(link, dump, perDevice, names, saved);
    devices.set(link.name, device);
    if (link.kind === 'ifb') {
      const alias = link.alias ?? '';
      put(
        { type: 'link', device: link.name, kind: 'ifb', alias, txQueues: link.txQueues, up: device.up },
        device.ours ? 'weir' : 'someone else',
      );
    }
    for (const [feature, state] of device.features) {
      const offload = offloadOfFeature(feature);
      put({ type: 'feature', device: link.name, feature, offload, on: state.on }, 'someone else');
    }
  }
  for (const message of dump.qdiscs) {
    const name = names.get(message.ifindex);
    if (name === undefined) continue;
    if (message.parent === TC_H.CLSACT) {
      const owner = saved.hooks.get(name) === message.ifindex ? 'weir' : 'someone else';
      put({ type: 'qdisc', device: name, parent: 'ingress', kind: message.kind, handle: message.handle }, owner);
    } else if (message.parent === TC_H.ROOT && message.handle !== 0) {
      const root = observedRoot(name, message, dump.littleEndian);
      const tree = savedTreeOn(saved.trees, { name, ifindex: message.ifindex });
      const isRemembered = isRememberedRoot(tree, root.kind, root.handle);
      put(root, isOurs(root.handle) || isRemembered ? 'weir' : 'someone else');
    }
  }
  if (dump.trees !== undefined) {
    trees().observeTrees(dump.trees, saved.trees, resources);
  }
  for (const [resource, owner] of observedBridge(dump, names, devices, saved)) put(resource, owner);
  for (const message of dump.ingressFilters) {
    const device = names.get(message.ifindex);
    const redirectTo = ourRedirectTarget(message, dump.littleEndian);
    if (device === undefined || redirectTo === undefined) continue;
    const kind = message.kind === 'u32' ? 'u32' : 'matchall';
    const target = names.get(redirectTo) ?? `(device ${redirectTo}, which is gone)`;
    put({ type: 'redirect', device, kind, redirectTo: target }, 'weir');
  }
  const tunables = dump.tunables ?? NO_TUNABLES;
  for (const resource of observedTunables(tunables)) put(resource, 'someone else');
  return {
    devices,
    resources,
    capabilities: dump.capabilities,
    bpfAvailable: dump.bpf?.available,
    cpus: tunables.cpus,
    tunables: new Map(tunables.readings.map((reading) => [readingKey(reading), reading])),
  };
}

/** Messages by the device that they are about; a machine may have thousands of them on others than ours. */
interface PerDevice {
  readonly qdiscs: ReadonlyMap<number, readonly TcMessage[]>;
  readonly ingressFilters: ReadonlyMap<number, readonly TcMessage[]>;
  readonly egressFilters: ReadonlyMap<number, readonly TcMessage[]>;
  readonly rootFilters: ReadonlyMap<number, readonly TcMessage[]>;
}

function byIfindex(messages: readonly TcMessage[]): Map<number, TcMessage[]> {
  const groups = new Map<number, TcMessage[]>();
  for (const message of messages) {
    const group = groups.get(message.ifindex);
    if (group === undefined) groups.set(message.ifindex, [message]);
    else group.push(message);
  }
  return groups;
}

function observedDevice(
  link: LinkMessage,
  dump: KernelDump,
  perDevice: PerDevice,
  names: ReadonlyMap<number, string>,
  saved: Saved,
): Device {
  const isOurs = (filter: TcMessage): boolean =>
    dump.trees !== undefined && trees().isOurFilter(filter, link, saved.trees, dump.littleEndian);
  const own = perDevice.qdiscs.get(link.ifindex) ?? [];
  const hook = own.find((qdisc) => qdisc.parent === TC_H.CLSACT)?.kind;
  // Each filter is preceded by a message about its preference as a whole, with handle 0.
  const ingress = (perDevice.ingressFilters.get(link.ifindex) ?? []).filter(
    (filter) =>
      filter.handle !== 0 &&
      !isOurHashTable(filter, dump.littleEndian) &&
      ourRedirectTarget(filter, dump.littleEndian) === undefined &&
      !isOurForward(filter, dump.littleEndian) &&
      !isOurs(filter),
  );
  const egress = (perDevice.egressFilters.get(link.ifindex) ?? []).filter(
    (filter) => filter.handle !== 0 && !isOurs(filter),
  );
  return {
    name: link.name,
    ifindex: link.ifindex,
    up: (link.flags & IFF.UP) !== 0,
    kind: link.kind,
    ours: link.kind === 'ifb' && (link.group === OUR_GROUP || link.alias?.startsWith(ALIAS_PREFIX) === true),
    mtu: link.mtu,
    address: ethernetAddress(link),
    master: link.master === undefined ? undefined : names.get(link.master),
    xdp: link.xdp,
    txQueues: link.txQueues,
    rxQueues: link.rxQueues,
    hook: hook === 'clsact' || hook === 'ingress' ? hook : undefined,
    foreignFilters: ingress.length + egress.length,
    takenBy: ingress.map((filter) => takesAll(filter, dump.littleEndian)).find((taker) => taker !== undefined),
    rootIsTree:
      perDevice.rootFilters.has(link.ifindex) ||
      dump.trees?.hasMoreThanRoot(link.ifindex) === true ||
      own.some(({ parent, handle, stab }) =>
        parent === TC_H.ROOT ? stab !== undefined : parent !== TC_H.CLSACT && handle !== 0,
      ),
    features: dump.features.get(link.name) ?? new Map(),
    linkRateBitPerS: dump.linkRatesBitPerS?.get(link.name),
  };
}

function observedRoot(device: string, message: TcMessage, littleEndian: boolean): QdiscResource {
  const kind = qdiscKind(message.kind);
  const raw = message.options;
  return {
    type: 'qdisc',
    device,
    parent: 'root',
    kind: message.kind,
    handle: message.handle,
    ...(kind === undefined || raw === undefined ? {} : { options: decodeOptions(kind, raw, littleEndian) }),
    ...(raw === undefined ? {} : { rawOptions: raw }),
  };
}

/** u32 tells of its hash table as if it were a filter, with a handle that has no node (cls_u32.c: TC_U32_NODE). */
function isOurHashTable({ kind, handle, info }: TcMessage, littleEndian: boolean): boolean {
  return kind === 'u32' && (handle & 0xfff) === 0 && decodeFilterInfo(info, littleEndian).preference === OUR_PREFERENCE;
}

/** The device that a filter of ours sends packets to; undefined for a filter that is not ours. */
function ourRedirectTarget(message: TcMessage, littleEndian: boolean): number | undefined {
  const { preference } = decodeFilterInfo(message.info, littleEndian);
  const actionsAttribute = { matchall: MATCHALL_ACTIONS, u32: U32_ACTIONS }[message.kind];
  if (preference !== OUR_PREFERENCE || actionsAttribute === undefined || message.options === undefined)
    return undefined;
  let target: number | undefined;
  eachAttribute(new Reader(message.options, littleEndian), (type, payload) => {
    if (type !== actionsAttribute) return;
    const ours = decodeActions(payload).find(hasOurCookie);
    if (ours !== undefined) target = ours.redirectIfindex ?? 0;
  });
  return target;
}

/** Whether it is the filter that runs a program of our bridge. */
export function isOurForward({ kind, info, options }: TcMessage, littleEndian: boolean): boolean {
  if (kind !== 'bpf' || options === undefined) return false;
  const { preference } = decodeFilterInfo(info, littleEndian);
  if (preference !== FORWARD_PREFERENCE) return false;
  return decodeBpf(new Reader(options, littleEndian)).name.startsWith(FORWARD_NAME_PREFIX);
}

/** The filter in words, if it is a matchall before ours that lets no packet of any protocol go on. */
function takesAll({ kind, info, options }: TcMessage, littleEndian: boolean): string | undefined {
  const { preference, etherType } = decodeFilterInfo(info, littleEndian);
  if (kind !== 'matchall' || options === undefined || etherType !== ETH_P.ALL || preference >= OUR_PREFERENCE)
    return undefined;
  let takes = false;
  eachAttribute(new Reader(options, littleEndian), (type, payload) => {
    if (type === MATCHALL_ACTIONS) takes = decodeActions(payload).some(({ isLast }) => isLast === true);
  });
  return takes ? `${kind} with preference ${preference}` : undefined;
}

function hasOurCookie(action: ActionMessage): boolean {
  const cookie = action.cookie;
  return cookie !== undefined && OUR_COOKIE.every((byte, i) => cookie[i] === byte);
}
