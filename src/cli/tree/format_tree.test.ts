import assert from 'node:assert/strict';
import { test } from 'node:test';
import { htbDumps } from '../../../test/tree_dumps.ts';
import { BINARY_UNITS, DECIMAL_UNITS, EXACT_UNITS } from '../../lib/units.ts';
import { deviceTree } from '../../model/tree/device_tree.ts';
import type { NodeView, QueueView } from '../../model/tree/views.ts';
import { formatNode, type TreeFormat } from './format_tree.ts';

const PLAIN: TreeFormat = { units: DECIMAL_UNITS, details: false };

const views = (): readonly (readonly NodeView[])[] =>
  htbDumps().map((dump) =>
    deviceTree(dump, { device: 'v0', sections: new Map(), deviceOf: () => undefined }).nodes(0, 99),
  );

const textOf = (format: TreeFormat): string[] =>
  views().map((nodes) => nodes.map((node) => formatNode(node, format)).join(''));

test('the tree is indented, each node with its options and counters', () => {
  for (const text of textOf(PLAIN)) {
    const lines = text.split('\n');
    assert.deepEqual(lines.slice(0, 2), ['v0: htb 1: root', '  default 0x20 direct_qlen 500']);
    assert.match(lines[2] ?? '', /^ {2}sent 104 kB in 12\d packets, dropped 0, backlog 0 B in 0 packets$/);
    assert.match(text, /^ {2}class 1:1\n {4}rate 20mbit /m);
    assert.match(text, /^ {4}class 1:10\n {6}rate 5mbit ceil 20mbit /m);
    assert.match(text, /^ {6}fq_codel 110:\n/m);
    assert.match(text, /^ {6}cake 7e10:\n(.*\n){3} {26}Tin 0$/m);
    assert.doesNotMatch(text, /undefined|NaN|lent|requeued/);
  }
});

test('details are all options, and what the kind counted', () => {
  for (const text of textOf({ ...PLAIN, details: true })) {
    assert.match(text, /^ {2}default 0x20 r2q 10 direct_qlen 500$/m);
    assert.match(text, /^ {6}level 0, lent 0 packets, borrowed 0 packets, tokens 2\.56 ms, ceil tokens 640 µs$/m);
    assert.match(text, /^ {6}over the limit [1-9]\d+, requeued 0$/m);
  }
});

test('raw numbers have every digit, and IEC numbers binary prefixes', () => {
  for (const text of textOf({ units: EXACT_UNITS, details: true })) {
    assert.match(text, /sent 103\d\d\d B in 12\d packets/);
    assert.match(text, /^ {4}rate 20000000bit\/s ceil 20000000bit\/s /m);
    assert.doesNotMatch(text, /[kMG]B|[kMG]bit| ms/);
  }
  for (const text of textOf({ units: BINARY_UNITS, details: true })) {
    assert.match(text, /sent 101 KiB in 12\d packets/);
    assert.match(text, /^ {4}rate 19\.1Mibit\/s /m);
  }
});

test('packets that HTB sent past its classes are told with the reason', () => {
  const root = views()[0]?.[0];
  assert.ok(root !== undefined && root.node !== 'filter');
  const told = (direct: NonNullable<QueueView['direct']>): string => formatNode({ ...root, direct }, PLAIN);
  assert.match(
    told({ packets: 7, defaultClass: '1:30', because: 'missing' }),
    /^ {2}sent past all classes 7 packets: the default class 1:30 does not exist, so what no filter sorts is not shaped$/m,
  );
  assert.match(told({ packets: 7, defaultClass: null, because: 'unset' }), /no default class is set/);
  assert.doesNotMatch(told({ packets: 0, defaultClass: null, because: 'unset' }), /past/);
});
