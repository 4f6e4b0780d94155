/** Options of a kind out of the values of a section, and the store in which sections that have the same share them. */
import type { Amount } from '../../schema/field.ts';
import { rateLimitRows } from '../../schema/tree.ts';
import type { RelativeRate } from '../../schema/tree_fields.ts';
import type { OptionSet, OptionValue, OptionValues } from '../../tc/kind.ts';
import { type AnyRows, type KindRow, kindRows, prefixedRows } from './kind_rows.ts';
import type { Bearer, FollowingRate, GivenOptions } from './sections.ts';

/** Rows and values that are alike are made once: a file has thousands of sections of few kinds. */
export class OptionStore {
  private readonly values = new Map<string, OptionValues>();
  private readonly rows = new Map<OptionSet, ReadonlyMap<string, KindRow>>();
  private readonly tables = new Map<string, AnyRows>();
  private readonly bearers = new Map<GivenOptions, Map<Bearer | undefined, Bearer>>();

  /** The one object for all values that say the same. */
  shared(values: OptionValues): OptionValues {
    const key = JSON.stringify(values);
    const known = this.values.get(key);
    if (known !== undefined) return known;
    this.values.set(key, values);
    return values;
  }

  /** The one bearer of these options on `above`. */
  bearer(set: OptionSet | undefined, options: GivenOptions, above: Bearer | undefined): Bearer {
    const known = this.bearers.get(options) ?? new Map<Bearer | undefined, Bearer>();
    this.bearers.set(options, known);
    const bearer = known.get(above) ?? { set, options, above };
    known.set(above, bearer);
    return bearer;
  }

  /** The same for what nothing stands on: without rates of its own it is the same everywhere. */
  leafBearer(set: OptionSet, options: GivenOptions, above: Bearer | undefined): Bearer {
    const follows = options.rates !== undefined || this.rowsOf(set).has('rate');
    return this.bearer(set, options, follows ? above : undefined);
  }

  rowsOf(set: OptionSet): ReadonlyMap<string, KindRow> {
    const known = this.rows.get(set) ?? kindRows(set);
    this.rows.set(set, known);
    return known;
  }

  /**
   * The rows of sets with their prefixes, and those of `own`, which win. `key` names the combination. Where the first without a prefix has rates, the limits of those that
   * follow from others are among them.
   */
  tableOf(key: string, own: AnyRows, sets: readonly (readonly [prefix: string, set: OptionSet])[]): AnyRows {
    const known = this.tables.get(key);
    if (known !== undefined) return known;
    const limited = sets.some(([prefix, set]) => prefix === '' && this.rowsOf(set).has('rate'));
    const ofSets = sets.map(([prefix, set]) => prefixedRows(this.rowsOf(set), prefix));
    const table: AnyRows = Object.assign({}, ...ofSets, limited ? rateLimitRows : {}, own);
    this.tables.set(key, table);
    return table;
  }

  /** The options of `set` among the values of a section, whose names begin with `prefix`. */
  given(
    set: OptionSet | undefined,
    values: Readonly<Record<string, unknown>>,
    prefix: string,
    incomplete = false,
  ): GivenOptions {
    if (set === undefined) return UNREAD_OPTIONS;
    const plain: Record<string, OptionValue> = {};
    let rates: Record<string, FollowingRate> | undefined;
    let durationsUs: Record<string, number> | undefined;
    let classes: Record<string, string> | undefined;
    const rows = this.rowsOf(set);
    for (const option of Object.keys(values)) {
      if (!option.startsWith(prefix)) continue;
      const uciName = option.slice(prefix.length);
      const row = rows.get(uciName);
      if (row === undefined) continue;
      const { name, reading } = row;
      // Each value came through the row of that name, which says what it is read as.
      const value = values[option] as OptionValue | RelativeRate | Amount | undefined;
      if (value === undefined || value === 'auto') continue;
      if (typeof value !== 'object') {
        if (reading === 'classMinor') classes = { ...classes, [name]: String(value) };
        else plain[name] = value;
      } else if ('of' in value) {
        const [least, most] = ['min', 'max'].map((limit) => values[`${prefix}${uciName}_${limit}`]);
        rates = { ...rates, [name]: { rate: value, least: numberOf(least), most: numberOf(most) } };
      } else if ('bytes' in value) {
        plain[name] = value.bytes;
      } else {
        durationsUs = { ...durationsUs, [name]: value.durationUs };
      }
    }
    return { values: this.shared(plain), rates, durationsUs, classes, incomplete };
  }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** Of what has no options. */
export const NO_OPTIONS: GivenOptions = {
  values: {},
  rates: undefined,
  durationsUs: undefined,
  classes: undefined,
  incomplete: false,
};
/** Of what has some, and nobody knows which. */
export const UNREAD_OPTIONS: GivenOptions = { ...NO_OPTIONS, incomplete: true };
