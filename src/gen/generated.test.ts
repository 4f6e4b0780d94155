import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { GENERATED } from './generated.ts';

for (const [path, content] of Object.entries(GENERATED)) {
  test(`${path} says what the source says (make gen writes it)`, () => {
    assert.equal(readFileSync(path, 'utf8'), content());
  });
}
