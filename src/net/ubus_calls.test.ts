import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeHost } from '../host/fake.ts';
import { Loop } from '../host/loop.ts';
import { UBUS_MSG } from '../wire/ubus.ts';
import { UbusCalls } from './ubus_calls.ts';

test('numbers of requests go round without 0 and without one that is still open', () => {
  const calls = new UbusCalls(new Loop(new FakeHost(), () => assert.fail()));
  let sent: Uint8Array = new Uint8Array(0);
  calls.connected((frame) => {
    sent = frame;
    return true;
  });
  const request = (onDone: () => void): number => {
    calls.request(UBUS_MSG.PING, 0, {}, 0, { onDone });
    return (sent[2] ?? 0) * 256 + (sent[3] ?? 0);
  };
  const open = request(() => assert.fail());
  assert.equal(open, 1);
  const seen = new Set<number>();
  let answered = 0;
  for (let i = 0; i < 70_000; i++) {
    const seq = request(() => answered++);
    seen.add(seq);
    calls.onFrame({ type: UBUS_MSG.STATUS, seq, peer: 0, body: new Uint8Array(0) }, { status: 0 });
  }
  assert.equal(answered, 70_000);
  assert.ok(!seen.has(0) && !seen.has(open));
  assert.equal(seen.size, 0xffff - 1);
  assert.equal(calls.size, 1);
});
