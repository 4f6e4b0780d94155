/**
 * Rates, durations and sizes between the text that people write and the integers used inside.
 *
 * The only place with 8, 1000, 1024 or 1e6. A rate is an integer in bit/s and a duration an integer in µs; nothing is ever
 * rounded to a prefix, so what a person wrote is what they read.
 */

const BITS_PER_BYTE = 8;

/** Decimal prefixes of bit/s, as tc(8) has them. */
const RATE_UNITS: Readonly<Record<string, number>> = {
  bit: 1,
  kbit: 1e3,
  mbit: 1e6,
  gbit: 1e9,
  tbit: 1e12,
};
/** SQM users write kbit/s as a bare number. */
const BARE_RATE_UNIT = 'kbit';

const DURATION_UNITS: Readonly<Record<string, number>> = { us: 1, ms: 1e3, s: 1e6 };

/** Binary prefixes, as tc(8) reads sizes. */
const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 2 ** 10,
  kb: 2 ** 10,
  m: 2 ** 20,
  mb: 2 ** 20,
  g: 2 ** 30,
  gb: 2 ** 30,
};

/** bit/s of `85000` (kbit/s), `85mbit`, `1.5gbit`; undefined where it is no rate or no whole number of bit/s. */
export function parseRate(text: string): number | undefined {
  return parseQuantity(text, RATE_UNITS, BARE_RATE_UNIT);
}

/** µs of `100ms`, `0.5s`, `500us`. A bare number is refused: tc reads µs there, other tools ms. */
export function parseDuration(text: string): number | undefined {
  return parseQuantity(text, DURATION_UNITS, undefined);
}

/** Bytes of `4194304`, `4mb`, `4M`. */
export function parseSize(text: string): number | undefined {
  return parseQuantity(text, SIZE_UNITS, '');
}

