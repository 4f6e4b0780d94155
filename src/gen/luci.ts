/**
 * What the form of the LuCI pages is made of: every option with its label, help and default, and the data from which the page makes the
 * very fields that `weir check` reads them with. `make gen` writes it; a test holds it.
 */

import { DEFAULT_OPTIONS } from '../model/cake_wanted.ts';
import { DOWNLOAD_ONLY } from '../model/config.ts';
import type { OptionRow } from '../schema/field.ts';
import { globalsRows } from '../schema/globals.ts';
import { linkRow, shaperRows } from '../schema/shaper.ts';
import { cakeOptions } from '../tc/qdisc/cake.ts';

type Row = OptionRow<unknown>;

/** A string as TypeScript has it; JSON's differs from it by its quotes only. */
function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** Where words are counted a person chooses, and needs no sentence. */
function expectedOf({ field }: Row): string[] {
  if (field.choices !== undefined) return [];
  const { text, values } = field.expectation;
  const filled = values.length === 0 ? '' : `.format(${values.map(quoted).join(', ')})`;
  return [`expected: _(${quoted(text)})${filled}`];
}

function declarationOf(name: string, row: Row, defaults: readonly string[]): string {
  const properties = [
    `name: ${quoted(name)}`,
    `label: _(${quoted(row.label)})`,
    `help: _(${quoted(row.help)})`,
    ...expectedOf(row),
    `data: ${JSON.stringify(row.field.data)}`,
    ...(row.repeatable === true ? ['repeatable: true'] : []),
    ...defaults,
    ...(DOWNLOAD_ONLY.includes(name) ? ['downloadOnly: true'] : []),
  ];
  return `  { ${properties.join(', ')} },\n`;
}

function declarationsOf(rows: Readonly<Record<string, Row>>): string {
  const lines = Object.entries(rows).map(([name, row]) => {
    const unset = row.default === undefined ? [] : [`default: ${quoted(row.field.format(row.default))}`];
    return declarationOf(name, row, unset);
  });
  return lines.join('');
}

function directionDeclarations(): string {
  const lines = Object.entries(cakeOptions).map(([name, { uci }]: [string, { uci?: Row & { name: string } }]) => {
    if (uci === undefined) return '';
    const inUci = (options: object): string =>
      quoted(uci.field.format(Object.entries(options).find(([key]) => key === name)?.[1]));
    const { download, upload } = DEFAULT_OPTIONS;
    return declarationOf(uci.name, uci, [
      `cake: ${quoted(name)}, defaults: { download: ${inUci(download)}, upload: ${inUci(upload)} }`,
    ]);
  });
  return declarationOf('link', linkRow, []) + lines.join('');
}

/** A module of the pages. */
export function optionsModule(): string {
  return `// Written by src/gen/luci.ts from the rows that check /etc/config/weir. Do not edit.
// biome-ignore-all format: a line an option
import type { FieldData } from '../../../src/schema/field.ts';

export interface OptionDeclaration {
  readonly name: string;
  readonly label: Translated;
  readonly help: Translated;
  /** What it takes, ending a sentence; absent where its words are chosen from. */
  readonly expected?: string;
  /** For fieldOf of schema/field.ts. */
  readonly data: FieldData;
  readonly repeatable?: true;
  /** What holds when it is not set: for all, or for each direction. */
  readonly default?: string;
  readonly defaults?: { readonly download: string; readonly upload: string };
  /** What CAKE's option is called in a plan. */
  readonly cake?: string;
  /** Given plain, it is for download. */
  readonly downloadOnly?: true;
}

/** Of \`config globals\`. */
export const GLOBALS: readonly OptionDeclaration[] = [
${declarationsOf(globalsRows)}];

/** Of \`config shaper\`. */
export const SHAPER: readonly OptionDeclaration[] = [
${declarationsOf(shaperRows)}];

/** Of \`config shaper\`, plain or with the prefix \`download_\` or \`upload_\`. */
export const DIRECTION: readonly OptionDeclaration[] = [
${directionDeclarations()}];
`;
}
