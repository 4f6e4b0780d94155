/** What the commands that talk to the kernel have in common: configuration, lock, log, and errors as exit codes. */
import { loadConfig } from '../agent/config_file.ts';
import { FileError } from '../agent/files.ts';
import { findInterfaces } from '../agent/interfaces.ts';
import { Kernel } from '../agent/kernel.ts';
import { type Lock, takeLock } from '../agent/lock.ts';
import { Reconciler } from '../agent/reconcile.ts';
import { KernelError } from '../host/refusal.ts';
import { formatIssue, type Issue } from '../lib/issue.ts';
import { adjustableLog, type Log } from '../lib/log.ts';
import type { Config } from '../model/config.ts';
import { interfacesOf, withDevices } from '../model/interfaces.ts';
import type { CommandContext } from './command.ts';
import { EXIT } from './exit.ts';
import { printError } from './output.ts';

export function showIssues(context: CommandContext, issues: readonly Issue[]): void {
  for (const issue of issues) printError(context.output, `${formatIssue(issue)}\n`);
}

/** The configuration, its issues already shown; undefined when the file cannot be used at all. @throws FileError */
export function configOf(context: CommandContext): { config: Config | undefined; issues: readonly Issue[] } {
  const loaded = loadConfig(context.host, context.configPath);
  showIssues(context, loaded.issues);
  return loaded;
}

/** As {@link configOf}, with the devices of netifd's interfaces where the configuration names such. @throws FileError */
export function resolvedConfigOf(context: CommandContext): Config | undefined {
  const { config } = configOf(context);
  return config === undefined ? undefined : withInterfaces(context, config);
}

/** The configuration with the devices of netifd's interfaces, as far as netifd tells them. */
export function withInterfaces({ host }: CommandContext, config: Config): Config {
  const names = interfacesOf(config);
  return names.length === 0 ? config : withDevices(config, findInterfaces(host, names));
}

/** A log on standard error, of what -v asks for, else of warnings and errors. */
export function errorLog(context: CommandContext): Log {
  return adjustableLog(context.logLevel ?? 'warning', (_level, message) => printError(context.output, `${message}\n`));
}

/** Runs `body` with a kernel. @throws KernelError, FileError */
export function withKernel(context: CommandContext, body: (kernel: Kernel, reconciler: Reconciler) => number): number {
  const kernel = new Kernel(context.host);
  try {
    return body(kernel, new Reconciler(context.host, kernel, context.paths, errorLog(context)));
  } finally {
    kernel.close();
  }
}

/** Runs `body`; refusals and unusable files become messages and exit codes. */
export function reportingErrors(context: CommandContext, body: () => number): number {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof KernelError || error instanceof FileError)) throw error;
    const { EPERM, EACCES } = context.host.errno;
    const denied = error.errno === EPERM || error.errno === EACCES;
    const advice = denied && context.host.userId() !== 0 ? '; weir must run as root' : '';
    printError(context.output, `error: ${error.message}${advice}\n`);
    return denied ? EXIT.noPermission : EXIT.failed;
  }
}

/** Time for a command to be done, or for a daemon to take its shaping down. */
export const LOCK_WAIT_MS = 10_000;
const LOOK_EVERY_MS = 20;

/**
 * The lock, once no command has it that will soon be done; or the number of the daemon that has it, or 0 after some time.
 *
 * @throws FileError
 */
export function lockOf(context: CommandContext): Lock | number {
  return waitForLock(context, (holder) => holder !== 0);
}

/** The lock, or the holder that `isEnough` accepts, or 0 after some time. @throws FileError */
export function waitForLock(context: CommandContext, isEnough: (holder: number) => boolean): Lock | number {
  const { host, paths } = context;
  for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
    const lock = takeLock(host, paths);
    if (typeof lock !== 'number' || isEnough(lock)) return lock;
    if (waitedMs >= LOCK_WAIT_MS) return 0;
    host.poll(new Int32Array(0), LOOK_EVERY_MS);
  }
}

/** Who has the lock, for an error message. */
export function lockHolder(context: CommandContext, pid: number): string {
  if (pid !== 0) return `another weir is running (process ${pid})`;
  return `another weir has had ${context.paths.lockFile} for ${LOCK_WAIT_MS / 1000} s`;
}
