/**
 * One conversation with a kernel in which every request of src/wire and src/net occurs, with refusals among them. Recorded on
 * real kernels by record.ts, and held with the recordings by src/net/recorded.test.ts.
 */
import type { Writer } from '../../src/lib/bytes.ts';
import { Ethtool, type FeatureChange, type Features } from '../../src/net/ethtool.ts';
import { KernelError, type NetlinkHost, NetlinkSocket, type Outcome } from '../../src/net/netlink.ts';
import {
  dumpClasses,
  dumpFilters,
  dumpLinks,
  dumpQdiscs,
  EVENT_GROUPS,
  type NetworkEvent,
  receiveNetworkEvents,
} from '../../src/net/rtnetlink.ts';
import { ETH_P } from '../../src/uapi/if_link.ts';
import { RTM } from '../../src/uapi/rtnetlink.ts';
import {
  MIRRED,
  TC_ACT,
  TC_H,
  TCA_ACT,
  TCA_CAKE,
  TCA_FQ_CODEL,
  TCA_HTB,
  TCA_MATCHALL,
  TCA_MIRRED,
} from '../../src/uapi/tc.ts';
import { type LinkMessage, linkCreate, linkDelete, linkGet, linkSet } from '../../src/wire/link.ts';
import { beginAttribute, endAttribute, putAttribute, text, u32, u64 } from '../../src/wire/nla.ts';
import type { Request } from '../../src/wire/nlmsg.ts';
import { filterInfo, TC_FLAGS, type TcMessage, tcRequest } from '../../src/wire/tcmsg.ts';

/** Everything that was heard. */
export interface Findings {
  readonly outcomes: Readonly<Record<string, readonly Outcome[]>>;
  readonly links: readonly LinkMessage[];
  readonly qdiscs: readonly TcMessage[];
  readonly qdiscsOfWan: readonly TcMessage[];
  readonly classes: readonly TcMessage[];
  readonly filters: readonly TcMessage[];
  readonly filtersOfNoQdisc: readonly TcMessage[];
  readonly events: readonly NetworkEvent[];
  readonly eventsAtTheEnd: readonly NetworkEvent[];
  readonly features: Features;
  readonly change: FeatureChange;
  readonly fixedChange: FeatureChange;
  readonly unknownFeature: string;
  readonly unknownDevice: string;
  readonly ioctlFeatures: Features;
  readonly ioctlChange: FeatureChange;
  readonly ioctlUnknownDevice: string;
}

const VETH_INFO_PEER = 1;
export const CAKE_HANDLE = 0x7e00_0000;
export const HTB_HANDLE = 0x7e10_0000;
export const CLASS_ID = 0x7e10_0010;
export const FILTER_PREFERENCE = 0xc07a;
const CLSACT_HANDLE = 0xffff_0000;
export const INGRESS_PARENT = CLSACT_HANDLE + TC_H.MIN_INGRESS;

