import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { optionsPage } from './docs.ts';

test('docs/options.md says what the rows say (make gen writes it)', () => {
  assert.equal(readFileSync('docs/options.md', 'utf8'), optionsPage());
});
