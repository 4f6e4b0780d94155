/**
 * Conversations with the kernel over one netlink socket: batches with an acknowledgement each, dumps, events.
 *
 * Synchronous, because the kernel is: rtnetlink and generic netlink carry a request out inside send(2), so the answers wait in
 * the socket when it returns. The wait with a limit is for what should not happen. Events belong on a socket of their own.
 */

import { KernelError, type Refusal, refusalNamed, refusalOf } from '../host/refusal.ts';
import { type Reader, ShortReadError, Writer } from '../lib/bytes.ts';
import { NETLINK, NLM_F, NLMSG } from '../uapi/netlink.ts';
import {
  type Ack,
  decodeAck,
  decodeDone,
  eachMessage,
  encodeMessage,
  type MessageHeader,
  type Request,
} from '../wire/nlmsg.ts';
import { type NetlinkHost, NetlinkPort } from './port.ts';

export { KernelError, type Refusal } from '../host/refusal.ts';
export type { NetlinkHost } from './port.ts';

/** An answer that is not an acknowledgement, copied out of the receive buffer. */
export interface Reply {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** How one request of a batch ended. */
export type Outcome =
  | { readonly ok: true; readonly replies: readonly Reply[]; readonly warning?: string }
  | { readonly ok: false; readonly refusal: Refusal };

/** Called with a header and a payload that are valid during the call. */
export type OnMessage = (header: MessageHeader, payload: Reader) => void;

/** What an answer takes of the socket's buffer: an skb is 768 bytes at least; words and replies come on top. */
const ANSWER_BYTES = 2048;
/** Below net.core.wmem_default (212,992) with room; halved when a machine has less. */
const BATCH_BYTES = 128 << 10;
const ANSWER_TIMEOUT_MS = 5000;
const DUMP_ATTEMPTS = 8;
/** Bounds for what a broken peer could send, beyond what a router could hold in memory. */
const DUMP_MESSAGES_LIMIT = 1 << 20;
/** Of one batch, beside the acknowledgements: what is asked for without a dump has one each. */
const REPLIES_LIMIT = 16_384;
const IDLE_DATAGRAMS_LIMIT = 10_000;
const EVENT_DATAGRAMS_LIMIT = 1000;
/** Sequence numbers begin anew above this, so that a batch never wraps. */
const SEQUENCE_LIMIT = 0x7fff_0000;

export class NetlinkSocket {
  private readonly host: NetlinkHost;
  private readonly port: NetlinkPort;
  private readonly writer: Writer;
  private sequence = 0;
  private batchBytes = BATCH_BYTES;

  /** @throws KernelError */
  constructor(host: NetlinkHost, protocol: number = NETLINK.ROUTE) {
    this.host = host;
    this.port = new NetlinkPort(host, protocol);
    this.writer = new Writer(host.littleEndian, 4096);
  }

  /** To poll for events. */
  get fd(): number {
    return this.port.fd;
  }

  /** What the kernel writes into the announcements of what was asked for here. */
  get portId(): number {
    return this.port.portId;
  }

  close(): void {
    this.port.close();
  }

  /**
   * Sends all requests at once and gives the outcome of each, in order. The kernel goes on after a refusal. Requests whose
   * answer is missing, broken or lost are refused with ETIMEDOUT, EBADMSG or ENOBUFS: the kernel may have carried them out.
   * Not for dumps.
   *
   * @throws KernelError when the socket broke and another cannot be had
   */
  transact(requests: readonly Request[]): Outcome[] {
    const outcomes: Outcome[] = [];
    while (outcomes.length < requests.length) {
      const first = this.nextSequence();
      const { count, length } = this.encodeBatch(requests, outcomes.length, first);
      const sent = this.port.send(this.writer.bytes(), length);
      if (sent === -(this.host.errno.EMSGSIZE ?? Number.NaN) && count > 1) {
        this.batchBytes = length / 2;
        continue;
      }
      const part = sent < 0 ? new Array<Outcome>(count).fill(this.refuse(-sent)) : this.collectAnswers(first, count);
      for (const outcome of part) outcomes.push(outcome);
    }
    return outcomes;
  }

  /** Encodes requests from `from` on, as many as one send and the room for answers allow; at least one. */
  private encodeBatch(requests: readonly Request[], from: number, first: number): { count: number; length: number } {
    const { writer } = this;
    writer.reset();
    let count = 0;
    let length = 0;
    for (let index = from; index < requests.length; index++) {
      const request = requests[index];
      if (request === undefined) break;
      encodeMessage(writer, request, NLM_F.REQUEST | NLM_F.ACK, first + count);
      // A refusal can repeat the request.
      const answerBytes = (count + 1) * ANSWER_BYTES + writer.size;
      if (count > 0 && (writer.size > this.batchBytes || answerBytes > this.port.socketBufferBytes)) break;
      length = writer.size;
      count++;
    }
    this.sequence = first + count - 1;
    return { count, length };
  }

