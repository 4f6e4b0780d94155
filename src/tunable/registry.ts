/** The tunables by name, and the options that set them. */
import { tuningRows } from './rows.ts';
import type { Tunable } from './tunable.ts';
import type { Tune, TuningRow } from './tune.ts';

const ROWS: readonly (readonly [option: string, row: TuningRow<unknown>])[] = Object.entries(tuningRows);

/** By option: what it sets. Options that set no tunable are not in it. */
export const TUNES: ReadonlyMap<string, readonly Tune[]> = new Map(
  ROWS.flatMap(([option, { tunes }]) => (tunes === undefined ? [] : [[option, tunes] as const])),
);

export const TUNABLES: ReadonlyMap<string, Tunable> = new Map(
  [...TUNES.values()].flatMap((tunes) => tunes.map(({ tunable }) => [tunable.name, tunable] as const)),
);

/** The value of an option as it would be written; undefined for one that is not set. */
export function textOfOption(option: string, value: unknown): string | undefined {
  const row = ROWS.find(([name]) => name === option)?.[1];
  return row === undefined || value === undefined ? undefined : row.field.format(value);
}
