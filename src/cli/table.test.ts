import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTable } from './table.ts';

test('the first column is left-aligned, the others right, two spaces apart', () => {
  assert.equal(
    formatTable([
      ['', 'Bulk', 'Voice'],
      ['packets', '7', '12345'],
      ['x', '10', ''],
    ]),
    '         Bulk  Voice\npackets     7  12345\nx          10\n',
  );
});

test('rows may be indented and of different lengths', () => {
  assert.equal(formatTable([['a', '1'], ['bb'], ['c', '22', '3']], '  '), '  a    1\n  bb\n  c   22  3\n');
});

test('no rows are no text', () => {
  assert.equal(formatTable([]), '');
});
