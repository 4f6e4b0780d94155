/** `weir help config`: the options of the configuration, for a router, where there is no manual. */
import {
  CAKE_OPTIONS,
  GLOBALS_OPTIONS,
  type OptionText,
  SECTION_TEXTS,
  SHAPER_OPTIONS,
  valueText,
} from '../model/option_text.ts';
import { TREE_SECTIONS } from '../model/tree_sections.ts';
import { treesProblem } from '../model/trees_package.ts';
import { trees } from '../parts/trees.ts';
import { DEFAULT_CONFIG } from './command.ts';

const COLUMNS = 100;
const INDENT = 20;

function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1] ?? '';
    if (line !== '' && INDENT + line.length + 1 + word.length > COLUMNS) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join(`\n${' '.repeat(INDENT)}`);
}

function formatOption(option: OptionText): string {
  const { name, help } = option;
  return `${`  ${name}`.padEnd(INDENT)}${wrapped(help)}\n${' '.repeat(INDENT)}${wrapped(valueText(option))}\n`;
}

const formatOptions = (options: readonly OptionText[]): string => options.map(formatOption).join('');

export function configHelp(): string {
  const problem = treesProblem();
  const sections = [...SECTION_TEXTS, ...(problem === undefined ? trees().treeSectionTexts() : [])];
  const ofTrees =
    problem === undefined
      ? 'The options of a kind: weir help config KIND, such as htb, fq_codel, u32 or police'
      : `config ${TREE_SECTIONS.join(', ')}: ${problem}`;
  return `The options of ${DEFAULT_CONFIG}

config globals
${formatOptions(GLOBALS_OPTIONS)}
config shaper NAME: one section a link
${formatOptions(SHAPER_OPTIONS)}
config shaper, the options of CAKE. They, and link, can be given plain for both directions, or with the prefix download_ or
upload_, which wins: upload_ack_filter. ingress and autorate_ingress given plain are for download.
${formatOptions(CAKE_OPTIONS)}
${sections.map(({ type, help, options }) => `config ${type}: ${help}\n${formatOptions(options)}`).join('\n')}
${ofTrees}
`;
}

/** Why there is no help on a kind. */
export function noKind(kind: string): string {
  return treesProblem() ?? `there is no kind '${kind}'`;
}

/** `weir help config KIND`; undefined where nothing has that name, or the kinds are not there: see {@link noKind}. */
export function kindHelp(kind: string): string | undefined {
  if (treesProblem() !== undefined) return undefined;
  const texts = trees().kindTexts(kind);
  const headings = {
    qdisc: 'config qdisc',
    class: 'config class below it',
    filter: 'config filter',
    action: 'config action',
  };
  if (texts.length > 0) {
    return texts
      .map(({ type, options }) => `${headings[type]}, option kind '${kind}'\n${formatOptions(options)}`)
      .join('\n');
  }
  return trees().isKind(kind) ? `${kind} has no options\n` : undefined;
}
