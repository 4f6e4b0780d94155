/**
 * blobmsg: the named, typed fields in ubus messages (libubox: blob.h, blobmsg.h). Big endian everywhere, doubles too.
 *
 * Two forms: a list of {@link BlobField}s says all that the bytes say (types, order, repeated names), a {@link BlobRecord} is the
 * JSON-like value that a program wants.
 */
import { Reader, ShortReadError, Writer } from '../lib/bytes.ts';
import { decodeUtf8, encodeUtf8 } from '../lib/utf8.ts';
import { decodeText } from './nla.ts';

/** Types of values (enum blobmsg_type); signatures of methods hold these numbers as well. */
export const BLOBMSG = {
  UNSPEC: 0,
  ARRAY: 1,
  TABLE: 2,
  STRING: 3,
  INT64: 4,
  INT32: 5,
  INT16: 6,
  INT8: 7,
  DOUBLE: 8,
} as const;

/** What JSON can say, and integers beyond 2^53 as bigint. */
export type BlobValue = null | boolean | number | bigint | string | readonly BlobValue[] | BlobRecord;
export interface BlobRecord {
  readonly [name: string]: BlobValue;
}

/** One field as it is on the wire; those of an array have the name ''. Integers are signed, as the real programs show them. */
export interface BlobField {
  readonly name: string;
  /** Of {@link BLOBMSG}; only those are ever decoded. */
  readonly type: number;
  /** null for UNSPEC, fields for ARRAY and TABLE, a number for INT8 as well. */
  readonly value: null | number | bigint | string | readonly BlobField[];
}

/** Bytes that are no blobmsg: a value of the wrong size, a string without end, an unknown type, too deeply nested. */
export class BlobError extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'BlobError';
  }
}

const HEADER_BYTES = 4;
const EXTENDED = 0x80;
const LENGTH_MASK = 0xff_ffff;
const TWO_32 = 0x1_0000_0000;
const TWO_63 = 2 ** 63;
/** As json-c reads: deeper values come from nobody but an attacker who is after the stack. */
const MOST_LEVELS = 32;
const INTEGER_BYTES: Readonly<Record<number, number>> = {
  [BLOBMSG.INT64]: 8,
  [BLOBMSG.INT32]: 4,
  [BLOBMSG.INT16]: 2,
  [BLOBMSG.INT8]: 1,
  [BLOBMSG.DOUBLE]: 8,
};

// ---- Attributes: struct blob_attr ----

/** Begins an attribute whose payload the caller writes; give the result to {@link endBlob}. */
export function beginBlob(w: Writer): number {
  const at = w.size;
  w.u32(0);
  return at;
}

/** `id` is the attribute's 7-bit id, with bit 7 set for the fields of blobmsg. */
export function endBlob(w: Writer, at: number, id: number): void {
  w.patchU32(at, id * 0x100_0000 + (w.size - at));
  w.align(4);
}

/**
 * Calls `visit(id, start, end)` for each attribute of `r`, where `r.data[start, end)` is the payload and bit 7 of the id the
 * extended flag. Ends, as libubox does, at the first that does not fit; gives whether all did.
 */
export function eachBlob(r: Reader, visit: (id: number, start: number, end: number) => void): boolean {
  const { end, view } = r;
  let at = r.pos;
  while (end - at >= HEADER_BYTES) {
    const word = view.getUint32(at, false);
    const length = word & LENGTH_MASK;
    if (length < HEADER_BYTES || at + length > end) return false;
    visit(word >>> 24, at + HEADER_BYTES, at + length);
    at += (length + 3) & ~3;
  }
  return at >= end;
}

// ---- Reading ----

/** The fields in `data`, which is not kept. @throws BlobError, ShortReadError */
export function decodeFields(data: Uint8Array): BlobField[] {
  return readFields(new Reader(data, false), 0);
}

/** The fields in `data` as a record: of a repeated name the first counts. @throws BlobError, ShortReadError */
export function decodeRecord(data: Uint8Array): BlobRecord {
  return recordOf(decodeFields(data));
}

