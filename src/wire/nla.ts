/**
 * Netlink attributes: a 4-byte header (length, type), a payload, padding to 4 bytes (kernel: include/net/netlink.h).
 *
 * Wire types are values, so that a table of options can name them; a type knows only how its payload looks.
 */
import { type Reader, ShortReadError, type Writer } from '../lib/bytes.ts';
import { decodeUtf8, encodeUtf8 } from '../lib/utf8.ts';

const HEADER_BYTES = 4;
/** Clears NLA_F_NESTED (bit 15) and NLA_F_NET_BYTEORDER (bit 14). */
export const ATTRIBUTE_TYPE_MASK = 0x3fff;
const NLA_F_NESTED = 0x8000;

/** How one payload is written and read. */
export interface WireType<T> {
  encode(w: Writer, value: T): void;
  decode(r: Reader): T;
}

export const u8: WireType<number> = { encode: (w, v) => w.u8(v), decode: (r) => r.u8() };
export const u16: WireType<number> = { encode: (w, v) => w.u16(v), decode: (r) => r.u16() };
export const u32: WireType<number> = { encode: (w, v) => w.u32(v), decode: (r) => r.u32() };
export const s32: WireType<number> = { encode: (w, v) => w.s32(v), decode: (r) => r.s32() };
export const u64: WireType<number> = { encode: (w, v) => w.u64(v), decode: (r) => r.u64() };

/** A u32 that is 0 or 1, or any other value for true (sch_cake.c tests `!!`). */
export const bool32: WireType<boolean> = { encode: (w, v) => w.u32(v ? 1 : 0), decode: (r) => r.u32() !== 0 };

/** Text with its NUL on the way out; on the way in up to the first NUL or the end, since some attributes have none. */
export const text: WireType<string> = {
  encode: (w, v) => {
    w.raw(encodeUtf8(v));
    w.u8(0);
  },
  decode: (r) => {
    const start = r.take(r.remaining);
    return decodeText(r.data, start, r.end);
  },
};

/** Text of `data[start, limit)` up to the first NUL. */
export function decodeText(data: Uint8Array, start: number, limit: number): string {
  let end = start;
  while (end < limit && data[end] !== 0) end++;
  return decodeUtf8(data, start, end);
}

/** An enumeration in a u32. A number without a name reads as `?7`; writing a name that is not there is a bug. */
export function enum32(numbers: Readonly<Record<string, number>>): WireType<string> {
  const names = new Map(Object.entries(numbers).map(([name, number]) => [number, name]));
  return {
    encode: (w, name) => {
      const number = numbers[name];
      if (number === undefined) throw new RangeError(`no number for '${name}'`);
      w.u32(number);
    },
    decode: (r) => {
      const number = r.u32();
      return names.get(number) ?? `?${number}`;
    },
  };
}

/** Any bytes, copied. */
export const binary: WireType<Uint8Array> = {
  encode: (w, v) => w.raw(v),
  decode: (r) => r.bytes(r.remaining),
};

/** Appends one attribute. */
export function putAttribute<T>(w: Writer, type: number, wire: WireType<T>, value: T): void {
  const at = beginAttribute(w, type);
  wire.encode(w, value);
  endAttribute(w, at);
}

/** Begins an attribute whose payload the caller writes; give the result to {@link endAttribute}. */
export function beginAttribute(w: Writer, type: number): number {
  const at = w.size;
  w.u16(0);
  w.u16(type);
  return at;
}

/** As {@link beginAttribute}, with the NESTED flag that strict validation of newer families (ethtool) demands. */
export function beginNested(w: Writer, type: number): number {
  return beginAttribute(w, type | NLA_F_NESTED);
}

export function endAttribute(w: Writer, at: number): void {
  w.patchU16(at, w.size - at);
  w.align(4);
}

/**
 * Calls `visit(type, reader)` for each attribute up to the reader's end; the reader stands at the payload and ends with it.
 * It is the same reader each time (a dump of 10,000 qdiscs allocates nothing here), so a visitor copies what it keeps.
 *
 * @throws ShortReadError where a length is below its header or past the end.
 */
export function eachAttribute(r: Reader, visit: (type: number, payload: Reader) => void): void {
  const { end, words, view, littleEndian } = r;
  let start = r.pos;
  while (end - start >= HEADER_BYTES) {
    // Two calls less for each of hundreds of attributes.
    const header = (start & 3) === 0 ? (words[start >>> 2] as number) : view.getUint32(start, littleEndian);
    const length = littleEndian ? header & 0xffff : header >>> 16;
    const type = (littleEndian ? header >>> 16 : header) & ATTRIBUTE_TYPE_MASK;
    if (length < HEADER_BYTES || length > end - start) throw new ShortReadError(start, length, end);
    r.pos = start + HEADER_BYTES;
    r.end = start + length;
    visit(type, r);
    start += (length + 3) & ~3;
  }
  r.end = end;
  r.pos = end;
}

/**
 * Calls `visit(type, at, header)` for each attribute of `data[from, to)` given as words: `at` is the byte at which its header lies.
 * For messages that are read again and again where they lie.
 *
 * @throws ShortReadError as {@link eachAttribute}
 */
export function eachHeader(
  words: Uint32Array,
  littleEndian: boolean,
  from: number,
  to: number,
  visit: (type: number, at: number, header: number) => void,
): void {
  for (let at = from; to - at >= HEADER_BYTES; ) {
    const header = words[at >>> 2] as number;
    const length = lengthInHeader(header, littleEndian);
    if (length < HEADER_BYTES || length > to - at) throw new ShortReadError(at, length, to);
    visit((littleEndian ? header >>> 16 : header) & ATTRIBUTE_TYPE_MASK, at, header);
    at += (length + 3) & ~3;
  }
}

/** The length of an attribute, its header included. */
export function lengthInHeader(header: number, littleEndian: boolean): number {
  return littleEndian ? header & 0xffff : header >>> 16;
}

/** Rows of a table of numeric attributes: the name inside, the attribute, its type. */
export type NumberRows<Name extends string> = Readonly<
  Record<Name, readonly [attribute: number, wire: WireType<number>]>
>;

/**
 * A decoder of attributes that are all numbers, as statistics are. Every name is in the result, 0 where the kernel sent none;
 * `other` sees the attributes that have no row.
 */
export function numberDecoder<Name extends string>(
  rows: NumberRows<Name>,
): (r: Reader, other?: (type: number, payload: Reader) => void) => Record<Name, number> {
  const names = Object.keys(rows) as Name[];
  const rowOf = new Map(names.map((name) => [rows[name][0], { name, wire: rows[name][1] }]));
  const zeros = Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
  return (r, other) => {
    const values = { ...zeros };
    eachAttribute(r, (type, payload) => {
      const row = rowOf.get(type);
      if (row !== undefined) values[row.name] = row.wire.decode(payload);
      else other?.(type, payload);
    });
    return values;
  };
}
