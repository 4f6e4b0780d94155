import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCapturedTc, readCaptures } from '../../test/captures.ts';
import type { TcMessage } from '../wire/tcmsg.ts';
import { type QdiscView, qdiscView } from './qdisc_view.ts';

interface Shown {
  readonly view: QdiscView;
  /** What tc printed for it, line by line. */
  readonly lines: readonly string[];
}

/** Each dump of one qdisc that has the lines of tc beside it. */
function shown(): Shown[] {
  return ['tc-cake-stats', 'tc-qdiscs'].flatMap(readCaptures).flatMap((capture) =>
    capture.records.flatMap(({ kind, printed, messages }): Shown[] => {
      const [message] = messages;
      if (kind !== 'dump-stats' || message === undefined || messages.length > 1) return [];
      const view = qdiscView(decodeCapturedTc(capture, message), 'v0', capture.littleEndian);
      return [{ view, lines: printed.map((line) => line.trim()) }];
    }),
  );
}

test('the counters are those that tc prints', () => {
  let seen = 0;
  for (const { view, lines } of shown()) {
    const text = lines.join('\n');
    const sent = /^Sent (\d+) bytes (\d+) pkt \(dropped (\d+), overlimits (\d+) requeues (\d+)\)/m.exec(text);
    const backlog = /^backlog (\d+)b (\d+)p requeues \d+$/m.exec(text);
    if (sent === null || backlog === null) continue;
    const { sentBytes, sentPackets, drops, overlimits, requeues, backlogBytes, backlogPackets } = view;
    assert.deepEqual([sentBytes, sentPackets, drops, overlimits, requeues].map(String), sent.slice(1));
    assert.deepEqual([backlogBytes, backlogPackets].map(String), backlog.slice(1));
    seen += 1;
  }
  assert.ok(seen >= 8, `${seen} qdiscs`);
});

test('a qdisc says what it is and where, as tc does', () => {
  for (const { view, lines } of shown()) {
    const [, kind, handle, parent] = /^qdisc (\S+) (\S+) (root|parent \S+)/m.exec(lines.join('\n')) ?? [];
    if (kind === undefined) continue;
    assert.deepEqual([view.kind, view.handle, view.parent], [kind, handle, parent]);
    assert.equal(view.device, 'v0');
  }
});

test('CAKE comes with its options and its tins, other kinds without', () => {
  const cake = shown().find(({ view }) => view.kind === 'cake' && view.options.diffserv === 'diffserv4')?.view;
  assert.ok(cake?.details !== undefined && 'tins' in cake.details && Array.isArray(cake.details.tins));
  assert.equal(cake.details.tins.length, 4);
  assert.equal(cake.options.rateBitPerS, 4_000_000);
  const other = shown().find(({ view }) => view.kind === 'fq_codel')?.view;
  assert.ok(other !== undefined);
  assert.deepEqual(other.options, {});
  assert.equal(other.details, undefined);
});

test('a qdisc without options and counters is shown with zeros', () => {
  const message: TcMessage = {
    ifindex: 2,
    handle: 0x7e000000,
    parent: 0xffffffff,
    info: 1,
    kind: 'cake',
  };
  const view = qdiscView(message, 'eth1', true);
  assert.deepEqual([view.sentBytes, view.drops, view.backlogPackets, view.options], [0, 0, 0, {}]);
  assert.ok(!('details' in view));
});
