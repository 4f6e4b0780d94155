import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queueLimit } from './queue_limit.ts';

const at = (uploadBitPerS: number | undefined, mtu = 1500) => ({ cpus: 1, count: 1, index: 0, mtu, uploadBitPerS });

test('a size is taken as it is, with a shaper or without', () => {
  assert.deepEqual(queueLimit({ bytes: 3028 }, at(undefined)), { value: '3028' });
  assert.deepEqual(queueLimit({ bytes: 100 }, at(1e6)), { value: '100' });
});

test('a time is what the shaped rate sends in it, and auto is a millisecond', () => {
  assert.deepEqual(queueLimit('auto', at(100e6)), { value: '12500' });
  assert.deepEqual(queueLimit({ durationUs: 2000 }, at(100e6)), { value: '25000' });
});

test('at low rates it is a frame of the device, below which nothing is gained', () => {
  assert.deepEqual(queueLimit('auto', at(1e6)), { value: '1522' });
  assert.deepEqual(queueLimit('auto', at(1e6, 9000)), { value: '9022' });
});

test('without a shaped rate there is no time', () => {
  assert.deepEqual(queueLimit('auto', at(undefined)), {
    cannot: 'a time needs a shaper with an upload rate on the device',
  });
});
