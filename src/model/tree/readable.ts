/** What is common to showing qdiscs, classes, filters and actions. */
import { ShortReadError } from '../../lib/bytes.ts';
import type { OptionSet, OptionValues } from '../../tc/kind.ts';

/** Undefined where a message ended before what it promised. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ShortReadError) return undefined;
    throw error;
  }
}

/** Of options, in the words of tc(8), those that are not what the kernel begins with. */
export function wordsUnlikeInitial(set: OptionSet, options: OptionValues): string[] {
  return set.rows.flatMap(([name, row]) => {
    const value = options[name];
    return value === undefined || value === row.initial ? [] : [...row.words(value)];
  });
}
