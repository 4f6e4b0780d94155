import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptInJiffies } from './jiffies.ts';

test('a time that the kernel made longer by less than a jiffy is as told', () => {
  // 15 ms at 100, 250, 300 and 1000 Hz.
  for (const found of [20_000, 16_000, 16_666, 15_000]) assert.equal(keptInJiffies(15_000, found), found);
  assert.equal(keptInJiffies(33_333, 33_332), 33_332);
});

test('a time that is none of those is what was told, so that it differs', () => {
  for (const found of [25_000, 14_000, 0, undefined, '15ms']) assert.equal(keptInJiffies(15_000, found), 15_000);
});
