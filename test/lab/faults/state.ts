/**
 * The state of a host's devices as the kernel tells it, in a form in which two moments can be compared: the attributes as they
 * came, but for counters, for numbers that a re-made device or action has anew, and for what settles by itself.
 *
 * On purpose not made of what weir decodes: a setting that weir does not know must show too.
 */
import type { Host } from '../../../src/host/host.ts';
import { Reader } from '../../../src/lib/bytes.ts';
import { decodeUtf8 } from '../../../src/lib/utf8.ts';
import { NetlinkSocket } from '../../../src/net/netlink.ts';
import { ETHTOOL_A_FEATURES, ETHTOOL_A_HEADER, ETHTOOL_FLAG, ETHTOOL_MSG } from '../../../src/uapi/ethtool.ts';
import { IFLA, IFLA_XDP } from '../../../src/uapi/if_link.ts';
import { NETLINK } from '../../../src/uapi/netlink.ts';
import { RTM, TCA } from '../../../src/uapi/rtnetlink.ts';
import { TC_H, TCA_ACT, TCA_BPF, TCA_MATCHALL, TCA_MIRRED, TCA_U32 } from '../../../src/uapi/tc.ts';
import { ETHTOOL_FAMILY } from '../../../src/wire/ethtool.ts';
import { decodeFamilyId, decodeGenlHeader, familyGet, genlRequest } from '../../../src/wire/genl.ts';
import { decodeLink, linkDump } from '../../../src/wire/link.ts';
import { beginNested, eachAttribute, endAttribute, putAttribute, text, u32 } from '../../../src/wire/nla.ts';
import type { Request } from '../../../src/wire/nlmsg.ts';
import { classDump, filterDump, qdiscDump } from '../../../src/wire/tcmsg.ts';

/** Lines, sorted; each begins with the device. */
export type State = readonly string[];

interface Link {
  readonly name: string;
  readonly ifindex: number;
}

/** The root qdisc, which the kernel takes 0 for, and the two sides of an ingress hook. */
const FILTER_PARENTS: readonly (readonly [string, number])[] = [
  ['root', 0],
  ['ingress', 0xffff_fff2],
  ['egress', 0xffff_fff3],
];

/** Counters, IPv6's own counters and ages; carrier and the state of operation settle up to a second later. */
const LINK_VOLATILE: readonly number[] = [
  IFLA.STATS,
  IFLA.STATS64,
  IFLA.AF_SPEC,
  IFLA.CARRIER,
  IFLA.CARRIER_CHANGES,
  IFLA.CARRIER_UP_COUNT,
  IFLA.CARRIER_DOWN_COUNT,
  IFLA.OPERSTATE,
  IFLA.PAD,
];
/** An IFB's address is random. */
const IFB_VOLATILE: readonly number[] = [...LINK_VOLATILE, IFLA.ADDRESS, IFLA.PERM_ADDRESS];
const TC_VOLATILE: readonly number[] = [TCA.STATS, TCA.STATS2, TCA.XSTATS, TCA.FCNT, TCA.PAD];
/** Of flags: IFF_UP, IFF_PROMISC, IFF_ALLMULTI, IFF_NOARP, IFF_MULTICAST. */
const LASTING_FLAGS = 0x1 | 0x100 | 0x200 | 0x80 | 0x1000;

/** The kernel gives those from 8000: on (net/sched/sch_api.c: qdisc_alloc_handle). */
const FIRST_GIVEN_HANDLE = 0x8000_0000;

const ACTION_LISTS: Readonly<Record<string, number>> = { matchall: TCA_MATCHALL.ACT, u32: TCA_U32.ACT };
/** What filters have that is another number when they are made anew, or moves. */
const FILTER_VOLATILE: Readonly<Record<string, number>> = {
  matchall: TCA_MATCHALL.PCNT,
  u32: TCA_U32.PCNT,
  bpf: TCA_BPF.ID,
};
/** Of the parameters, whose number is the same for every action (TCA_GACT_PARMS, TCA_MIRRED_PARMS): struct tc_gen, then their own. */
const ACTION_OFFSET = 8;
const MIRRED_DIRECTION_OFFSET = 20;
const MIRRED_IFINDEX_OFFSET = 24;

