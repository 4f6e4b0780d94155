/**
 * rtnetlink messages about devices: RTM_NEWLINK, RTM_DELLINK and what asks for them.
 *
 * Kernel: net/core/rtnetlink.c (`rtnl_fill_ifinfo` writes what is read here, `ifla_policy` checks what is written here).
 */
import type { Reader, Writer } from '../lib/bytes.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { IFF, IFLA, IFLA_INFO, IFLA_XDP, XDP_ATTACHED } from '../uapi/if_link.ts';
import { NLM_F } from '../uapi/netlink.ts';
import { RTEXT_FILTER, RTM } from '../uapi/rtnetlink.ts';
import { beginAttribute, beginNested, eachAttribute, endAttribute, putAttribute, text, u32 } from './nla.ts';
import type { Request } from './nlmsg.ts';

/** A network device as the kernel describes it. */
export interface LinkMessage {
  readonly ifindex: number;
  /** IFF_UP, IFF_LOWER_UP, … */
  readonly flags: number;
  /** ARPHRD_ETHER, ARPHRD_PPP, … */
  readonly hardwareType: number;
  readonly name: string;
  readonly mtu: number;
  readonly txQueueLength: number;
  readonly group: number;
  readonly txQueues: number;
  /** 1 where the kernel has no RPS and does not say. */
  readonly rxQueues: number;
  /** The driver's kind for devices made over rtnetlink: `ifb`, `veth`, `vlan`, … */
  readonly kind?: string;
  readonly alias?: string;
  /** Kind of the root qdisc. */
  readonly qdisc?: string;
  /** The bridge or bond that the device is a port of. */
  readonly master?: number;
  /** The device below (vlan), or the peer (veth). */
  readonly lower?: number;
  /** The hardware address; of Ethernet devices six bytes. */
  readonly address?: Uint8Array;
  /** The XDP program on it, where there is just one. */
  readonly xdp?: XdpAttachment;
}

export interface XdpAttachment {
  readonly mode: 'native' | 'generic' | 'offloaded' | 'several';
  readonly programId: number;
}

const XDP_MODES: ReadonlyMap<number, XdpAttachment['mode']> = new Map([
  [XDP_ATTACHED.DRV, 'native'],
  [XDP_ATTACHED.SKB, 'generic'],
  [XDP_ATTACHED.HW, 'offloaded'],
  [XDP_ATTACHED.MULTI, 'several'],
]);

/**
 * Decodes RTM_NEWLINK and RTM_DELLINK. Nothing for messages that share the type but do not describe the device: a bridge
 * port's (AF_BRIDGE, where RTM_DELLINK means that the port left its bridge and not that the device is gone) and a wireless
 * event's, which carries just a name.
 */
export function decodeLink(payload: Reader): LinkMessage | undefined {
  const family = payload.u8();
  payload.take(1);
  const link: { -readonly [Key in keyof LinkMessage]: LinkMessage[Key] } = {
    hardwareType: payload.u16(),
    ifindex: payload.s32(),
    flags: payload.u32(),
    name: '',
    mtu: 0,
    txQueueLength: 0,
    group: 0,
    txQueues: 1,
    rxQueues: 1,
  };
  payload.take(4);
  let describesDevice = family === 0;
  eachAttribute(payload, (type, value) => {
    switch (type) {
      case IFLA.IFNAME:
        link.name = text.decode(value);
        break;
      case IFLA.MTU:
        link.mtu = value.u32();
        break;
      case IFLA.TXQLEN:
        link.txQueueLength = value.u32();
        break;
      case IFLA.GROUP:
        link.group = value.u32();
        break;
      case IFLA.NUM_TX_QUEUES:
        link.txQueues = value.u32();
        break;
      case IFLA.NUM_RX_QUEUES:
        link.rxQueues = value.u32();
        break;
      case IFLA.IFALIAS:
        link.alias = text.decode(value);
        break;
      case IFLA.QDISC:
        link.qdisc = text.decode(value);
        break;
      case IFLA.MASTER:
        link.master = value.u32();
        break;
      case IFLA.LINK:
        link.lower = value.u32();
        break;
      case IFLA.LINKINFO:
        eachAttribute(value, (infoType, info) => {
          if (infoType === IFLA_INFO.KIND) link.kind = text.decode(info);
        });
        break;
      case IFLA.ADDRESS:
        link.address = value.bytes(value.remaining);
        break;
      case IFLA.XDP: {
        const xdp = decodeXdp(value);
        if (xdp !== undefined) link.xdp = xdp;
        break;
      }
      case IFLA.WIRELESS:
        describesDevice = false;
        break;
    }
  });
  return describesDevice ? link : undefined;
}

/** Nested: how a program is attached and its number (net/core/rtnetlink.c: rtnl_xdp_fill); nothing where there is none. */
function decodeXdp(value: Reader): XdpAttachment | undefined {
  let mode: XdpAttachment['mode'] | undefined;
  let programId = 0;
  eachAttribute(value, (type, payload) => {
    if (type === IFLA_XDP.ATTACHED) mode = XDP_MODES.get(payload.u8());
    else if (type === IFLA_XDP.PROG_ID) programId = payload.u32();
  });
  return mode === undefined ? undefined : { mode, programId };
}

