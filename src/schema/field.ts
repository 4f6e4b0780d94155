/**
 * What a person may write for one value: how it is read, with the words that explain it.
 *
 * Checks, messages, forms and documentation all read the same field; a value that fails is answered with `expected`.
 */
import { formatMac, formatPrefix, type Prefix, parseMac, parsePrefix } from '../lib/address.ts';
import { formatDuration, formatRate, formatSize, parseDuration, parseRate, parseSize } from '../lib/units.ts';
import { utf8Length } from '../lib/utf8.ts';

/** What a field was made from: the function by its name, of this file, kind_fields.ts or tree_fields.ts, and what that was given. */
export type FieldData =
  | { readonly kind: 'bitRate'; readonly smallest: number; readonly largest: number }
  | { readonly kind: 'keyValue' }
  | { readonly kind: 'place' | 'handle' | 'maskedMark' | 'protocol' | 'classMinor' }
  | { readonly kind: 'relativeRate'; readonly smallest: number; readonly largest: number; readonly zero?: string }
  | { readonly kind: 'rate' | 'size'; readonly smallest: number; readonly largest: number; readonly zero?: string }
  | {
      readonly kind: 'duration';
      readonly smallest: number;
      readonly largest: number;
      readonly presets?: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'integer'; readonly smallest: number; readonly largest: number }
  | { readonly kind: 'mask32' | 'boolean' | 'deviceName' | 'classid' | 'minor' | 'prefix' | 'macAddress' | 'filePath' }
  | { readonly kind: 'choice'; readonly words: readonly string[]; readonly aliases?: Readonly<Record<string, string>> }
  | { readonly kind: 'hyphenated' | 'cpuMask'; readonly words: readonly string[] }
  | {
      readonly kind: 'sizeOrDuration';
      readonly smallestBytes: number;
      readonly largestBytes: number;
      readonly smallestUs: number;
      readonly largestUs: number;
      readonly words: readonly string[];
    }
  | { readonly kind: 'percent' | 'fraction' | 'byteAndMask' }
  | { readonly kind: 'numbers'; readonly count: number; readonly smallest: number; readonly largest: number }
  | { readonly kind: 'percents'; readonly fewest: number; readonly most: number }
  | { readonly kind: 'identifier' | 'phrase'; readonly what: string };

/** A sentence's end with a `%s` for each of the values, so that it can be translated. */
export interface Expectation {
  readonly text: string;
  readonly values: readonly string[];
}

export interface Field<T> {
  /** The value, or undefined when `text` is not what `expected` says. */
  parse(text: string): T | undefined;
  /** What would have been right, ending a sentence: `a rate such as 85mbit, …`. */
  readonly expected: string;
  /** The same before its values are put in. */
  readonly expectation: Expectation;
  readonly data: FieldData;
  /** The value as a person would write it; `parse(format(v))` is `v`. */
  format(value: T): string;
  /** All legal words, where they can be counted. */
  readonly choices?: readonly string[];
}

/** One option of a UCI section, for every place that shows or checks it. */
export interface OptionRow<T> {
  readonly field: Field<T>;
  readonly label: string;
  readonly help: string;
  /** What holds when the option is not set. CAKE's options differ by direction: model/cake_wanted.ts. */
  readonly default?: NoInfer<T>;
  /** What holds when it is not set, in words, where that is no value of its own. */
  readonly otherwise?: string;
  /** May be given several times: `list name value`, or several words in one option. */
  readonly repeatable?: true;
  /** Of a repeatable one: an item may have spaces in it, so that it is one value and never several words. */
  readonly wholeItems?: true;
  /** A value that someone may well want, as text; for the sample configuration. */
  readonly example: string;
  /** Where the option stands if it is one that few need; those without a group come first. */
  readonly group?: OptionGroup;
}

/** The headings under which pages, forms and the sample configuration have the options that few need. */
export const OPTION_GROUPS = {
  fairness: 'Fairness and priorities',
  queue: 'The queue',
  link: 'What the link adds to each packet, where none of the names of `link` fits',
  device: 'The device',
} as const;

export type OptionGroup = keyof typeof OPTION_GROUPS;

/** The type of the values of a row or field. */
export type FieldValue<F> = F extends Field<infer T> ? T : F extends OptionRow<infer T> ? T : never;

/** `expected` and `expectation` of a sentence's end with a `%s` for each of the values; to LuCI's printf any other `%` is a conversion too. */
export function expecting(
  text: string,
  ...values: readonly string[]
): Pick<Field<unknown>, 'expected' | 'expectation'> {
  let next = 0;
  return { expected: text.replace(/%s/g, () => values[next++] ?? ''), expectation: { text, values } };
}

const orZero = (zero: string | undefined): string => (zero === undefined ? '' : `; 0 ${zero}`);
const withZero = (zero: string | undefined): { zero?: string } => (zero === undefined ? {} : { zero });

