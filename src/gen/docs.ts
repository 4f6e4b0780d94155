/**
 * docs/options.md: every option of /etc/config/weir, from the rows that check them. `make gen` writes it; a test holds it.
 */
import {
  CAKE_OPTIONS,
  GLOBALS_OPTIONS,
  groupedOptions,
  type OptionText,
  SECTION_TEXTS,
  SHAPER_OPTIONS,
} from '../model/option_text.ts';
import { trees } from '../parts/trees.ts';

function cellsOf({ name, takes, unset, help, repeatable }: OptionText): readonly string[] {
  return [`\`${name}\``, repeatable ? `${takes} (a list)` : takes, unset, help];
}

function tableOf(options: readonly OptionText[]): string {
  const rows = options.map(cellsOf);
  const lines = rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
  return ['| option | takes | when not set | what it does |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

function groupedTables(options: readonly OptionText[]): string {
  return groupedOptions(options)
    .map(({ title, members }) => `### ${title}\n\n${tableOf(members)}`)
    .join('\n\n');
}

/** The options of each kind, one table after the other. */
function kindTables(): string {
  const tables = trees()
    .kindTexts()
    .map(({ type, kind, options }) => {
      const title = type === 'class' ? `class of ${kind}` : `${type} ${kind}`;
      return `### ${title}\n\n${tableOf(options)}`;
    });
  return tables.join('\n\n');
}

/** The page. */
export function optionsPage(): string {
  return `# Options of /etc/config/weir

Made from the rows of the source by \`make gen\`. \`weir check\` tells where a configuration is wrong, \`weir plan\` what it would do,
and \`weir help config\` lists the options on the router.

    config globals 'globals'
            option log_level 'info'

    config shaper 'wan'
            option device 'eth1'
            option download '85mbit'
            option upload '10mbit'
            list link 'pppoe-ptm'
            list link 'ether-vlan'

## config globals

${tableOf(GLOBALS_OPTIONS)}

## config shaper

One section a link; its name is what \`weir status\` shows.

${tableOf(SHAPER_OPTIONS)}

## CAKE

These options of \`config shaper\`, and \`link\`, can be given three ways: plain for both directions, or with the prefix
\`download_\` or \`upload_\`, which wins. \`ingress\` and \`autorate_ingress\` given plain are for download. What each does in depth:
tc-cake(8).

${groupedTables(CAKE_OPTIONS)}

${[...SECTION_TEXTS, ...trees().treeSectionTexts()].map(({ type, help, options }) => `## config ${type}\n\n${help}\n\n${tableOf(options)}`).join('\n\n')}

## Kinds

These join the options of the section that names the kind, and behind \`leaf_\` those of the class whose leaf it is. Each has the word that
tc has for it, with \`_\` for \`-\`.

${kindTables()}
`;
}
