/** What a section of a tree may hold, as data: for a form that asks for it over a bus. */
import type { OptionRow } from '../../schema/field.ts';
import { QOS_OPTIONS, QUEUE_OPTIONS, qosRows, queueRows } from '../../schema/open_vswitch.ts';
import { actionRows, classRows, deviceGroupRows, filterRows, qdiscRows, rateLimitRows } from '../../schema/tree.ts';
import { ACTION_NAMES, actionKind } from '../../tc/action/registry.ts';
import { everyQdisc, QDISC_NAMES } from '../../tc/every_qdisc.ts';
import { FILTER_NAMES, filterKind } from '../../tc/filter/registry.ts';
import { type OptionSet, once } from '../../tc/kind.ts';
import { stab } from '../../tc/stab.ts';
import { type AnyRows, kindRows, prefixedRows } from './kind_rows.ts';
import type { SectionOption, SectionOptions } from './section_option.ts';

interface SectionType {
  readonly kinds: readonly string[];
  readonly own: AnyRows;
  /** What the kind adds. */
  ofKind(kind: string): AnyRows;
}

const SECTION_TYPES = once(
  (): Readonly<Record<string, SectionType>> => ({
    device_group: { kinds: [], own: deviceGroupRows, ofKind: () => ({}) },
    qdisc: {
      kinds: QDISC_NAMES,
      own: { ...qdiscRows, ...prefixedRows(kindRows(stab()), 'stab_') },
      ofKind: (kind) => rowsOf(everyQdisc(kind), ''),
    },
    class: {
      kinds: QDISC_NAMES.filter((name) => everyQdisc(name)?.classes !== undefined),
      own: classRows,
      ofKind: (kind) => rowsOf(everyQdisc(kind)?.classes, ''),
    },
    filter: { kinds: FILTER_NAMES, own: filterRows, ofKind: (kind) => rowsOf(filterKind(kind), '') },
    action: { kinds: ACTION_NAMES, own: actionRows, ofKind: (kind) => rowsOf(actionKind(kind), '') },
    qos: openVswitchType(qosRows, QOS_OPTIONS),
    queue: openVswitchType(queueRows, QUEUE_OPTIONS),
  }),
);

/** A table of Open vSwitch, where the type of the QoS is the kind; `taken` says which options a type takes beside those of all types. */
function openVswitchType(rows: AnyRows, taken: Readonly<Record<string, readonly string[]>>): SectionType {
  const ofSome = Object.values(taken).flat();
  const select = (isWanted: (name: string) => boolean): AnyRows =>
    Object.fromEntries(Object.entries(rows).filter(([name]) => isWanted(name)));
  return {
    kinds: Object.keys(taken),
    own: select((name) => !ofSome.includes(name)),
    ofKind: (type) => {
      const ofType = Object.hasOwn(taken, type) ? taken[type] : undefined;
      return select((name) => ofType?.includes(name) === true);
    },
  };
}

export const TREE_SECTION_TYPES: readonly string[] = [
  'device_group',
  'qdisc',
  'class',
  'filter',
  'action',
  'qos',
  'queue',
];

/**
 * The options of a section of that type and kind, those of its type first; undefined where there is no such type. Of a kind that there is
 * not, only those of the type.
 *
 * @param leaf of a class, the kind of its leaf, whose options begin with `leaf_`
 */
export function sectionOptions(type: string, kind: string, leaf: string): SectionOptions | undefined {
  const types = SECTION_TYPES();
  const known = Object.hasOwn(types, type) ? types[type] : undefined;
  if (known === undefined) return undefined;
  const { kinds, own } = known;
  const ofKind = known.ofKind(kind);
  const limits = type === 'class' && ofKind.rate !== undefined ? rateLimitRows : {};
  const ofLeaf = type === 'class' ? rowsOf(everyQdisc(leaf), 'leaf_') : {};
  return { kinds, options: [...listOf(own, true), ...listOf({ ...ofKind, ...limits, ...ofLeaf }, false)] };
}

function rowsOf(set: OptionSet | undefined, prefix: string): AnyRows {
  return set === undefined ? {} : prefixedRows(kindRows(set), prefix);
}

function listOf(rows: AnyRows, common: boolean): SectionOption[] {
  return Object.entries(rows).map(([name, row]) => optionOf(name, row, common));
}

function optionOf(name: string, row: OptionRow<unknown>, common: boolean): SectionOption {
  const { field, label, help, repeatable, otherwise } = row;
  const { data, expectation, choices } = field;
  return {
    name,
    label,
    help,
    data,
    expectation,
    common,
    ...(choices === undefined ? {} : { choices }),
    ...(repeatable === undefined ? {} : { repeatable }),
    ...(row.default === undefined ? {} : { unset: field.format(row.default) }),
    ...(otherwise === undefined ? {} : { otherwise }),
  };
}
