/** Requests and answers of netlink as bytes in a datagram: found, counted and rewritten where they stand. */
import { MESSAGE_HEADER_BYTES } from '../../../src/wire/nlmsg.ts';

const TYPE_OFFSET = 4;
const SEQUENCE_OFFSET = 8;
const ERROR_OFFSET = MESSAGE_HEADER_BYTES;

/** One message of a datagram, as a window over its bytes. */
export class RawMessage {
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private readonly littleEndian: boolean;

  constructor(bytes: Uint8Array, littleEndian: boolean) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.littleEndian = littleEndian;
  }

  get type(): number {
    return this.view.getUint16(TYPE_OFFSET, this.littleEndian);
  }
  set type(type: number) {
    this.view.setUint16(TYPE_OFFSET, type, this.littleEndian);
  }

  get sequence(): number {
    return this.view.getUint32(SEQUENCE_OFFSET, this.littleEndian);
  }

  /** Of NLMSG_ERROR: the error number, negative as the kernel writes it. */
  set error(error: number) {
    this.view.setInt32(ERROR_OFFSET, error, this.littleEndian);
  }

  /** Changes the last letter of `word`, where it stands as a text with its NUL; false where it does not. */
  misspell(word: string): boolean {
    const { bytes } = this;
    const last = word.length - 1;
    for (let at = MESSAGE_HEADER_BYTES; at + word.length < bytes.length; at++) {
      // The byte before a text in an attribute is the high byte of a type below 256.
      if (bytes[at - 1] !== 0 || bytes[at + word.length] !== 0) continue;
      let matching = 0;
      while (matching < word.length && bytes[at + matching] === word.charCodeAt(matching)) matching++;
      if (matching < word.length) continue;
      bytes[at + last] = word.charCodeAt(last) ^ 1;
      return true;
    }
    return false;
  }
}

/** The messages in `bytes`, which they share. */
export function messagesIn(bytes: Uint8Array, littleEndian: boolean): RawMessage[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const messages: RawMessage[] = [];
  for (let at = 0; at + MESSAGE_HEADER_BYTES <= bytes.length; ) {
    const length = view.getUint32(at, littleEndian);
    if (length < MESSAGE_HEADER_BYTES || at + length > bytes.length) break;
    messages.push(new RawMessage(bytes.subarray(at, at + length), littleEndian));
    at += (length + 3) & ~3;
  }
  return messages;
}
