/** The command line: common options, the list of commands, help. */
import { bridgeRights, restrict } from '../agent/privileges.ts';
import type { Host } from '../host/host.ts';
import type { LogLevel } from '../lib/log.ts';
import { commands } from '../parts/commands.ts';
import { CAP } from '../uapi/security.ts';
import { type Command, type CommandContext, type CommandRow, DEFAULT_CONFIG } from './command.ts';
import { COMMAND_ROWS, type CommandName } from './command_rows.ts';
import { daemon } from './daemon.ts';
import { EXIT, EXIT_HELP } from './exit.ts';
import { type Output, print, printError } from './output.ts';
import { reportingErrors } from './session.ts';

declare const WEIR_VERSION: string;

/** The code of a command. Only the daemon's is there from the beginning: it must not carry what it never runs. */
export function commandNamed(name: CommandName): Command {
  return name === 'daemon' ? daemon : commands().COMMANDS[name];
}

/** What `help` knows besides the commands. */
const CONFIG_TOPIC = 'config';

/** What can stand behind `weir help`. */
export const HELP_TOPICS: readonly string[] = [...COMMAND_ROWS.map(({ name }) => name), CONFIG_TOPIC];

const STATE_DIRECTORY = '/var/run/weir';

/** What can stand before every command. */
export const OPTIONS_HELP = `Options:
  -c FILE    configuration (default: ${DEFAULT_CONFIG})
  --json     plan, status, show and top: the same as JSON
  -v         every operation with the kernel's answer; -vv also what the daemon makes of events
  --version  the version
  --help     this help; 'weir help COMMAND' or 'weir COMMAND --help' tells more, 'weir help config' the options of the file
`;

const HELP = `Usage: weir [-c FILE] [-v | -vv] COMMAND [OPTIONS]

Keeps an internet link fast while it is full.

Commands:
${COMMAND_ROWS.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}\n`).join('')}
${OPTIONS_HELP}
${EXIT_HELP}`;

/** Runs the command that the arguments name and gives the exit code. A command that keeps running has registered with the host. */
export function runProgram(host: Host): number {
  const output = standardOutput(host);
  const parsed = parseArguments(host.args.slice(1));
  if (typeof parsed === 'string') {
    printError(output, `error: ${parsed}\ntry 'weir help'\n`);
    return EXIT.usage;
  }
  const { command, words, help, version, configPath, json, logLevel } = parsed;
  if (version) {
    print(output, `weir ${WEIR_VERSION}\n`);
    return EXIT.ok;
  }
  const helpOn = command === 'help' ? words[0] : help ? command : undefined;
  if (command === undefined || command === 'help' || help) {
    return showHelp(output, helpOn, help || command === 'help', words[1]);
  }
  const found = rowOf(command);
  if (found === undefined) {
    printError(output, `error: unknown command '${command}'\ntry 'weir help'\n`);
    return EXIT.usage;
  }
  const takesWords = found.ownOptions === true || found.takesWords === true;
  const tooMuch = words.find((word) => !flagsOf(command).includes(word));
  if (tooMuch !== undefined && !takesWords) {
    printError(output, `error: 'weir ${command}' takes no '${tooMuch}'\ntry 'weir help ${command}'\n`);
    return EXIT.usage;
  }
  const paths = {
    directory: STATE_DIRECTORY,
    savedFile: `${STATE_DIRECTORY}/saved.json`,
    lockFile: `${STATE_DIRECTORY}/lock`,
  };
  const context: CommandContext = { host, output, args: words, configPath, paths, json, logLevel };
  // A file that somebody names may be one that only its owner, or root, may read.
  const named = configPath === DEFAULT_CONFIG ? [] : [CAP.DAC_READ_SEARCH];
  const bridge = found.bridge === true ? bridgeRights(host) : [];
  for (const problem of restrict(host, [...found.capabilities, ...bridge, ...named])) {
    printError(output, `warning: ${problem}\n`);
  }
  return reportingErrors(context, () => commandNamed(found.name).run(context));
}

function rowOf(command: string | undefined): CommandRow<CommandName> | undefined {
  return COMMAND_ROWS.find(({ name }) => name === command);
}

/** What a command takes besides the common options. */
function flagsOf(command: string | undefined): readonly string[] {
  return rowOf(command)?.flags ?? [];
}

interface Arguments {
  command: string | undefined;
  words: string[];
  help: boolean;
  version: boolean;
  configPath: string;
  json: boolean;
  logLevel: LogLevel | undefined;
}

/** The arguments, or what is wrong with them. A command with options of its own gets everything after its name. */
function parseArguments(args: readonly string[]): Arguments | string {
  const parsed: Arguments = {
    command: undefined,
    words: [],
    help: false,
    version: false,
    configPath: DEFAULT_CONFIG,
    json: false,
    logLevel: undefined,
  };
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] ?? '';
    if (argument === '-c') {
      const path = args[++i];
      if (path === undefined) return '-c needs a file';
      parsed.configPath = path;
    } else if (argument === '-v') {
      parsed.logLevel = parsed.logLevel === 'debug' ? 'trace' : 'debug';
    } else if (argument === '-vv') {
      parsed.logLevel = 'trace';
    } else if (argument === '--json') {
      parsed.json = true;
    } else if (argument === '--help' || argument === '-h') {
      parsed.help = true;
    } else if (argument === '--version') {
      parsed.version = true;
    } else if (argument.startsWith('-') && !flagsOf(parsed.command).includes(argument)) {
      return `unknown option '${argument}'`;
    } else if (parsed.command === undefined) {
      parsed.command = argument;
      if (rowOf(argument)?.ownOptions === true) {
        const rest = args.slice(i + 1);
        parsed.help ||= rest[0] === '--help';
        return { ...parsed, words: rest };
      }
    } else {
      parsed.words.push(argument);
    }
  }
  return parsed;
}

function showHelp(output: Output, command: string | undefined, asked: boolean, kind?: string): number {
  if (command === undefined || command === 'help') {
    if (asked) print(output, HELP);
    else printError(output, HELP);
    return asked ? EXIT.ok : EXIT.usage;
  }
  if (command === CONFIG_TOPIC) {
    const text = kind === undefined ? commands().configHelp() : commands().kindHelp(kind);
    if (text === undefined) printError(output, `error: ${commands().noKind(kind ?? '')}\ntry 'weir help config'\n`);
    else print(output, text);
    return text === undefined ? EXIT.usage : EXIT.ok;
  }
  const found = rowOf(command);
  if (found === undefined) {
    printError(output, `error: unknown command '${command}'\ntry 'weir help'\n`);
    return EXIT.usage;
  }
  print(output, commandNamed(found.name).help);
  return EXIT.ok;
}

function standardOutput(host: Host): Output {
  const writeAll = (fd: number, text: string): void => {
    const bytes = host.encodeText(text);
    for (let at = 0; at < bytes.length; ) {
      const written = host.write(fd, bytes, at, bytes.length - at);
      if (written > 0) at += written;
      else if (-written !== host.errno.EINTR) return;
    }
  };
  return { stdout: (text) => writeAll(1, text), stderr: (text) => writeAll(2, text) };
}
