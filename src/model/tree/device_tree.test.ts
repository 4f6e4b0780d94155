import assert from 'node:assert/strict';
import { test } from 'node:test';
import { htbDumps } from '../../../test/tree_dumps.ts';
import { QDISC_NAMES } from '../../tc/every_qdisc.ts';
import { FILTER_NAMES } from '../../tc/filter/registry.ts';
import type { TcMessage } from '../../wire/tcmsg.ts';
import { deviceTree, type TreeNames } from './device_tree.ts';
import { directPackets } from './direct_packets.ts';
import type { DeviceDump } from './order.ts';
import type { NodeView, QueueView } from './views.ts';

const NAMES: TreeNames = {
  device: 'v0',
  sections: new Map([['class v0 1:10', 'voice']]),
  deviceOf: () => undefined,
};

function allOf(dump: DeviceDump): readonly NodeView[] {
  return deviceTree(dump, NAMES).nodes(0, Number.POSITIVE_INFINITY);
}

function queueAt(dump: DeviceDump, handle: string): QueueView {
  const found = allOf(dump).find((view) => view.handle === handle);
  assert.ok(found !== undefined && found.node !== 'filter', `no ${handle}`);
  return found;
}

test('a class has its options by name and in words, its section, and what its kind counted', () => {
  for (const dump of htbDumps()) {
    const { section, options, words, parent, details } = queueAt(dump, '1:10');
    assert.deepEqual([section, parent, options.rateBitPerS, options.priority], ['voice', '1:1', 5_000_000, 1]);
    assert.match(words, /^rate 5mbit ceil 20mbit .*quantum 3000 prio 1/);
    assert.deepEqual(Object.keys(details ?? {}).sort(), [
      'borrowedPackets',
      'ceilTokensNs',
      'lentPackets',
      'level',
      'tokensNs',
    ]);
    assert.ok(queueAt(dump, '1:1').sentBytes > 100_000);
  }
});

test('options that are as the kernel begins are in the options, not in the words', () => {
  for (const dump of htbDumps()) {
    const { words, options } = queueAt(dump, '1:');
    assert.match(words, /^default 0x20 direct_qlen \d+$/);
    assert.equal(options.rateToQuantum, 10);
    assert.equal(options.directPackets, undefined);
  }
});

test('why HTB sends packets past its classes is told by its default class', () => {
  const [dump] = htbDumps();
  assert.ok(dump !== undefined);
  assert.deepEqual(queueAt(dump, '1:').direct, { packets: 0, defaultClass: '1:20', because: 'leaf' });
  const because = (defaultMinor: number, isLeaf: boolean | undefined) =>
    directPackets(0x1_0000, { directPackets: 7, defaultMinor }, () => isLeaf);
  assert.deepEqual(because(0, true), { packets: 7, defaultClass: null, because: 'unset' });
  assert.deepEqual(because(0x30, undefined), { packets: 7, defaultClass: '1:30', because: 'missing' });
  assert.deepEqual(because(0x1, false), { packets: 7, defaultClass: '1:1', because: 'inner' });
});

test('what is cut short, or of an unknown kind, is shown without its options', () => {
  for (const dump of htbDumps()) {
    const cut = (message: TcMessage): TcMessage => ({
      ...message,
      options: message.options?.slice(0, 11),
      xstats: message.xstats?.slice(0, 3),
    });
    const whole = allOf(dump);
    const cutDump = { ...dump, qdiscs: dump.qdiscs.map(cut), classes: dump.classes.map(cut) };
    const views = allOf(cutDump);
    assert.deepEqual(
      views.map(({ handle, level }) => [handle, level]),
      whole.map(({ handle, level }) => [handle, level]),
    );
    const unknown = { ...dump, qdiscs: dump.qdiscs.map((one) => ({ ...one, kind: 'weird' })), classes: [] };
    assert.deepEqual(
      allOf(unknown).map(({ options, words }) => [options, words]),
      dump.qdiscs.map(() => [{}, '']),
    );
  }
});

test('a rate estimator is shown where there is one', () => {
  const [dump] = htbDumps();
  assert.ok(dump !== undefined);
  const classes = dump.classes.map((one) => ({
    ...one,
    stats: { ...stats(one), rate: { bytePerS: 1000, packetPerS: 3 } },
  }));
  assert.deepEqual(queueAt({ ...dump, classes }, '1:20').rate, { rateBitPerS: 8000, packetPerS: 3 });
  assert.equal(queueAt(dump, '1:20').rate, undefined);
});

function stats(message: TcMessage): NonNullable<TcMessage['stats']> {
  assert.ok(message.stats !== undefined);
  return message.stats;
}

test('a tree is told piece by piece', () => {
  for (const dump of htbDumps()) {
    const tree = deviceTree(dump, NAMES);
    const whole = allOf(dump);
    assert.equal(tree.total, whole.length);
    assert.deepEqual([...tree.nodes(0, 3), ...tree.nodes(3, tree.total)], whole);
  }
});

test('a size table is told with the options', () => {
  for (const dump of htbDumps('dump')) {
    const { stab, words } = queueAt(dump, '1:');
    assert.deepEqual([stab?.linkLayer, stab?.overheadBytes], ['atm', 44]);
    assert.match(words, /^stab .*linklayer atm.* overhead 44.* default 0x10/);
  }
});

test('whatever the bytes are, a tree is told', () => {
  let random = 7;
  const next = (below: number): number => {
    random = (random * 1_103_515_245 + 12_345) % 0x8000_0000;
    return Math.floor((random / 0x8000_0000) * below);
  };
  const kinds = [...QDISC_NAMES, ...FILTER_NAMES];
  const broken = (message: TcMessage): TcMessage => {
    const bytes = Uint8Array.from({ length: next(80) }, () => (next(3) === 0 ? next(256) : next(12)));
    const kind = kinds[next(kinds.length)] ?? '';
    const handles = [0, message.handle, message.parent, next(0x4_0000), 0xffff_ffff, 0xffff_fff1];
    const [handle = 0, parent = 0] = [handles[next(6)], handles[next(6)]];
    return { ...message, kind, handle, parent, options: bytes, xstats: bytes, stab: bytes };
  };
  const [dump] = htbDumps();
  assert.ok(dump !== undefined);
  for (let round = 0; round < 500; round++) {
    const qdiscs = dump.qdiscs.map(broken);
    const classes = dump.classes.map(broken);
    const filters = new Map([[next(0x2_0000), dump.classes.map(broken)]]);
    const tree = deviceTree({ ...dump, qdiscs, classes, filters }, NAMES);
    assert.equal(JSON.parse(JSON.stringify(tree.nodes(0, tree.total))).length, tree.total);
  }
});