/** `step` is told what comes next. */
export function converse(host: NetlinkHost, step: (label: string) => void): Findings {
  const outcomes: Record<string, readonly Outcome[]> = {};
  step('open a socket, and one for events');
  const socket = new NetlinkSocket(host);
  const events = new NetlinkSocket(host);
  events.subscribe(EVENT_GROUPS);
  const ask = (label: string, requests: readonly Request[]): void => {
    step(label);
    outcomes[label] = socket.transact(requests);
  };
  const hear = (): NetworkEvent[] => {
    const heard: NetworkEvent[] = [];
    receiveNetworkEvents(events, (event) => heard.push(event));
    return heard;
  };

  ask('create a veth pair', [
    linkCreate({ kind: 'veth', name: 'wan0', txQueues: 4, rxQueues: 4, data: putVethPeer }),
    linkSet('lan0', { name: 'ignored: a name finds the device', mtu: 1400 }),
  ]);
  ask('create an IFB', [
    linkCreate({ kind: 'ifb', name: 'ifb4wan0', txQueues: 2, txQueueLength: 32, group: 7, up: true }),
    linkSet('ifb4wan0', { alias: 'weir:wan' }),
  ]);
  ask('create it again', [linkCreate({ kind: 'ifb', name: 'ifb4wan0' })]);
  ask('create a device at an index of our choice and use it at once', [
    linkCreate({ kind: 'ifb', name: 'ifb900', ifindex: 900 }),
    tcRequest(RTM.NEWQDISC, TC_FLAGS.add, { ifindex: 900, handle: 0x1_0000, parent: TC_H.ROOT, kind: 'fq_codel' }),
    linkCreate({ kind: 'ifb', name: 'ifb901', ifindex: 900 }),
    linkDelete(900),
  ]);
  ask('read devices', [linkGet('ifb4wan0'), linkGet('nothere'), linkGet(1)]);
  step('list devices');
  const links = dumpLinks(socket);
  const indexOf = (name: string): number => links.find((link) => link.name === name)?.ifindex ?? 0;
  const [wan, lan, ifb] = [indexOf('wan0'), indexOf('lan0'), indexOf('ifb4wan0')];
  ask('change devices', [
    linkSet(lan, { name: 'lan1' }),
    linkSet('wan0', { up: true, mtu: 1492, txQueueLength: 100, group: 3 }),
    linkSet(lan, { up: true }),
    linkSet(ifb, { alias: '' }),
  ]);
  ask('read the device without an alias', [linkGet(ifb)]);

  const cake = { ifindex: wan, handle: CAKE_HANDLE, parent: TC_H.ROOT, kind: 'cake' };
  const rate =
    (bytesPerS: number) =>
    (w: Writer): void =>
      putAttribute(w, TCA_CAKE.BASE_RATE64, u64, bytesPerS);
  ask('cake at the root', [
    tcRequest(RTM.NEWQDISC, TC_FLAGS.change, { ...cake, options: rate(1) }),
    tcRequest(RTM.NEWQDISC, TC_FLAGS.add, { ...cake, options: rate(2_500_000) }),
    tcRequest(RTM.NEWQDISC, TC_FLAGS.add, { ...cake, options: rate(2_500_000) }),
    tcRequest(RTM.NEWQDISC, TC_FLAGS.change, { ...cake, options: rate(5_000_000) }),
    tcRequest(RTM.NEWQDISC, TC_FLAGS.replace, { ...cake, options: rate(1_250_000) }),
    tcRequest(RTM.NEWQDISC, TC_FLAGS.change, {
      ...cake,
      options: (w) => putAttribute(w, TCA_CAKE.BASE_RATE64, u32, 7),
    }),
  ]);
  const htb = { ifindex: lan, handle: HTB_HANDLE, parent: TC_H.ROOT, kind: 'htb' };
  const leaf = { ifindex: lan, handle: CLASS_ID, parent: HTB_HANDLE, kind: 'htb', options: putHtbClass };
  const fifo = { ifindex: lan, handle: 0x1_0000, parent: CLASS_ID, kind: 'fq_codel' };
  ask('htb with a class and a leaf', [
    tcRequest(RTM.NEWQDISC, TC_FLAGS.add, { ...htb, options: putHtb }),
    tcRequest(RTM.NEWTCLASS, TC_FLAGS.add, leaf),
    tcRequest(RTM.NEWQDISC, TC_FLAGS.add, { ...fifo, options: (w) => putAttribute(w, TCA_FQ_CODEL.LIMIT, u32, 600) }),
    tcRequest(RTM.NEWQDISC, TC_FLAGS.add, { ifindex: lan, handle: 0, parent: TC_H.ROOT, kind: 'no_such_kind' }),
    tcRequest(RTM.NEWTCLASS, TC_FLAGS.add, leaf),
  ]);
  const filter = {
    ifindex: wan,
    handle: 1,
    parent: INGRESS_PARENT,
    info: filterInfo(FILTER_PREFERENCE, ETH_P.ALL, host.littleEndian),
    kind: 'matchall',
  };
  ask('redirect at clsact', [
    tcRequest(RTM.NEWQDISC, TC_FLAGS.add, { ifindex: wan, handle: CLSACT_HANDLE, parent: TC_H.CLSACT, kind: 'clsact' }),
    tcRequest(RTM.NEWTFILTER, TC_FLAGS.add, { ...filter, options: (w) => putRedirect(w, ifb) }),
    tcRequest(RTM.NEWTFILTER, TC_FLAGS.add, { ...filter, options: (w) => putRedirect(w, ifb) }),
  ]);
  step('list qdiscs');
  const qdiscs = dumpQdiscs(socket);
  step('list qdiscs for one device');
  const qdiscsOfWan = dumpQdiscs(socket, wan);
  step('list classes');
  const classes = dumpClasses(socket, lan, HTB_HANDLE);
  step('list filters');
  const filters = dumpFilters(socket, wan, INGRESS_PARENT);
  step('list filters below a qdisc that is not there');
  const filtersOfNoQdisc = dumpFilters(socket, lan, INGRESS_PARENT);
  step('events up to here');
  const heard = hear();

  const ethtool = new Ethtool(host);
  step('read features');
  const features = ethtool.readFeatures('wan0');
  step('change features: what others depend on');
  const change = ethtool.setFeatures(
    'wan0',
    new Map([
      ['tx-scatter-gather', false],
      ['rx-gro', true],
    ]),
  );
  step('change features: one that is fixed');
  const fixedChange = ethtool.setFeatures(
    'wan0',
    new Map([
      ['rx-lro', true],
      ['tx-scatter-gather', true],
    ]),
  );
  step('change features: one that does not exist');
  const unknownFeature = refusalOf(() => ethtool.setFeatures('wan0', new Map([['no-such-feature', true]])));
  step('read features of no device');
  const unknownDevice = refusalOf(() => ethtool.readFeatures('nothere'));
  ethtool.close();

  const byIoctl = new Ethtool(withoutGenericNetlink(host));
  step('ioctl: read features');
  const ioctlFeatures = byIoctl.readFeatures('wan0');
  step('ioctl: change features');
  const wishes: [string, boolean][] = [
    ['tx-scatter-gather', false],
    ['rx-lro', true],
  ];
  const ioctlChange = byIoctl.setFeatures('wan0', new Map(wishes));
  step('ioctl: read features of no device');
  const ioctlUnknownDevice = refusalOf(() => byIoctl.readFeatures('nothere'));
  byIoctl.close();

  ask('take everything away', [
    tcRequest(RTM.DELTFILTER, 0, filter),
    tcRequest(RTM.DELQDISC, 0, { ifindex: wan, handle: CLSACT_HANDLE, parent: TC_H.CLSACT }),
    tcRequest(RTM.DELQDISC, 0, { ifindex: wan, handle: 0, parent: TC_H.ROOT }),
    tcRequest(RTM.DELQDISC, 0, { ifindex: wan, handle: 0, parent: TC_H.ROOT }),
    tcRequest(RTM.DELQDISC, 0, { ifindex: lan, handle: 0x1_0000, parent: CLASS_ID }),
    tcRequest(RTM.DELTCLASS, 0, { ifindex: lan, handle: CLASS_ID, parent: HTB_HANDLE }),
    linkDelete('ifb4wan0'),
    linkDelete(wan),
    linkDelete(wan),
  ]);
  step('events at the end');
  const eventsAtTheEnd = hear();
  events.close();
  socket.close();
  return {
    outcomes,
    links,
    qdiscs,
    qdiscsOfWan,
    classes,
    filters,
    filtersOfNoQdisc,
    events: heard,
    eventsAtTheEnd,
    features,
    change,
    fixedChange,
    unknownFeature,
    unknownDevice,
    ioctlFeatures,
    ioctlChange,
    ioctlUnknownDevice,
  };
}

function refusalOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof KernelError) return error.message;
    throw error;
  }
  return '';
}

/** A kernel built without generic netlink. */
function withoutGenericNetlink(host: NetlinkHost): NetlinkHost {
  const unsupported = -(host.errno.EPROTONOSUPPORT ?? 0);
  const socket = (domain: number, type: number, protocol: number): number =>
    protocol === 0 ? host.socket(domain, type, protocol) : unsupported;
  return { ...host, socket };
}

function putVethPeer(w: Writer): void {
  const peer = beginAttribute(w, VETH_INFO_PEER);
  w.zeros(16);
  putAttribute(w, 3, text, 'lan0');
  endAttribute(w, peer);
}

/** struct tc_htb_glob: version, rate2quantum, default class, debug, direct packets. */
function putHtb(w: Writer): void {
  const init = beginAttribute(w, TCA_HTB.INIT);
  for (const value of [3, 10, 0x10, 0, 0]) w.u32(value);
  endAttribute(w, init);
}

/** struct tc_htb_opt: two struct tc_ratespec of 1,250,000 bytes/s, buffers in ticks, quantum, level, priority. */
function putHtbClass(w: Writer): void {
  const parms = beginAttribute(w, TCA_HTB.PARMS);
  for (let i = 0; i < 2; i++) {
    w.u8(0);
    w.u8(1);
    w.zeros(6);
    w.u32(1_250_000);
  }
  for (const value of [20_000, 20_000, 1514, 0, 0]) w.u32(value);
  endAttribute(w, parms);
}

/** One action, mirred: struct tc_mirred is index, capab, action, refcnt, bindcnt, eaction, ifindex. */
function putRedirect(w: Writer, ifindex: number): void {
  const actions = beginAttribute(w, TCA_MATCHALL.ACT);
  const action = beginAttribute(w, 1);
  putAttribute(w, TCA_ACT.KIND, text, 'mirred');
  const options = beginAttribute(w, TCA_ACT.OPTIONS);
  const parms = beginAttribute(w, TCA_MIRRED.PARMS);
  for (const value of [0, 0, TC_ACT.STOLEN, 0, 0, MIRRED.EGRESS_REDIR, ifindex]) w.u32(value);
  endAttribute(w, parms);
  endAttribute(w, options);
  endAttribute(w, action);
  endAttribute(w, actions);
}
