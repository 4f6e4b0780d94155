/** What pages say of weir, held against weir: configuration, commands, calls of the bus, names of options, targets of make. */
import { readdirSync, readFileSync } from 'node:fs';
import { checkArguments } from '../../src/agent/methods/arguments.ts';
import { ArgumentError } from '../../src/agent/methods/method.ts';
import { METHODS } from '../../src/agent/methods/registry.ts';
import { COMMAND_ROWS } from '../../src/cli/command_rows.ts';
import { HELP_TOPICS } from '../../src/cli/program.ts';
import { sampleConfig } from '../../src/gen/sample_config.ts';
import { formatIssue } from '../../src/lib/issue.ts';
import { encodeUtf8 } from '../../src/lib/utf8.ts';
import { BRIDGE_SECTIONS } from '../../src/model/bridge_config.ts';
import { allShaperRows, parseConfig } from '../../src/model/config.ts';
import { TREE_SECTIONS } from '../../src/model/tree_sections.ts';
import { trees } from '../../src/parts/trees.ts';
import { bridgeRows, hostRows, interfaceMappingRows, vlanMappingRows } from '../../src/schema/bridge.ts';
import type { OptionRow } from '../../src/schema/field.ts';
import { globalsRows } from '../../src/schema/globals.ts';
import { tuningRows } from '../../src/tunable/rows.ts';
import { parseBlobJson } from '../../src/wire/blob_json.ts';
import { type BlobRecord, recordOf } from '../../src/wire/blobmsg.ts';
import { parseUci, UciSyntaxError } from '../../src/wire/ucitext.ts';

const TABLES: readonly Readonly<Record<string, OptionRow<unknown>>>[] = [
  allShaperRows,
  globalsRows,
  bridgeRows,
  interfaceMappingRows,
  vlanMappingRows,
  hostRows,
  tuningRows,
  ...trees().treeTables(),
];
const SECTIONS = ['globals', 'shaper', 'tuning', ...BRIDGE_SECTIONS, ...TREE_SECTIONS];

/** The options of that name: in some section, or in several. */
function rowsNamed(option: string): OptionRow<unknown>[] {
  return TABLES.flatMap((table) => (Object.hasOwn(table, option) ? (table[option] ?? []) : []));
}

/** Types of sections by which a configuration is known as weir's: sqm-scripts have a `queue` too. */
const OWN_SECTIONS = SECTIONS.filter((type) => type !== 'queue');

/** What is wrong with a configuration as `weir check` sees it; undefined for text that is none of weir's. */
export function configProblems(lines: readonly string[]): string[] | undefined {
  if (!lines.some((line) => OWN_SECTIONS.includes(/^config (\w+)/.exec(line)?.[1] ?? ''))) return undefined;
  const file = parseUci(encodeUtf8(`${lines.join('\n')}\n`));
  if (file instanceof UciSyntaxError) return [file.message];
  return parseConfig(file.sections, 'page').issues.map(formatIssue);
}

/** What is wrong with a line of code, as far as it speaks of weir. */
export function codeProblems(line: string): string[] {
  return [...commandProblems(line), ...callProblems(line), ...uciProblems(line), ...optionProblems(line)];
}

/** What stands behind weir where a message of its own speaks of it. */
const IN_SENTENCES = ['is', 'must', 'shapes'];

