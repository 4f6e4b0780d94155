/**
 * The rows of a section of a tree: those of its type, and those of its kind by their names in UCI, with what a tree adds to them. A rate may
 * follow from another, a burst may be a time, and a minor may be the name of a section.
 */
import { type OptionRow, rate, sizeOrDuration } from '../../schema/field.ts';
import { classMinor, relativeRate } from '../../schema/tree_fields.ts';
import type { OptionSet } from '../../tc/kind.ts';

export type AnyRows = Readonly<Record<string, OptionRow<unknown>>>;

/** What an option of a kind is read as. */
export type Reading = 'value' | 'rate' | 'amount' | 'classMinor';

/** An option of a kind as a section has it. */
export interface KindRow {
  /** Of the row in its kind. */
  readonly name: string;
  readonly reading: Reading;
  readonly row: OptionRow<unknown>;
  /** The row as its kind has it. */
  readonly plain: OptionRow<unknown>;
}

/** Sizes that may be given as a time, and the rate at which it counts. */
export const BURST_RATES: Readonly<Record<string, string>> = { burst: 'rate', cburst: 'ceil' };

/** What of a kind is set elsewhere for shapers, and has no name in UCI of its own. */
const CAKE_ROWS: AnyRows = {
  rateBitPerS: {
    field: rate(8e3, 1e12, 'is unlimited'),
    label: 'Rate',
    help: 'The rate of CAKE; without it CAKE sends as fast as what it stands on.',
    example: '10mbit',
  },
};
const FURTHER_ROWS: Readonly<Record<string, AnyRows>> = { cake: CAKE_ROWS, cake_mq: CAKE_ROWS };
const FURTHER_NAMES: Readonly<Record<string, string>> = { rateBitPerS: 'bandwidth' };

/** The options of a set by their names in UCI. */
export function kindRows(set: OptionSet): Map<string, KindRow> {
  const rows = new Map<string, KindRow>();
  for (const [name, { uci }] of set.rows) {
    const further: OptionRow<unknown> | undefined = FURTHER_ROWS[set.kind]?.[name];
    const plain: OptionRow<unknown> | undefined = uci ?? further;
    const uciName = uci?.name ?? FURTHER_NAMES[name];
    if (plain !== undefined && uciName !== undefined) rows.set(uciName, kindRow(name, uciName, plain));
  }
  return rows;
}

function kindRow(name: string, uciName: string, plain: OptionRow<unknown>): KindRow {
  const { data } = plain.field;
  if (data.kind === 'rate') {
    const field = relativeRate(data.smallest, data.largest, data.zero);
    return { name, reading: 'rate', row: { ...plain, field }, plain };
  }
  if (data.kind === 'size' && BURST_RATES[uciName] !== undefined) {
    const field = sizeOrDuration(data.smallest, data.largest, 1, 10e6, ['auto']);
    return { name, reading: 'amount', row: { ...plain, field }, plain };
  }
  if (data.kind === 'minor') return { name, reading: 'classMinor', row: { ...plain, field: classMinor() }, plain };
  return { name, reading: 'value', row: plain, plain };
}

/** Rows as a section has them, each name with the prefix. */
export function prefixedRows(rows: ReadonlyMap<string, KindRow>, prefix: string): Record<string, OptionRow<unknown>> {
  return Object.fromEntries([...rows].map(([uciName, { row }]) => [prefix + uciName, row]));
}

/** The largest and smallest bytes of a size that is worked out, by its row. */
export function sizeLimits({ plain }: KindRow): { readonly smallest: number; readonly largest: number } {
  const { data } = plain.field;
  return data.kind === 'size' ? data : { smallest: 0, largest: 0xffffffff };
}

/** The same for a rate in bit/s. */
export function rateLimits({ plain }: KindRow): { readonly smallest: number; readonly largest: number } {
  const { data } = plain.field;
  return data.kind === 'rate' ? data : { smallest: 0, largest: Number.MAX_SAFE_INTEGER };
}
