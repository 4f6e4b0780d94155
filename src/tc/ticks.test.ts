import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  burstInWholeTicks,
  bytesFromTicks,
  LARGEST_TICKS,
  packetOfTicks,
  ticksFromBytes,
  ticksFromUs,
  ticksOfPacket,
  usFromTicks,
} from './ticks.ts';

const link = (rateBytePerS: number, overheadBytes = 0, mpuBytes = 0, linkLayer = 'ethernet') => ({
  rateBytePerS,
  overheadBytes,
  mpuBytes,
  linkLayer,
});

test('a tick is 64 ns', () => {
  assert.equal(ticksFromUs(64), 1000);
  assert.equal(usFromTicks(1000), 64);
  assert.equal(ticksFromUs(1), 15);
});

test('a burst is rounded up to whole ticks and never comes back smaller', () => {
  for (const rate of [1, 1000, 1_543_209, 2_500_000, 125_000_000, 5_000_000_000]) {
    for (const bytes of [1, 1514, 1600, 15360, 123457]) {
      if (ticksFromBytes(bytes, rate) === LARGEST_TICKS) continue;
      const kept = burstInWholeTicks(bytes, rate);
      // 64 ns of the rate more at most.
      assert.ok(kept >= bytes && kept <= bytes + Math.ceil(rate * 64e-9), `${bytes} at ${rate}: ${kept}`);
      assert.equal(burstInWholeTicks(kept, rate), kept);
    }
  }
  assert.equal(bytesFromTicks(96000, 2_500_000), 15360);
});

test('what a u32 of ticks cannot hold is the largest one', () => {
  assert.equal(ticksFromBytes(1600, 1), LARGEST_TICKS);
  assert.equal(ticksFromUs(1e9), LARGEST_TICKS);
});

test('a packet has its overhead, at least the minimum, and whole cells on ATM', () => {
  // 1 byte per µs: 15.625 ticks.
  assert.equal(ticksOfPacket(64, link(1e6)), 1000);
  assert.equal(ticksOfPacket(42, link(1e6, 22)), 1000);
  assert.equal(ticksOfPacket(1, link(1e6, 0, 64)), 1000);
  assert.equal(ticksOfPacket(96, link(1e6, 0, 0, 'atm')), Math.floor(106 * 15.625));
  assert.equal(ticksOfPacket(97, link(1e6, 0, 0, 'atm')), Math.floor(159 * 15.625));
  assert.equal(ticksOfPacket(100, link(0)), 0);
});

test('the size of ticks is that of the packet up to 125 Mbit/s, and the same ticks above', () => {
  for (const rate of [1, 12_500, 1_543_209, 15_000_000]) {
    for (const bytes of [1, 34, 1514, 15360]) {
      const at = link(rate, 18, 64);
      if (bytes + 18 >= 64) assert.equal(packetOfTicks(ticksOfPacket(bytes, at), at), bytes, `${bytes} at ${rate}`);
    }
  }
  for (const bytes of [1514, 123457, 2 ** 20]) {
    const at = link(5_000_000_000);
    const ticks = ticksOfPacket(bytes, at);
    assert.equal(ticksOfPacket(packetOfTicks(ticks, at), at), ticks);
  }
});
