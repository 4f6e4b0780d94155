/** Text for a screen: sparklines, rates in the unit that was chosen, and nothing that a terminal takes for a command. */
import { bytePerSFromBitPerS, formatBytesForReading, formatRateForReading } from '../lib/units.ts';

const BARS = '▁▂▃▄▅▆▇█';
const ZERO = '.';

/**
 * A character for each number: a dot for 0, bars for more, `top` the full block; a blank for null.
 * With more numbers than columns each stands for several: the largest of them.
 *
 * @param lastSlot the number of the last slot on a clock, so that the same slots go together from frame to frame
 */
export function sparkline(numbers: readonly (number | null)[], columns: number, top: number, lastSlot = 0): string {
  const each = Math.max(Math.ceil(numbers.length / Math.max(columns - 1, 1)), 1);
  const merged: (number | null)[] = [];
  const firstSlot = lastSlot - numbers.length + 1;
  numbers.forEach((number, i) => {
    const place = Math.floor((firstSlot + i) / each) - Math.floor(firstSlot / each);
    const before = merged[place] ?? null;
    merged[place] = number === null ? before : Math.max(before ?? 0, number);
  });
  const characters = merged.slice(-columns).map((number) => (number === null ? ' ' : bar(number, top)));
  return characters.join('').padStart(columns);
}

function bar(number: number, top: number): string {
  if (number <= 0) return ZERO;
  const level = Math.min(Math.round((number / top) * BARS.length), BARS.length);
  return BARS[Math.max(level - 1, 0)] ?? ' ';
}

export type RateUnit = 'bits' | 'bytes';

/** `94.2 Mbit/s` or `11.8 MB/s`; a dash for none. */
export function formatRateIn(unit: RateUnit, rateBitPerS: number | null): string {
  if (rateBitPerS === null) return '-';
  return unit === 'bits'
    ? formatRateForReading(rateBitPerS)
    : `${formatBytesForReading(bytePerSFromBitPerS(rateBitPerS))}/s`;
}

/** Without control characters and halves of characters, which names of devices may hold. */
export function printable(text: string): string {
  return [...text].map((character) => (isPrintable(character.codePointAt(0) ?? 0) ? character : '?')).join('');
}

function isPrintable(code: number): boolean {
  return (code >= 0x20 && code < 0x7f) || (code >= 0xa0 && code < 0xd800) || code > 0xdfff;
}
