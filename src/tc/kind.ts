/**
 * What a kind (of qdiscs, classes, filters, actions) is to weir: a table of options, one row each, and the few facts that no table holds.
 *
 * From the rows come the encoder, the decoder, the differences and the words of tc(8). A file in qdisc/, filter/ or action/ holds one
 * kind; a registry lists them.
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
  /** TCA_<KIND>_*; absent, with `wire`, for a field of a struct, which the `codec` of the set writes and reads. */
  readonly attribute?: number;
  readonly wire?: WireType<T>;
  /**
   * What the kernel has when it was told nothing (the kind's `init`); also read where an old kernel sends no attribute. Absent where
   * that follows from the device, such as its MTU: then the option is sent, and compared, only where it is given.
   */
  readonly initial?: T;
  readonly apply: Disruption;
  /** The attribute acts by being there: it is not sent for `initial` (false, 0 or ''), and its absence reads as that. */
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

/**
 * What of the options is no attribute of a row: structs, tables, values in two attributes. What a kernel tells among the options and is
 * none, as HTB's `directPackets` and the `level` of its classes, goes into `values` too, under a name without a row.
 */
export interface OptionCodec {
  /** Appends it, before the attributes of the rows. `options` has the initial values of what is not given. */
  encode(w: Writer, options: OptionValues): void;
  /** Reads the struct that the payload begins with, and leaves the reader behind it. */
  decodeStruct?(r: Reader, values: Record<string, OptionValue>): void;
  /** Reads an attribute without a row. */
  decodeAttribute?(type: number, r: Reader, values: Record<string, OptionValue>): void;
  /** Reads what takes several attributes, in whatever order; `payload` is all of it. */
  decodeTogether?(payload: Reader, values: Record<string, OptionValue>): void;
}

/** Options that are written and read together: those of a qdisc, of a class, of a filter or of an action of one kind. */
export interface OptionSet {
  /** As the kernel names it (TCA_KIND). */
  readonly kind: string;
  readonly options: OptionTable;
  readonly codec?: OptionCodec;
  /** The same rows in their order, and by their attribute. */
  readonly rows: readonly NamedOption[];
  readonly rowOf: ReadonlyMap<number, NamedOption>;
  /** What the kernel has when it was told nothing. */
  readonly initial: OptionValues;
  /**
   * What a dump shows after `sent`, where that is not what was sent. `found` is the dump, for values that move by themselves. `sent`
   * has the initial values of what was not given. Where a row has no initial value, what is left out of the result may be anything.
   */
  expected?(sent: OptionValues, found: OptionValues): OptionValues;
  /** Whether only a new one can have `to`, though each of its rows could be changed: a curve of HFSC, once there, never goes away. */
  rebuilds?(from: OptionValues, to: OptionValues): boolean;
  /** What is wrong with options that are right one by one, in sentences for people; call it by {@link problemsOf}. */
  check?(options: OptionValues): readonly string[];
  /** All options as words of tc(8), for a kind whose words depend on each other; `options` has the initial values of what is not given. */
  words?(options: OptionValues): readonly string[];
  /** TCA_STATS_APP, or undefined for a kind that has none. */
  decodeStats?(stats: Reader): object;
}

/** A qdisc kind. */
export interface QdiscKind extends OptionSet {
  /** Why an in-place change loses packets, or undefined when it does not. `to` has the initial values of what is not given. */
  flushes?(from: OptionValues, to: OptionValues): string | undefined;
  /** Classes that are made below it one by one. */
  readonly classes?: OptionSet;
  /** How many classes it has by itself (bands, queues), with the minors from 1; undefined where the device says (mq). */
  bands?(options: OptionValues): number | undefined;
  /** The only place where it can stand; anywhere where absent. */
  readonly place?: 'root' | 'hook';
  /** The kernel takes its options only under NLA_F_NESTED. */
  readonly insistsOnNested?: true;
}

export type NamedOption = readonly [name: string, row: KernelOption<OptionValue>];

/** What {@link defineOptions} works out. */
type Derived = 'rows' | 'rowOf' | 'initial';

