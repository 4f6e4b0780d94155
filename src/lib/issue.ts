/** What a person got wrong, or should know: collected and shown, never thrown. */

export type Severity = 'error' | 'warning';

/**
 * One finding. `where` is as precise as it can be (`/etc/config/weir:12, shaper 'wan', option 'download'`), `what` says what is
 * wrong, `expected` what would be right and `got` what was found; the last two are absent where they would say nothing.
 */
export interface Issue {
  readonly severity: Severity;
  readonly where: string;
  readonly what: string;
  readonly expected?: string;
  readonly got?: string;
}

/** One line for a person: `where: what (expected …, got …)`. */
export function describeIssue(issue: Issue): string {
  const details: string[] = [];
  if (issue.expected !== undefined) details.push(`expected ${issue.expected}`);
  if (issue.got !== undefined) details.push(`got ${issue.got}`);
  const tail = details.length > 0 ? ` (${details.join(', ')})` : '';
  return `${issue.where}: ${issue.what}${tail}`;
}

/** The same with its severity in front, where nothing else says it. */
export function formatIssue(issue: Issue): string {
  return `${issue.severity}: ${describeIssue(issue)}`;
}

export function hasErrors(issues: readonly Issue[]): boolean {
  return issues.some((issue) => issue.severity === 'error');
}
