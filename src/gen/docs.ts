/**
 * docs/options.md: every option of /etc/config/weir, from the rows that check them. `make gen` writes it; a test holds it.
 */

import { DEFAULT_OPTIONS } from '../model/cake_wanted.ts';
import type { OptionRow } from '../schema/field.ts';
import { globalsRows } from '../schema/globals.ts';
import { linkRow, shaperRows } from '../schema/shaper.ts';
import { type CakeOptions, cakeOptions } from '../tc/qdisc/cake.ts';

type Row = readonly [name: string, takes: string, unset: string, help: string];

function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
  return ['| option | takes | when not set | what it does |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

function plainRows(rows: Readonly<Record<string, OptionRow<unknown>>>): Row[] {
  return Object.entries(rows).map(([name, row]) => {
    const takes = row.repeatable === true ? `${row.field.expected} (a list)` : row.field.expected;
    const unset = row.default === undefined ? '' : `\`${row.field.format(row.default)}\``;
    return [`\`${name}\``, takes, unset, row.help];
  });
}

function cakeRows(): Row[] {
  const [download, upload] = [DEFAULT_OPTIONS.download, DEFAULT_OPTIONS.upload];
  return Object.entries(cakeOptions).flatMap(([name, row]): Row[] => {
    const uci: (OptionRow<unknown> & { readonly name: string }) | undefined = row.uci;
    if (uci === undefined) return [];
    const inUci = (options: CakeOptions): string => {
      const value = Object.entries(options).find(([key]) => key === name)?.[1];
      return `\`${uci.field.format(value)}\``;
    };
    const [down, up] = [inUci(download), inUci(upload)];
    const unset = down === up ? down : `download ${down}, upload ${up}`;
    return [[`\`${uci.name}\``, uci.field.expected, unset, uci.help]];
  });
}

/** The page. */
export function optionsPage(): string {
  return `# Options of /etc/config/weir

Made from the rows of the source by \`make gen\`. \`weir check\` tells where a configuration is wrong, and \`weir plan\` what it would do.

    config globals
            option log_level 'info'

    config shaper 'wan'
            option device 'eth1'
            option download '85mbit'
            option upload '10mbit'
            list link 'pppoe-ptm'
            list link 'ether-vlan'

## config globals

${tableOf(plainRows(globalsRows))}

## config shaper

One section a link; its name is what \`weir status\` shows.

${tableOf(plainRows({ ...shaperRows, link: linkRow }))}

### CAKE

These options, and \`link\`, can be given three ways: plain for both directions, or with the prefix \`download_\` or \`upload_\`,
which wins. \`ingress\` and \`autorate_ingress\` given plain are for download. What each does in depth: tc-cake(8).

${tableOf(cakeRows())}
`;
}
