import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TreeReport } from '../../../src/model/tree/views.ts';
import '../../../test/luci_globals.ts';

const { fullRates } = await import('./tree_table.ts');

function node(level: number, ceilBitPerS?: number): TreeReport['nodes'][number] {
  return {
    node: 'class',
    device: 'eth1',
    kind: 'htb',
    handle: '1:1',
    parent: '1:',
    level,
    options: ceilBitPerS === undefined ? {} : { ceilBitPerS },
    words: '',
    sentBytes: 0,
    sentPackets: 0,
    drops: 0,
    overlimits: 0,
    requeues: 0,
    backlogBytes: 0,
    backlogPackets: 0,
  };
}

test('a bar is full at the ceiling of the node, or of what it hangs on', () => {
  const nodes = [node(0), node(1, 5e6), node(2, 2e6), node(3), node(2), node(1)];
  assert.deepEqual(fullRates(nodes, 1e6), [5e6, 5e6, 2e6, 2e6, 5e6, 5e6]);
});

test('where nothing has a ceiling it is full at the largest rate', () => {
  assert.deepEqual(fullRates([node(0), node(1)], 3e5), [3e5, 3e5]);
});
