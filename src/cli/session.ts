/** What the commands that talk to the kernel have in common: configuration, lock, log, and errors as exit codes. */
import { loadConfig } from '../agent/config_file.ts';
import { FileError } from '../agent/files.ts';
import { Kernel } from '../agent/kernel.ts';
import { type Lock, takeLock } from '../agent/lock.ts';
import { Reconciler } from '../agent/reconcile.ts';
import { formatIssue, type Issue } from '../lib/issue.ts';
import { adjustableLog, type Log } from '../lib/log.ts';
import type { Config } from '../model/config.ts';
import { NetlinkError } from '../net/refusal.ts';
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

/** A log on standard error, of what -v asks for, else of warnings and errors. */
export function errorLog(context: CommandContext): Log {
  return adjustableLog(context.logLevel ?? 'warning', (_level, message) => printError(context.output, `${message}\n`));
}

/** Runs `body` with a kernel; refusals and unusable files become messages and exit codes. */
export function withKernel(context: CommandContext, body: (kernel: Kernel, reconciler: Reconciler) => number): number {
  return reportingErrors(context, () => {
    const kernel = new Kernel(context.host);
    try {
      return body(kernel, new Reconciler(context.host, kernel, context.paths, errorLog(context)));
    } finally {
      kernel.close();
    }
  });
}

export function reportingErrors(context: CommandContext, body: () => number): number {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof NetlinkError || error instanceof FileError)) throw error;
    const { EPERM, EACCES } = context.host.errno;
    const denied = error.errno === EPERM || error.errno === EACCES;
    const advice = denied && context.host.userId() !== 0 ? '; weir must run as root' : '';
    printError(context.output, `error: ${error.message}${advice}\n`);
    return denied ? EXIT.noPermission : EXIT.failed;
  }
}

/** The lock, or the process that holds it. @throws FileError */
export function lockOf(context: CommandContext): Lock | number {
  return takeLock(context.host, context.paths);
}
