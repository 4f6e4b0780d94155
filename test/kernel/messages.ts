/** The messages in which the kernel tells of devices, qdiscs and filters. */
import { Reader, Writer } from '../../src/lib/bytes.ts';
import { IFF, IFLA, IFLA_INFO, IFLA_XDP, XDP_ATTACHED } from '../../src/uapi/if_link.ts';
import { TCA } from '../../src/uapi/rtnetlink.ts';
import { TC_H, TCA_BPF, TCA_U32 } from '../../src/uapi/tc.ts';
import type { XdpAttachment } from '../../src/wire/link.ts';
import {
  beginAttribute,
  beginNested,
  binary,
  eachAttribute,
  endAttribute,
  putAttribute,
  text,
  u32,
} from '../../src/wire/nla.ts';
import type { FakeDevice, FakeFilter, FakeQdisc, KernelState } from './state.ts';

type Body = (w: Writer) => void;

export function linkBody(device: FakeDevice, { bpf }: KernelState): Body {
  return (w) => {
    w.u8(0);
    w.u8(0);
    w.u16(device.hardwareType);
    w.s32(device.ifindex);
    w.u32((device.up ? IFF.UP : 0) | (device.promiscuous ? IFF.PROMISC : 0));
    w.u32(0);
    putAttribute(w, IFLA.IFNAME, text, device.name);
    putAttribute(w, IFLA.TXQLEN, u32, 1000);
    putAttribute(w, IFLA.MTU, u32, device.mtu);
    putAttribute(w, IFLA.GROUP, u32, device.group);
    putAttribute(w, IFLA.NUM_TX_QUEUES, u32, device.txQueues);
    putAttribute(w, IFLA.NUM_RX_QUEUES, u32, device.rxQueues);
    if (device.master !== undefined) putAttribute(w, IFLA.MASTER, u32, device.master);
    if (device.lower !== undefined) putAttribute(w, IFLA.LINK, u32, device.lower);
    if (device.alias !== '') putAttribute(w, IFLA.IFALIAS, text, device.alias);
    putAttribute(w, IFLA.ADDRESS, binary, device.address);
    putXdp(w, bpf.xdpOn(device.ifindex));
    if (device.kind === undefined) return;
    const info = beginNested(w, IFLA.LINKINFO);
    putAttribute(w, IFLA_INFO.KIND, text, device.kind);
    endAttribute(w, info);
  };
}

/** As rtnl_xdp_fill, which tells of a program that there is none too. */
function putXdp(w: Writer, xdp: XdpAttachment | undefined): void {
  const nested = beginNested(w, IFLA.XDP);
  const attached = beginAttribute(w, IFLA_XDP.ATTACHED);
  w.u8(xdp === undefined ? XDP_ATTACHED.NONE : xdp.mode === 'native' ? XDP_ATTACHED.DRV : XDP_ATTACHED.SKB);
  endAttribute(w, attached);
  if (xdp !== undefined) putAttribute(w, IFLA_XDP.PROG_ID, u32, xdp.programId);
  endAttribute(w, nested);
}

function tcBody(ifindex: number, handle: number, parent: number, info: number, kind: string, rest: Body): Body {
  return (w) => {
    w.u32(0);
    w.s32(ifindex);
    w.u32(handle);
    w.u32(parent);
    w.u32(info);
    putAttribute(w, TCA.KIND, text, kind);
    rest(w);
  };
}

export function qdiscBody(device: FakeDevice, qdisc: FakeQdisc): Body {
  return tcBody(device.ifindex, qdisc.handle, qdisc.parent, 1, qdisc.kind, (w) => {
    const options = beginAttribute(w, TCA.OPTIONS);
    for (const [type, value] of qdisc.attributes ?? []) putAttribute(w, type, binary, value);
    if (qdisc.raw !== undefined) w.raw(qdisc.raw);
    endAttribute(w, options);
  });
}

/** All qdiscs of a device, with the default one where nobody has set up a root. */
export function qdiscBodies(device: FakeDevice): Body[] {
  const usual = { kind: 'noqueue', handle: 0, parent: TC_H.ROOT };
  const hook = device.hook === undefined ? [] : [device.hook];
  return [device.root ?? usual, ...device.children, ...hook].map((qdisc) => qdiscBody(device, qdisc));
}

/** A filter is told in parts: its preference and kind, for u32 its hash table, then itself. */
export function filterBodies(device: FakeDevice, filter: FakeFilter, state: KernelState): Body[] {
  const { kind, parent, info, handle } = filter;
  const body = (part: number, rest: Body): Body => tcBody(device.ifindex, part, parent, info, kind, rest);
  const bodies = [body(0, (w) => putAttribute(w, TCA.CHAIN, u32, 0))];
  if (kind === 'u32') {
    const table: Body = (w) => {
      const options = beginAttribute(w, TCA.OPTIONS);
      putAttribute(w, TCA_U32.DIVISOR, u32, 1);
      endAttribute(w, options);
    };
    bodies.push(body(handle - (handle % 0x1000), table));
  }
  const options = optionsNow(filter, state);
  return [...bodies, body(handle, (w) => putAttribute(w, TCA.OPTIONS, binary, options))];
}

/** What cls_bpf_dump tells of a filter that was made with these options: the program's number, and not the descriptor. */
export function bpfOptions(asked: Uint8Array, programId: number, littleEndian: boolean): Uint8Array {
  const w = new Writer(littleEndian);
  eachAttribute(new Reader(asked, littleEndian), (type, value) => {
    if (type !== TCA_BPF.FD) putAttribute(w, type, binary, value.bytes(value.remaining));
  });
  putAttribute(w, TCA_BPF.ID, u32, programId);
  return w.bytes();
}

/** The device that a redirect went to reads as 0 once it is gone (tcf_mirred_dump). */
function optionsNow({ options, targetAt }: FakeFilter, state: KernelState): Uint8Array {
  if (targetAt === undefined) return options;
  const copy = options.slice();
  const view = new DataView(copy.buffer);
  if (!state.devices.has(view.getUint32(targetAt, state.littleEndian))) view.setUint32(targetAt, 0);
  return copy;
}
