/** The options of trees in words: those of each type of section, and those of each kind. */
import type { OptionRow } from '../../schema/field.ts';
import { qosRows, queueRows } from '../../schema/open_vswitch.ts';
import { actionRows, classRows, deviceGroupRows, filterRows, qdiscRows, rateLimitRows } from '../../schema/tree.ts';
import { ACTION_NAMES, actionKind } from '../../tc/action/registry.ts';
import { everyQdisc, QDISC_NAMES } from '../../tc/every_qdisc.ts';
import { FILTER_NAMES, filterKind } from '../../tc/filter/registry.ts';
import type { OptionSet } from '../../tc/kind.ts';
import { stab } from '../../tc/stab.ts';
import { type OptionText, type SectionTexts, textsOf } from '../option_words.ts';
import { type AnyRows, kindRows, prefixedRows } from './kind_rows.ts';

/** The rows of each type of section, and its help. */
const SECTIONS: readonly (readonly [type: string, help: string, rows: () => AnyRows])[] = [
  ['device_group', 'Devices that get the same tree each. Trees are in the package weir-trees.', () => deviceGroupRows],
  [
    'qdisc',
    'A qdisc of any kind at the root of a device, at its ingress, or on a class; with the options of its kind.',
    () => ({ ...qdiscRows, ...prefixedRows(kindRows(stab()), 'stab_') }),
  ],
  [
    'class',
    'A class of a qdisc, with the options that its kind has for classes, and those of its leaf behind leaf_.',
    () => ({ ...classRows, ...rateLimitRows }),
  ],
  [
    'filter',
    'What sorts packets into classes or does something with them; with the options of its kind.',
    () => filterRows,
  ],
  ['action', 'What a filter does with the packets that it finds; with the options of its kind.', () => actionRows],
  ['qos', "Open vSwitch's QoS of a port, by its names and in its units: docs/open-vswitch.md.", () => qosRows],
  ['queue', 'A queue of a section qos.', () => queueRows],
];

/** The options that the sections of trees have with every kind. */
export function treeSectionTexts(): SectionTexts[] {
  return SECTIONS.map(([type, help, rows]) => ({ type, help, options: textsOf(rows()) }));
}

/** The options of a kind. */
export interface KindTexts {
  readonly type: 'qdisc' | 'class' | 'filter' | 'action';
  readonly kind: string;
  readonly options: readonly OptionText[];
}

/** Every kind with options, or those by one name. */
export function kindTexts(name?: string): KindTexts[] {
  return kindSets(name).flatMap(([type, set]) => {
    const options = textsOf(prefixedRows(kindRows(set), ''));
    return options.length === 0 ? [] : [{ type, kind: set.kind, options }];
  });
}

/** Whether a qdisc, filter or action has that name. */
export function isKind(name: string): boolean {
  return [...QDISC_NAMES, ...FILTER_NAMES, ...ACTION_NAMES].includes(name);
}

/** All rows that a section of a tree may have, for what looks options up by their names. */
export function treeTables(): Readonly<Record<string, OptionRow<unknown>>>[] {
  const kinds = kindSets().flatMap(([, set]) => {
    const rows = kindRows(set);
    return [prefixedRows(rows, ''), prefixedRows(rows, 'leaf_')];
  });
  return [...SECTIONS.map(([, , rows]) => ({ ...rows() })), ...kinds];
}

function kindSets(name?: string): (readonly [KindTexts['type'], OptionSet])[] {
  const chosen = (names: readonly string[]): readonly string[] =>
    names.filter((one) => name === undefined || one === name);
  const sets: (readonly [KindTexts['type'], OptionSet | undefined])[] = [
    ...chosen(QDISC_NAMES).flatMap((kind) => {
      const found = everyQdisc(kind);
      return [['qdisc', found] as const, ['class', found?.classes] as const];
    }),
    ...chosen(FILTER_NAMES).map((kind) => ['filter', filterKind(kind)] as const),
    ...chosen(ACTION_NAMES).map((kind) => ['action', actionKind(kind)] as const),
  ];
  return sets.flatMap(([type, set]) => (set === undefined ? [] : [[type, set] as const]));
}
