/**
 * Rows whose value is text in its one spelling, '' where it is not given: keys of filters and edits of actions, for which no number can
 * stand for "not given".
 */

import { formatMac, parseMac } from '../lib/address.ts';
import type { Reader } from '../lib/bytes.ts';
import { type Field, macAddress } from '../schema/field.ts';
import { phrase } from '../schema/kind_fields.ts';
import type { WireType } from '../wire/nla.ts';
import { type Disruption, field, type KernelOption } from './kind.ts';

/** Numbers in network byte order, whatever the CPU's is. */
export const be16: WireType<number> = {
  encode: (w, value) => w.raw(new Uint8Array([value >>> 8, value])),
  decode: (r) => r.view.getUint16(r.take(2)),
};
export const be32: WireType<number> = {
  encode: (w, value) => w.raw(new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value])),
  decode: takeBe32,
};

export function takeBe32(r: Reader): number {
  return r.view.getUint32(r.take(4));
}

export const hex = (value: number): string => `0x${value.toString(16)}`;

/** What a person reads of a row. */
export interface SpelledRow {
  /** The name in UCI, and in tc(8) with `-` for `_` and where `word` is not given. */
  readonly name: string;
  readonly word?: string;
  readonly label: string;
  readonly help: string;
  readonly example: string;
  readonly apply?: Disruption;
}

/** A field of text for one of values: what is kept is the spelling that the other has for the value. */
export function spelling<T>(of: Field<T>): Field<string> {
  return {
    ...of,
    parse: (text) => {
      const value = of.parse(text);
      return value === undefined ? undefined : of.format(value);
    },
    format: (text) => text,
  };
}

/** A row without an attribute of its own, for a codec to write. */
export function spelledField(of: Field<string>, row: SpelledRow): KernelOption<string> {
  const { name, word = name, label, help, example, apply = 'change' } = row;
  return field({
    initial: '',
    apply,
    words: (text) => (text === '' ? [] : [...(word === '' ? [] : [word]), ...text.split(' ')]),
    uci: { name, field: of, label, help, example },
  });
}

/** A row of an attribute: `wire` has its payload, `of` how a person writes it. */
export function spelledOption<T>(
  attribute: number,
  wire: WireType<T>,
  of: Field<T>,
  row: SpelledRow,
): KernelOption<string> {
  return { ...spelledField(spelling(of), row), attribute, wire: spelledWire(wire, of), presence: true };
}

function spelledWire<T>(wire: WireType<T>, of: Field<T>): WireType<string> {
  return {
    encode: (w, text) => {
      const value = of.parse(text);
      if (value === undefined) throw new RangeError(`'${text}' is not ${of.expected}`);
      wire.encode(w, value);
    },
    decode: (r) => of.format(wire.decode(r)),
  };
}

/** A number with the bits of it that count; all of them where no mask is written. */
export interface Masked {
  readonly value: number;
  readonly mask: number;
}

/** A hardware address, those of groups of devices included. */
export const anyMac: Field<Uint8Array> = { ...macAddress(), parse: parseMac, format: formatMac };

const NUMBER = '0x[0-9a-f]{1,8}|[0-9]{1,10}';

/** A decimal or 0x hexadecimal number of so many bits. */
export function parseNumber(text: string, bits: number): number | undefined {
  if (!new RegExp(`^(${NUMBER})$`).test(text.toLowerCase())) return undefined;
  const value = Number(text);
  return value < 2 ** bits ? value : undefined;
}

/** `0x10`, or `0x10/0xff`. Bits of the value that are not in the mask are a mistake. */
export function masked(bits: number, format: (value: number) => string = hex): Field<Masked> {
  const all = 2 ** bits - 1;
  const parse = (text: string): Masked | undefined => {
    const [first = '', second, ...more] = text.split('/');
    const value = parseNumber(first, bits);
    const mask = second === undefined ? all : parseNumber(second, bits);
    if (value === undefined || mask === undefined || more.length > 0) return undefined;
    return (value & ~mask) === 0 ? { value, mask } : undefined;
  };
  return {
    ...phrase(`a number up to ${format(all)}, or with the bits that count as in 0x8/0xc`),
    parse,
    format: ({ value, mask }) => (mask === all ? format(value) : `${format(value)}/${hex(mask)}`),
  };
}