/** `weir COMMAND`, at the begin of a line or behind what shells have before a command. */
function commandProblems(line: string): string[] {
  const calls = line.matchAll(/(?:^(?:# |sudo )?|&& |exec |\$\()weir((?: [a-z/-][^ |&;>)\\]*)+)/g);
  return [...calls].flatMap(([, rest = '']) => {
    const words = rest.trim().split(' ');
    while (words[0]?.startsWith('-')) if (words.shift() === '-c') words.shift();
    const [name, ...further] = words;
    if (name === undefined || IN_SENTENCES.includes(name)) return [];
    if (name === 'help') {
      const topic = further[0];
      const isKnown = topic === undefined || /^[A-Z]+$/.test(topic) || HELP_TOPICS.includes(topic);
      return isKnown ? [] : [`${line}: there is no help on ${topic}`];
    }
    const command = COMMAND_ROWS.find((one) => one.name === name);
    if (command === undefined) return [`${line}: there is no command ${name}`];
    if (command.ownOptions) return [];
    const flags = [...(command.flags ?? []), '-c', '-v', '-vv', '--json', '--help'];
    const wrong = further.filter((word) => word.startsWith('-') && !flags.includes(word));
    return wrong.map((word) => `${line}: ${name} has no ${word}`);
  });
}

/** `ubus call weir METHOD {…}` */
function callProblems(line: string): string[] {
  return [...line.matchAll(/ubus call weir ([a-z_]+)(?: '([^']*)')?/g)].flatMap(([, name, json = '{}']) => {
    const method = METHODS.find((one) => one.name === name);
    if (method === undefined) return [`${line}: there is no method ${name}`];
    const fields = parseBlobJson(json);
    if (fields === undefined) return [`${line}: no JSON`];
    try {
      const args: BlobRecord = recordOf(fields);
      checkArguments(method, args);
      const optionsGiven = Object.entries(args).filter(([option]) => method.args[option]?.type === 'option');
      const nameOf = (option: string): string => (option === 'value' ? String(args.option) : option);
      return optionsGiven.flatMap(([option, value]) => valueProblems(line, nameOf(option), [String(value)]));
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      return [`${line}: ${error.message}`];
    }
  });
}

/** `uci set weir.wan.OPTION='VALUE'`, `uci add_list …` on the file that is installed. */
function uciProblems(line: string): string[] {
  const set = /^uci (set|add_list) weir\.(\w+)\.(\w+)='([^']*)'$/.exec(line);
  if (set === null) return [];
  const [, , section = '', option = '', value = ''] = set;
  const isThere = new RegExp(`^config \\S+ '${section}'$`, 'm').test(sampleConfig());
  const missing = isThere ? [] : [`${line}: the installed configuration has no section ${section}`];
  return [...missing, ...valueProblems(line, option, value.split(' '))];
}

/** `option NAME 'VALUE'`, `list NAME 'VALUE'` and `NAME 'VALUE'` outside of whole configurations. */
function optionProblems(line: string): string[] {
  const given = /^(?:option |list )?([a-z][a-z0-9_]*) '([^']*)'$/.exec(line);
  if (given === null || NAMES_OF_SECTIONS.includes(given[1] ?? '')) return [];
  return valueProblems(line, given[1] ?? '', (given[2] ?? '').split(' '));
}

const NAMES_OF_SECTIONS = ['config', 'queue', ...SECTIONS];

function valueProblems(line: string, option: string, words: readonly string[]): string[] {
  const rows = rowsNamed(option);
  if (rows.length === 0) return [`${line}: there is no option ${option}`];
  const wrong = words.filter((word) => rows.every(({ field }) => field.parse(word) === undefined));
  const expected = [...new Set(rows.map(({ field }) => field.expected))].join(', or ');
  return wrong.map((word) => `${line}: ${word} is not ${expected}`);
}

/** Words that by their underscore can only be names of options, sections or methods, and are none. */
export function unknownOptions(spans: readonly string[], othersNames: readonly string[]): string[] {
  const names = spans.filter((span) => /^[a-z]+(_[a-z]+)+$/.test(span));
  const known = [...SECTIONS, ...METHODS.map(({ name }) => name), ...othersNames];
  return names.filter((name) => rowsNamed(name).length === 0 && !known.includes(name));
}

const makefiles = ['test', 'openwrt', 'bpf'].flatMap((directory) =>
  readdirSync(directory, { recursive: true })
    .map((name) => `${directory}/${String(name)}`)
    .filter((path) => path.endsWith('.mk')),
);
const makeRules = ['Makefile', ...makefiles].map((path) => readFileSync(path, 'utf8')).join('\n');

/** Targets that a line lets make make, and that there are not. */
export function unknownTargets(line: string): string[] {
  const asked = /^(?:[A-Z_]+=\S+ )*make ((?:[a-z-]+ ?)+)/.exec(line)?.[1]?.trim().split(' ') ?? [];
  return asked.filter((target) => !new RegExp(`^${target}:`, 'm').test(makeRules));
}
