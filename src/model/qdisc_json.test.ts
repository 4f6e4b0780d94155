import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCapturedTc, payloadOf, readCaptures } from '../../test/captures.ts';
import { Reader } from '../lib/bytes.ts';
import { TcView } from '../wire/tcview.ts';
import { QdiscJson } from './qdisc_json.ts';
import { qdiscView } from './qdisc_view.ts';

test('the text of every captured qdisc is JSON.stringify of its view, whatever came before it', () => {
  const kinds = new Set<string>();
  let busy = 0;
  for (const capture of ['tc-cake-stats', 'tc-qdiscs', 'tc-htb', 'tc-cake_mq'].flatMap(readCaptures)) {
    const { littleEndian } = capture;
    const nameOf = (ifindex: number): string => `device "${ifindex}"`;
    const json = new QdiscJson(nameOf, littleEndian);
    const view = new TcView();
    for (const message of capture.records.flatMap(({ kind, messages }) => (kind.startsWith('dump') ? messages : []))) {
      const decoded = decodeCapturedTc(capture, message);
      const expected = qdiscView(decoded, nameOf(decoded.ifindex), littleEndian);
      assert.equal(
        json.format(view.read(new Reader(payloadOf(capture, message), littleEndian))),
        JSON.stringify(expected),
      );
      kinds.add(decoded.kind);
      if (expected.sentPackets > 0) busy++;
    }
  }
  assert.ok(kinds.size > 5 && kinds.has('cake') && kinds.has('cake_mq'), [...kinds].join(' '));
  assert.ok(busy > 5, `${busy} with counters`);
});