/** struct ifinfomsg: family, pad, type, index, flags, change. */
function putHeader(w: Writer, ifindex: number, flags: number, change: number): void {
  w.u32(0);
  w.s32(ifindex);
  w.u32(flags);
  w.u32(change);
}

/** All devices, without their counters. */
export function linkDump(): Request {
  return {
    type: RTM.GETLINK,
    flags: 0,
    body: (w) => {
      putHeader(w, 0, 0, 0);
      putAttribute(w, IFLA.EXT_MASK, u32, RTEXT_FILTER.SKIP_STATS);
    },
  };
}

/** One device; the answer is a {@link LinkMessage}, or ENODEV. */
export function linkGet(device: number | string): Request {
  return {
    type: RTM.GETLINK,
    flags: 0,
    body: (w) => {
      putDevice(w, device, 0, 0);
      putAttribute(w, IFLA.EXT_MASK, u32, RTEXT_FILTER.SKIP_STATS);
    },
  };
}

export interface LinkCreate {
  readonly kind: string;
  readonly name: string;
  /** Asks for this index, so that requests of the same batch can name the new device; EEXIST or EBUSY when it is taken. */
  readonly ifindex?: number;
  readonly txQueues?: number;
  readonly rxQueues?: number;
  readonly txQueueLength?: number;
  readonly group?: number;
  readonly up?: boolean;
  /** Appends the kind's own attributes (IFLA_INFO_DATA). */
  readonly data?: (w: Writer) => void;
}

/** Creates a device, EEXIST when the name is taken. The kernel takes no alias here: follow with {@link linkSet}. */
export function linkCreate(link: LinkCreate): Request {
  return {
    type: RTM.NEWLINK,
    flags: NLM_F.CREATE | NLM_F.EXCL,
    body: (w) => {
      const up = link.up === true ? IFF.UP : 0;
      putHeader(w, link.ifindex ?? 0, up, up);
      putAttribute(w, IFLA.IFNAME, text, link.name);
      if (link.txQueues !== undefined) putAttribute(w, IFLA.NUM_TX_QUEUES, u32, link.txQueues);
      if (link.rxQueues !== undefined) putAttribute(w, IFLA.NUM_RX_QUEUES, u32, link.rxQueues);
      if (link.txQueueLength !== undefined) putAttribute(w, IFLA.TXQLEN, u32, link.txQueueLength);
      if (link.group !== undefined) putAttribute(w, IFLA.GROUP, u32, link.group);
      const info = beginNested(w, IFLA.LINKINFO);
      putAttribute(w, IFLA_INFO.KIND, text, link.kind);
      if (link.data !== undefined) {
        const data = beginNested(w, IFLA_INFO.DATA);
        link.data(w);
        endAttribute(w, data);
      }
      endAttribute(w, info);
    },
  };
}

/** What of a device to change; what is absent stays. */
export interface LinkChange {
  readonly up?: boolean;
  readonly promiscuous?: boolean;
  /** '' removes the alias. */
  readonly alias?: string;
  readonly name?: string;
  readonly mtu?: number;
  readonly txQueueLength?: number;
  readonly group?: number;
}

/** Changes a device, given by index or by name. To rename it, give the index: a name in the message would be the new one. */
export function linkSet(device: number | string, change: LinkChange): Request {
  return {
    type: RTM.SETLINK,
    flags: 0,
    body: (w) => {
      const flag = (bit: IFF, wanted: boolean | undefined): number => (wanted === undefined ? 0 : bit);
      const changed = flag(IFF.UP, change.up) | flag(IFF.PROMISC, change.promiscuous);
      const set = (change.up === true ? IFF.UP : 0) | (change.promiscuous === true ? IFF.PROMISC : 0);
      putDevice(w, device, set, changed);
      if (typeof device === 'number' && change.name !== undefined) putAttribute(w, IFLA.IFNAME, text, change.name);
      if (change.mtu !== undefined) putAttribute(w, IFLA.MTU, u32, change.mtu);
      if (change.txQueueLength !== undefined) putAttribute(w, IFLA.TXQLEN, u32, change.txQueueLength);
      if (change.group !== undefined) putAttribute(w, IFLA.GROUP, u32, change.group);
      if (change.alias !== undefined) {
        // A counted string in the kernel: a NUL would become part of the alias, and only length 0 removes it.
        const alias = beginAttribute(w, IFLA.IFALIAS);
        w.raw(encodeUtf8(change.alias));
        endAttribute(w, alias);
      }
    },
  };
}

/** Deletes a device, given by index or by name. */
export function linkDelete(device: number | string): Request {
  return { type: RTM.DELLINK, flags: 0, body: (w) => putDevice(w, device, 0, 0) };
}

function putDevice(w: Writer, device: number | string, flags: number, change: number): void {
  putHeader(w, typeof device === 'number' ? device : 0, flags, change);
  if (typeof device === 'string') putAttribute(w, IFLA.IFNAME, text, device);
}
