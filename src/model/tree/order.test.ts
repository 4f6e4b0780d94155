import assert from 'node:assert/strict';
import { test } from 'node:test';
import { htbDumps } from '../../../test/tree_dumps.ts';
import { formatHandle } from '../../tc/handle.ts';
import { TC_H } from '../../uapi/tc.ts';
import type { TcMessage } from '../../wire/tcmsg.ts';
import { type DeviceDump, filterParents, inTreeOrder } from './order.ts';

const FILTER_OPTIONS = new Uint8Array(4);

function message(kind: string, handle: number, parent: number, rest: Partial<TcMessage> = {}): TcMessage {
  return { ifindex: 2, kind, handle, parent, info: 0, ...rest };
}

function dumpOf(
  qdiscs: readonly TcMessage[],
  classes: readonly TcMessage[] = [],
  filters: DeviceDump['filters'] = new Map(),
): DeviceDump {
  return { littleEndian: true, qdiscs, classes, filters };
}

/** `0 qdisc 1:`, one for each in its order. */
function ordered(dump: DeviceDump): string[] {
  return inTreeOrder(dump, (kind) => kind === 'fq_codel').map(
    ({ level, node, message: { handle }, orphan }) =>
      `${level} ${node} ${formatHandle(handle)}${orphan ? ' orphan' : ''}`,
  );
}

test('qdiscs hang on classes, and classes on each other, as the kernel says', () => {
  for (const dump of htbDumps()) {
    const list = ordered(dump);
    assert.deepEqual(list.slice(0, 5), ['0 qdisc 1:', '1 class 1:1', '2 class 1:10', '3 qdisc 7e10:', '2 class 1:20']);
    assert.equal(list.filter((one) => one.includes('qdisc')).length, dump.qdiscs.length);
    assert.doesNotMatch(list.join(), /orphan/);
  }
});

test('flows are no classes of the tree', () => {
  const dump = dumpOf([message('fq_codel', 0x1_0000, TC_H.ROOT)], [message('fq_codel', 0x1_0001, 0x1_0000)]);
  assert.deepEqual(ordered(dump), ['0 qdisc 1:']);
});

test('what the kernel puts on a device by itself has no handle, and its classes the major 0', () => {
  const dump = dumpOf(
    [message('pfifo_fast', 0, 1), message('mq', 0, TC_H.ROOT), message('pfifo_fast', 0, 2)],
    [message('mq', 2, TC_H.ROOT), message('mq', 1, TC_H.ROOT)],
  );
  assert.deepEqual(ordered(dump), ['0 qdisc none', '1 class 0:1', '2 qdisc none', '1 class 0:2', '2 qdisc none']);
});

test('HFSC is not one of its own classes', () => {
  const dump = dumpOf(
    [message('hfsc', 0x1_0000, TC_H.ROOT)],
    [message('hfsc', 0x1_0000, TC_H.ROOT), message('hfsc', 0x1_0001, 0x1_0000)],
  );
  assert.deepEqual(ordered(dump), ['0 qdisc 1:', '1 class 1:1']);
});

test('filters stand where they look at packets, before the classes', () => {
  const rule = (handle: number): TcMessage => message('fw', handle, 0, { options: FILTER_OPTIONS });
  const dump = dumpOf(
    [message('htb', 0x1_0000, TC_H.ROOT), message('clsact', 0xffff_0000, TC_H.CLSACT)],
    [message('htb', 0x1_0001, TC_H.ROOT)],
    new Map([
      [0x1_0000, [rule(0x10)]],
      [0x1_0001, [rule(0x11)]],
      [0xffff_fff2, [rule(0x12)]],
      [0xffff_fff3, [rule(0x13)]],
    ]),
  );
  assert.deepEqual(ordered(dump), [
    '0 qdisc 1:',
    '1 filter 0:10',
    '1 class 1:1',
    '2 filter 0:11',
    '0 qdisc ffff:',
    '1 filter 0:12',
    '1 filter 0:13',
  ]);
});

test('entries of a preference without a rule, and tables of u32, are no filters', () => {
  const filters = [
    message('u32', 0, 0x1_0000),
    message('u32', 0x8000_0000, 0x1_0000, { options: FILTER_OPTIONS }),
    message('u32', 0x8000_0800, 0x1_0000, { options: FILTER_OPTIONS }),
    message('matchall', 0, 0x1_0000),
  ];
  const dump = dumpOf([message('htb', 0x1_0000, TC_H.ROOT)], [], new Map([[0x1_0000, filters]]));
  assert.deepEqual(ordered(dump), ['0 qdisc 1:', '1 filter 8000:800']);
});

test('circles, orphans and twins are each there once', () => {
  const circle = dumpOf(
    [message('sfq', 0x2_0000, 0x3_0000), message('sfq', 0x3_0000, 0x2_0000), message('sfq', 0x4_0000, 0x4_0000)],
    [message('htb', 0x1_0001, 0x1_0002), message('htb', 0x1_0002, 0x1_0001), message('htb', 0x1_0003, 0x1_0003)],
    new Map([[0x9_0000, [message('fw', 1, 0x9_0000)]]]),
  );
  const list = ordered(circle);
  assert.deepEqual([...list].sort(), [
    '0 class 1:1 orphan',
    '0 class 1:3 orphan',
    '0 filter 0:1 orphan',
    '0 qdisc 2: orphan',
    '0 qdisc 4: orphan',
    '1 class 1:2',
    '1 qdisc 3:',
  ]);
  const twins = dumpOf([message('htb', 0x1_0000, TC_H.ROOT), message('htb', 0x1_0000, TC_H.ROOT)]);
  assert.deepEqual(ordered(twins), ['0 qdisc 1:', '0 qdisc 1:']);
});

test('a chain of any depth is followed', () => {
  const depth = 50_000;
  const classes = Array.from({ length: depth }, (_, i) =>
    message('htb', 0x1_0001 + i, i === 0 ? TC_H.ROOT : 0x1_0000 + i),
  );
  const list = inTreeOrder(dumpOf([message('htb', 0x1_0000, TC_H.ROOT)], classes), () => false);
  assert.equal(list.at(-1)?.level, depth);
});

test('filters are asked for at hooks, at qdiscs with a handle, and at classes that can have some', () => {
  const qdiscs = [
    message('htb', 0x1_0000, TC_H.ROOT),
    message('pfifo', 0, 0x1_0001),
    message('clsact', 0xffff_0000, TC_H.CLSACT),
  ];
  const classes = [message('htb', 0x1_0001, TC_H.ROOT), message('drr', 0x2_0001, 0x2_0000)];
  assert.deepEqual([...filterParents(qdiscs, classes)], [0x1_0000, 0xffff_fff2, 0xffff_fff3, 0x1_0001]);
  const ingress = filterParents([message('ingress', 0xffff_0000, TC_H.CLSACT)], []);
  assert.deepEqual([...ingress], [0xffff_fff2]);
});
