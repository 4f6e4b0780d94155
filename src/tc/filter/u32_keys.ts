/**
 * Keys of u32: 32 bits at an offset from the IP header that must have a value in the bits of a mask, as tc-u32(8) writes them:
 * `u32 0x350000 0xffff0000 at 20`. How fields of packets become keys is iproute2's (tc/f_u32.c).
 */
import { hex } from '../spelled.ts';

/** struct tc_u32_key, value and mask in the order of the packet. */
export interface U32Key {
  readonly value: number;
  readonly mask: number;
  /** A multiple of 4; negative for the Ethernet header. */
  readonly offset: number;
  /** The offset counts from the header behind that of IP, where a table linked to tells it. */
  readonly isNext: boolean;
}

const KEY =
  /^(?:match +)?(u32|u16|u8) +(0x[0-9a-fA-F]{1,8}|[0-9]{1,10}) +(?:0x)?([0-9a-fA-F]{1,8}) +at +(nexthdr\+)?(-?[0-9]{1,5})$/;
const BITS: Readonly<Record<string, number>> = { u32: 32, u16: 16, u8: 8 };

/** The keys of a list with commas between them, those at the same place made one; undefined where one is none, or two contradict. */
export function parseKeys(text: string): readonly U32Key[] | undefined {
  const keys = text.split(',').map((one) => parseKey(one.trim()));
  return keys.every((key) => key !== undefined) ? packKeys(keys) : undefined;
}

function parseKey(text: string): U32Key | undefined {
  const match = KEY.exec(text);
  if (match === null) return undefined;
  const [, type = '', value = '', mask = '', next, offset = ''] = match;
  return keyOf(Number(value), Number(`0x${mask}`), BITS[type] ?? 32, Number(offset), next !== undefined);
}

/** A key for so many bits that begin at a byte; undefined where they do not lie within 32 bits, or the numbers are larger. */
export function keyOf(value: number, mask: number, bits: number, byte: number, isNext = false): U32Key | undefined {
  const shift = 32 - bits - (byte & 3) * 8;
  if (shift < 0 || value >= 2 ** bits || mask >= 2 ** bits) return undefined;
  const [shiftedValue, shiftedMask] = [(value << shift) >>> 0, (mask << shift) >>> 0];
  return { value: (shiftedValue & shiftedMask) >>> 0, mask: shiftedMask, offset: byte & ~3, isNext };
}

/** Keys at the same place made one, as tc does it; undefined where two contradict. */
export function packKeys(keys: readonly U32Key[]): readonly U32Key[] | undefined {
  const packed: U32Key[] = [];
  for (const key of keys) {
    const at = packed.findIndex(({ offset, isNext }) => offset === key.offset && isNext === key.isNext);
    const other = packed[at];
    if (other === undefined) packed.push(key);
    else if (((other.value ^ key.value) & other.mask & key.mask) !== 0) return undefined;
    else packed[at] = { ...other, value: (other.value | key.value) >>> 0, mask: (other.mask | key.mask) >>> 0 };
  }
  return packed;
}

export function formatKeys(keys: readonly U32Key[]): string {
  return keys
    .map(({ value, mask, offset, isNext }) => `u32 ${hex(value)} ${hex(mask)} at ${isNext ? 'nexthdr+' : ''}${offset}`)
    .join(', ');
}
