/** Machines described in a few words, as observed.json of a case does it. */
import type { Writer } from '../../src/lib/bytes.ts';
import { OUR_GROUP } from '../../src/model/resource/link.ts';
import { EGRESS_PARENT, INGRESS_PARENT, OUR_COOKIE, OUR_PREFERENCE } from '../../src/model/resource/redirect.ts';
import { encodeRedirect } from '../../src/tc/action/mirred.ts';
import { encodeMatchall } from '../../src/tc/filter/matchall.ts';
import { encodeU32MatchAll } from '../../src/tc/filter/u32.ts';
import { makeHandle } from '../../src/tc/handle.ts';
import { encodeOptions, type OptionValues } from '../../src/tc/kind.ts';
import { qdiscKind } from '../../src/tc/registry.ts';
import { ARPHRD } from '../../src/uapi/if_link.ts';
import { RTM } from '../../src/uapi/rtnetlink.ts';
import { TC_H } from '../../src/uapi/tc.ts';
import { filterInfo, TC_FLAGS, tcRequest } from '../../src/wire/tcmsg.ts';
import { fromHex } from '../netlink/recording.ts';
import type { FakeKernel } from './kernel.ts';

/** A qdisc. CAKE takes `options` by the names inside weir, any other kind the bytes of TCA_OPTIONS. */
export interface CaseQdisc {
  readonly kind: string;
  /** `7e00:`, or `1:` */
  readonly handle: string;
  readonly options?: OptionValues;
  readonly bytes?: string;
  /** Of a qdisc below the root: `1:10` */
  readonly parent?: string;
}

export interface CaseFilter {
  readonly kind: 'matchall' | 'u32';
  readonly side?: 'ingress' | 'egress';
  /** Absent, it is weir's own. */
  readonly preference?: number;
  /** The device to redirect to; absent, the filter does nothing. */
  readonly redirect?: string;
}

export interface CaseDevice {
  readonly kind?: string;
  readonly queues?: readonly [tx: number, rx: number];
  readonly up?: boolean;
  readonly mtu?: number;
  /** The bridge or bond that it is a port of; a device that comes before this one. */
  readonly master?: string | null;
  /** IFF_PROMISC. */
  readonly promiscuous?: boolean;
  /** False for a device without Ethernet frames. */
  readonly ethernet?: boolean;
  /** Which XDP programs it takes; absent, both. */
  readonly takesXdp?: 'generic' | 'none';
  /** A program that someone else has put on it. */
  readonly xdp?: 'native' | 'generic' | null;
  readonly alias?: string;
  readonly ours?: boolean;
  readonly root?: CaseQdisc | null;
  readonly below?: readonly CaseQdisc[];
  readonly hook?: 'clsact' | 'ingress' | null;
  readonly filters?: readonly CaseFilter[];
  /** `on`, `off`, and `on fixed` where the driver does not let it be switched. */
  readonly features?: Readonly<Record<string, 'on' | 'off' | 'on fixed' | 'off fixed'>>;
}

/** `lo` has index 1, the others follow in their order here. */
export interface CaseMachine {
  /** The case whose plan was carried out before; what follows is done to its machine then. */
  readonly after?: string;
  /** Devices that have gone since. */
  readonly gone?: readonly string[];
  readonly devices?: Readonly<Record<string, CaseDevice>>;
  readonly kernel?: { readonly has?: readonly string[]; readonly lacks?: readonly string[] };
  /** Of /var/run/weir/saved.json: `features`, `roots`, `hooks`. */
  readonly saved?: Readonly<Record<string, readonly unknown[]>>;
  /** Whether the package weir-bridge is there: absent, as before, at first not. `another` is another version of it. */
  readonly bridge?: 'installed' | 'another' | 'removed';
  /** Whether the program was killed after what it did before; absent, it goes on with the configuration of this case. */
  readonly killed?: true;
}

export function setUp(kernel: FakeKernel, described: CaseMachine): void {
  for (const kind of described.kernel?.has ?? []) kernel.qdiscKinds.add(kind);
  for (const name of described.gone ?? []) kernel.removeDevice(kernel.named(name).ifindex);
  const devices = Object.entries(described.devices ?? {});
  for (const [name, device] of devices) putDevice(kernel, name, device);
  for (const [name, device] of devices) putTrafficControl(kernel, name, device);
  for (const kind of described.kernel?.lacks ?? []) {
    kernel.qdiscKinds.delete(kind);
    kernel.filterKinds.delete(kind);
  }
}

