/** The /etc/config/weir that is installed, from the rows: everything off, every option by example. `make gen` writes it. */
import {
  BRIDGE_TEXTS,
  CAKE_OPTIONS,
  GLOBALS_OPTIONS,
  groupedOptions,
  type OptionText,
  type SectionTexts,
  SHAPER_OPTIONS,
  TUNING_TEXTS,
} from '../model/option_text.ts';

/** Options that the sample sets; the others stand behind a `#`. */
const SET = {
  globals: { enabled: '1' },
  shaper: { enabled: '0', interface: 'wan', download: '85mbit', upload: '10mbit' },
} as const;

const firstSentence = (text: string): string => text.split(/(?<=\.) /)[0] ?? text;

function optionLines(option: OptionText, set: Readonly<Record<string, string>>): string[] {
  const { name, help, unset, example, repeatable } = option;
  const value = set[name];
  return [
    `\t# ${firstSentence(help)}${unset === '' ? '' : ` [${unset}]`}`,
    `\t${value === undefined ? '#' : ''}${repeatable ? 'list' : 'option'} ${name} '${value ?? example}'`,
  ];
}

function groupLines(options: readonly OptionText[]): string[] {
  return groupedOptions(options).flatMap(({ title, members }) => [
    '',
    `\t# ---- ${title.replaceAll('`', "'")}`,
    ...members.flatMap((option) => optionLines(option, {})),
  ]);
}

/** A whole section behind `#`. */
function sectionLines({ type, help, options }: SectionTexts): string[] {
  const lines = options.flatMap((option) => optionLines(option, {}));
  return ['', `# ${help}`, `#config ${type}`, ...lines];
}

/** A tree for the comments of the file. */
export const TREE_EXAMPLE: readonly string[] = [
  "config qdisc 'lan'",
  "\toption device 'eth2'",
  "\toption kind 'htb'",
  "\toption default 'rest'",
  "config class 'all'",
  "\toption parent 'lan'",
  "\toption rate '50mbit'",
  "config class 'voice'",
  "\toption parent 'all'",
  "\toption rate '10%'",
  "\toption ceil '100%'",
  "\toption prio '1'",
  "\toption mark '0x10'",
  "config class 'rest'",
  "\toption parent 'all'",
  "\toption rate '90%'",
  "\toption ceil '100%'",
  "\toption leaf 'fq_codel'",
];

/** The file. */
export function sampleConfig(): string {
  const first = SHAPER_OPTIONS.filter(({ group }) => group === undefined);
  const lines = [
    '# weir keeps an internet link fast while it is full.',
    '#',
    '# To begin: enter your rates and what kind of link it is, set enabled of the shaper to 1, then',
    '#     weir check                  is it right?',
    '#     weir plan                   what would change?',
    '#     service weir reload         shape',
    '#     weir status                 is it in force?',
    '#',
    '# Lines behind a # are examples. In brackets is what holds without them. `weir help config` tells more of each.',
    '',
    "config globals 'globals'",
    ...GLOBALS_OPTIONS.flatMap((option) => optionLines(option, SET.globals)),
    '',
    '# One section for each link.',
    "config shaper 'wan'",
    ...first.flatMap((option) => optionLines(option, SET.shaper)),
    ...groupLines(SHAPER_OPTIONS),
    '',
    "\t# All from here on, and 'link', also for one direction: upload_ack_filter, download_rtt, ...",
    ...groupLines(CAKE_OPTIONS),
    '',
    '# A bridge in BPF programs, with the package weir-bridge: docs/bridge.md.',
    ...BRIDGE_TEXTS.flatMap(sectionLines),
    '',
    '# What stands below the qdisc: docs/tuning.md.',
    ...sectionLines(TUNING_TEXTS),
    '',
    '# Trees of any qdiscs, classes and filters, with the package weir-trees: docs/trees.md. One of them, with two classes:',
    ...TREE_EXAMPLE.map((line) => `#   ${line.replace('\t', '    ')}`),
  ];
  return `${lines.join('\n')}\n`;
}