/**
 * Calls `visit` for each field with its name, its type, a reader of its value, and where it begins in `r.data` with its header.
 * False where the last one does not fit. @throws BlobError for what has no name
 */
export function eachField(
  r: Reader,
  visit: (name: string, type: number, value: Reader, startsAt: number) => void,
): boolean {
  const { data, view } = r;
  return eachBlob(r, (id, start, end) => {
    if (id < EXTENDED) throw new BlobError(`attribute ${id} without a name`);
    const nameBytes = end - start >= 3 ? view.getUint16(start, false) : end;
    const valueAt = start + ((nameBytes + 6) & ~3);
    const nameEnd = start + 2 + nameBytes;
    // The padding after the name of an empty value may be missing, as libubox accepts it.
    if (nameEnd >= end || data[nameEnd] !== 0) throw new BlobError('a name without end');
    const value = new Reader(data, false, Math.min(valueAt, end), end, view);
    visit(decodeUtf8(data, start + 2, nameEnd), id - EXTENDED, value, start - HEADER_BYTES);
  });
}

function readFields(r: Reader, level: number): BlobField[] {
  if (level > MOST_LEVELS) throw new BlobError(`more than ${MOST_LEVELS} levels`);
  const fields: BlobField[] = [];
  const complete = eachField(r, (name, type, value) => {
    fields.push({ name, type, value: readValue(value, type, level) });
  });
  if (!complete) throw new ShortReadError(r.pos, r.remaining, r.end);
  return fields;
}

function readValue(r: Reader, type: number, level: number): BlobField['value'] {
  const wanted = INTEGER_BYTES[type];
  if (wanted !== undefined && r.remaining !== wanted) throw new BlobError(`${r.remaining} bytes for type ${type}`);
  switch (type) {
    case BLOBMSG.UNSPEC:
      return null;
    case BLOBMSG.ARRAY:
    case BLOBMSG.TABLE:
      return readFields(r, level + 1);
    case BLOBMSG.STRING:
      if (r.remaining === 0 || r.data[r.end - 1] !== 0) throw new BlobError('a string without end');
      return decodeText(r.data, r.pos, r.end);
    case BLOBMSG.INT64:
      return readInt64(r);
    case BLOBMSG.INT32:
      return r.s32();
    case BLOBMSG.INT16:
      return r.s16();
    case BLOBMSG.INT8:
      return r.u8();
    case BLOBMSG.DOUBLE:
      return r.view.getFloat64(r.take(8), false);
    default:
      throw new BlobError(`unknown type ${type}`);
  }
}

function readInt64(r: Reader): number | bigint {
  const at = r.take(8);
  const value = r.view.getInt32(at, false) * TWO_32 + r.view.getUint32(at + 4, false);
  return Number.isSafeInteger(value) ? value : r.view.getBigInt64(at, false);
}

/** The JSON-like value of a list of fields: of a repeated name the first counts, as for blobmsg_parse. */
export function recordOf(fields: readonly BlobField[]): BlobRecord {
  const values = new Map<string, BlobValue>();
  for (const field of fields) if (!values.has(field.name)) values.set(field.name, fieldValue(field));
  // Defines properties, so that '__proto__' is a name like any other.
  return Object.fromEntries(values);
}

/** The JSON-like value of one field; an INT8 is a boolean. */
export function fieldValue({ type, value }: BlobField): BlobValue {
  if (typeof value === 'object' && value !== null) {
    return type === BLOBMSG.ARRAY ? value.map(fieldValue) : recordOf(value);
  }
  return type === BLOBMSG.INT8 ? value !== 0 : value;
}

// ---- Writing ----

/** @throws BlobError for values that are nested too deeply */
export function encodeFields(fields: readonly BlobField[]): Uint8Array {
  const w = new Writer(false, 256);
  writeFields(w, fields, 0);
  return w.bytes();
}

