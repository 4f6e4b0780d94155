/** One section of a tree by its rows: the options of its type, and those of its kinds, which sections that say the same share. */
import { parseSection, type SectionText, type SectionValues, whereSection } from '../../schema/section.ts';
import type { OptionSet } from '../../tc/kind.ts';
import type { AnyRows } from './kind_rows.ts';
import type { OptionStore } from './options.ts';
import type { Report } from './report.ts';
import type { GivenOptions } from './sections.ts';

/** The name of a section, and where it is, for issues. */
export interface Self {
  readonly name: string;
  readonly where: string;
}

/** Options of a kind with what stands before their names; undefined for a kind that nothing is known of. */
export type PrefixedSet = readonly [prefix: string, set: OptionSet | undefined];

export interface Reading<Own> {
  readonly self: Self;
  readonly values: SectionValues<Own>;
  /** By set, in the order they were asked for. */
  readonly given: readonly GivenOptions[];
}

/** Options that are another for each section. */
const NUMBERS: readonly string[] = ['minor', 'handle', 'mark'];

export class SectionReader {
  private readonly file: string;
  private readonly report: Report;
  private readonly store: OptionStore;
  /** Values of options by the type of the section and their name, then by their text. */
  private readonly ownValues = new Map<string, Map<string, unknown>>();
  /** What was right once, by the text of the options. */
  private readonly known = new Map<string, readonly GivenOptions[]>();

  constructor(file: string, report: Report, store: OptionStore) {
    this.file = file;
    this.report = report;
    this.store = store;
  }

  /**
   * `own` are the rows of the type. `sets` are those of its kinds, the longest prefix first; what can only be of one that is not known is not
   * read. `kinds` is the same text for the same sets only.
   */
  read<Own extends AnyRows>(text: SectionText, own: Own, kinds: string, sets: readonly PrefixedSet[]): Reading<Own> {
    const ownOptions: SectionText['options'][number][] = [];
    const others: SectionText['options'][number][] = [];
    let key = kinds;
    for (const option of text.options) {
      const { name, value } = option;
      if (Object.hasOwn(own, name)) {
        ownOptions.push(option);
      } else {
        others.push(option);
        // biome-ignore lint/style/useTemplate: the engine takes twice the time for one, and there are trees of ten thousand
        key += '\n' + name + ' ' + (typeof value === 'string' ? value : JSON.stringify(value));
      }
    }
    const values = this.knownValues(ownOptions, text.type, own) ?? this.readOwn({ ...text, options: ownOptions }, own);
    const given = this.known.get(key) ?? this.readOthers({ ...text, options: others }, own, key, kinds, sets);
    return { self: { name: text.name, where: whereSection(this.file, text) }, values, given };
  }

  /** The values of options that were all read before, or undefined where one was not, or is wrong. */
  private knownValues<Own extends AnyRows>(
    options: SectionText['options'],
    type: string,
    own: Own,
  ): SectionValues<Own> | undefined {
    const values: Record<string, unknown> = {};
    for (const { name, value } of options) {
      if (typeof value !== 'string') return undefined;
      const key = type + name;
      const known = this.ownValues.get(key) ?? new Map<string, unknown>();
      this.ownValues.set(key, known);
      let parsed = known.get(value);
      if (parsed === undefined) {
        const row = own[name];
        parsed = row === undefined || row.repeatable ? undefined : row.field.parse(value);
        if (parsed === undefined) return undefined;
        if (!NUMBERS.includes(name)) known.set(value, parsed);
      }
      values[name] = parsed;
    }
    // Each value came through the row of its name.
    return values as SectionValues<Own>;
  }

  private readOwn<Own extends AnyRows>(text: SectionText, own: Own): SectionValues<Own> {
    const { values, issues } = parseSection(text, own, this.file);
    this.report.add(text.name, issues);
    return values;
  }

  private readOthers(
    text: SectionText,
    own: AnyRows,
    key: string,
    kinds: string,
    sets: readonly PrefixedSet[],
  ): readonly GivenOptions[] {
    const options = text.options.filter(
      ({ name }) => sets.find(([prefix]) => name.startsWith(prefix))?.[1] !== undefined,
    );
    const right = sets.flatMap(([prefix, set]) => (set === undefined ? [] : [[prefix, set] as const]));
    // With the rows of the type too, so that a misspelt name of theirs is recognized.
    const table = this.store.tableOf(kinds, own, right);
    const { values, issues } = parseSection({ ...text, options }, table, this.file);
    this.report.add(text.name, issues);
    const given = sets.map(([prefix, set]) => this.store.given(set, values, prefix, issues.length > 0));
    if (issues.length === 0 && options.length === text.options.length) this.known.set(key, given);
    return given;
  }
}
