/**
 * `weir uci`: reads UCI files and prints them as the real `uci` does, errors and exit codes included, so that our reading of a file
 * can be held against the router's own. It never writes.
 */

import type { Host } from '../host/host.ts';
import { findUciTarget, parseUciPath, type UciPath } from '../wire/ucipath.ts';
import {
  formatGottenValue,
  formatShownOption,
  formatShownSection,
  formatUciExport,
  formatUciShow,
} from '../wire/uciprint.ts';
import { isUciType, parseUci, type UciFile, UciSyntaxError } from '../wire/ucitext.ts';
import type { Command } from './command.ts';
import { type Output, print, printError } from './output.ts';

const help = `Usage: weir uci [OPTIONS] COMMAND

Prints UCI files as weir reads them, in the words of the real uci.

Commands:
  show    [CONFIG[.SECTION[.OPTION]]]
  export  [CONFIG]
  get     CONFIG[.SECTION[.OPTION]]

CONFIG is the name of a file or its absolute path; show and export without it take every file of the directory.
SECTION is a name or @TYPE[INDEX].

Options:
  -c DIR     directory of config files (default: /etc/config)
  -C DIR     directory of files that stand in for those (default: /var/run/uci; '' for none)
  -d STRING  between the items of a list in show and get (default: a space)
  -n, -N     export: with, or without, the generated names of unnamed sections (default: without)
  -X         show: generated names instead of @TYPE[INDEX]
  -q         no error messages
  -s         accepted: parsing is always strict
  -t, -p, -P DIR  accepted, but without effect: only committed files are read, not the changes that 'uci set' has
             left in /tmp/.uci until 'uci commit'

Exit codes: 0 done (also with no CONFIG, whatever some of the files hold), 1 not found, not readable or not UCI,
255 wrong usage.
`;

export const uci: Command = {
  help,
  run: ({ host, args, output }) => runUci(host, [...args], output),
};

/** What this command needs of a {@link Host}. */
export type UciHost = Pick<Host, 'readFile' | 'readDirectory' | 'errno'>;

const CONFIG_LIMIT_BYTES = 4 << 20;

const NOT_FOUND = 'Entry not found';
const INVALID = 'Invalid argument';
const PARSE_ERROR = 'Parse error';
const IO_ERROR = 'I/O error';

const EXIT_OK = 0;
const EXIT_FAILED = 1;
const EXIT_USAGE = 255;

interface Options {
  configDir: string;
  overrideDir: string;
  delimiter: string;
  named: boolean;
  extended: boolean;
  quiet: boolean;
}

/** Runs the command with the words after `weir uci`; gives the exit code. */
export function runUci(host: UciHost, args: readonly string[], output: Output): number {
  const options: Options = {
    configDir: '/etc/config',
    overrideDir: '/var/run/uci',
    delimiter: ' ',
    named: false,
    extended: true,
    quiet: false,
  };
  const words: string[] = [];
  const complaint = takeOptions(args, options, words);
  if (complaint !== undefined) {
    printError(output, `uci: ${complaint}\n${help}`);
    return EXIT_OK;
  }
  const [command, tuple] = words;
  if (command === undefined) {
    printError(output, help);
    return EXIT_OK;
  }
  const run = { host, options, output };
  if (words.length <= 2) {
    switch (command.toLowerCase()) {
      case 'show':
        return tuple === undefined ? printAll(run, showOne) : showOne(run, tuple);
      case 'export':
        return tuple === undefined ? printAll(run, exportOne) : exportOne(run, tuple);
      case 'get':
        if (tuple !== undefined) return getOne(run, tuple);
        break;
      case 'help':
        printError(output, help);
        return EXIT_OK;
    }
  }
  printError(output, help);
  return EXIT_USAGE;
}

interface Run {
  readonly host: UciHost;
  readonly options: Options;
  readonly output: Output;
}

/** Options may stand anywhere, together (`-nX`), and with their value in the same word (`-cDIR`). Gives what is wrong, if so. */
function takeOptions(args: readonly string[], options: Options, words: string[]): string | undefined {
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') {
      words.push(...rest);
      return undefined;
    }
    if (!arg.startsWith('-') || arg === '-') {
      words.push(arg);
      continue;
    }
    for (let at = 1; at < arg.length; at++) {
      const letter = arg.charAt(at);
      if (takeFlag(letter, options)) continue;
      if (!'cCdtpP'.includes(letter)) return `invalid option -- '${letter}'`;
      const value = at + 1 < arg.length ? arg.slice(at + 1) : rest.shift();
      if (value === undefined) return `option requires an argument -- '${letter}'`;
      if (letter === 'c') options.configDir = value;
      if (letter === 'C') options.overrideDir = value;
      if (letter === 'd') options.delimiter = value;
      break;
    }
  }
  return undefined;
}

