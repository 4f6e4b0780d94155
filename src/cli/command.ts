/** What a command of the program is, and what it is given. */
import type { StatePaths } from '../agent/reconcile.ts';
import type { Host } from '../host/host.ts';
import type { LogLevel } from '../lib/log.ts';
import type { CAP } from '../uapi/security.ts';
import type { Output } from './output.ts';

/** Where the configuration is unless -c says otherwise; the daemon's. */
export const DEFAULT_CONFIG = '/etc/config/weir';

/** The options that every command takes, already parsed. */
export interface CommandContext {
  readonly host: Host;
  readonly output: Output;
  /** Everything after the command's name that is no common option. */
  readonly args: readonly string[];
  readonly configPath: string;
  readonly paths: StatePaths;
  readonly json: boolean;
  /** Set by -v and -vv; absent, the configuration decides. */
  readonly logLevel: LogLevel | undefined;
}

/** What is known of a command before its code is there. */
export interface CommandRow<Name extends string = string> {
  readonly name: Name;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Options that this command takes besides the common ones; they are among its `args`. */
  readonly flags?: readonly string[];
  /** What it needs of root's rights; all others are given up before it runs. */
  readonly capabilities: readonly CAP[];
  /** Whether it deals with the bridge: it keeps what that needs, where there is one. */
  readonly bridge?: true;
  /** Whether it takes words that are no options. */
  readonly takesWords?: true;
  /** Whether the command parses every option itself. */
  readonly ownOptions?: true;
}

export interface Command {
  /** The whole help, ending with a newline. */
  readonly help: string;
  /** The exit code. */
  run(context: CommandContext): number;
}