/** @throws KernelError */
export function readState(host: Host): State {
  const socket = new NetlinkSocket(host);
  const features = new FeatureReader(host);
  try {
    const lines: string[] = [];
    const links = readLinks(socket, lines);
    const names = new Map(links.map(({ ifindex, name }) => [ifindex, name]));
    readTc(socket, qdiscDump(), RTM.NEWQDISC, names, 'qdisc', lines);
    for (const { ifindex } of links) {
      for (const [where, parent] of FILTER_PARENTS) {
        readTc(socket, filterDump(ifindex, parent), RTM.NEWTFILTER, names, `filter at ${where}`, lines);
      }
    }
    for (const { ifindex } of links) readTc(socket, classDump(ifindex), RTM.NEWTCLASS, names, 'class', lines);
    for (const { name } of links) lines.push(`${name} features ${features.active(name)}`);
    return lines.sort();
  } finally {
    socket.close();
    features.close();
  }
}

/** What is in one state and not in the other. */
export function differenceOf(one: State, other: State): string[] {
  const [first, second] = [new Set(one), new Set(other)];
  return [
    ...one.filter((line) => !second.has(line)).map((line) => `- ${readable(line)}`),
    ...other.filter((line) => !first.has(line)).map((line) => `+ ${readable(line)}`),
  ];
}

function dump(socket: NetlinkSocket, request: Request, type: number, visit: (payload: Reader) => void): void {
  socket.dump(
    'read the state',
    request,
    (header, payload) => {
      if (header.type === type) visit(payload);
    },
    () => undefined,
  );
}

function readLinks(socket: NetlinkSocket, lines: string[]): Link[] {
  const links: Link[] = [];
  dump(socket, linkDump(), RTM.NEWLINK, (payload) => {
    const start = payload.pos;
    const link = decodeLink(payload);
    if (link === undefined) return;
    const { name, ifindex, kind, flags } = link;
    links.push({ name, ifindex });
    payload.pos = start + 16;
    const attributes = attributesBut(payload, kind === 'ifb' ? IFB_VOLATILE : LINK_VOLATILE);
    const number = kind === 'ifb' ? '' : ` ${ifindex}`;
    lines.push(`${name} link${number} flags ${(flags & LASTING_FLAGS).toString(16)} ${attributes}`);
  });
  return links;
}

function readTc(
  socket: NetlinkSocket,
  request: Request,
  type: number,
  names: ReadonlyMap<number, string>,
  what: string,
  lines: string[],
): void {
  dump(socket, request, type, (payload) => {
    payload.take(4);
    const device = names.get(payload.s32()) ?? '?';
    const [handle, parent, info] = [payload.u32(), payload.u32(), payload.u32()];
    const start = payload.pos;
    const kind = kindOf(payload);
    payload.pos = start;
    // Flows and tins, which come and go with packets, are classes too.
    if (what === 'class' && kind !== 'htb') return;
    const attributes = what.startsWith('filter')
      ? filterAttributes(payload, names)
      : attributesBut(payload, kind === 'htb' && what === 'qdisc' ? [...TC_VOLATILE, TCA.OPTIONS] : TC_VOLATILE);
    // Below a class the kernel gives a handle that was free. Of a qdisc `info` counts references, of a class it is the handle of its qdisc.
    const isGiven = what === 'qdisc' && parent !== TC_H.ROOT && handle >= FIRST_GIVEN_HANDLE;
    const own = isGiven ? 'given' : handle.toString(16);
    const more = what.startsWith('filter') ? info.toString(16) : '';
    lines.push(`${device} ${what} ${own} parent ${parent.toString(16)} ${more} ${attributes}`);
  });
}

function kindOf(payload: Reader): string {
  let kind = '';
  eachAttribute(payload, (type, value) => {
    if (type === TCA.KIND) kind = textOf(value);
  });
  return kind;
}

function filterAttributes(payload: Reader, names: ReadonlyMap<number, string>): string {
  const start = payload.pos;
  const kind = kindOf(payload);
  payload.pos = start;
  const parts: string[] = [kind];
  eachAttribute(payload, (type, value) => {
    if (type !== TCA.OPTIONS) {
      if (!TC_VOLATILE.includes(type)) parts.push(`${type}=${raw(value)}`);
      return;
    }
    eachAttribute(value, (option, inner) => {
      if (option === ACTION_LISTS[kind]) parts.push(`actions ${actions(inner, names)}`);
      else if (option !== FILTER_VOLATILE[kind]) parts.push(`${type}.${option}=${raw(inner)}`);
    });
  });
  return parts.join(' ');
}

