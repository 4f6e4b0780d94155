/** `weir start`, `weir reload` and `weir stop`: bring the kernel to what the configuration wants, once. */
import { disabled, EMPTY_CONFIG, loadConfig } from '../agent/config_file.ts';
import { FileError } from '../agent/files.ts';
import type { Lock } from '../agent/lock.ts';
import { failureIssues } from '../agent/report.ts';
import { hasErrors, type Issue } from '../lib/issue.ts';
import type { Config } from '../model/config.ts';
import type { ShaperIntent } from '../model/desired.ts';
import type { TreeIntent } from '../model/tree/intent.ts';
import type { Command, CommandContext } from './command.ts';
import { EXIT } from './exit.ts';
import { print, printError } from './output.ts';
import {
  configOf,
  LOCK_WAIT_MS,
  lockHolder,
  lockOf,
  showIssues,
  waitForLock,
  withInterfaces,
  withKernel,
} from './session.ts';

export const start: Command = {
  help: `Usage: weir start [-c FILE] [-v]

Brings the kernel to what the configuration wants, verifies it, and exits. What is right already is not touched, so that a second
start does nothing. When something fails, everything of that shaper is put back as it was.
While the daemon runs, it is told to reload instead.
`,
  run: (context) => applyConfigured(context),
};

export const reload: Command = {
  help: `Usage: weir reload [-c FILE] [-v]

The same as start: compares, and changes only what differs, in place where the kernel can.
While the daemon runs, it is told to reload instead.
`,
  run: (context) => applyConfigured(context),
};

export const stop: Command = {
  help: `Usage: weir stop [-v]

Removes what is weir's, only that, and restores offloads and qdiscs as they were before. A running daemon is ended first;
one that a service manager would start again is stopped through that: service weir stop, systemctl stop weir.
`,
  run: (context) => stopAll(context),
};

function applyConfigured(context: CommandContext): number {
  const { config, issues } = configOf(context);
  if (config === undefined) return EXIT.invalidConfig;
  const lock = lockOf(context);
  if (typeof lock === 'number') return tellDaemon(context, lock, context.host.constants.SIGHUP, 'reload');
  try {
    return reconcile(context, withInterfaces(context, config), issues);
  } finally {
    lock.release();
  }
}

function tellDaemon(context: CommandContext, pid: number, signal: number, what: string, mayBeGone = false): number {
  const sent = pid === 0 ? 0 : context.host.kill(pid, signal);
  if (mayBeGone && -sent === context.host.errno.ESRCH) return EXIT.ok;
  if (pid === 0 || sent < 0) {
    const reason = sent < 0 ? `: ${context.host.errorText(-sent)}` : '';
    printError(context.output, `error: ${lockHolder(context, pid)}, and cannot be told to ${what}${reason}\n`);
    return -sent === context.host.errno.EPERM ? EXIT.noPermission : EXIT.failed;
  }
  print(context.output, `told the running daemon (process ${pid}) to ${what}\n`);
  return EXIT.ok;
}

function reconcile(context: CommandContext, config: Config, configIssues: readonly Issue[]): number {
  return withKernel(context, (_kernel, reconciler) => {
    const { applied, failures, issues, desired } = reconciler.reconcile(config);
    showIssues(context, [...issues, ...failures.flatMap(failureIssues)]);
    if (failures.some(({ left }) => left.length > 0)) return EXIT.broken;
    if (failures.length > 0 && applied.length > 0) return EXIT.partial;
    if (failures.some(({ failure }) => failure.refused?.refusal.name === 'EPERM')) return EXIT.noPermission;
    if (failures.length > 0) return EXIT.failed;
    const whole = desired.shapers.every(isWhole) && (desired.trees?.intents ?? []).every(isWholeTree);
    return hasErrors(configIssues) || !whole ? EXIT.partial : EXIT.ok;
  });
}

/** Whether nothing of the shaper had to be left out. */
function isWhole({ state, directions }: ShaperIntent): boolean {
  return state !== 'waiting' && Object.values(directions).every(({ refused }) => refused === undefined);
}

function isWholeTree({ state, leftOut }: TreeIntent): boolean {
  return state === 'off' || (state === 'wanted' && leftOut === 0);
}

function stopAll(context: CommandContext): number {
  const lock = lockAfterDaemon(context);
  if (typeof lock === 'number') return lock;
  try {
    return reconcile(context, disabled(configIfAny(context)), []);
  } finally {
    lock.release();
  }
}

/** Only our own marks in the kernel and the saved values count, but a log of what goes wants the configuration's names. */
function configIfAny(context: CommandContext): Config {
  try {
    return loadConfig(context.host, context.configPath).config ?? EMPTY_CONFIG;
  } catch (error) {
    if (error instanceof FileError) return EMPTY_CONFIG;
    throw error;
  }
}

/** The lock, after ending the daemon that had it; or an exit code. */
function lockAfterDaemon(context: CommandContext): Lock | number {
  const first = lockOf(context);
  if (typeof first !== 'number') return first;
  // One that somebody else has ended meanwhile need not be told.
  const told = tellDaemon(context, first, context.host.constants.SIGTERM, 'stop', true);
  if (told !== EXIT.ok) return told;
  const lock = waitForLock(context, () => false);
  if (typeof lock !== 'number') return lock;
  printError(context.output, `error: process ${first} still has the lock after ${LOCK_WAIT_MS / 1000} s\n`);
  return EXIT.failed;
}
