/**
 * Carries out changes, proves that they took, and puts everything back when they did not.
 */

import { KernelError, type Refusal } from '../host/refusal.ts';
import type { Log } from '../lib/log.ts';
import {
  type Change,
  changesBack,
  type Mismatch,
  mismatches,
  stateAfter,
  stateBefore,
  subjectOf,
} from '../model/diff.ts';
import type { Observed } from '../model/observed.ts';
import { commandsOf, isOptional, orderOf, pathOf, requestsOf } from '../model/resource/registry.ts';
import type { KernelRequest, RequestContext, Resource } from '../model/resource.ts';
import type { Kernel } from './kernel.ts';

const PUT_BACK_ATTEMPTS = 3;
const LARGEST_BATCH = 512;

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

/** How to look at the kernel again. @throws KernelError */
export interface Looks {
  /** At whatever the changes can have altered, as they should have. */
  verify(): Observed;
  /** At everything. */
  afresh(): Observed;
}

/** Carries out `changes`, which lead away from what was observed before, and verifies them. */
export function apply(kernel: Kernel, changes: readonly Change[], looks: Looks, log: Log): ApplyResult {
  const { attempted, refused } = carryOut(kernel, changes, log);
  const fatal = refused.find(isFatal);
  if (fatal !== undefined) {
    const { refusal, change } = fatal;
    const error = new KernelError(refusal, change.action, pathOf(subjectOf(change)));
    const failure = { message: error.message, refused: fatal, canRetry: error.canRetry };
    const foreign = refused.filter(isForeignHook).map((one) => one.change);
    const touched = attempted.filter((change) => !foreign.includes(change));
    return putBack(kernel, touched, looks.afresh, log, failure);
  }
  const skipped = new Set(refused.map(({ change }) => change));
  const done = attempted.filter((change) => !skipped.has(change));
  let observed: Observed;
  try {
    observed = looks.verify();
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    const message = `cannot verify: ${error.message}`;
    return putBack(kernel, attempted, looks.afresh, log, { message, canRetry: error.canRetry });
  }
  const wrong = mismatches(stateAfter(done), observed).filter(({ resource }) => !isOptional(resource));
  if (wrong.length > 0) {
    const message = `the kernel took it, but it reads back differently: ${wrong.map(formatMismatch).join('; ')}`;
    return putBack(kernel, attempted, looks.afresh, log, { message, canRetry: false });
  }
  return { outcome: 'applied', skipped: refused, observed };
}

/** A driver that says no to an offload is no reason not to shape; a kernel that does not answer as it should is. */
function isFatal({ change, refusal }: RefusedChange): boolean {
  return !(isOptional(subjectOf(change)) && refusal.byDriver === true);
}

/** Whether it is an ingress hook that someone else made first. Nothing in the kernel tells a hook of ours from another. */
function isForeignHook({ change, refusal }: RefusedChange): boolean {
  const { wanted } = change;
  return wanted?.type === 'qdisc' && wanted.parent === 'ingress' && refusal.name === 'EEXIST';
}

function carryOut(
  kernel: Kernel,
  changes: readonly Change[],
  log: Log,
): { attempted: Change[]; refused: RefusedChange[] } {
  const attempted: Change[] = [];
  const refused: RefusedChange[] = [];
  for (const batch of batches(changes)) {
    for (const change of batch) attempted.push(change);
    for (const one of sendBatch(kernel, batch, log)) refused.push(one);
    if (refused.some(isFatal)) break;
  }
  return { attempted, refused };
}

/** Sends a batch and gives the changes that were refused. */
function sendBatch(kernel: Kernel, batch: readonly Change[], log: Log): RefusedChange[] {
  const refusals = sendChanges(kernel, batch);
  batch.forEach((change, i) => {
    logChange(log, change, refusals[i]);
  });
  return batch.flatMap((change, i) => {
    const refusal = refusals[i];
    return refusal === undefined ? [] : [{ change, refusal }];
  });
}

/**
 * Changes whose requests can be made before any is sent. A new device ends a batch, since what stands on it is addressed by the index
 * that the kernel gives it; and so do loaded programs, which are named by descriptors. Of thousands of changes the requests are not kept
 * all at once.
 */
function batches(changes: readonly Change[]): Change[][] {
  const list: Change[][] = [];
  let current: Change[] = [];
  let order = -1;
  for (const change of changes) {
    const subject = subjectOf(change);
    const isAlone = subject.type === 'link' || subject.type === 'programs';
    const begins =
      isAlone || (change.action === 'delete' && orderOf(subject) > order) || current.length === LARGEST_BATCH;
    if (begins && current.length > 0) {
      list.push(current);
      current = [];
    }
    order = orderOf(subject);
    current.push(change);
    if (isAlone) {
      list.push(current);
      current = [];
    }
  }
  return current.length > 0 ? [...list, current] : list;
}

/** The first refusal among the requests of each change, or undefined where all were taken. */
function sendChanges(kernel: Kernel, changes: readonly Change[]): (Refusal | undefined)[] {
  const requests: KernelRequest[] = [];
  const context = kernel.context();
  const spans = changes.map((change): number | Refusal => {
    const own = requestsFor(context, change);
    if (!isRequests(own)) return own;
    requests.push(...own);
    return own.length;
  });
  const refusals = kernel.send(requests);
  let at = 0;
  return spans.map((span) => {
    if (typeof span !== 'number') return span;
    const own = refusals.slice(at, at + span);
    at += span;
    return own.find((refusal) => refusal !== undefined);
  });
}

/** What to send for a change, or why that cannot be said: devices are found by asking the kernel. */
function requestsFor(context: RequestContext, change: Change): readonly KernelRequest[] | Refusal {
  try {
    return requestsOf(change.action, subjectOf(change), context);
  } catch (error) {
    if (error instanceof KernelError) return error.refusal;
    throw error;
  }
}

function isRequests(made: readonly KernelRequest[] | Refusal): made is readonly KernelRequest[] {
  return Array.isArray(made);
}

/**
 * Leads back to what was before, from what is found: a refused change may have been carried out in part, and one whose answer was
 * lost as a whole. What fails may fail once only, so it is tried again.
 */
function putBack(
  kernel: Kernel,
  attempted: readonly Change[],
  observe: () => Observed,
  log: Log,
  failure: ApplyFailure,
): ApplyResult {
  let left: string[] = [];
  for (let attempt = 0; attempt <= PUT_BACK_ATTEMPTS; attempt++) {
    let observed: Observed;
    try {
      observed = observe();
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      left = [`cannot look: ${error.message}`];
      continue;
    }
    left = mismatches(stateBefore(attempted, observed), observed).map(formatMismatch);
    if (left.length === 0) return { outcome: 'restored', failure };
    if (attempt === 0) log.write('notice', `${failure.message}; putting back what was changed`);
    if (attempt === PUT_BACK_ATTEMPTS) break;
    for (const batch of batches(changesBack(attempted, observed))) sendBatch(kernel, batch, log);
  }
  return { outcome: 'broken', failure, left };
}

function formatMismatch({ resource, what, wanted, found }: Mismatch): string {
  return `${pathOf(resource)}: ${what} should be ${wanted} and is ${found}`;
}

function logChange(log: Log, change: Change, refusal: Refusal | undefined): void {
  if (!log.wants('debug')) return;
  const subject: Resource = subjectOf(change);
  const answer = refusal === undefined ? 'ok' : new KernelError(refusal, 'refused').message;
  for (const command of commandsOf(change.action, subject)) log.write('debug', `${command}: ${answer}`);
}