/** bit/s within the limits, or 0 where `zero` says what 0 means. */
export function rate(smallestBitPerS: number, largestBitPerS: number, zero?: string): Field<number> {
  return {
    parse: (text) => {
      const value = parseRate(text);
      if (value === 0) return zero === undefined ? undefined : 0;
      return value !== undefined && value >= smallestBitPerS && value <= largestBitPerS ? value : undefined;
    },
    ...expecting(
      `a rate from %s to %s, such as 85mbit or 1.5gbit; a bare number is kbit/s${orZero(zero)}`,
      formatRate(smallestBitPerS),
      formatRate(largestBitPerS),
    ),
    data: { kind: 'rate', smallest: smallestBitPerS, largest: largestBitPerS, ...withZero(zero) },
    format: formatRate,
  };
}

/** µs within the limits. `presets` are words that stand for a value, which may lie outside of them. */
export function duration(
  smallestUs: number,
  largestUs: number,
  presets: Readonly<Record<string, number>> = {},
): Field<number> {
  const names = Object.keys(presets);
  const limits = [formatDuration(smallestUs), formatDuration(largestUs)];
  return {
    parse: (text) => {
      if (Object.hasOwn(presets, text)) return presets[text];
      const value = parseDuration(text);
      return value !== undefined && value >= smallestUs && value <= largestUs ? value : undefined;
    },
    ...(names.length > 0
      ? expecting('a time from %s to %s with its unit, such as 100ms, or one of %s', ...limits, names.join(', '))
      : expecting('a time from %s to %s with its unit, such as 100ms', ...limits)),
    data: { kind: 'duration', smallest: smallestUs, largest: largestUs, ...(names.length > 0 ? { presets } : {}) },
    format: (us) => {
      const outside = us < smallestUs || us > largestUs;
      return (outside ? names.find((name) => presets[name] === us) : undefined) ?? formatDuration(us);
    },
  };
}

/** Bytes within the limits. */
export function size(smallestBytes: number, largestBytes: number, zero?: string): Field<number> {
  return {
    parse: (text) => {
      const value = parseSize(text);
      if (value === 0) return zero === undefined ? undefined : 0;
      return value !== undefined && value >= smallestBytes && value <= largestBytes ? value : undefined;
    },
    ...expecting(
      `a size from %s to %s, such as 4mb${orZero(zero)}`,
      formatSize(smallestBytes),
      formatSize(largestBytes),
    ),
    data: { kind: 'size', smallest: smallestBytes, largest: largestBytes, ...withZero(zero) },
    format: formatSize,
  };
}

/** A decimal integer within the limits. */
export function integer(smallest: number, largest: number): Field<number> {
  return {
    parse: (text) => {
      if (!/^-?[0-9]{1,15}$/.test(text)) return undefined;
      const value = Number(text);
      return value >= smallest && value <= largest ? value : undefined;
    },
    ...expecting('a whole number from %s to %s', String(smallest), String(largest)),
    data: { kind: 'integer', smallest, largest },
    format: String,
  };
}

/** A 32-bit mask in decimal or 0x hexadecimal. */
export function mask32(): Field<number> {
  return {
    parse: (text) => {
      if (!/^(0x[0-9a-fA-F]{1,8}|[0-9]{1,10})$/.test(text)) return undefined;
      const value = Number(text);
      return value <= 0xffffffff ? value : undefined;
    },
    ...expecting('a 32-bit mask such as 0xff; 0 turns it off'),
    data: { kind: 'mask32' },
    format: (value) => `0x${value.toString(16)}`,
  };
}

/** UCI's own spellings of a boolean (libuci's and OpenWrt's functions.sh take all of these). */
const TRUE_WORDS = ['1', 'on', 'true', 'yes', 'enabled'];
const FALSE_WORDS = ['0', 'off', 'false', 'no', 'disabled'];

export function boolean(): Field<boolean> {
  return {
    parse: (text) => (TRUE_WORDS.includes(text) ? true : FALSE_WORDS.includes(text) ? false : undefined),
    ...expecting('1 or 0'),
    data: { kind: 'boolean' },
    format: (value) => (value ? '1' : '0'),
    choices: ['0', '1'],
  };
}

/** One of the words; `aliases` are other spellings that are understood. */
export function choice<const T extends string>(
  words: readonly T[],
  aliases: Readonly<Record<string, T>> = {},
): Field<T> {
  return {
    parse: (text) => {
      if (Object.hasOwn(aliases, text)) return aliases[text];
      return words.find((word) => word === text);
    },
    ...(words.length === 1 ? expecting("'%s'", ...words) : expecting('one of %s', words.join(', '))),
    data: { kind: 'choice', words, ...(Object.keys(aliases).length > 0 ? { aliases } : {}) },
    format: (value) => value,
    choices: words,
  };
}

