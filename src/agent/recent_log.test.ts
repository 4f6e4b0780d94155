import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_MESSAGES, RecentLog } from './recent_log.ts';

test('the newest messages are kept, in their order, with their time', () => {
  let nowMs = 0;
  const log = new RecentLog(() => nowMs);
  for (nowMs = 1; nowMs <= MOST_MESSAGES + 5; nowMs++) log.write('notice', `message ${nowMs}`);
  assert.equal(log.last().length, MOST_MESSAGES);
  assert.deepEqual(log.last()[0], { atMs: 6, level: 'notice', text: 'message 6' });
  assert.deepEqual(
    log.last(2).map(({ text }) => text),
    [`message ${MOST_MESSAGES + 4}`, `message ${MOST_MESSAGES + 5}`],
  );
});

test('a message that goes on and on is cut', () => {
  const log = new RecentLog(() => 0);
  log.write('error', 'x'.repeat(100_000));
  assert.ok((log.last()[0]?.text.length ?? 0) < 400);
});
