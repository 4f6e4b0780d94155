/** A client of ubus that waits for each answer, for code that can do nothing else meanwhile; all others take UbusClient. */
import { ShortReadError } from '../lib/bytes.ts';
import { BlobError, type BlobRecord, decodeRecord, encodeRecord } from '../wire/blobmsg.ts';
import {
  decodeAttributes,
  encodeFrame,
  UBUS_FIXED_BYTES,
  UBUS_HEADER_BYTES,
  UBUS_MSG,
  UBUS_STATUS,
  type UbusAttributes,
} from '../wire/ubus.ts';
import type { UnixConversation } from './unix_conversation.ts';

const LENGTH_MASK = 0xff_ffff;

interface Frame {
  readonly type: number;
  readonly seq: number;
  readonly peer: number;
  readonly attributes: UbusAttributes;
}

/** All of it throws KernelError. */
export class UbusConversation {
  private readonly stream: UnixConversation;
  private lastSeq = 0;

  /** Takes over a stream on which nothing has been said yet. */
  constructor(stream: UnixConversation) {
    this.stream = stream;
    if (this.receive().type !== UBUS_MSG.HELLO) throw stream.nonsense();
  }

  close(): void {
    this.stream.close();
  }

  /** The id of the object at `path`. */
  lookup(path: string): number | undefined {
    let id: number | undefined;
    this.ask(UBUS_MSG.LOOKUP, 0, { path }, ({ objectId }) => {
      id = objectId;
    });
    return id;
  }

  /** The status, and the first of the answers that came before it. */
  invoke(id: number, method: string, args: BlobRecord): { status: number; result: BlobRecord | undefined } {
    let bytes: Uint8Array | undefined;
    const status = this.ask(UBUS_MSG.INVOKE, id, { objectId: id, method, data: encodeRecord(args) }, ({ data }) => {
      bytes ??= data;
    });
    try {
      return { status, result: bytes === undefined ? undefined : decodeRecord(bytes) };
    } catch (error) {
      throw error instanceof BlobError || error instanceof ShortReadError ? this.stream.nonsense() : error;
    }
  }

  private ask(type: number, peer: number, attributes: UbusAttributes, onData: (data: UbusAttributes) => void): number {
    const seq = ++this.lastSeq;
    this.stream.send(encodeFrame(type, seq, peer, attributes));
    for (;;) {
      const frame = this.receive();
      if (frame.seq !== seq || frame.peer !== peer) continue;
      if (frame.type === UBUS_MSG.DATA) onData(frame.attributes);
      else if (frame.type === UBUS_MSG.STATUS) return frame.attributes.status ?? UBUS_STATUS.UNKNOWN_ERROR;
    }
  }

  private receive(): Frame {
    const { stream } = this;
    const header = stream.peek(UBUS_HEADER_BYTES);
    const view = new DataView(header.buffer, header.byteOffset, UBUS_HEADER_BYTES);
    const length = view.getUint32(UBUS_FIXED_BYTES) & LENGTH_MASK;
    if (length < UBUS_HEADER_BYTES - UBUS_FIXED_BYTES) throw stream.nonsense();
    const [type, seq, peer] = [view.getUint8(1), view.getUint16(2), view.getUint32(4)];
    const body = stream.take(UBUS_FIXED_BYTES + length).subarray(UBUS_HEADER_BYTES);
    return { type, seq, peer, attributes: decodeAttributes(body) };
  }
}
