/** Every option of /etc/config/weir in words, from its row: for help, pages and the sample configuration. */
import { bridgeRows, hostRows, interfaceMappingRows, vlanMappingRows } from '../schema/bridge.ts';
import { OPTION_GROUPS, type OptionRow } from '../schema/field.ts';
import { globalsRows } from '../schema/globals.ts';
import { linkRow, shaperRows } from '../schema/shaper.ts';
import { cakeOptions } from '../tc/qdisc/cake.ts';
import { tuningRows } from '../tunable/rows.ts';
import { DEFAULT_OPTIONS } from './cake_wanted.ts';
import { DIRECTIONS } from './config.ts';
import { type OptionText, type SectionTexts, textOf, textsOf } from './option_words.ts';

export type { OptionText, SectionTexts };

/** `config globals` */
export const GLOBALS_OPTIONS: readonly OptionText[] = textsOf(globalsRows);

const ownOptions = textsOf({ ...shaperRows, link: linkRow });

/** `config shaper`, the shaper's own options and `link`: those without a group first. */
export const SHAPER_OPTIONS: readonly OptionText[] = [
  ...ownOptions.filter(({ group }) => group === undefined),
  ...ownOptions.filter(({ group }) => group !== undefined),
];

/** `config shaper`, the options of CAKE: each for both directions, or with `download_` or `upload_` before it for one. */
export const CAKE_OPTIONS: readonly OptionText[] = Object.entries(cakeOptions).flatMap(([name, row]) => {
  const uci: (OptionRow<unknown> & { readonly name: string }) | undefined = row.uci;
  if (uci === undefined) return [];
  const defaults = DIRECTIONS.map((direction) => {
    const values: Readonly<Record<string, unknown>> = DEFAULT_OPTIONS[direction];
    return values[name];
  });
  return [textOf(uci.name, uci, defaults)];
});

/** The sections of the bridge. */
export const BRIDGE_TEXTS: readonly SectionTexts[] = [
  {
    type: 'bridge',
    help: 'One section, for a bridge in BPF programs (package weir-bridge).',
    options: textsOf(bridgeRows),
  },
  {
    type: 'interface_mapping',
    help: 'Where frames that arrive on an interface leave. A mapping leads one way; any number of them.',
    options: textsOf(interfaceMappingRows),
  },
  {
    type: 'vlan_mapping',
    help: 'What becomes of a VLAN. A mapping leads one way; any number of them.',
    options: textsOf(vlanMappingRows),
  },
  {
    type: 'host',
    help: 'A host of the local side, counted by its addresses and steered into a class.',
    options: textsOf(hostRows),
  },
];

/** The sections for what stands below the qdisc. */
export const TUNING_TEXTS: SectionTexts = {
  type: 'tuning',
  help: 'Values of the kernel, of drivers and of services, put back when weir stops. Any number of sections.',
  options: textsOf(tuningRows),
};

/** All sections but globals, shaper, and those of trees, which are model/tree/texts.ts. */
export const SECTION_TEXTS: readonly SectionTexts[] = [...BRIDGE_TEXTS, TUNING_TEXTS];

/** What the option takes and what holds without it, as sentences. */
export function valueText({ takes, unset, repeatable }: OptionText): string {
  return `Takes ${takes}${repeatable ? ' (a list)' : ''}.${unset === '' ? '' : ` Not set: ${unset}.`}`;
}

/** The options that have a group, under its heading, in the order of the groups. */
export function groupedOptions(options: readonly OptionText[]): { title: string; members: OptionText[] }[] {
  const groups = Object.entries(OPTION_GROUPS).map(([group, title]) => ({
    title,
    members: options.filter((option) => option.group === group),
  }));
  return groups.filter(({ members }) => members.length > 0);
}
