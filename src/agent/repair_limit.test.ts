import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RepairLimit } from './repair_limit.ts';

test('ten repairs of one device come at once, the next waits', () => {
  const limit = new RepairLimit();
  for (let i = 0; i < 10; i++) {
    assert.equal(limit.waitMs('eth1', 5, i * 100), 0);
    limit.note('eth1', 5, i * 100);
  }
  assert.equal(limit.waitMs('eth1', 5, 900), 10_000);
  assert.equal(limit.waitMs('eth1', 5, 5_000), 5_900);
  assert.equal(limit.waitMs('eth1', 5, 10_900), 0);
});

test('a device that comes back is another each time, however often', () => {
  const limit = new RepairLimit();
  for (let i = 0; i < 200; i++) {
    assert.equal(limit.waitMs('eth1', i, i), 0);
    limit.note('eth1', i, i);
  }
});

test('repairs far enough apart never wait', () => {
  const limit = new RepairLimit();
  for (let ms = 0; ms < 1e6; ms += 1_200) {
    assert.equal(limit.waitMs('eth1', 5, ms), 0);
    limit.note('eth1', 5, ms);
  }
});

test('several devices are counted each on its own', () => {
  const limit = new RepairLimit();
  for (let i = 0; i < 10; i++) limit.note('eth1', 5, i);
  assert.equal(limit.waitMs('eth1', 5, 9), 10_000);
  assert.equal(limit.waitMs('eth2', 6, 9), 0);
  assert.equal(limit.waitMs('eth1', 7, 9), 0);
});
