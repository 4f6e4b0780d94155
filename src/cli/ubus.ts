/**
 * `weir ubus`: the `ubus` command, argument for argument, for machines that have none: the same output and exit codes (cli.c).
 *
 * A command gives -2 for wrong usage, another negative number for what has been reported already, else a status of ubus.
 */
import { Loop, watchSignals } from '../host/loop.ts';
import { UbusClient } from '../net/ubus_client.ts';
import { UBUS_SOCKET } from '../wire/ubus.ts';
import type { Command, CommandContext } from './command.ts';
import { EXIT } from './exit.ts';
import { printError } from './output.ts';
import { UBUS_COMMANDS } from './ubus_commands.ts';
import { MONITOR_TYPES, statusText, type UbusRun, WRONG_USAGE } from './ubus_run.ts';

const help = `Usage: weir ubus [OPTIONS] COMMAND [ARGUMENTS]

The client of the bus, as the real ubus command.

Commands:
  list [PATH]                    objects; -v: their methods. PATH may end with *
  call PATH METHOD [JSON]        call a method of an object
  subscribe PATH [PATH...]       print the notifications of objects
  listen [EVENT...]              print events; EVENT may end with *
  send EVENT [JSON]              send an event
  wait_for PATH [PATH...]        wait until the objects are there
  monitor                        print all that goes over the bus

Options:
  -s SOCKET  of the bus (default: ${UBUS_SOCKET})
  -t SEC     how long call and wait_for wait (default: 30), and listen and subscribe run (default: without end)
  -S         JSON on one line, and no error messages
  -v         more
  -m TYPE    monitor: only messages of this type (can be repeated)
  -M r|t     monitor: only what the bus receives, or sends

Exit codes: 0, the status of ubus, or 256 less it where a call was made; 255 without a bus.
`;

const USAGE_FAILED = 1;
const NO_BUS = 255;
const DEFAULT_TIMEOUT_S = 30;
const OPTIONS_WITH_VALUE = 'stmM';

interface Options {
  path: string;
  timeoutS: number | undefined;
  simple: boolean;
  verbose: boolean;
  types: number[];
  direction: string;
  words: string[];
}

/** The options, or undefined where they are wrong. As getopt(3) of musl does, which ends at the first word that is none. */
function parseOptions(args: readonly string[]): Options | undefined {
  const options: Options = {
    path: UBUS_SOCKET,
    timeoutS: undefined,
    simple: false,
    verbose: false,
    types: [],
    direction: '',
    words: [],
  };
  const rest = [...args];
  for (let word = rest[0]; word?.startsWith('-') && word !== '-'; word = rest[0]) {
    rest.shift();
    if (word === '--') break;
    for (let letters = word.slice(1); letters !== ''; ) {
      const letter = letters.charAt(0);
      letters = letters.slice(1);
      let value = '';
      if (OPTIONS_WITH_VALUE.includes(letter)) {
        const found = letters === '' ? rest.shift() : letters;
        if (found === undefined) return undefined;
        value = found;
        letters = '';
      }
      if (!setOption(options, letter, value)) return undefined;
    }
  }
  return rest.length === 0 ? undefined : { ...options, words: rest };
}

function setOption(options: Options, letter: string, value: string): boolean {
  switch (letter) {
    case 's':
      options.path = value;
      return true;
    case 't':
      options.timeoutS = Number.parseInt(value, 10) || 0;
      return true;
    case 'S':
      options.simple = true;
      return true;
    case 'v':
      options.verbose = true;
      return true;
    case 'm':
      options.types.push(MONITOR_TYPES.indexOf(value));
      return MONITOR_TYPES.includes(value);
    case 'M':
      options.direction = value.charAt(0);
      return options.direction === 'r' || options.direction === 't';
    default:
      return false;
  }
}

export const ubus: Command = {
  help,
  run: (context) => {
    const options = parseOptions(context.args);
    if (options === undefined) {
      printError(context.output, help);
      return USAGE_FAILED;
    }
    start(context, options);
    return EXIT.ok;
  },
};

function start({ host, output }: CommandContext, options: Options): void {
  const loop = new Loop(host, (error) => {
    throw error;
  });
  const [name = '', ...args] = options.words;
  const { simple, verbose, types, direction, timeoutS } = options;
  const client = new UbusClient(host, loop, {
    path: options.path,
    onUp: () => {
      onDown = () => run.onLost();
      const command = UBUS_COMMANDS[name];
      if (command === undefined) run.finish(WRONG_USAGE);
      else command(run);
    },
    onDown: () => onDown(),
  });
  let isOver = false;
  const end = (code: number): void => {
    isOver = true;
    host.exitCode(code);
    client.close();
    loop.stop();
  };
  let onDown = (): void => {
    if (!simple) printError(output, 'Failed to connect to ubus\n');
    end(NO_BUS);
  };
  const run: UbusRun = {
    client,
    loop,
    output,
    args,
    simple,
    verbose,
    types,
    direction,
    timeoutMs: (timeoutS ?? DEFAULT_TIMEOUT_S) * 1000,
    runsMs: (timeoutS ?? 0) * 1000,
    showsCall: !simple && !host.isTerminal(2),
    onLost: () => run.finish(0),
    endOnSignals: () => {
      const { SIGINT, SIGTERM } = host.constants;
      watchSignals(host, loop, [SIGINT, SIGTERM], () => run.onLost());
    },
    finish: (status) => {
      // What is under way when the connection is closed is told so.
      if (isOver) return;
      if (status > 0 && !simple) printError(output, `Command failed: ${statusText(status)}\n`);
      if (status === WRONG_USAGE) printError(output, help);
      end(status & 0xff);
    },
  };
  host.run(() => loop.turn());
}
