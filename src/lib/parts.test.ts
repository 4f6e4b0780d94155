import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partsTogether } from './parts.ts';

const queue = (part: string | null, value: string) => ({ name: 'limit', part, value });

test('parts of which the same is told share an item, also where others stand between them', () => {
  const items = [queue('tx-0', '1'), queue('tx-1', '2'), queue('tx-2', '1')];
  const found = partsTogether(items);
  assert.deepEqual(found, [
    { item: items[0], parts: ['tx-0', 'tx-2'] },
    { item: items[1], parts: ['tx-1'] },
  ]);
});

test('what is of no part has none, and is not one with a part', () => {
  assert.deepEqual(
    partsTogether([queue(null, '1'), { ...queue(null, '1'), name: 'other' }]).map(({ parts }) => parts),
    [[], []],
  );
  assert.deepEqual(partsTogether([]), []);
});