function takeFlag(letter: string, options: Options): boolean {
  if (letter === 'n') options.named = true;
  else if (letter === 'N') options.named = false;
  else if (letter === 'X') options.extended = false;
  else if (letter === 'q') options.quiet = true;
  else return letter === 's';
  return true;
}

/** Every config in the order of its bytes. The exit code tells only whether there were files to go through, as with `uci`. */
function printAll(run: Run, printOne: (run: Run, config: string) => number): number {
  const { host, options } = run;
  const entries = host.readDirectory(options.configDir);
  const visible = typeof entries === 'number' ? [] : entries.filter((name) => !name.startsWith('.'));
  if (visible.length === 0) return refuse(run, NOT_FOUND);
  const configs = visible.filter((name) => isUciType(name) && !name.includes('.')).sort();
  for (const config of configs) {
    const isDirectory = typeof host.readDirectory(`${options.configDir}/${config}`) !== 'number';
    if (!isDirectory) printOne(run, config);
  }
  return EXIT_OK;
}

function showOne(run: Run, tuple: string): number {
  const loaded = load(run, tuple);
  if (typeof loaded === 'string') return refuse(run, loaded);
  const { path, config, file } = loaded;
  const target = findUciTarget(file, path);
  if (target === 'invalid') return refuse(run, INVALID);
  if (target === 'missing') return refuse(run, NOT_FOUND);
  const { section, option } = target;
  const { extended, delimiter } = run.options;
  // Asked for by itself, a section is shown under its own name, with or without -X.
  if (section === undefined) print(run.output, formatUciShow(file, config, { extended, delimiter }));
  else if (option === undefined) print(run.output, formatShownSection(section, `${config}.${section.name}`, delimiter));
  else print(run.output, formatShownOption(option, `${config}.${section.name}`, delimiter));
  return EXIT_OK;
}

/** A section or option in the tuple makes no difference to what is exported, but must not be malformed. */
function exportOne(run: Run, tuple: string): number {
  const loaded = load(run, tuple);
  if (typeof loaded === 'string') return refuse(run, loaded);
  if (findUciTarget(loaded.file, loaded.path) === 'invalid') return refuse(run, INVALID);
  print(run.output, formatUciExport(loaded.file, loaded.config, { named: run.options.named }));
  return EXIT_OK;
}

function getOne(run: Run, tuple: string): number {
  const loaded = load(run, tuple);
  if (typeof loaded === 'string') return refuse(run, loaded);
  const target = findUciTarget(loaded.file, loaded.path);
  if (target === 'invalid') return refuse(run, INVALID);
  if (loaded.path.hasValue) return EXIT_FAILED;
  if (target === 'missing') return refuse(run, NOT_FOUND);
  if (target.option !== undefined) print(run.output, formatGottenValue(target.option.value, run.options.delimiter));
  else if (target.section !== undefined) print(run.output, `${target.section.type}\n`);
  return EXIT_OK;
}

interface Loaded {
  readonly path: UciPath;
  /** The name under which `uci` prints the config. */
  readonly config: string;
  readonly file: UciFile;
}

/** Reads and parses the config of a tuple, or gives the error message. */
function load(run: Run, tuple: string): Loaded | string {
  const path = parseUciPath(tuple);
  if (path === undefined) return PARSE_ERROR;
  const bytes = readConfig(run, path.config);
  if (typeof bytes === 'number') {
    if (isErrno(run.host, bytes, 'EFBIG')) return `${IO_ERROR} (more than ${CONFIG_LIMIT_BYTES} bytes)`;
    return isErrno(run.host, bytes, 'EISDIR', ...NO_SUCH_PATH) ? NOT_FOUND : IO_ERROR;
  }
  const file = parseUci(bytes);
  if (file instanceof UciSyntaxError) return file.message;
  return { path, config: path.config.slice(path.config.lastIndexOf('/') + 1), file };
}

function readConfig({ host, options }: Run, config: string): Uint8Array | number {
  if (config.startsWith('/')) return host.readFile(config, CONFIG_LIMIT_BYTES);
  if (options.overrideDir !== '') {
    const result = host.readFile(`${options.overrideDir}/${config}`, CONFIG_LIMIT_BYTES);
    // Even a directory there stands in for the file, and is then no config.
    if (typeof result !== 'number' || !isErrno(host, result, ...NO_SUCH_PATH)) return result;
  }
  return host.readFile(`${options.configDir}/${config}`, CONFIG_LIMIT_BYTES);
}

/** Errors of a path that leads to nothing, not even to a directory. */
const NO_SUCH_PATH = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'] as const;

function isErrno(host: UciHost, result: number, ...names: readonly string[]): boolean {
  return names.some((name) => host.errno[name] === -result);
}

function refuse({ options, output }: Run, message: string): number {
  if (!options.quiet) printError(output, `uci: ${message}\n`);
  return EXIT_FAILED;
}
