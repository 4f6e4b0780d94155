/** What is common to showing qdiscs, classes, filters and actions. */
import { ShortReadError } from '../../lib/bytes.ts';
import type { KernelOption, OptionSet, OptionValue, OptionValues } from '../../tc/kind.ts';

/** Undefined where a message ended before what it promised. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ShortReadError) return undefined;
    throw error;
  }
}

/** An option with its row. */
export interface GivenOption {
  readonly name: string;
  readonly row: KernelOption<OptionValue>;
  readonly value: OptionValue;
}

/** Of options, those that are not as the kernel begins, which it rounds too. */
export function unlikeInitial(set: OptionSet, options: OptionValues): GivenOption[] {
  const initial = set.expected?.({ ...options, ...set.initial }, options) ?? set.initial;
  return set.rows.flatMap(([name, row]) => {
    const value = options[name];
    const isInitial = value === row.initial || (row.initial !== undefined && value === initial[name]);
    return value === undefined || isInitial ? [] : [{ name, row, value }];
  });
}

/** The same in the words of tc(8). */
export function wordsUnlikeInitial(set: OptionSet, options: OptionValues): string[] {
  return unlikeInitial(set, options).flatMap(({ row, value }) => [...row.words(value)]);
}
