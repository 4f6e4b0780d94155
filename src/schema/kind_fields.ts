/**
 * Fields of the options that kinds of qdiscs, filters and actions have, and of Open vSwitch's tables. What is written outside of trees
 * does without them, so that a program without trees has none of them.
 */
import { utf8Length } from '../lib/utf8.ts';
import { expecting, type Field, integer } from './field.ts';

/** A decimal number without a sign, as `0.25`; undefined for anything else. */
function parseDecimal(text: string, largest: number): number | undefined {
  if (!/^[0-9]{1,3}(\.[0-9]{1,12})?$/.test(text)) return undefined;
  const value = Number(text);
  return value <= largest ? value : undefined;
}

const parsePercent = (text: string): number | undefined => parseDecimal(text.replace(/%$/, ''), 100);

/** A share in percent, 0 to 100, with its `%` or without. */
export function percent(): Field<number> {
  return {
    parse: parsePercent,
    ...expecting('a share from %s to %s, such as %s', '0%', '100%', '0.5%'),
    data: { kind: 'percent' },
    format: (value) => `${value}%`,
  };
}

/** A probability as a number from 0 to 1. */
export function fraction(): Field<number> {
  return {
    parse: (text) => parseDecimal(text, 1),
    ...expecting('a number from 0 to 1, such as 0.02'),
    data: { kind: 'fraction' },
    format: String,
  };
}

/** Words between white space or commas, each read by `parse`, as one text with single spaces; undefined where one of them is wrong. */
function parseList<T>(text: string, parse: (word: string) => T | undefined): readonly T[] | undefined {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const values = words.flatMap((word) => parse(word) ?? []);
  return values.length === words.length ? values : undefined;
}

/** `count` whole numbers, with single spaces between them as one text. */
export function numbers(count: number, smallest: number, largest: number): Field<string> {
  const { parse } = integer(smallest, largest);
  return {
    parse: (text) => {
      const values = parseList(text, parse);
      return values?.length === count ? values.join(' ') : undefined;
    },
    ...expecting('%s numbers from %s to %s with spaces between them', String(count), String(smallest), String(largest)),
    data: { kind: 'numbers', count, smallest, largest },
    format: (value) => value,
  };
}

/** Shares in percent, of which the last may be left out, with single spaces between them and without their `%`. */
export function percents(fewest: number, most: number): Field<string> {
  return {
    parse: (text) => {
      const values = parseList(text, parsePercent);
      if (values === undefined || values.length < fewest || values.length > most) return undefined;
      return values.join(' ');
    },
    ...expecting('%s to %s shares such as %s with spaces between them', String(fewest), String(most), '1%'),
    data: { kind: 'percents', fewest, most },
    format: (value) => value,
  };
}

/** Eight bits and which of them count, in decimal or 0x hexadecimal; the text is in hexadecimal. */
export function byteAndMask(): Field<string> {
  return {
    parse: (text) => {
      const match = /^(0x[0-9a-fA-F]{1,2}|[0-9]{1,3})\/(0x[0-9a-fA-F]{1,2}|[0-9]{1,3})$/.exec(text);
      const [byte, mask] = [Number(match?.[1]), Number(match?.[2])];
      return byte <= 0xff && mask <= 0xff ? `0x${byte.toString(16)}/0x${mask.toString(16)}` : undefined;
    },
    ...expecting('eight bits and a mask such as 0x1/0x3'),
    data: { kind: 'byteAndMask' },
    format: (value) => value,
  };
}

/** The longest {@link phrase}. */
const LONGEST_PHRASE = 1024;

/**
 * A text with a grammar of its own: `canonical` gives the one spelling that is kept, or undefined where it is wrong. Pages do not know
 * the grammar, so there it is checked when it is saved.
 */
export function phrase(
  what: string,
  canonical: (text: string) => string | undefined = (text) => (text === '' ? undefined : text),
): Field<string> {
  return {
    parse: (text) => (text.length > LONGEST_PHRASE ? undefined : canonical(text)),
    ...expecting(what),
    data: { kind: 'phrase', what },
    format: (value) => value,
  };
}

/** The minor of a class, in hexadecimal as tc(8) has it, with or without `0x`. */
export function minor(): Field<number> {
  return {
    parse: (text) => (/^(0x)?[0-9a-fA-F]{1,4}$/.test(text) ? Number.parseInt(text, 16) : undefined),
    ...expecting('the minor of a class such as 2a, in hexadecimal as tc shows it'),
    data: { kind: 'minor' },
    format: (value) => value.toString(16),
  };
}

/** The longest {@link keyValue}, in bytes. */
const LONGEST_KEY_VALUE = 1024;

/** `key=value`, where the value may have spaces, and further `=`. */
export function keyValue(): Field<readonly [key: string, value: string]> {
  return {
    parse: (text) => {
      const equals = text.indexOf('=');
      const isWhole = equals > 0 && utf8Length(text) <= LONGEST_KEY_VALUE;
      return isWhole ? [text.slice(0, equals), text.slice(equals + 1)] : undefined;
    },
    ...expecting('key=value'),
    data: { kind: 'keyValue' },
    format: ([key, value]) => `${key}=${value}`,
  };
}