/** One of the words; `_` is understood for `-`. */
export function hyphenated<const T extends string>(words: readonly T[]): Field<T> {
  const aliases = words.filter((word) => word.includes('-')).map((word) => [word.replaceAll('-', '_'), word] as const);
  return { ...choice(words, Object.fromEntries(aliases)), data: { kind: 'hyphenated', words } };
}

/** A name of a network device: 1 to 15 bytes without `/`, `:` or white space (net/core/dev.c: dev_valid_name). */
export function deviceName(): Field<string> {
  return {
    parse: (text) => {
      const invalid = text === '' || utf8Length(text) > 15 || text === '.' || text === '..' || /[/:\s\0]/.test(text);
      return invalid ? undefined : text;
    },
    ...expecting('the name of a network device such as eth1, at most 15 characters'),
    data: { kind: 'deviceName' },
    format: (value) => value,
  };
}

/** A name as UCI has it: letters, digits and `_` (and `-`, which netifd's names may have). */
export function identifier(what: string): Field<string> {
  return {
    parse: (text) => (/^[A-Za-z0-9_.-]{1,64}$/.test(text) ? text : undefined),
    ...expecting(what),
    data: { kind: 'identifier', what },
    format: (value) => value,
  };
}

/** A class by its handle, major and minor in hexadecimal as tc(8) has it: `10:2a`. */
export function classid(): Field<number> {
  return {
    parse: (text) => {
      const match = /^([0-9a-fA-F]{1,4}):([0-9a-fA-F]{1,4})$/.exec(text);
      return match === null ? undefined : Number(`0x${match[1]}`) * 0x10000 + Number(`0x${match[2]}`);
    },
    ...expecting('a class such as 10:2a, in hexadecimal as tc shows it'),
    data: { kind: 'classid' },
    format: (value) => `${(value >>> 16).toString(16)}:${(value & 0xffff).toString(16)}`,
  };
}

/** An IPv4 or IPv6 address, or a prefix. */
export function prefix(): Field<Prefix> {
  return {
    parse: parsePrefix,
    ...expecting(
      'an address or a prefix such as 192.0.2.7, 192.0.2.0/24 or 2001:db8:1::/48, with 0 in all bits after the prefix',
    ),
    data: { kind: 'prefix' },
    format: formatPrefix,
  };
}

/** The hardware address of one device. */
export function macAddress(): Field<Uint8Array> {
  return {
    parse: (text) => {
      const bytes = parseMac(text);
      return bytes === undefined || ((bytes[0] ?? 0) & 1) === 1 ? undefined : bytes;
    },
    ...expecting('the hardware address of one device such as 02:00:5e:10:00:01'),
    data: { kind: 'macAddress' },
    format: formatMac,
  };
}

/** A file by its whole path. */
export function filePath(): Field<string> {
  return {
    parse: (text) => (text.startsWith('/') && utf8Length(text) < 4096 && !text.includes('\0') ? text : undefined),
    ...expecting('the path of a file, beginning with /'),
    data: { kind: 'filePath' },
    format: (value) => value,
  };
}

/** CPUs as a mask in hexadecimal, as sysfs has it and without leading zeros (`3` is the first two), or one of the words. */
export function cpuMask(words: readonly string[]): Field<string> {
  return {
    parse: (text) => {
      if (words.includes(text)) return text;
      const match = /^(?:0x)?0*([0-9a-f]{1,256})$/.exec(text.toLowerCase().replaceAll(',', ''));
      return match?.[1];
    },
    ...expecting('%s, or a mask of CPUs in hexadecimal such as 3 for the first two', words.join(', ')),
    data: { kind: 'cpuMask', words },
    format: (value) => value,
  };
}

/** Bytes, or the bytes that go by in a time. */
export type Amount = { readonly bytes: number } | { readonly durationUs: number };

/** A size or a time within its limits, or one of the words. */
export function sizeOrDuration<const T extends string>(
  smallestBytes: number,
  largestBytes: number,
  smallestUs: number,
  largestUs: number,
  words: readonly T[],
): Field<Amount | T> {
  const [bytes, us] = [size(smallestBytes, largestBytes), duration(smallestUs, largestUs)];
  return {
    parse: (text) => {
      const word = words.find((one) => one === text);
      if (word !== undefined) return word;
      const [parsedBytes, durationUs] = [bytes.parse(text), us.parse(text)];
      if (parsedBytes !== undefined) return { bytes: parsedBytes };
      return durationUs === undefined ? undefined : { durationUs };
    },
    ...expecting(
      '%s, a size from %s to %s such as 3028, or a time from %s to %s such as 2ms',
      words.join(', '),
      formatSize(smallestBytes),
      formatSize(largestBytes),
      formatDuration(smallestUs),
      formatDuration(largestUs),
    ),
    data: { kind: 'sizeOrDuration', smallestBytes, largestBytes, smallestUs, largestUs, words },
    format: (value) => {
      if (typeof value === 'string') return value;
      return 'bytes' in value ? formatSize(value.bytes) : formatDuration(value.durationUs);
    },
  };
}
