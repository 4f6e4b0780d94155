/** What came of a reconciliation, as issues for people. */

import { KernelError } from '../host/refusal.ts';
import type { Issue } from '../lib/issue.ts';
import { subjectOf } from '../model/diff.ts';
import { pathOf } from '../model/resource/registry.ts';
import type { GroupFailure } from './reconcile.ts';

/** The failure, what to do about it, and what state it left. */
export function failureIssues({ failure, hint, left }: GroupFailure): Issue[] {
  const { refused, message } = failure;
  const advice = hint === undefined ? '' : `; ${hint}`;
  const state = left.length === 0 ? 'the link is as it was before' : 'the link could not be put back';
  const [where, what] =
    refused === undefined
      ? ['apply', message]
      : [pathOf(subjectOf(refused.change)), new KernelError(refused.refusal, refused.change.action).message];
  const issues: Issue[] = [{ severity: 'error', where, what: `${what}${advice}; ${state}` }];
  for (const what of left) issues.push({ severity: 'error', where: 'left over', what });
  return issues;
}
