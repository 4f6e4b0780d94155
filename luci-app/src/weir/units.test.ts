import assert from 'node:assert/strict';
import { test } from 'node:test';
import { delayNumber, delayTick, limitNumber, NO_NUMBER, perSecondNumber, rateNumber } from './units.ts';

test('rates and delays have three digits or fewer', () => {
  const rates = [0, 4999, 120_000, 9_994_999, 9_995_000, 18_432_000, 99_950_000, 940e6, 2.5e9].map(rateNumber);
  assert.deepEqual(rates, ['0.00', '0.00', '0.12', '9.99', '10.0', '18.4', '100', '940', '2500']);
  assert.deepEqual([0, 850, 18_400].map(delayNumber), ['0.00', '0.85', '18.4']);
  for (const number of [rateNumber, delayNumber, perSecondNumber]) assert.equal(number(null), NO_NUMBER);
});

test('limits are as they were written', () => {
  assert.deepEqual([19e6, 4_750_000, 500_000, 64_000, 1e9].map(limitNumber), ['19', '4.75', '0.5', '0.064', '1000']);
});

test('an axis has its unit', () => {
  assert.deepEqual([500, 2500, 50_000, 2_500_000].map(delayTick), ['0.5 ms', '2.5 ms', '50 ms', '2.5 s']);
});

test('packets each second: a fraction only of a few', () => {
  assert.deepEqual([0, 0.25, 3, 9.96, 12.4].map(perSecondNumber), ['0', '0.3', '3', '10', '12']);
});
