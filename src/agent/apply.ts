/**
 * Carries out changes, proves that they took, and puts everything back when they did not.
 */
import type { Log } from '../lib/log.ts';
import { type Change, inverse, type Mismatch, mismatches, stateAfter, stateBefore, subjectOf } from '../model/diff.ts';
import type { Observed } from '../model/observed.ts';
import { commandsOf, isOptional, orderOf, pathOf, requestsOf } from '../model/resource/registry.ts';
import type { KernelRequest, Resource } from '../model/resource.ts';
import { NetlinkError, type Refusal } from '../net/refusal.ts';
import type { Kernel } from './kernel.ts';

/** A change that the kernel refused. */
export interface RefusedChange {
  readonly change: Change;
  readonly refusal: Refusal;
}

/**
 * How it ended. `applied`: all is as wanted, but for optional changes in `skipped`. `restored`: something failed and all is as
 * before. `broken`: something failed, and `left` could not be put back.
 */
export type ApplyResult =
  | { readonly outcome: 'applied'; readonly skipped: readonly RefusedChange[]; readonly observed: Observed }
  | { readonly outcome: 'restored'; readonly failure: ApplyFailure }
  | { readonly outcome: 'broken'; readonly failure: ApplyFailure; readonly left: readonly string[] };

/** The first thing that went wrong. */
export interface ApplyFailure {
  readonly message: string;
  /** The refused change, where it was a refusal. */
  readonly refused?: RefusedChange;
  readonly canRetry: boolean;
}

/** Carries out `changes`, which lead away from what `observe` would have shown before them. */
export function apply(kernel: Kernel, changes: readonly Change[], observe: () => Observed, log: Log): ApplyResult {
  const { done, refused } = carryOut(kernel, changes, log);
  const fatal = refused.find(({ change }) => !isOptional(subjectOf(change)));
  if (fatal !== undefined) {
    const { refusal, change } = fatal;
    const error = new NetlinkError(refusal, change.action, pathOf(subjectOf(change)));
    return rollBack(kernel, done, observe, log, { message: error.message, refused: fatal, canRetry: error.canRetry });
  }
  let observed: Observed;
  try {
    observed = observe();
  } catch (error) {
    if (!(error instanceof NetlinkError)) throw error;
    const message = `cannot verify: ${error.message}`;
    return rollBack(kernel, done, observe, log, { message, canRetry: error.canRetry });
  }
  const wrong = mismatches(stateAfter(done), observed).filter(({ resource }) => !isOptional(resource));
  if (wrong.length > 0) {
    const message = `the kernel took it, but it reads back differently: ${wrong.map(formatMismatch).join('; ')}`;
    return rollBack(kernel, done, observe, log, { message, canRetry: false });
  }
  return { outcome: 'applied', skipped: refused, observed };
}

function carryOut(kernel: Kernel, changes: readonly Change[], log: Log): { done: Change[]; refused: RefusedChange[] } {
  const done: Change[] = [];
  const refused: RefusedChange[] = [];
  for (const batch of batches(changes)) {
    const outcomes = sendChanges(kernel, batch);
    batch.forEach((change, i) => {
      const refusal = outcomes[i];
      logChange(log, change, refusal);
      if (refusal === undefined) done.push(change);
      else refused.push({ change, refusal });
    });
    if (refused.some(({ change }) => !isOptional(subjectOf(change)))) break;
  }
  return { done, refused };
}

/**
 * Changes that can go to the kernel in one message. A new device ends a batch, since what stands on it is addressed by the index
 * that the kernel gives it.
 */
function batches(changes: readonly Change[]): Change[][] {
  const list: Change[][] = [];
  let current: Change[] = [];
  let order = -1;
  for (const change of changes) {
    const subject = subjectOf(change);
    const begins = subject.type === 'link' || (change.action === 'delete' && orderOf(subject) > order);
    if (begins && current.length > 0) {
      list.push(current);
      current = [];
    }
    order = orderOf(subject);
    current.push(change);
    if (subject.type === 'link') {
      list.push(current);
      current = [];
    }
  }
  return current.length > 0 ? [...list, current] : list;
}

/** The first refusal among the requests of each change, or undefined where all were taken. */
function sendChanges(kernel: Kernel, changes: readonly Change[]): (Refusal | undefined)[] {
  const requests: KernelRequest[] = [];
  const spans = changes.map((change) => {
    const own = requestsOf(change.action, subjectOf(change), kernel.context());
    requests.push(...own);
    return own.length;
  });
  const refusals = kernel.send(requests);
  let at = 0;
  return spans.map((span) => {
    const own = refusals.slice(at, at + span);
    at += span;
    return own.find((refusal) => refusal !== undefined);
  });
}

function rollBack(
  kernel: Kernel,
  done: readonly Change[],
  observe: () => Observed,
  log: Log,
  failure: ApplyFailure,
): ApplyResult {
  if (done.length > 0) log.write('notice', `${failure.message}; putting back what was changed`);
  const left: string[] = [];
  for (const change of [...done].reverse()) {
    const undo = inverse(change);
    // A device that vanished took with it what hung on it; the look at the end decides.
    const [refusal] = sendChanges(kernel, [undo]);
    logChange(log, undo, refusal);
  }
  try {
    left.push(...mismatches(stateBefore(done), observe()).map(formatMismatch));
  } catch (error) {
    if (!(error instanceof NetlinkError)) throw error;
    left.push(`cannot look: ${error.message}`);
  }
  return left.length === 0 ? { outcome: 'restored', failure } : { outcome: 'broken', failure, left };
}

function formatMismatch({ resource, what, wanted, found }: Mismatch): string {
  return `${pathOf(resource)}: ${what} should be ${wanted} and is ${found}`;
}

function logChange(log: Log, change: Change, refusal: Refusal | undefined): void {
  if (!log.wants('debug')) return;
  const subject: Resource = subjectOf(change);
  const answer = refusal === undefined ? 'ok' : new NetlinkError(refusal, 'refused').message;
  for (const command of commandsOf(change.action, subject)) log.write('debug', `${command}: ${answer}`);
}
