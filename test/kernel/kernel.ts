/**
 * A kernel made of memory: it reads the bytes of requests and answers in bytes, so that everything above the socket is the real
 * program. What it does was taken from the kernel's sources and from the captures; the lab runs the same on real kernels.
 */
import { Reader, Writer } from '../../src/lib/bytes.ts';
import { NETLINK, NLM_F, NLMSG, NLMSGERR_ATTR } from '../../src/uapi/netlink.ts';
import { RTM, RTNLGRP } from '../../src/uapi/rtnetlink.ts';
import { FLOWTABLE_MESSAGE } from '../../src/wire/nftables.ts';
import { putAttribute, text } from '../../src/wire/nla.ts';
import { eachMessage, encodeMessage, type MessageHeader, type Request } from '../../src/wire/nlmsg.ts';
import { answerGenetlink } from './ethtool.ts';
import { linkBody } from './messages.ts';
import { answerRtnetlink } from './rtnetlink.ts';
import { type Answer, KernelState, Refused } from './state.ts';

/** A request that changes something, before it is carried out. */
export interface Modification {
  /** Counted from 1. */
  readonly number: number;
  /** NETLINK.ROUTE or NETLINK.GENERIC; types mean something within one of them only. */
  readonly protocol: number;
  readonly type: number;
  readonly payload: Uint8Array;
}

const READING = new Set<number>([RTM.GETLINK, RTM.GETQDISC, RTM.GETTCLASS, RTM.GETTFILTER]);
/** ETHTOOL_MSG_FEATURES_SET is the only message of generic netlink that changes something here. */
const FEATURES_SET = 12;

/** nlmsg_pid in struct nlmsghdr. */
const PORT_ID_OFFSET = 12;
const ANOTHER_PORT = 77;

export class FakeKernel extends KernelState {
  readonly errno: Readonly<Record<string, number>>;
  /** Modifications that were tried so far. */
  modifications = 0;
  /** The name of an errno to refuse a modification with. */
  refuse: ((modification: Modification) => string | undefined) | undefined;
  /** Called after each modification that was carried out. */
  afterModification: ((modification: Modification) => void) | undefined;
  /** The port of who asks now. */
  private asker = 0;
  /** What it says of each of its flowtables; undefined where it has no nftables. */
  flowtables: readonly Uint8Array[] | undefined;
  /** The name of an errno to refuse to tell of flowtables with. */
  refuseFlowtables: string | undefined;
  /** What listeners of a multicast group get. */
  onEvent: (group: number, datagram: Uint8Array) => void = () => {};

  constructor(littleEndian: boolean, errno: Readonly<Record<string, number>>) {
    super(littleEndian);
    this.errno = errno;
    this.announce = (group, type, body) => {
      // Of devices it does not say who changed them (net/core/rtnetlink.c: rtmsg_ifinfo, before Linux 6.2).
      this.onEvent(group, this.encode(type, 0, 0, body, group === RTNLGRP.TC ? this.asker : 0));
    };
    this.addDevice({ name: 'lo' });
  }

  /** The datagrams that answer one that a program sent from the socket with this port. */
  answer(protocol: number, datagram: Uint8Array, portId = 0): Uint8Array[] {
    this.asker = portId;
    const answers: Uint8Array[] = [];
    eachMessage(new Reader(datagram, this.littleEndian), (header, payload) => {
      answers.push(...this.answerMessage(protocol, { ...header }, payload.bytes(payload.remaining)));
    });
    return answers;
  }

  /** A device appears: its driver was loaded, or a cable plugged in. */
  plugIn(given: Parameters<KernelState['addDevice']>[0]): void {
    this.announce(RTNLGRP.LINK, RTM.NEWLINK, linkBody(this.addDevice(given), this));
  }

  /** A device vanishes with all that hangs on it, and the kernel tells of nothing but the device. */
  unplug(name: string): void {
    const device = this.named(name);
    this.removeDevice(device.ifindex);
    this.announce(RTNLGRP.LINK, RTM.DELLINK, linkBody(device, this));
  }

