/** An option in words, from its row. */
import type { OptionGroup, OptionRow } from '../schema/field.ts';

export interface OptionText {
  readonly name: string;
  /** What it takes, ending a sentence. */
  readonly takes: string;
  /** What holds when it is not set; empty where that is nothing. */
  readonly unset: string;
  readonly help: string;
  readonly example: string;
  /** Whether several values can be given, each a `list` line. */
  readonly repeatable: boolean;
  readonly group: OptionGroup | undefined;
}

/** `defaults` is empty, or has one value, or that of download and that of upload. */
export function textOf(name: string, row: OptionRow<unknown>, defaults: readonly unknown[]): OptionText {
  const { field, help, example, repeatable, group, otherwise } = row;
  const [first = '', second] = new Set(defaults.map((value) => field.format(value)));
  const unset = otherwise ?? (second === undefined ? first : `download ${first}, upload ${second}`);
  return { name, takes: field.expected, unset, help, example, repeatable: repeatable === true, group };
}

/** The options of these rows. */
export function textsOf(rows: Readonly<Record<string, OptionRow<unknown>>>): OptionText[] {
  return Object.entries(rows).map(([name, row]) => textOf(name, row, row.default === undefined ? [] : [row.default]));
}

/** A type of section. */
export interface SectionTexts {
  readonly type: string;
  readonly help: string;
  readonly options: readonly OptionText[];
}