function putDevice(kernel: FakeKernel, name: string, given: CaseDevice): void {
  const existing = kernel.find(name);
  const features = new Map(existing?.features);
  for (const [feature, state] of Object.entries(given.features ?? {})) {
    features.set(feature, { on: state.startsWith('on'), changeable: !state.endsWith('fixed') });
  }
  if (existing !== undefined) {
    existing.up = given.up ?? existing.up;
    existing.mtu = given.mtu ?? existing.mtu;
    existing.promiscuous = given.promiscuous ?? existing.promiscuous;
    if (given.master !== undefined) existing.master = masterOf(kernel, given);
    existing.alias = given.alias ?? existing.alias;
    for (const [feature, state] of features) existing.features.set(feature, state);
    return;
  }
  const [txQueues, rxQueues] = given.queues ?? [1, 1];
  const {
    kind = 'veth',
    up = true,
    alias = '',
    ours = false,
    mtu = 1500,
    promiscuous = false,
    ethernet = true,
  } = given;
  const link = ethernet ? {} : { hardwareType: ARPHRD.NONE, address: new Uint8Array() };
  const group = ours ? OUR_GROUP : 0;
  const master = masterOf(kernel, given);
  kernel.addDevice({ name, kind, up, alias, txQueues, rxQueues, features, group, mtu, promiscuous, master, ...link });
}

function masterOf(kernel: FakeKernel, { master }: CaseDevice): number | undefined {
  return typeof master === 'string' ? kernel.named(master).ifindex : undefined;
}

/** Done by requests, as any program would. */
function putTrafficControl(kernel: FakeKernel, name: string, given: CaseDevice): void {
  const device = kernel.named(name);
  const { ifindex } = device;
  if (given.root === null) device.root = undefined;
  else if (given.root !== undefined) putQdisc(kernel, ifindex, given.root, TC_H.ROOT);
  for (const below of given.below ?? []) putQdisc(kernel, ifindex, below, parseHandle(below.parent ?? ''));
  if (given.hook === null) {
    device.hook = undefined;
    device.filters = [];
  } else if (given.hook !== undefined) {
    putQdisc(kernel, ifindex, { kind: given.hook, handle: 'ffff:' }, TC_H.CLSACT);
  }
  if (given.filters !== undefined) device.filters = [];
  for (const filter of given.filters ?? []) putFilter(kernel, ifindex, filter);
}

function parseHandle(text: string): number {
  const [major = '', minor = ''] = text.split(':');
  return makeHandle(Number.parseInt(major, 16), minor === '' ? 0 : Number.parseInt(minor, 16));
}

function putQdisc(kernel: FakeKernel, ifindex: number, qdisc: CaseQdisc, parent: number): void {
  const kind = qdiscKind(qdisc.kind);
  const { options, bytes } = qdisc;
  const write = (w: Writer): void => {
    if (kind !== undefined && options !== undefined) encodeOptions(kind, w, options);
    else if (bytes !== undefined) w.raw(fromHex(bytes));
  };
  const target = { ifindex, handle: parseHandle(qdisc.handle), parent, kind: qdisc.kind, options: write };
  kernel.carryOut(tcRequest(RTM.NEWQDISC, TC_FLAGS.replace, target));
}

function putFilter(kernel: FakeKernel, ifindex: number, filter: CaseFilter): void {
  const { kind, side = 'ingress', preference, redirect } = filter;
  const cookie = preference === undefined ? OUR_COOKIE : new Uint8Array([1]);
  const options = (w: Writer): void => {
    const actions = (): void => {
      if (redirect !== undefined) encodeRedirect(w, kernel.named(redirect).ifindex, cookie);
    };
    if (kind === 'matchall') encodeMatchall(w, actions);
    else encodeU32MatchAll(w, actions);
  };
  const target = {
    ifindex,
    handle: 0,
    parent: side === 'ingress' ? INGRESS_PARENT : EGRESS_PARENT,
    info: filterInfo(preference ?? OUR_PREFERENCE, 0x0003, kernel.littleEndian),
    kind,
    options,
  };
  kernel.carryOut(tcRequest(RTM.NEWTFILTER, TC_FLAGS.add, target));
}