  private collectAnswers(first: number, count: number): Outcome[] {
    const acks = new Array<Ack | undefined>(count).fill(undefined);
    const replies = Array.from({ length: count }, (): Reply[] => []);
    let missing = count;
    let replyCount = 0;
    let failure = refusalNamed(this.host, 'ETIMEDOUT');
    let waitMs = ANSWER_TIMEOUT_MS;
    try {
      for (let idle = 0; missing > 0 && idle < IDLE_DATAGRAMS_LIMIT; idle++) {
        const datagram = this.port.receive(waitMs);
        if (datagram === 'empty') break;
        if (replyCount > REPLIES_LIMIT) throw this.error('EBADMSG', 'read the answers');
        if (datagram === 'overrun') {
          // Some answers are lost: take what is there and do not wait for the rest.
          failure = refusalNamed(this.host, 'ENOBUFS');
          waitMs = 0;
          continue;
        }
        eachMessage(datagram, (header, payload) => {
          const index = header.sequence - first;
          if (header.portId !== this.port.portId || index < 0 || index >= count || acks[index] !== undefined) return;
          idle = 0;
          if (header.type === NLMSG.ERROR) {
            acks[index] = decodeAck(header.flags, payload);
            missing--;
          } else if (header.type >= NLMSG.MIN_TYPE) {
            replyCount++;
            replies[index]?.push({ type: header.type, payload: payload.bytes(payload.remaining) });
          }
        });
      }
    } catch (error) {
      failure = this.brokenAnswer(error, 'read the answers').refusal;
    }
    return acks.map((ack, index) => {
      if (ack === undefined) return { ok: false, refusal: failure };
      if (ack.errno !== 0) return this.refuse(ack.errno, ack);
      return { ok: true, replies: replies[index] ?? [], ...(ack.extack === undefined ? {} : { warning: ack.extack }) };
    });
  }

  /**
   * Asks for a list and calls `onMessage` for each part. A dump that the kernel or an overrun interrupted is asked again, up to
   * 8 times; `onStart` comes before each attempt and forgets what the one before brought.
   *
   * @param operation what it is for, in error messages: `list qdiscs`
   * @throws KernelError, and what `onMessage` throws but for ShortReadError
   */
  dump(operation: string, request: Request, onMessage: OnMessage, onStart: () => void): void {
    let last = 'EINTR';
    for (let attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      onStart();
      const ending = this.dumpOnce(operation, request, onMessage);
      if (ending === 'complete') return;
      last = ending;
    }
    throw this.error(last, operation);
  }

  /** 'complete', or the name of what makes another attempt worth while. */
  private dumpOnce(operation: string, request: Request, onMessage: OnMessage): string {
    const sequence = this.nextSequence();
    this.writer.reset();
    encodeMessage(this.writer, request, NLM_F.REQUEST | NLM_F.DUMP, sequence);
    const sent = this.port.send(this.writer.bytes(), this.writer.size);
    if (sent < 0) throw new KernelError(refusalOf(this.host, -sent), operation);
    let interrupted = false;
    let end: Ack | undefined;
    let messages = 0;
    const { portId } = this.port;
    try {
      for (let idle = 0; end === undefined; idle++) {
        const datagram = this.port.receive(ANSWER_TIMEOUT_MS);
        if (datagram === 'empty') throw this.error('ETIMEDOUT', operation);
        if (datagram === 'overrun') {
          this.port.reopen();
          return 'ENOBUFS';
        }
        if (idle > IDLE_DATAGRAMS_LIMIT || messages > DUMP_MESSAGES_LIMIT) throw this.error('EBADMSG', operation);
        eachMessage(datagram, (header, payload) => {
          if (header.portId !== portId || header.sequence !== sequence || end !== undefined) return;
          idle = 0;
          messages++;
          if ((header.flags & NLM_F.DUMP_INTR) !== 0) interrupted = true;
          if (header.type >= NLMSG.MIN_TYPE) {
            if (!interrupted) onMessage(header, payload);
          } else if (header.type === NLMSG.DONE) end = decodeDone(header.flags, payload);
          else if (header.type === NLMSG.ERROR) end = decodeAck(header.flags, payload);
        });
      }
    } catch (error) {
      throw this.brokenAnswer(error, operation);
    }
    if (end.errno === this.host.errno.EBUSY) {
      // The kernel believes that an earlier dump still goes on.
      this.port.reopen();
      return 'EBUSY';
    }
    if (end.errno !== 0) throw new KernelError(refusalOf(this.host, end.errno, end), operation);
    return interrupted ? 'EINTR' : 'complete';
  }

  /**
   * Joins multicast groups (RTNLGRP_*).
   *
   * @throws KernelError
   */
  subscribe(groups: readonly number[]): void {
    for (const group of groups) this.port.subscribe(group);
  }

  /**
   * Hands over the events that have come, without waiting; of a flood the first 1,000 datagrams, and then 'more'. 'overrun' says that some were lost or unreadable: what was known must be read anew.
   *
   * @throws KernelError when the socket itself is broken
   */
  receiveEvents(onMessage: OnMessage): 'drained' | 'more' | 'overrun' {
    let isOverrun = false;
    for (let count = 0; count < EVENT_DATAGRAMS_LIMIT; count++) {
      const datagram = this.port.receive(0);
      if (datagram === 'empty') return isOverrun ? 'overrun' : 'drained';
      if (datagram === 'overrun') {
        isOverrun = true;
        continue;
      }
      try {
        eachMessage(datagram, (header, payload) => {
          if (header.type >= NLMSG.MIN_TYPE) onMessage(header, payload);
        });
      } catch (error) {
        if (!(error instanceof ShortReadError)) throw error;
        isOverrun = true;
      }
    }
    return isOverrun ? 'overrun' : 'more';
  }

  private nextSequence(): number {
    if (this.sequence > SEQUENCE_LIMIT) this.sequence = 0;
    return ++this.sequence;
  }

  /** What to report when answers could not be read to their end; a new socket leaves the rest of them behind. */
  private brokenAnswer(error: unknown, operation: string): KernelError {
    this.port.reopen();
    if (error instanceof ShortReadError) return this.error('EBADMSG', operation);
    if (error instanceof KernelError) return error;
    throw error;
  }

  private refuse(errno: number, ack?: Ack): Outcome {
    return { ok: false, refusal: refusalOf(this.host, errno, ack) };
  }

  private error(name: string, operation: string): KernelError {
    return new KernelError(refusalNamed(this.host, name), operation);
  }
}
