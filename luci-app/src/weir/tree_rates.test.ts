import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TreeReport } from '../../../src/model/tree/views.ts';
import { TreeRates } from './tree_rates.ts';

type Nodes = TreeReport['nodes'];

const queue = (handle: string, sentBytes: number, drops: number): Nodes[number] => ({
  node: 'class',
  device: 'eth1',
  kind: 'htb',
  handle,
  parent: '1:',
  level: 1,
  options: {},
  words: '',
  sentBytes,
  sentPackets: 0,
  drops,
  overlimits: 0,
  requeues: 0,
  backlogBytes: 0,
  backlogPackets: 0,
});

const filter = (bytes: number): Nodes[number] => ({
  node: 'filter',
  device: 'eth1',
  kind: 'u32',
  handle: '800::800',
  parent: '1:',
  level: 1,
  options: {},
  words: '',
  preference: 10,
  protocol: 'ip',
  chain: 0,
  actions: [{ kind: 'police', options: {}, words: '', packets: 1, bytes, drops: 4, overlimits: 0 }],
});

const report = (atMs: number, nodes: Nodes, device = 'eth1'): TreeReport => ({
  atMs,
  devices: [device],
  device,
  total: nodes.length,
  nodes,
});

const NONE = { rateBitPerS: null, dropsPerS: null };

test('rates are known from the second answer on, by the time that the daemon says has passed', () => {
  const rates = new TreeRates();
  assert.deepEqual(rates.next(report(1000, [queue('1:10', 0, 0), filter(0)])), [NONE, NONE]);
  assert.deepEqual(rates.next(report(3000, [queue('1:10', 250_000, 5), filter(1000)])), [
    { rateBitPerS: 1_000_000, dropsPerS: 2.5 },
    { rateBitPerS: 4000, dropsPerS: 0 },
  ]);
  assert.deepEqual(rates.next(report(3000, [queue('1:10', 250_000, 5)])), [NONE]);
});

test('what is new, was made anew, or is of another device has no rate', () => {
  const rates = new TreeRates();
  rates.next(report(1000, [queue('1:10', 1000, 0)]));
  assert.deepEqual(rates.next(report(2000, [queue('1:20', 500, 0), queue('1:10', 10, 0)])), [NONE, NONE]);
  assert.deepEqual(rates.next(report(3000, [queue('1:10', 20, 0)], 'eth2')), [NONE]);
});