function actions(list: Reader, names: ReadonlyMap<number, string>): string {
  const parts: string[] = [];
  eachAttribute(list, (order, action) => {
    let kind = '';
    eachAttribute(action, (type, value) => {
      if (type === TCA_ACT.KIND) kind = textOf(value);
      else if (type === TCA_ACT.COOKIE) parts.push(`cookie ${raw(value)}`);
      else if (type === TCA_ACT.OPTIONS) parts.push(`${order} ${kind} ${actionOptions(kind, value, names)}`);
    });
  });
  return parts.join(' ');
}

function actionOptions(kind: string, options: Reader, names: ReadonlyMap<number, string>): string {
  const parts: string[] = [];
  eachAttribute(options, (type, value) => {
    if (type !== TCA_MIRRED.PARMS) return;
    const field = (offset: number): number => value.view.getInt32(value.pos + offset, value.littleEndian);
    parts.push(`action ${field(ACTION_OFFSET)}`);
    if (kind !== 'mirred') return;
    const ifindex = field(MIRRED_IFINDEX_OFFSET);
    parts.push(`to ${names.get(ifindex) ?? `gone ${ifindex}`} by ${field(MIRRED_DIRECTION_OFFSET)}`);
  });
  return parts.join(' ');
}

/** Features of devices as bitmaps, which are small. */
class FeatureReader {
  private readonly socket: NetlinkSocket;
  private readonly littleEndian: boolean;
  private readonly family: number;

  constructor(host: Host) {
    this.littleEndian = host.littleEndian;
    this.socket = new NetlinkSocket(host, NETLINK.GENERIC);
    this.family = this.ask(familyGet(ETHTOOL_FAMILY), decodeFamilyId) ?? 0;
  }

  active(device: string): string {
    const request = genlRequest(this.family, ETHTOOL_MSG.FEATURES_GET, 1, (w) => {
      const header = beginNested(w, ETHTOOL_A_FEATURES.HEADER);
      putAttribute(w, ETHTOOL_A_HEADER.DEV_NAME, text, device);
      putAttribute(w, ETHTOOL_A_HEADER.FLAGS, u32, ETHTOOL_FLAG.COMPACT_BITSETS);
      endAttribute(w, header);
    });
    let bitmap: string | undefined;
    this.ask(request, (payload) => {
      decodeGenlHeader(payload);
      eachAttribute(payload, (type, value) => {
        if (type === ETHTOOL_A_FEATURES.ACTIVE) bitmap = raw(value);
      });
    });
    return bitmap ?? 'none';
  }

  close(): void {
    this.socket.close();
  }

  private ask<T>(request: Request, decode: (payload: Reader) => T): T | undefined {
    const [outcome] = this.socket.transact([request]);
    const reply = outcome?.ok === true ? outcome.replies[0] : undefined;
    return reply === undefined ? undefined : decode(new Reader(reply.payload, this.littleEndian));
  }
}

function attributesBut(payload: Reader, without: readonly number[]): string {
  const parts: string[] = [];
  eachAttribute(payload, (type, value) => {
    if (type === IFLA.XDP) parts.push(`xdp ${xdpMode(value)}`);
    else if (!without.includes(type)) parts.push(`${type}=${raw(value)}`);
  });
  return parts.join(' ');
}

/** How a program is attached; its number is another one each time. */
function xdpMode(value: Reader): string {
  let mode = '';
  eachAttribute(value, (type, inner) => {
    if (type === IFLA_XDP.ATTACHED) mode = raw(inner);
  });
  return mode;
}

function textOf(value: Reader): string {
  return decodeUtf8(value.data, value.pos, value.end - 1);
}

/** The bytes as characters, one for each: a state is read thousands of times and shown to nobody. */
function raw(value: Reader): string {
  return String.fromCharCode(...value.data.subarray(value.pos, value.end));
}

/** A line for people: what is no plain ASCII as `\xNN`. */
function readable(line: string): string {
  return [...line]
    .map((character) => {
      const code = character.charCodeAt(0);
      return code >= 32 && code < 127 ? character : `\\x${code.toString(16).padStart(2, '0')}`;
    })
    .join('');
}
