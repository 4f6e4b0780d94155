/** From the text of one UCI section to typed values, or to issues that say what is wrong and where. */
import type { Issue } from '../lib/issue.ts';
import type { FieldValue, OptionRow } from './field.ts';

/** A section as the UCI parser gives it; line numbers count from 1. */
export interface SectionText {
  readonly type: string;
  readonly name: string;
  readonly anonymous: boolean;
  readonly line: number;
  readonly options: readonly OptionText[];
}

export interface OptionText {
  readonly name: string;
  readonly value: string | readonly string[];
  readonly line: number;
  /** Of a list, one for each item. */
  readonly itemLines: readonly number[];
}

/** A section as it was and as it is now, in the same place of its file. */
export interface SectionChange {
  readonly before: SectionText;
  readonly after: SectionText;
}

export type Rows = Readonly<Record<string, OptionRow<never>>>;

/** What a section of these rows holds: one value an option, a list for a repeatable one, nothing where it is not set. */
export type SectionValues<R> = {
  -readonly [Name in keyof R]?: R[Name] extends { repeatable: true } ? FieldValue<R[Name]>[] : FieldValue<R[Name]>;
};

export interface ParsedSection<R> {
  readonly values: SectionValues<R>;
  readonly issues: readonly Issue[];
}

/** `/etc/config/weir:12: shaper 'wan'` */
export function whereSection(file: string, section: SectionText, line = section.line): string {
  return `${file}:${line}: ${section.type}${section.anonymous ? '' : ` '${section.name}'`}`;
}

function whereOption(file: string, section: SectionText, option: OptionText, line = option.line): string {
  return `${whereSection(file, section, line)}, option '${option.name}'`;
}

/** Checks every option against its row. Unknown options and wrong values become errors; the other values are given all the same. */
export function parseSection<R extends object>(section: SectionText, rows: R, file: string): ParsedSection<R> {
  const values: Record<string, unknown> = {};
  const issues: Issue[] = [];
  for (const option of section.options) {
    const row = rowNamed(rows, option.name);
    if (row === undefined) {
      issues.push({
        severity: 'error',
        where: whereOption(file, section, option),
        what: 'unknown option',
        expected: nearest(option.name, Object.keys(rows)),
      });
      continue;
    }
    const words = wordsOf(option, row);
    if (words === undefined) {
      const where = whereOption(file, section, option);
      issues.push({ severity: 'error', where, what: 'a list where one value belongs', expected: row.field.expected });
      continue;
    }
    const parsed: unknown[] = [];
    for (const { text, line } of words) {
      const value = row.field.parse(text);
      if (value !== undefined) {
        parsed.push(value);
        continue;
      }
      const { expected } = row.field;
      const where = whereOption(file, section, option, line);
      issues.push({ severity: 'error', where, what: 'wrong value', expected, got: `'${text}'` });
    }
    if (parsed.length < words.length) continue;
    values[option.name] = row.repeatable === true ? parsed : parsed[0];
  }
  // Each name went through the row of that name, which is what SectionValues states.
  return { values: values as SectionValues<R>, issues };
}

function rowNamed(rows: object, name: string): OptionRow<unknown> | undefined {
  return Object.hasOwn(rows, name) ? (rows as Record<string, OptionRow<unknown>>)[name] : undefined;
}

/** The words to parse; a repeatable option also takes several in one value. Undefined for a list that may not be one. */
function wordsOf(option: OptionText, row: OptionRow<unknown>): readonly { text: string; line: number }[] | undefined {
  const { value, line, itemLines } = option;
  if (row.repeatable !== true) return typeof value === 'string' ? [{ text: value, line }] : undefined;
  const items = typeof value === 'string' ? [value] : value;
  return items.flatMap((item, i) => {
    const words = row.wholeItems === true ? [item] : item.split(/\s+/).filter((word) => word !== '');
    return words.map((text) => ({ text, line: itemLines[i] ?? line }));
  });
}

const FEW_NAMES = 12;
const MOST_EDITS = 2;

function nearest(name: string, known: readonly string[]): string {
  const close = nearNames(name, known);
  if (close !== undefined) return close;
  return known.length <= FEW_NAMES ? `one of ${known.join(' ')}` : "an option that 'weir help config' lists";
}

/** Names that a person may have meant, at most two edits away: `'rate' or 'ceil'`; undefined where there is none. */
export function nearNames(name: string, known: readonly string[]): string | undefined {
  const isNear = (candidate: string): boolean =>
    Math.abs(candidate.length - name.length) <= MOST_EDITS && editDistance(name, candidate) <= MOST_EDITS;
  const close = known.filter(isNear);
  return close.length === 0 ? undefined : close.map((candidate) => `'${candidate}'`).join(' or ');
}

/** Levenshtein's distance; names are short, and a hostile one is cut. */
function editDistance(a: string, b: string): number {
  const left = a.slice(0, 64);
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (left[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
