/** Rates as Open vSwitch has them. */
import { formatRate } from '../lib/units.ts';
import { expecting, type Field, rate } from './field.ts';

/** bit/s within the limits, where a bare number is bit/s, as Open vSwitch has it, and not kbit/s. */
export function bitRate(smallestBitPerS: number, largestBitPerS: number): Field<number> {
  const { parse } = rate(smallestBitPerS, largestBitPerS);
  return {
    parse: (text) => parse(/^[0-9]+$/.test(text) ? `${text}bit` : text),
    ...expecting(
      'a rate from %s to %s in bit/s, such as 10000000, or with its unit, such as 10mbit',
      formatRate(smallestBitPerS),
      formatRate(largestBitPerS),
    ),
    data: { kind: 'bitRate', smallest: smallestBitPerS, largest: largestBitPerS },
    format: formatRate,
  };
}