/** An exact decimal number times its unit; undefined unless the product is a safe non-negative integer. */
function parseQuantity(
  text: string,
  units: Readonly<Record<string, number>>,
  bareUnit: string | undefined,
): number | undefined {
  const match = /^([0-9]{1,16})(?:\.([0-9]{1,12}))?([a-z]*)$/.exec(text.toLowerCase());
  if (match === null) return undefined;
  const [, whole = '', fraction = '', suffix = ''] = match;
  const unitName = suffix === '' ? bareUnit : suffix;
  const unit = unitName === undefined ? undefined : Object.hasOwn(units, unitName) ? units[unitName] : undefined;
  if (unit === undefined) return undefined;
  // Digits are scaled as integers, since 1.1 * 1e6 is not 1100000 in binary floating point.
  const scaled = BigInt(whole + fraction) * BigInt(unit);
  const divisor = 10n ** BigInt(fraction.length);
  if (scaled % divisor !== 0n) return undefined;
  const value = Number(scaled / divisor);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The shortest exact form, readable by tc and by {@link parseRate}: `20mbit`, `14698kbit`, `12345678bit`, `0`. */
export function formatRate(rateBitPerS: number): string {
  if (rateBitPerS === 0) return '0';
  for (const [name, unit] of [
    ['gbit', 1e9],
    ['mbit', 1e6],
    ['kbit', 1e3],
  ] as const) {
    if (rateBitPerS >= unit && rateBitPerS % unit === 0) return `${rateBitPerS / unit}${name}`;
  }
  return `${rateBitPerS}bit`;
}

/** The shortest exact form: `100ms`, `1500us`, `1s`. */
export function formatDuration(durationUs: number): string {
  if (durationUs >= 1e6 && durationUs % 1e6 === 0) return `${durationUs / 1e6}s`;
  if (durationUs >= 1e3 && durationUs % 1e3 === 0) return `${durationUs / 1e3}ms`;
  return `${durationUs}us`;
}

/** The shortest exact form: `4mb`, `1500b`, `0`. */
export function formatSize(bytes: number): string {
  if (bytes === 0) return '0';
  for (const [name, unit] of [
    ['gb', 2 ** 30],
    ['mb', 2 ** 20],
    ['kb', 2 ** 10],
  ] as const) {
    if (bytes >= unit && bytes % unit === 0) return `${bytes / unit}${name}`;
  }
  return `${bytes}b`;
}

/** For reading, three digits: `94.2 Mbit/s`. Not exact, so never fed back. */
export function formatRateForReading(rateBitPerS: number): string {
  return `${threeDigits(rateBitPerS, 1e3, ['', ' k', ' M', ' G', ' T'])}bit/s`;
}

/** What screens show rates in, next to each other. */
export function mbitPerS(rateBitPerS: number): number {
  return rateBitPerS / 1e6;
}

/** What screens show delays in, next to each other. */
export function msFromUs(durationUs: number): number {
  return durationUs / 1e3;
}

/** For reading: `1.21 GB`. */
export function formatBytesForReading(bytes: number): string {
  return `${threeDigits(bytes, 1e3, ['', ' k', ' M', ' G', ' T', ' P'])}B`;
}

/** For reading: `850 µs`, `4.21 ms`. */
export function formatDelayForReading(durationUs: number): string {
  return threeDigits(durationUs, 1e3, [' µs', ' ms', ' s']);
}

/** How numbers are shown to a person who reads them. None of it is fed back. */
export interface ReadingUnits {
  rate(rateBitPerS: number): string;
  bytes(bytes: number): string;
  delay(delayUs: number): string;
}

/** Three digits with decimal prefixes: `94.2 Mbit/s`, `1.21 GB`. */
export const DECIMAL_UNITS: ReadingUnits = {
  rate: formatRateForReading,
  bytes: formatBytesForReading,
  delay: formatDelayForReading,
};

/** Three digits with binary prefixes: `89.8 Mibit/s`, `1.13 GiB`. */
export const BINARY_UNITS: ReadingUnits = {
  rate: (rateBitPerS) => `${threeDigits(rateBitPerS, 2 ** 10, ['', ' Ki', ' Mi', ' Gi', ' Ti'])}bit/s`,
  bytes: (bytes) => `${threeDigits(bytes, 2 ** 10, ['', ' Ki', ' Mi', ' Gi', ' Ti', ' Pi'])}B`,
  delay: formatDelayForReading,
};

/** Every digit and no prefix: `94200000 bit/s`, `1210000000 B`. */
export const EXACT_UNITS: ReadingUnits = {
  rate: (rateBitPerS) => `${rateBitPerS} bit/s`,
  bytes: (bytes) => `${bytes} B`,
  delay: (delayUs) => `${delayUs} µs`,
};

function threeDigits(value: number, base: number, prefixes: readonly string[]): string {
  let scaled = value;
  let prefix = 0;
  while (scaled >= base && prefix < prefixes.length - 1) {
    scaled /= base;
    prefix += 1;
  }
  const digits = prefix === 0 || scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2;
  const unit = prefixes[prefix] ?? '';
  return `${scaled.toFixed(digits)}${unit === '' ? ' ' : unit}`;
}

/** What CAKE and HTB are given: whole bytes per second. A rate that is no multiple of 8 bit/s loses the rest. */
export function bytePerSFromBitPerS(rateBitPerS: number): number {
  return Math.floor(rateBitPerS / BITS_PER_BYTE);
}

export function bitPerSFromBytePerS(rateBytePerS: number): number {
  return rateBytePerS * BITS_PER_BYTE;
}

/** The rate of `bytes` that went by in `intervalMs`, in whole bit/s. */
export function bitPerSOver(bytes: number, intervalMs: number): number {
  return Math.round((bytes * BITS_PER_BYTE * 1e3) / intervalMs);
}

export function secondsFromUs(durationUs: number): number {
  return durationUs / 1e6;
}

/** Time that `bytes` take on a link, in µs. */
export function transmitTimeUs(bytes: number, rateBitPerS: number): number {
  return (bytes * BITS_PER_BYTE * 1e6) / rateBitPerS;
}

/** Whole bytes that go by in a time. */
export function bytesInTime(durationUs: number, rateBitPerS: number): number {
  return Math.floor((durationUs * rateBitPerS) / (BITS_PER_BYTE * 1e6));
}
