/** How an option of `config tuning` sets a tunable. */
import type { Field, OptionRow } from '../schema/field.ts';
import type { Facts, Tunable, Wish } from './tunable.ts';

/** A tunable that an option sets, and what the option as text asks of it; undefined where it asks nothing. */
export interface Tune {
  readonly tunable: Tunable;
  wish(text: string, facts: Facts): Wish | undefined;
}

export interface TuningRow<T> extends OptionRow<T> {
  /** None for what says which devices are meant, and for offloads. */
  readonly tunes?: readonly Tune[];
}

/** Ties the values of a field to a tunable. */
export function tune<T>(field: Field<T>, tunable: Tunable, wish: (value: T, facts: Facts) => Wish | undefined): Tune {
  return {
    tunable,
    wish: (text, facts) => {
      const value = field.parse(text);
      return value === undefined ? undefined : wish(value, facts);
    },
  };
}

/** Ties a field to the tunable whose number it is, counted `perUnit` times as much. */
export function tuneNumber(field: Field<number>, tunable: Omit<Tunable, 'format'>, perUnit = 1): Tune {
  return tune(field, { ...tunable, format: 'number' }, (value) => ({ value: String(Math.round(value * perUnit)) }));
}
