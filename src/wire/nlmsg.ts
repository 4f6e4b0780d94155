/**
 * Netlink messages: the 16-byte header, acknowledgements with their extended part, the end of a dump.
 *
 * Kernel: include/uapi/linux/netlink.h and net/netlink/af_netlink.c (`netlink_ack`, `netlink_dump_done`).
 */
import { type Reader, ShortReadError, type Writer } from '../lib/bytes.ts';
import { NLM_F, NLMSGERR_ATTR } from '../uapi/netlink.ts';
import { binary, eachAttribute, text } from './nla.ts';

export const MESSAGE_HEADER_BYTES = 16;

/** What to ask of the kernel; the conversation adds NLM_F_REQUEST, the sequence number and, as it needs them, ACK or DUMP. */
export interface Request {
  readonly type: number;
  /** NLM_F_CREATE, _EXCL, _REPLACE, …: what is particular to this request. */
  readonly flags: number;
  /** Appends everything after the message header. */
  readonly body: (w: Writer) => void;
}

/** The header of a received message. {@link eachMessage} gives the same object each time: copy what you keep. */
export interface MessageHeader {
  type: number;
  flags: number;
  sequence: number;
  portId: number;
}

/** Appends a whole message. */
export function encodeMessage(w: Writer, request: Request, flags: number, sequence: number): void {
  const start = w.size;
  w.u32(0);
  w.u16(request.type);
  w.u16(request.flags | flags);
  w.u32(sequence);
  w.u32(0);
  request.body(w);
  w.patchU32(start, w.size - start);
  w.align(4);
}

/**
 * Calls `visit(header, payload)` for each message up to the reader's end. Header and reader are reused; the reader stands after
 * the header and ends with the message. The reader must stand at a multiple of 4, as every message does in its datagram.
 *
 * @throws ShortReadError where a length is below the header's or past the end.
 */
export function eachMessage(r: Reader, visit: (header: MessageHeader, payload: Reader) => void): void {
  const header: MessageHeader = { type: 0, flags: 0, sequence: 0, portId: 0 };
  const { words, end, littleEndian } = r;
  let start = r.pos;
  while (start < end) {
    const word = start >>> 2;
    const length = words[word] ?? 0;
    if (length < MESSAGE_HEADER_BYTES || length > end - start) throw new ShortReadError(start, length, end);
    const typeAndFlags = words[word + 1] as number;
    header.type = littleEndian ? typeAndFlags & 0xffff : typeAndFlags >>> 16;
    header.flags = littleEndian ? typeAndFlags >>> 16 : typeAndFlags & 0xffff;
    header.sequence = words[word + 2] as number;
    header.portId = words[word + 3] as number;
    r.pos = start + MESSAGE_HEADER_BYTES;
    r.end = start + length;
    visit(header, r);
    r.end = end;
    start += (length + 3) & ~3;
  }
  r.pos = end;
}

/** What NLMSG_ERROR or NLMSG_DONE says. */
export interface Ack {
  /** 0 for success, else the positive error number. */
  readonly errno: number;
  /** The kernel's words: a reason, or with errno 0 a warning. */
  readonly extack?: string;
  /** Where in the request the offending attribute begins, counted from its message header. */
  readonly attributeOffset?: number;
  /** The type of an attribute that was missing. */
  readonly missingType?: number;
  readonly cookie?: Uint8Array;
}

/** Decodes NLMSG_ERROR, which is an acknowledgement when its error is 0. */
export function decodeAck(flags: number, payload: Reader): Ack {
  const error = payload.s32();
  const request = payload.pos;
  const requestBytes = payload.u32();
  payload.take(MESSAGE_HEADER_BYTES - 4);
  if ((flags & NLM_F.ACK_TLVS) === 0) return { errno: Math.abs(error) };
  // Without NETLINK_CAP_ACK a refusal carries the whole request before its attributes.
  if ((flags & NLM_F.CAPPED) === 0) {
    if (requestBytes < MESSAGE_HEADER_BYTES) throw new ShortReadError(request, requestBytes, payload.end);
    payload.take(Math.ceil(requestBytes / 4) * 4 - MESSAGE_HEADER_BYTES);
  }
  return decodeExtendedAck(error, payload);
}

/** Decodes NLMSG_DONE; the error number came with Linux 2.6.x dumps, but a message without it is taken as success. */
export function decodeDone(flags: number, payload: Reader): Ack {
  if (payload.remaining < 4) return { errno: 0 };
  const error = payload.s32();
  return (flags & NLM_F.ACK_TLVS) === 0 ? { errno: Math.abs(error) } : decodeExtendedAck(error, payload);
}

function decodeExtendedAck(error: number, attributes: Reader): Ack {
  const ack: { -readonly [Key in keyof Ack]: Ack[Key] } = { errno: Math.abs(error) };
  eachAttribute(attributes, (type, payload) => {
    switch (type) {
      case NLMSGERR_ATTR.MSG:
        ack.extack = text.decode(payload);
        break;
      case NLMSGERR_ATTR.OFFS:
        ack.attributeOffset = payload.u32();
        break;
      case NLMSGERR_ATTR.COOKIE:
        ack.cookie = binary.decode(payload);
        break;
      case NLMSGERR_ATTR.MISS_TYPE:
        ack.missingType = payload.u32();
        break;
    }
  });
  return ack;
}