/** @throws BlobError for values that are nested too deeply */
export function encodeRecord(record: BlobRecord): Uint8Array {
  return encodeFields(fieldsOf(record));
}

/**
 * Fields as the `ubus` command makes them of JSON: integers are INT32 where they fit, else INT64; other numbers, and integers
 * beyond 64 bits, DOUBLE; booleans INT8; null UNSPEC.
 */
export function fieldsOf(record: BlobRecord): BlobField[] {
  return Object.entries(record).map(([name, value]) => fieldOf(name, value));
}

export function fieldOf(name: string, value: BlobValue): BlobField {
  if (value === null) return { name, type: BLOBMSG.UNSPEC, value };
  switch (typeof value) {
    case 'string':
      return { name, type: BLOBMSG.STRING, value };
    case 'boolean':
      return { name, type: BLOBMSG.INT8, value: value ? 1 : 0 };
    case 'bigint':
      return { name, type: BLOBMSG.INT64, value };
    case 'number':
      return { name, type: typeOfNumber(value), value };
  }
  if (isBlobRecord(value)) return { name, type: BLOBMSG.TABLE, value: fieldsOf(value) };
  return { name, type: BLOBMSG.ARRAY, value: value.map((item) => fieldOf('', item)) };
}

/** Whether it is a table, and neither an array nor a single value. */
export function isBlobRecord(value: BlobValue | undefined): value is BlobRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeOfNumber(value: number): number {
  if ((value | 0) === value) return BLOBMSG.INT32;
  return Number.isInteger(value) && value >= -TWO_63 && value < TWO_63 ? BLOBMSG.INT64 : BLOBMSG.DOUBLE;
}

/** Of the names that were written; they are few, and to encode one takes as long as all else of a field. */
const nameHeaders = new Map<string, Uint8Array>();
const MOST_NAMES = 1000;

/** A name with its length before it, its end and its padding. */
function nameHeader(name: string): Uint8Array {
  let header = nameHeaders.get(name);
  if (header === undefined) {
    const bytes = encodeUtf8(name);
    const w = new Writer(false, 16);
    w.u16(bytes.length);
    w.raw(bytes);
    w.u8(0);
    w.align(4);
    header = w.bytes();
    // Names may come from others.
    if (nameHeaders.size >= MOST_NAMES) nameHeaders.clear();
    nameHeaders.set(name, header);
  }
  return header;
}

function writeFields(w: Writer, fields: readonly BlobField[], level: number): void {
  if (level > MOST_LEVELS) throw new BlobError(`more than ${MOST_LEVELS} levels`);
  for (const { name, type, value } of fields) {
    const at = beginBlob(w);
    w.raw(nameHeader(name));
    if (typeof value === 'string') {
      w.raw(encodeUtf8(value));
      w.u8(0);
    } else if (typeof value === 'number') {
      writeNumber(w, type, value);
    } else if (typeof value === 'bigint') {
      w.u32(Number(BigInt.asUintN(32, value >> 32n)));
      w.u32(Number(BigInt.asUintN(32, value)));
    } else if (value !== null) {
      writeFields(w, value, level + 1);
    }
    endBlob(w, at, EXTENDED + type);
  }
}

function writeNumber(w: Writer, type: number, value: number): void {
  if (type === BLOBMSG.INT8) w.u8(value);
  else if (type === BLOBMSG.INT16) w.u16(value);
  else if (type === BLOBMSG.INT32) w.u32(value);
  else if (type === BLOBMSG.INT64) {
    w.u32(Math.floor(value / TWO_32) >>> 0);
    w.u32(value >>> 0);
  } else {
    const bits = new DataView(new ArrayBuffer(8));
    bits.setFloat64(0, value);
    // The bits of a NaN are the engine's choice: these are what the real programs were seen to send.
    w.u32(Number.isNaN(value) ? 0xfff8_0000 : bits.getUint32(0));
    w.u32(bits.getUint32(4));
  }
}
