/** `weir map`: the classes of hosts in the running bridge, until the next reload. */
import type { BridgeControl, MapEntry } from '../agent/bridge_control.ts';
import { loadConfig } from '../agent/config_file.ts';
import type { Kernel } from '../agent/kernel.ts';
import type { Prefix } from '../lib/address.ts';
import type { BridgeConfig, Steering } from '../model/bridge_config.ts';
import { hostRows } from '../schema/bridge.ts';
import type { Field } from '../schema/field.ts';
import type { Command, CommandContext } from './command.ts';
import { EXIT } from './exit.ts';
import { print, printError } from './output.ts';
import { runningBridge } from './running_bridge.ts';
import { withKernel } from './session.ts';
import { formatTable } from './table.ts';

export const map: Command = {
  help: `Usage: weir map [COMMAND] [--ip PREFIX] [--classid CLASS] [--upload CLASS] [--cpu N] [--json]

Shows and changes which class the bridge puts the frames of a host into. Changes hold at once, and until the next reload or start, which
bring back what the configuration says. A class is a handle as tc shows it, such as 10:2a.
  list     what is in force; without a command too
  add      --ip and --classid, and where upload has another class --upload
  del      --ip
  clear    takes all classes away
  flush    makes the programs look up anew where each host belongs, as every other change here does
`,
  run: (context) => {
    const [verb = 'list', ...words] = context.args;
    const options = optionsOf(words);
    const action = Object.hasOwn(ACTIONS, verb) ? ACTIONS[verb] : undefined;
    if (typeof options === 'string' || action === undefined) {
      const what = typeof options === 'string' ? options : `unknown 'weir map ${verb}'`;
      printError(context.output, `error: ${what}\ntry 'weir help map'\n`);
      return EXIT.usage;
    }
    return withKernel(context, (kernel) => run(context, kernel, action, options));
  },
};

type Options = ReadonlyMap<string, string>;

/** The text of what went wrong, or undefined. */
type Action = (control: BridgeControl, options: Options, context: CommandContext) => string | undefined;

class UsageError extends Error {}

const ACTIONS: Readonly<Record<string, Action>> = {
  list: (control, _options, context) => {
    list(context, control.entries(bridgeOf(context)));
    return undefined;
  },
  add: (control, options) => {
    const prefix = required(options, '--ip', hostRows.ip.field);
    const classDownload = required(options, '--classid', hostRows.class.field);
    const classUpload = optional(options, '--upload', hostRows.class.field) ?? classDownload;
    const steering: Steering = { classDownload, classUpload, cpu: optional(options, '--cpu', hostRows.cpu.field) };
    control.add(prefix, steering);
    return undefined;
  },
  del: (control, options) => {
    const prefix: Prefix = required(options, '--ip', hostRows.ip.field);
    return control.remove(prefix) === true ? undefined : `there is no ${hostRows.ip.field.format(prefix)} in the map`;
  },
  clear: (control) => {
    control.clear();
    return undefined;
  },
  flush: (control) => {
    control.flush();
    return undefined;
  },
};

function run(context: CommandContext, kernel: Kernel, action: Action, options: Options): number {
  const control = runningBridge(context, kernel);
  if (control === undefined) return EXIT.failed;
  try {
    const problem = action(control, options, context);
    if (problem === undefined) return EXIT.ok;
    printError(context.output, `error: ${problem}\n`);
    return EXIT.failed;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    printError(context.output, `error: ${error.message}\ntry 'weir help map'\n`);
    return EXIT.usage;
  }
}

/** Options with their values, or what is wrong with them. That each is one of the command's is known already. */
function optionsOf(words: readonly string[]): Options | string {
  const options = new Map<string, string>();
  for (let i = 0; i < words.length; i += 2) {
    const [name = '', value] = [words[i], words[i + 1]];
    if (!name.startsWith('-')) return `'weir map' takes no '${name}'`;
    if (value === undefined) return `${name} needs a value`;
    options.set(name, value);
  }
  return options;
}

function optional<T>(options: Options, name: string, field: Field<T>): T | undefined {
  const text = options.get(name);
  if (text === undefined) return undefined;
  const value = field.parse(text);
  if (value === undefined) throw new UsageError(`${name}: expected ${field.expected}, got '${text}'`);
  return value;
}

function required<T>(options: Options, name: string, field: Field<T>): T {
  const value = optional(options, name, field);
  if (value === undefined) throw new UsageError(`${name} is missing: ${field.expected}`);
  return value;
}

function bridgeOf({ host, configPath }: CommandContext): BridgeConfig | undefined {
  return loadConfig(host, configPath).config?.bridge;
}

function list(context: CommandContext, entries: readonly MapEntry[]): void {
  if (context.json) {
    print(context.output, `${JSON.stringify(entries, null, 2)}\n`);
    return;
  }
  const rows = entries.map((entry) => [
    entry.address,
    entry.class ?? '-',
    entry.uploadClass ?? '-',
    entry.cpu === null ? '-' : String(entry.cpu),
    entry.volatile ? 'until reload' : '',
  ]);
  print(context.output, formatTable([['address', 'class', 'upload', 'cpu', ''], ...rows]));
}
