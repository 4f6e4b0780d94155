/**
 * What a qdisc kind is to weir: a table of options, one row each, and the few facts that no table holds.
 *
 * From the rows come the encoder, the decoder, the differences and the words of tc(8). A file in qdisc/ holds one kind;
 * registry.ts lists them.
 */
import { Reader, type Writer } from '../lib/bytes.ts';
import type { OptionRow } from '../schema/field.ts';
import { eachAttribute, putAttribute, type WireType } from '../wire/nla.ts';

export type OptionValue = number | boolean | string;
/** Options of any kind by the names of its rows. */
export type OptionValues = Readonly<Record<string, OptionValue>>;

/**
 * How much a change of an option disturbs traffic: `change` keeps the qdisc and its queue, `replace` keeps the handle,
 * `rebuild` puts a new one in its place and loses what was queued.
 */
export type Disruption = 'none' | 'change' | 'replace' | 'rebuild';

/** One option that the kernel takes. */
export interface KernelOption<T extends OptionValue> {
  /** TCA_<KIND>_* */
  readonly attribute: number;
  readonly wire: WireType<T>;
  /** What the kernel has when it was told nothing (the kind's `init`); also read where an old kernel sends no attribute. */
  readonly initial: T;
  readonly apply: Disruption;
  /** The attribute acts by being there: it is sent for true only, and its absence reads as false, which is what it begins as. */
  readonly presence?: true;
  /** The words of tc(8) for a value. */
  words(value: T): readonly string[];
  /** How a person writes it in UCI; absent for options that weir works out. */
  readonly uci?: OptionRow<T> & { readonly name: string };
}

export type OptionTable = Readonly<Record<string, KernelOption<OptionValue>>>;

/** The values that belong to a table: `{ rateBitPerS: number, nat: boolean, … }`. */
export type ValuesOf<Table> = {
  readonly [Name in keyof Table]: Table[Name] extends KernelOption<infer T> ? T : never;
};

/** A qdisc kind, named as the kernel names it (TCA_KIND). */
export interface QdiscKind {
  readonly kind: string;
  readonly options: OptionTable;
  /** The same rows in their order, and by their attribute. */
  readonly rows: readonly NamedOption[];
  readonly rowOf: ReadonlyMap<number, NamedOption>;
  /** What the kernel has when it was told nothing. */
  readonly initial: OptionValues;
  /** What a dump shows after `sent`, where that is not what was sent. `found` is the dump, for values that move by themselves. */
  expected(sent: OptionValues, found: OptionValues): OptionValues;
  /** Why an in-place change loses packets, or undefined when it does not. */
  flushes(from: OptionValues, to: OptionValues): string | undefined;
  /** TCA_STATS_APP, or undefined for a kind that has none. */
  decodeStats?(stats: Reader): object;
}

export type NamedOption = readonly [name: string, row: KernelOption<OptionValue>];

/** A kind with what follows from its table, worked out once: a look at the kernel goes over the rows of every qdisc. */
export function defineQdisc(kind: Omit<QdiscKind, 'rows' | 'rowOf' | 'initial'>): QdiscKind {
  const rows = Object.entries(kind.options);
  return {
    ...kind,
    rows,
    rowOf: new Map(rows.map((named) => [named[1].attribute, named])),
    initial: Object.fromEntries(rows.map(([name, row]) => [name, row.initial])),
  };
}

/** One option row; a thin wrapper so that a table reads as a table. */
export function option<T extends OptionValue>(
  attribute: number,
  wire: WireType<T>,
  rest: Omit<KernelOption<T>, 'attribute' | 'wire'>,
): KernelOption<T> {
  return { attribute, wire, ...rest };
}

/**
 * Writes the payload of TCA_OPTIONS. Every row is written: an attribute left out means "keep" to the kernel, not "default".
 */
export function encodeOptions(kind: QdiscKind, w: Writer, options: OptionValues): void {
  for (const [name, row] of kind.rows) {
    const value = options[name] ?? row.initial;
    if (row.presence && value === false) continue;
    putAttribute(w, row.attribute, row.wire, value);
  }
}

/** Every option of `kind` as the payload of TCA_OPTIONS shows it; attributes without a row are skipped. */
export function decodeOptions(kind: QdiscKind, payload: Uint8Array, littleEndian: boolean): OptionValues {
  const values: Record<string, OptionValue> = { ...kind.initial };
  eachAttribute(new Reader(payload, littleEndian), (type, r) => {
    const found = kind.rowOf.get(type);
    if (found === undefined) return;
    const [name, row] = found;
    values[name] = row.presence ? true : row.wire.decode(r);
  });
  return values;
}

/** One option that is not as wanted. */
export interface OptionDifference {
  readonly name: string;
  readonly wanted: OptionValue;
  readonly found: OptionValue;
  readonly apply: Disruption;
}

/** Compares what we expect to read back with what was read. */
export function differences(kind: QdiscKind, wanted: OptionValues, found: OptionValues): OptionDifference[] {
  const expected = kind.expected(wanted, found);
  const list: OptionDifference[] = [];
  for (const [name, row] of kind.rows) {
    const should = expected[name] ?? row.initial;
    const is = found[name] ?? row.initial;
    if (should !== is) list.push({ name, wanted: should, found: is, apply: row.apply });
  }
  return list;
}

/** All options as words of tc(8), in the order of the rows. */
export function formatOptions(kind: QdiscKind, options: OptionValues): string[] {
  return kind.rows.flatMap(([name, row]) => [...row.words(options[name] ?? row.initial)]);
}
