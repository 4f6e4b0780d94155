/** What src/lib/units.ts knows of units, as one module of LuCI's, and how numbers look on the pages. */
import { formatBytesForReading, formatDelayForReading, mbitPerS } from '../../../src/lib/units.ts';

export { formatBytesForReading, formatDelayForReading };

/** What stands where there is no number. */
export const NO_NUMBER = '–';

/** In Mbit/s, with three digits below 100: `0.12`, `18.4`, `940`. */
export function rateNumber(rateBitPerS: number | null): string {
  if (rateBitPerS === null) return NO_NUMBER;
  const rate = mbitPerS(rateBitPerS);
  return rate.toFixed(rate < 9.995 ? 2 : rate < 99.95 ? 1 : 0);
}

/** Not longer than it must be: `19`, `4.75`, `0.5`. */
export function limitNumber(rateBitPerS: number): string {
  return String(Number(mbitPerS(rateBitPerS).toFixed(3)));
}

export function delayText(delayUs: number | null): string {
  return delayUs === null ? NO_NUMBER : formatDelayForReading(delayUs);
}

/** Packets each second: `0`, `0.3`, `12`. */
export function perSecondNumber(number: number | null): string {
  if (number === null) return NO_NUMBER;
  return number > 0 && number < 9.95 && !Number.isInteger(number) ? number.toFixed(1) : number.toFixed(0);
}
