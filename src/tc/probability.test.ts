import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fractionFromU32, keptPercent, percentFromU32, u32FromFraction, u32FromPercent } from './probability.ts';

test('a share reads as the number that a person wrote', () => {
  for (const percent of [0, 0.1, 0.3, 1, 2.5, 10, 12.5, 25, 33.3, 50, 99.9, 100]) {
    assert.equal(percentFromU32(u32FromPercent(percent)), percent);
    assert.equal(keptPercent(percent), percent);
  }
  for (const fraction of [0.001, 0.013, 0.02, 0.06, 0.1, 0.5]) {
    assert.equal(fractionFromU32(u32FromFraction(fraction)), fraction);
  }
});

test('what no person would write is kept to the bit', () => {
  for (const value of [1, 2, 0x12345678, 0x80000000, 0xfffffffe, 0xffffffff]) {
    assert.equal(u32FromPercent(percentFromU32(value)), value);
    assert.equal(u32FromFraction(fractionFromU32(value)), value);
  }
});

test('certain is all ones, and half is rounded to the even number as rint(3) does', () => {
  assert.equal(u32FromPercent(100), 0xffffffff);
  assert.equal(u32FromFraction(1), 0xffffffff);
  assert.equal(u32FromPercent(50), 0x80000000);
  assert.equal(u32FromPercent(30), 1288490188);
});