  /** Carries out a request of some other program. @throws Refused */
  carryOut(request: Request): void {
    this.asker = ANOTHER_PORT;
    const w = new Writer(this.littleEndian);
    encodeMessage(w, request, NLM_F.REQUEST, 0);
    eachMessage(new Reader(w.bytes(), this.littleEndian), (header, payload) => {
      answerRtnetlink(this, header, payload);
    });
  }

  private answerMessage(protocol: number, header: MessageHeader, payload: Uint8Array): Uint8Array[] {
    const { sequence, type } = header;
    if (protocol === NETLINK.NETFILTER) return [this.dumpFlowtables(header)];
    const isDump = READING.has(type) && (header.flags & NLM_F.DUMP) === NLM_F.DUMP;
    let answers: Answer[];
    try {
      answers = this.dispatch(protocol, header, payload);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return [this.acknowledgement(header, -(this.errno[error.errnoName] ?? 0), error.message)];
    }
    const flags = isDump ? NLM_F.MULTI : 0;
    const datagrams = answers.map((answer) => this.encode(answer.type, flags, sequence, answer.body));
    if (isDump) return [joined([...datagrams, this.encode(NLMSG.DONE, NLM_F.MULTI, sequence, (w) => w.s32(0))])];
    return (header.flags & NLM_F.ACK) === 0 ? datagrams : [...datagrams, this.acknowledgement(header, 0, '')];
  }

  private dumpFlowtables(header: MessageHeader): Uint8Array {
    if (this.refuseFlowtables !== undefined)
      return this.acknowledgement(header, -(this.errno[this.refuseFlowtables] ?? 0), '');
    const parts = (this.flowtables ?? []).map((payload) =>
      this.encode(FLOWTABLE_MESSAGE, NLM_F.MULTI, header.sequence, (w) => w.raw(payload)),
    );
    return joined([...parts, this.encode(NLMSG.DONE, NLM_F.MULTI, header.sequence, (w) => w.s32(0))]);
  }

  private dispatch(protocol: number, header: MessageHeader, payload: Uint8Array): Answer[] {
    const reader = (): Reader => new Reader(payload, this.littleEndian);
    const isModification = protocol === NETLINK.ROUTE ? !READING.has(header.type) : payload[0] === FEATURES_SET;
    const modification = { number: this.modifications + 1, protocol, type: header.type, payload };
    if (isModification) {
      this.modifications += 1;
      const refusal = this.refuse?.(modification);
      if (refusal !== undefined) throw new Refused(refusal, 'refused by the test');
    }
    const answer = protocol === NETLINK.ROUTE ? answerRtnetlink : answerGenetlink;
    const answers = answer(this, header, reader());
    if (isModification) this.afterModification?.(modification);
    return answers;
  }

  /** As netlink_ack with NETLINK_CAP_ACK and NETLINK_EXT_ACK: the header of the request, then the kernel's words. */
  private acknowledgement(request: MessageHeader, error: number, extack: string): Uint8Array {
    const flags = NLM_F.CAPPED | (extack === '' ? 0 : NLM_F.ACK_TLVS);
    return this.encode(NLMSG.ERROR, flags, request.sequence, (w) => {
      w.s32(error);
      w.u32(16);
      w.u16(request.type);
      w.u16(request.flags);
      w.u32(request.sequence);
      w.u32(request.portId);
      if (extack !== '') putAttribute(w, NLMSGERR_ATTR.MSG, text, extack);
    });
  }

  private encode(
    type: number,
    flags: number,
    sequence: number,
    body: (w: Writer) => void,
    portId = this.asker,
  ): Uint8Array {
    const w = new Writer(this.littleEndian);
    encodeMessage(w, { type, flags, body }, 0, sequence);
    w.patchU32(PORT_ID_OFFSET, portId);
    return w.bytes();
  }
}

/** Messages of a dump come many in a datagram. */
function joined(messages: readonly Uint8Array[]): Uint8Array {
  const datagram = new Uint8Array(messages.reduce((length, message) => length + message.length, 0));
  let at = 0;
  for (const message of messages) {
    datagram.set(message, at);
    at += message.length;
  }
  return datagram;
}
