/**
 * Probabilities as the kernel has them: a u32 that is 2^32 - 1, or all but 2^32, for certain. Numbers for people are the shortest that
 * come to the same u32, so that what a person wrote is what they read.
 */
import type { WireType } from '../wire/nla.ts';

const LARGEST_U32 = 0xffffffff;
const DOUBLE_DIGITS = 17;

/** The nearest whole number, and of two the even one, as C's rint(3). */
function rint(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** The shortest decimal near `value` that `encode` makes `encoded` of. */
function shortest(value: number, encoded: number, encode: (value: number) => number): number {
  for (let digits = 1; digits < DOUBLE_DIGITS; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (encode(candidate) === encoded) return candidate;
  }
  return value;
}

/** Of a share in percent, as netem takes it (tc/q_netem.c: set_percent). */
export function u32FromPercent(percent: number): number {
  return Math.min(rint((percent / 100) * LARGEST_U32), LARGEST_U32);
}

export function percentFromU32(value: number): number {
  return shortest((value * 100) / LARGEST_U32, value, u32FromPercent);
}

/** The share as the kernel keeps it. */
export function keptPercent(percent: number): number {
  return percentFromU32(u32FromPercent(percent));
}

export const percentWire: WireType<number> = {
  encode: (w, percent) => w.u32(u32FromPercent(percent)),
  decode: (r) => percentFromU32(r.u32()),
};

/** Of a number from 0 to 1, as RED takes its largest probability (tc/q_red.c: max_P). */
export function u32FromFraction(fraction: number): number {
  return Math.min(Math.floor(fraction * 2 ** 32), LARGEST_U32);
}

export function fractionFromU32(value: number): number {
  return shortest(value / 2 ** 32, value, u32FromFraction);
}
