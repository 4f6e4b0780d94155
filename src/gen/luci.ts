/**
 * What the form of the LuCI pages is made of: every option with its label, help and default, and its field, made as the row made it, so
 * that the page checks by the rules of `weir check`. `make gen` writes it; a test holds it.
 */
import { DEFAULT_OPTIONS } from '../model/cake_wanted.ts';
import { DOWNLOAD_ONLY } from '../model/config.ts';
import { sectionOptions, TREE_SECTION_TYPES } from '../model/tree/section_options.ts';
import { bridgeRows, hostRows, interfaceMappingRows, vlanMappingRows } from '../schema/bridge.ts';
import type { FieldData, OptionRow } from '../schema/field.ts';
import { globalsRows } from '../schema/globals.ts';
import { linkRow, shaperRows } from '../schema/shaper.ts';
import { cakeOptions } from '../tc/qdisc/cake.ts';
import { tuningRows } from '../tunable/rows.ts';

type Row = OptionRow<unknown>;
type CakeRow = { readonly uci?: Row & { readonly name: string } };

/** A string as TypeScript has it; JSON's differs from it by its quotes only. */
function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** The call that makes a field: its values in the order of the constructor's parameters. */
function callOf({ kind, ...values }: FieldData): string {
  return `${kind}(${Object.values(values)
    .map((value) => JSON.stringify(value))
    .join(', ')})`;
}

interface Extras {
  /** What holds when it is not set, where download and upload differ for each. */
  readonly unset?: readonly string[];
  /** The same in words. */
  readonly otherwise?: string | undefined;
  readonly cake?: string;
}

function declarationOf(name: string, row: Row, { unset, otherwise, cake }: Extras): string {
  const first = [quoted(name), `_(${quoted(row.label)})`, `_(${quoted(row.help)})`, callOf(row.field.data)];
  const properties = [
    ...(row.repeatable === true ? ['repeatable: true'] : []),
    ...(unset === undefined ? [] : [`unset: [${unset.map(quoted).join(', ')}]`]),
    ...(otherwise === undefined ? [] : [`otherwise: _(${quoted(otherwise)})`]),
    ...(DOWNLOAD_ONLY.includes(name) ? ['downloadOnly: true'] : []),
    ...(cake === undefined || cake === camelCase(name) ? [] : [`cake: ${quoted(cake)}`]),
  ];
  const more = properties.length === 0 ? [] : [`{ ${properties.join(', ')} }`];
  return `  option(${[...first, ...more].join(', ')}),\n`;
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());
}

function declarationsOf(rows: Readonly<Record<string, Row>>): string {
  const lines = Object.entries(rows).map(([name, row]) => {
    const unset = row.default === undefined ? {} : { unset: [row.field.format(row.default)] };
    return declarationOf(name, row, { ...unset, otherwise: row.otherwise });
  });
  return lines.join('');
}

/** The lists of the page's module, but for that of the directions. */
const LISTS: readonly (readonly [name: string, section: string, rows: Readonly<Record<string, Row>>])[] = [
  ['GLOBALS', 'globals', globalsRows],
  ['SHAPER', 'shaper', shaperRows],
  ['BRIDGE', 'bridge', bridgeRows],
  ['INTERFACE_MAPPING', 'interface_mapping', interfaceMappingRows],
  ['VLAN_MAPPING', 'vlan_mapping', vlanMappingRows],
  ['HOST', 'host', hostRows],
  ['TUNING', 'tuning', tuningRows],
];

function directionDeclarations(): string {
  const lines = Object.entries(cakeOptions).map(([cake, { uci }]: [string, CakeRow]) => {
    if (uci === undefined) return '';
    const { download, upload } = DEFAULT_OPTIONS;
    const [down = '', up = ''] = [download, upload].map((options) => {
      return uci.field.format(Object.entries(options).find(([name]) => name === cake)?.[1]);
    });
    return declarationOf(uci.name, uci, { cake, unset: down === up ? [down] : [down, up] });
  });
  return declarationOf('link', linkRow, {}) + lines.join('');
}

