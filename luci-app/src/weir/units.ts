/** How numbers look on the pages. */
import { formatDelayForReading, mbitPerS, msFromUs, secondsFromUs } from '../../../src/lib/units.ts';

/** What stands where there is no number. */
export const NO_NUMBER = '–';

/** In Mbit/s: `0.12`, `18.4`, `940`. */
export function rateNumber(rateBitPerS: number | null): string {
  return rateBitPerS === null ? NO_NUMBER : threeDigits(mbitPerS(rateBitPerS));
}

/** In ms: `0.12`, `18.4`, `940`. */
export function delayNumber(delayUs: number | null): string {
  return delayUs === null ? NO_NUMBER : threeDigits(msFromUs(delayUs));
}

function threeDigits(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

/** A round number of an axis: `50 ms`, `2.5 s`. */
export function delayTick(delayUs: number): string {
  const delayS = secondsFromUs(delayUs);
  return delayS < 1 ? `${msFromUs(delayUs)} ms` : `${delayS} s`;
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
