/** `weir daemon`: shape, and keep it so. */
import { Daemon } from '../agent/daemon.ts';
import { Kernel } from '../agent/kernel.ts';
import { type LogSink, openLogSink } from '../agent/log_sink.ts';
import { Reconciler } from '../agent/reconcile.ts';
import { Loop } from '../host/loop.ts';
import { adjustableLog } from '../lib/log.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit.ts';
import { printError } from './output.ts';
import { configOf, lockHolder, lockOf } from './session.ts';

const EXIT_AFTER = { done: EXIT.ok, failed: EXIT.failed, broken: EXIT.broken } as const;

export const daemon: Command = {
  name: 'daemon',
  summary: 'shape and keep it so: follow devices, repair what others undo',
  help: `Usage: weir daemon [-c FILE] [-v]

Does what start does and stays: a device that comes back is shaped again, and what another program undoes is repaired. Runs in the
foreground. SIGHUP reloads the configuration; SIGTERM ends it and takes the shaping away, unless on_exit is 'keep'.
Messages go to syslog, and to standard error where that is a terminal or there is no syslog.
`,
  run: (context) => {
    const { host } = context;
    const { config } = configOf(context);
    if (config === undefined) return EXIT.invalidConfig;
    const lock = lockOf(context);
    if (typeof lock === 'number') {
      printError(context.output, `error: ${lockHolder(context, lock)}\n`);
      return EXIT.failed;
    }
    const toStderr: LogSink = (level, message) => printError(context.output, `${level}: ${message}\n`);
    const log = adjustableLog(context.logLevel ?? config.logLevel, openLogSink(host, toStderr));
    const loop = new Loop(host, (error) => {
      log.write('error', `bug: ${error instanceof Error ? `${error.message}\n${error.stack}` : String(error)}`);
    });
    const reconciler = new Reconciler(host, new Kernel(host), context.paths, log);
    const { configPath } = context;
    const onConfig = (loaded: typeof config): void => log.setLeast(context.logLevel ?? loaded.logLevel);
    const running = new Daemon({ host, loop, reconciler, configPath, log, onConfig }, config);
    running.listen();
    lock.announce();
    running.start();
    host.run(() => {
      if (loop.turn()) return true;
      lock.withdraw();
      host.exitCode(EXIT_AFTER[running.finish()]);
      lock.release();
      return false;
    });
    return EXIT.ok;
  },
};
