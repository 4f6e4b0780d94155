/** What a method that changes something answers. */
import { formatIssue, hasErrors, type Issue } from '../../lib/issue.ts';

export function outcome(issues: readonly Issue[]): object {
  return { ok: !hasErrors(issues), issues: issues.map(formatIssue) };
}
