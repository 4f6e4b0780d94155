/**
 * D-Bus messages (D-Bus Specification, "Message Protocol"), as far as systemd has to be asked: calls whose arguments are text, and
 * answers made of text, numbers, variants and structures. A message says its own byte order.
 *
 *     u8 'l' or 'B' | u8 type | u8 flags | u8 version 1 | u32 bytes of the body | u32 serial | u32 bytes of the fields
 *     fields: u8 code, variant, each at a multiple of 8 | zeros up to a multiple of 8 | body
 */
import { Reader, Writer } from '../lib/bytes.ts';
import { decodeUtf8, encodeUtf8 } from '../lib/utf8.ts';

export const DBUS_TYPE = { METHOD_CALL: 1, METHOD_RETURN: 2, ERROR: 3, SIGNAL: 4 } as const;

/** Before the fields, with which the length of the whole is known. */
export const DBUS_HEADER_BYTES = 16;

export interface DbusCall {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
}

/** Booleans are 0 and 1. */
export type DbusValue = string | number | readonly DbusValue[];

export interface DbusMessage {
  readonly type: number;
  /** The serial of the call that this answers. */
  readonly replySerial: number | undefined;
  readonly errorName: string | undefined;
  /** Of the body's values; '' without any. */
  readonly signature: string;
  readonly body: Reader;
}

/** Bytes that are no message, or hold what nobody here asks for. */
export class DbusError extends Error {
  override readonly name = 'DbusError';
}

const LITTLE_ENDIAN = 0x6c;
const BIG_ENDIAN = 0x42;
const VERSION = 1;
const BODY_BYTES_AT = 4;
const FIELD_BYTES_AT = 12;
const FIELD = { PATH: 1, INTERFACE: 2, MEMBER: 3, ERROR_NAME: 4, REPLY_SERIAL: 5, SIGNATURE: 8 } as const;
/** Deeper values come only from one who is after the stack. */
const MOST_LEVELS = 8;

// ---- Writing ----

/** A call with these arguments, all of type `s`. */
export function encodeCall(serial: number, call: DbusCall, args: readonly string[]): Uint8Array {
  const w = new Writer(true, 256);
  for (const byte of [LITTLE_ENDIAN, DBUS_TYPE.METHOD_CALL, 0, VERSION]) w.u8(byte);
  w.u32(0);
  w.u32(serial);
  w.u32(0);
  putField(w, FIELD.PATH, 'o', call.path);
  putField(w, FIELD.INTERFACE, 's', call.interface);
  putField(w, FIELD.MEMBER, 's', call.member);
  if (args.length > 0) putField(w, FIELD.SIGNATURE, 'g', 's'.repeat(args.length));
  w.patchU32(FIELD_BYTES_AT, w.size - DBUS_HEADER_BYTES);
  w.align(8);
  const bodyAt = w.size;
  for (const arg of args) {
    w.align(4);
    putText(w, 's', arg);
  }
  w.patchU32(BODY_BYTES_AT, w.size - bodyAt);
  return w.bytes();
}

function putField(w: Writer, code: number, type: string, value: string): void {
  w.align(8);
  w.u8(code);
  putText(w, 'g', type);
  putText(w, type, value);
}

/** The caller has aligned it. */
function putText(w: Writer, type: string, value: string): void {
  const bytes = encodeUtf8(value);
  if (type === 'g') w.u8(bytes.length);
  else w.u32(bytes.length);
  w.raw(bytes);
  w.u8(0);
}

// ---- Reading ----

/** Bytes of the whole message that begins with `header`. @throws DbusError */
export function dbusLength(header: Uint8Array): number {
  const { view, littleEndian } = readerOf(header);
  const fieldBytes = view.getUint32(FIELD_BYTES_AT, littleEndian);
  return DBUS_HEADER_BYTES + Math.ceil(fieldBytes / 8) * 8 + view.getUint32(BODY_BYTES_AT, littleEndian);
}

/** A whole message. @throws DbusError, ShortReadError */
export function decodeMessage(bytes: Uint8Array): DbusMessage {
  const r = readerOf(bytes);
  const type = r.data[1] as number;
  r.take(FIELD_BYTES_AT);
  const fields = new Map<DbusValue | undefined, DbusValue>();
  const end = r.u32() + DBUS_HEADER_BYTES;
  while (r.pos < end) {
    const [code, value] = readStructure('yv', r, 0);
    if (value !== undefined) fields.set(code, value);
  }
  align(r, 8);
  const text = (code: number): string | undefined => {
    const value = fields.get(code);
    return typeof value === 'string' ? value : undefined;
  };
  const replySerial = fields.get(FIELD.REPLY_SERIAL);
  return {
    type,
    replySerial: typeof replySerial === 'number' ? replySerial : undefined,
    errorName: text(FIELD.ERROR_NAME),
    signature: text(FIELD.SIGNATURE) ?? '',
    body: r,
  };
}

/** The values of a body. @throws DbusError for types that are not among those above, ShortReadError */
export function dbusValues({ signature, body }: DbusMessage): DbusValue[] {
  return readValues(signature, body, 0);
}

function readerOf(bytes: Uint8Array): Reader {
  const [order, , , version] = bytes;
  if ((order !== LITTLE_ENDIAN && order !== BIG_ENDIAN) || version !== VERSION) throw new DbusError();
  return new Reader(bytes, order === LITTLE_ENDIAN);
}

/** Positions count from the beginning of the message. */
function align(r: Reader, multiple: number): void {
  r.take(-r.pos & (multiple - 1));
}

function readValues(signature: string, r: Reader, level: number): DbusValue[] {
  if (level > MOST_LEVELS) throw new DbusError();
  const values: DbusValue[] = [];
  for (let at = 0; at < signature.length; ) {
    const end = endOfType(signature, at);
    values.push(readValue(signature.slice(at, end), r, level));
    at = end;
  }
  return values;
}

/** Where the type ends that begins at `at`. */
function endOfType(signature: string, at: number): number {
  let open = 0;
  for (let end = at; end < signature.length; end++) {
    if (signature[end] === '(') open++;
    if (signature[end] === ')') open--;
    if (open === 0) return end + 1;
  }
  throw new DbusError();
}

function readValue(type: string, r: Reader, level: number): DbusValue {
  switch (type[0]) {
    case 'y':
      return r.u8();
    case 'b':
    case 'u':
      align(r, 4);
      return r.u32();
    case 's':
    case 'o':
      align(r, 4);
      return readText(r, r.u32());
    case 'g':
      return readText(r, r.u8());
    case 'v': {
      const [value, ...others] = readValues(readText(r, r.u8()), r, level + 1);
      if (value === undefined || others.length > 0) throw new DbusError();
      return value;
    }
    case '(':
      return readStructure(type.slice(1, -1), r, level + 1);
    default:
      throw new DbusError();
  }
}

function readStructure(types: string, r: Reader, level: number): DbusValue[] {
  align(r, 8);
  return readValues(types, r, level);
}

function readText(r: Reader, length: number): string {
  const at = r.take(length + 1);
  if (r.data[at + length] !== 0) throw new DbusError();
  return decodeUtf8(r.data, at, at + length);
}
