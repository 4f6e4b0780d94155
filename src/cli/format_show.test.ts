import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCapturedTc, readCaptures } from '../../test/captures.ts';
import { qdiscView } from '../model/qdisc_view.ts';
import { formatQdisc } from './format_show.ts';

/** Each dump of a real kernel with statistics, as `weir show` prints it. */
function shown(capturePrefix: string): string[] {
  return readCaptures(capturePrefix).flatMap((capture) =>
    capture.records
      .filter(({ kind }) => kind === 'dump-stats')
      .flatMap(({ messages }) => messages)
      .map((message) => formatQdisc(qdiscView(decodeCapturedTc(capture, message), 'v0', capture.littleEndian))),
  );
}

test('CAKE under load is shown with its tins by name and every number with its unit', () => {
  const text = shown('tc-cake-stats').find((one) => one.includes('sent 488 kB'));
  assert.ok(text !== undefined);
  const lines = text.split('\n');
  assert.equal(lines[0], 'v0: cake 7e00: root');
  assert.match(lines[1] ?? '', /^ {2}bandwidth 4mbit diffserv4 triple-isolate .*ack-filter .*overhead 38 .*mpu 84/);
  assert.match(lines[2] ?? '', /^ {2}sent 488 kB in 522 packets, dropped 347, backlog 237776 bytes in 184 packets$/);
  assert.match(lines[3] ?? '', /^ {2}memory used 1\.\d\d MB of 4\.\d\d MB, capacity estimate 4\.00 Mbit\/s$/);
  assert.match(lines[4] ?? '', /^ +Bulk +Best Effort +Video +Voice$/);
  assert.match(lines[5] ?? '', /^ {2}threshold +250 kbit\/s +4\.00 Mbit\/s +2\.00 Mbit\/s +1\.00 Mbit\/s$/);
  assert.match(text, /^ {2}ACKs dropped +0 +296 +0 +0$/m);
  assert.match(text, /^ {2}dropped +12 +35 +0 +4$/m);
});

test('modes whose tins have no names number them', () => {
  const text = shown('tc-cake-stats').find((one) => one.includes(' diffserv8 '));
  assert.match(text ?? '', /^ +Tin 0 +Tin 1 +Tin 2 +Tin 3 +Tin 4 +Tin 5 +Tin 6 +Tin 7$/m);
});

test('the columns of a table end at the same place', () => {
  for (const text of shown('tc-cake-stats')) {
    const rows = text.split('\n').slice(4, -1);
    assert.equal(new Set(rows.map((row) => row.length)).size, 1, text);
  }
});

test('other kinds and children are shown too', () => {
  const all = [...shown('tc-htb'), ...shown('tc-cake_mq')].join('\n');
  assert.match(all, /^v0: fq_codel 110: parent 1:20$/m);
  assert.match(all, /^v0: cake_mq 7e01: root$/m);
  assert.match(all, /^v0: cake none parent 7e01:1$/m);
  assert.doesNotMatch(all, /undefined|NaN/);
});