function allFields(): readonly Row['field'][] {
  const cakeRows: readonly CakeRow[] = Object.values(cakeOptions);
  const rows: readonly Row[] = LISTS.flatMap(([, , list]) => Object.values(list));
  return [...rows, linkRow, ...cakeRows.flatMap(({ uci }) => uci ?? [])].map(({ field }) => field);
}

function listOf([name, section, rows]: (typeof LISTS)[number]): string {
  return `/** Of \`config ${section}\`. */
export const ${name}: readonly OptionDeclaration[] = [
${declarationsOf(rows)}];
`;
}

/** A module of the pages. */
export function optionsModule(): string {
  const fields = allFields();
  const imports = [...new Set(fields.map(({ data }) => data.kind)), 'type Field'];
  const byName = (a: string, b: string): number =>
    a.replace('type ', '').toLowerCase() < b.replace('type ', '').toLowerCase() ? -1 : 1;
  // Where words are counted a person chooses, and needs no sentence.
  const sentences = fields.filter(({ choices }) => choices === undefined).map(({ expectation }) => expectation.text);
  return `// Written by src/gen/luci.ts from the rows that check /etc/config/weir. Do not edit.
// biome-ignore-all format: a line an option
// biome-ignore-all lint/correctness/noUnusedVariables: sentences are collected for translation only
import { ${imports.sort(byName).join(', ')} } from '../../../src/schema/field.ts';

export interface OptionDeclaration {
  readonly name: string;
  readonly label: Translated;
  readonly help: Translated;
  readonly field: Field<unknown>;
  readonly repeatable?: true;
  /** What holds when it is not set: for all, or for download and for upload. */
  readonly unset?: readonly [string] | readonly [download: string, upload: string];
  /** The same in words, where it is no value of its own. */
  readonly otherwise?: Translated;
  /** Given plain, it is for download. */
  readonly downloadOnly?: true;
  /** What CAKE's option is called in a plan, where that is not its name in camel case. */
  readonly cake?: string;
}

/** What fields expect, which the page translates when it is needed. */
function sentences(): void {
${[...new Set(sentences)].map((text) => `  _(${quoted(text)});\n`).join('')}}

type More = Omit<OptionDeclaration, 'name' | 'label' | 'help' | 'field'>;

function option(
  name: string,
  label: Translated,
  help: Translated,
  field: Field<unknown>,
  more: More = {},
): OptionDeclaration {
  return { name, label, help, field, ...more };
}

${LISTS.map(listOf).join('\n')}
/** Of \`config shaper\`, plain or with the prefix \`download_\` or \`upload_\`. */
export const DIRECTION: readonly OptionDeclaration[] = [
${directionDeclarations()}];
`;
}

/** What stands for a value, such as `15ms`, and is the same in every language. */
const VALUE = /^[0-9.]+[a-z]*$/;

/** What pages are told over the bus of the options of trees, of every type and kind: as a module that none imports, for the translations. */
export function treeTextsModule(): string {
  const all = TREE_SECTION_TYPES.flatMap((type) => {
    const kinds = sectionOptions(type, '', '')?.kinds ?? [];
    return ['', ...kinds].flatMap((kind) => sectionOptions(type, kind, '')?.options ?? []);
  });
  const texts = all.flatMap(({ label, help, otherwise, choices, expectation }) => [
    label,
    help,
    ...(otherwise === undefined || VALUE.test(otherwise) ? [] : [otherwise]),
    ...(choices === undefined ? [expectation.text] : []),
  ]);
  return `// Written by src/gen/luci.ts from the rows of the sections of trees. Do not edit.
// biome-ignore-all format: a line a text

/** What the daemon says of options, which the page translates when it is needed. */
export function treeTexts(): void {
${[...new Set(texts)].map((text) => `  _(${quoted(text)});\n`).join('')}}
`;
}
