import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIssue, hasErrors, type Issue } from './issue.ts';

const where = "/etc/config/weir:12: shaper 'wan'";

test('an issue is one line: how grave, where, what, and what would have been right', () => {
  const issue: Issue = { severity: 'error', where, what: 'wrong value', expected: 'a rate', got: "'fast'" };
  assert.equal(formatIssue(issue), `error: ${where}: wrong value (expected a rate, got 'fast')`);
});

test('what an issue does not know it does not say', () => {
  assert.equal(formatIssue({ severity: 'warning', where, what: 'odd' }), `warning: ${where}: odd`);
  assert.equal(formatIssue({ severity: 'warning', where, what: 'odd', got: '1' }), `warning: ${where}: odd (got 1)`);
  assert.equal(
    formatIssue({ severity: 'error', where, what: 'no', expected: '2' }),
    `error: ${where}: no (expected 2)`,
  );
});

test('warnings alone are no errors', () => {
  const warning: Issue = { severity: 'warning', where, what: 'odd' };
  assert.ok(!hasErrors([]));
  assert.ok(!hasErrors([warning, warning]));
  assert.ok(hasErrors([warning, { ...warning, severity: 'error' }]));
});