/** A kind with what follows from its table, worked out once: a look at the kernel goes over the rows of every qdisc. */
export function defineOptions<Kind extends OptionSet>(
  kind: Omit<Kind, Derived>,
): Omit<Kind, Derived> & Pick<OptionSet, Derived> {
  const rows = Object.entries(kind.options);
  return {
    ...kind,
    rows,
    rowOf: new Map(rows.flatMap((named) => (named[1].attribute === undefined ? [] : [[named[1].attribute, named]]))),
    initial: Object.fromEntries(
      rows.flatMap(([name, { initial }]) => (initial === undefined ? [] : [[name, initial]])),
    ),
  };
}

export function defineQdisc(kind: Omit<QdiscKind, Derived>): QdiscKind {
  return defineOptions<QdiscKind>(kind);
}

/** `make`, called when the value is first wanted and never again: a kind that nobody has takes no memory. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
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

/** A row for a field of a struct, see {@link OptionCodec}. */
export function field<T extends OptionValue>(rest: Omit<KernelOption<T>, 'attribute' | 'wire'>): KernelOption<T> {
  return rest;
}

/** Whether there is anything to write: an empty TCA_OPTIONS is no struct, and a kind whose options are one refuses it (pfifo). */
export function hasOptions(set: OptionSet, options: OptionValues): boolean {
  return set.rows.some(([name, { initial }]) => (options[name] ?? initial) !== undefined);
}

/**
 * Writes the payload of TCA_OPTIONS. Every row with an initial value is written: an attribute left out means "keep" to the kernel, not
 * "default". With `change`, for a qdisc that is there, what only a new one can have is left out: the kernel refuses the attribute even
 * where it says what is so already (the flows of fq_codel and fq_pie).
 */
export function encodeOptions(set: OptionSet, w: Writer, options: OptionValues, change = false): void {
  set.codec?.encode(w, { ...set.initial, ...options });
  for (const [name, { attribute, wire, initial, presence, apply }] of set.rows) {
    const value = options[name] ?? initial;
    if (attribute === undefined || wire === undefined || value === undefined || (presence && value === initial))
      continue;
    if (change && apply === 'rebuild') continue;
    putAttribute(w, attribute, wire, value);
  }
}

/** Every option of `set` as the payload of TCA_OPTIONS shows it; attributes that nothing here knows are skipped. */
export function decodeOptions(set: OptionSet, payload: Uint8Array, littleEndian: boolean): OptionValues {
  const values: Record<string, OptionValue> = { ...set.initial };
  const { codec, rowOf } = set;
  const reader = new Reader(payload, littleEndian);
  codec?.decodeStruct?.(reader, values);
  eachAttribute(reader, (type, r) => {
    const found = rowOf.get(type);
    if (found === undefined) codec?.decodeAttribute?.(type, r, values);
    else if (found[1].wire !== undefined) values[found[0]] = found[1].wire.decode(r);
  });
  codec?.decodeTogether?.(new Reader(payload, littleEndian), values);
  return values;
}

/** What is wrong with options that are right one by one, in sentences for people. */
export function problemsOf(set: OptionSet, options: OptionValues): readonly string[] {
  return set.check?.({ ...set.initial, ...options }) ?? [];
}

/** One option that is not as wanted. */
export interface OptionDifference {
  readonly name: string;
  readonly wanted: OptionValue;
  /** Undefined where the kernel tells nothing of it. */
  readonly found: OptionValue | undefined;
  readonly apply: Disruption;
}

/**
 * Compares what we expect to read back with what was read. What is not wanted in particular, and has no initial value, may be anything.
 */
export function differences(set: OptionSet, wanted: OptionValues, found: OptionValues): OptionDifference[] {
  const expected = set.expected?.({ ...set.initial, ...wanted }, found) ?? wanted;
  const list: OptionDifference[] = [];
  const rebuild = set.rebuilds?.(found, expected) === true;
  for (const [name, { initial, apply }] of set.rows) {
    const should = expected[name] ?? initial;
    const is = found[name] ?? initial;
    if (should === undefined || should === is) continue;
    list.push({ name, wanted: should, found: is, apply: rebuild ? 'rebuild' : apply });
  }
  return list;
}

/** All options as words of tc(8), in the order of the rows. */
export function formatOptions(set: OptionSet, options: OptionValues): string[] {
  if (set.words !== undefined) return [...set.words({ ...set.initial, ...options })];
  return set.rows.flatMap(([name, row]) => {
    const value = options[name] ?? row.initial;
    return value === undefined ? [] : [...row.words(value)];
  });
}
