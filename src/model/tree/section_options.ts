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
  /** @param leaf of a class, the kind of its leaf */
  options(kind: string, leaf: string): readonly SectionOption[];
}

const SECTION_TYPES = once(
  (): Readonly<Record<string, SectionType>> => ({
    device_group: treeType([], deviceGroupRows, () => ({})),
    qdisc: treeType(QDISC_NAMES, { ...qdiscRows, ...prefixedRows(kindRows(stab()), 'stab_') }, (kind) =>
      rowsOf(everyQdisc(kind), ''),
    ),
    class: treeType(
      QDISC_NAMES.filter((name) => everyQdisc(name)?.classes !== undefined),
      classRows,
      (kind, leaf) => {
        const rows = rowsOf(everyQdisc(kind)?.classes, '');
        const limits = rows.rate === undefined ? {} : rateLimitRows;
        return { ...rows, ...limits, ...rowsOf(everyQdisc(leaf), 'leaf_') };
      },
    ),
    filter: treeType(FILTER_NAMES, filterRows, (kind) => rowsOf(filterKind(kind), '')),
    action: treeType(ACTION_NAMES, actionRows, (kind) => rowsOf(actionKind(kind), '')),
    qos: openVswitchType(qosRows, QOS_OPTIONS),
    queue: openVswitchType(queueRows, QUEUE_OPTIONS),
  }),
);

/** `own` are the options of every such section, and `ofKind` tells what the kind adds. */
function treeType(
  kinds: readonly string[],
  own: AnyRows,
  ofKind: (kind: string, leaf: string) => AnyRows,
): SectionType {
  return {
    kinds,
    options: (kind, leaf) => [
      ...Object.entries(own).map(([name, row]) => optionOf(name, row, true)),
      ...Object.entries(ofKind(kind, leaf)).map(([name, row]) => optionOf(name, row, false)),
    ],
  };
}

/** A table of Open vSwitch, where the type of the QoS is the kind; `taken` says which options a type takes beside those of all types. */
function openVswitchType(rows: AnyRows, taken: Readonly<Record<string, readonly string[]>>): SectionType {
  const ofSome = Object.values(taken).flat();
  return {
    kinds: Object.keys(taken),
    options: (type) => {
      const ofType = Object.hasOwn(taken, type) ? taken[type] : undefined;
      return Object.entries(rows).flatMap(([name, row]) => {
        const isCommon = !ofSome.includes(name);
        return isCommon || ofType?.includes(name) === true ? [optionOf(name, row, isCommon)] : [];
      });
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
 * The options of a section of that type and kind; undefined where there is no such type. Of a kind that there is not, only those of the
 * type.
 *
 * @param leaf of a class, the kind of its leaf, whose options begin with `leaf_`
 */
export function sectionOptions(type: string, kind: string, leaf: string): SectionOptions | undefined {
  const types = SECTION_TYPES();
  const known = Object.hasOwn(types, type) ? types[type] : undefined;
  if (known === undefined) return undefined;
  return { kinds: known.kinds, options: known.options(kind, leaf) };
}

function rowsOf(set: OptionSet | undefined, prefix: string): AnyRows {
  return set === undefined ? {} : prefixedRows(kindRows(set), prefix);
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
