/** A kernel whose answers a test makes from what was sent, and the messages to make them of. Little endian. */
import assert from 'node:assert/strict';
import { FakeHost } from '../../src/host/fake.ts';
import { Reader, Writer } from '../../src/lib/bytes.ts';
import { KernelError, type NetlinkSocket, type Outcome } from '../../src/net/netlink.ts';
import { NLM_F, NLMSG, NLMSGERR_ATTR } from '../../src/uapi/netlink.ts';
import { RTM } from '../../src/uapi/rtnetlink.ts';
import { putAttribute, text } from '../../src/wire/nla.ts';
import { eachMessage, type Request } from '../../src/wire/nlmsg.ts';

/** The port of every socket. */
export const PORT = 4242;

export interface Heard {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Uint8Array;
}

/** A host with one netlink socket whose answers the test makes from what was sent. */
export class Kernel extends FakeHost {
  readonly heard: Heard[][] = [];
  /** Replaces a recv: an error name, once each. */
  readonly receiveErrors: string[] = [];
  readonly options: string[] = [];
  /** SO_RCVBUF as the kernel gives it back. */
  bufferBytes = 1 << 20;
  answer: (requests: Heard[], kernel: Kernel) => readonly Uint8Array[] | number = (requests) =>
    requests.map((request) => ack(request));

  constructor() {
    super();
    this.onSend = (_fd, bytes) => {
      const requests: Heard[] = [];
      eachMessage(new Reader(bytes, true), ({ type, flags, sequence }, payload) => {
        requests.push({ type, flags, sequence, body: payload.bytes(payload.remaining) });
      });
      this.heard.push(requests);
      return this.answer(requests, this);
    };
  }

  override getsockname(_fd: number, address: Uint8Array): number {
    new DataView(address.buffer).setUint32(4, PORT, true);
    return address.length;
  }

  override getsockopt(_fd: number, _level: number, _option: number, value: Uint8Array): number {
    new DataView(value.buffer).setUint32(0, this.bufferBytes, true);
    return 4;
  }

  override setsockopt(fd: number, level: number, option: number, value: number | Uint8Array): number {
    this.options.push(`${level} ${option} ${value}`);
    return super.setsockopt(fd, level, option, value);
  }

  override recv(fd: number, bytes: Uint8Array, offset: number, length: number, flags: number): number {
    const error = this.receiveErrors.shift();
    if (error !== undefined && error !== 'none') return -(this.errno[error] ?? 0);
    return super.recv(fd, bytes, offset, length, flags);
  }
}

export function message(
  type: number,
  sequence: number,
  body: (w: Writer) => void,
  flags = 0,
  portId = PORT,
): Uint8Array {
  const w = new Writer(true);
  w.u32(0);
  w.u16(type);
  w.u16(flags);
  w.u32(sequence);
  w.u32(portId);
  body(w);
  w.patchU32(0, w.size);
  w.align(4);
  return w.bytes().slice();
}

export function ack(request: Heard, errno = 0, extack = ''): Uint8Array {
  const tlvs = extack === '' ? 0 : NLM_F.ACK_TLVS;
  return message(
    NLMSG.ERROR,
    request.sequence,
    (w) => {
      w.s32(-errno);
      w.u32(16 + request.body.length);
      w.u16(request.type);
      w.u16(request.flags);
      w.u32(request.sequence);
      w.u32(0);
      if (extack !== '') putAttribute(w, NLMSGERR_ATTR.MSG, text, extack);
    },
    NLM_F.CAPPED | tlvs,
  );
}

export function done(request: Heard, errno = 0, flags = 0): Uint8Array {
  return message(NLMSG.DONE, request.sequence, (w) => w.s32(-errno), NLM_F.MULTI | flags);
}

export const item = (request: Heard, value: number, flags = 0): Uint8Array =>
  message(RTM.NEWQDISC, request.sequence, (w) => w.u32(value), NLM_F.MULTI | flags);

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export const request = (value: number, bytes = 4): Request => ({
  type: RTM.NEWQDISC,
  flags: NLM_F.CREATE,
  body: (w) => {
    w.u32(value);
    w.zeros(bytes - 4);
  },
});

export const requests = (count: number, bytes = 4): Request[] =>
  Array.from({ length: count }, (_, i) => request(i, bytes));

/** `ok` or the refusal's name. */
export const verdict = (outcome: Outcome): string => (outcome.ok ? 'ok' : outcome.refusal.name);

export const errnoOf = (host: FakeHost, name: string): number => host.errno[name] ?? 0;

/** The values of a dump, as the attempts before the last are forgotten. */
export function dumped(socket: NetlinkSocket): number[] {
  let values: number[] = [];
  socket.dump(
    'list things',
    { type: RTM.GETQDISC, flags: 0, body: (w) => w.u32(0) },
    (_header, payload) => values.push(payload.u32()),
    () => {
      values = [];
    },
  );
  return values;
}

export function errorOf(run: () => unknown): KernelError {
  try {
    run();
  } catch (error) {
    if (error instanceof KernelError) return error;
    throw error;
  }
  assert.fail('no KernelError');
}
