/** What a section of a tree may hold, as data: for a form that asks for it over a bus. */
import type { OptionRow } from '../../schema/field.ts';
import { qosRows, queueRows } from '../../schema/open_vswitch.ts';
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
  setOf(kind: string): OptionSet | undefined;
}

const SECTION_TYPES = once(
  (): Readonly<Record<string, SectionType>> => ({
    device_group: { kinds: [], own: deviceGroupRows, setOf: () => undefined },
    qdisc: {
      kinds: QDISC_NAMES,
      own: { ...qdiscRows, ...prefixedRows(kindRows(stab()), 'stab_') },
      setOf: everyQdisc,
    },
    class: {
      kinds: QDISC_NAMES.filter((name) => everyQdisc(name)?.classes !== undefined),
      own: classRows,
      setOf: (kind) => everyQdisc(kind)?.classes,
    },
    filter: { kinds: FILTER_NAMES, own: filterRows, setOf: filterKind },
    action: { kinds: ACTION_NAMES, own: actionRows, setOf: actionKind },
    qos: { kinds: [], own: qosRows, setOf: () => undefined },
    queue: { kinds: [], own: queueRows, setOf: () => undefined },
  }),
);

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
  const { kinds, own, setOf } = known;
  const ofKind = rowsOf(setOf(kind), '');
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
