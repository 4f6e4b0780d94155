/** The problem: a full line behind a modem with a bloated FIFO, 20/5 Mbit/s and 20 ms of round-trip time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boot } from '../boot.ts';
import { tcpSink, udpSink } from '../results.ts';

const MAX_LOADED_P99_BELOW_US = 150_000;

test('without weir a full 20/5 Mbit/s line delays voice by more than 150 ms, both ways', async (t) => {
  const run = await boot({ script: 'topology_router\nidle_and_loaded' });
  for (const direction of ['down', 'up'] as const) {
    const idle = run.value(`idle_${direction}`, udpSink);
    const loaded = run.value(`loaded_${direction}`, udpSink);
    t.diagnostic(
      `${direction}: p99 ${idle.delay?.p99_us} us idle, ${loaded.delay?.p99_us} us loaded, ${loaded.missing} of 500 lost`,
    );
    // Half of the round-trip time, and the probe's own 214 bytes at 5 Mbit/s that tbf's one-packet burst hides.
    assert.ok(idle.delay !== null && Math.abs(idle.delay.p99_us - 10_000) < 20);
    assert.equal(idle.missing, 0);
    assert.ok(loaded.delay !== null && loaded.delay.p99_us > MAX_LOADED_P99_BELOW_US);
  }
  // The line really is full: goodput near what 20 Mbit/s of 1514-byte packets with 1448 bytes of payload can carry.
  const down = run.value('loaded_goodput_down', tcpSink).goodput_bit_per_s;
  assert.ok(down > 17e6 && down < (20e6 * 1448) / 1514, `${down} bit/s down`);
});
