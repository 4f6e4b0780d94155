import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeTicks, valueScale } from './scales.ts';

test('values end at a round number above the largest, in few steps', () => {
  for (const [most, parts, top, ticks] of [
    [19_000_000 * 1.04, 3, 20_000_000, [10_000_000, 20_000_000]],
    [4_940_000, 3, 6_000_000, [2_000_000, 4_000_000, 6_000_000]],
    [1, 3, 1, [0.5, 1]],
    [10, 3, 10, [5, 10]],
    [75, 3, 75, [25, 50, 75]],
    [0.03, 3, 0.03, [0.01, 0.02, 0.03]],
  ] as const) {
    const scale = valueScale(most, parts);
    assert.ok(Math.abs(scale.top - top) < 1e-9 * top, `${most}: ${scale.top}`);
    assert.deepEqual(
      scale.ticks.map((tick) => Number(tick.toPrecision(9))),
      ticks,
    );
  }
});

test('every largest value fits, with at most so many steps and none that is not needed', () => {
  for (let most = 1; most < 1e9; most *= 1.07) {
    const { top, ticks } = valueScale(most, 3);
    assert.ok(top >= most * (1 - 1e-9) && top <= most * 2.5 && ticks.length <= 3, `${most}: ${top} in ${ticks.length}`);
    assert.equal(ticks.at(-1), top);
    assert.ok(ticks.every((tick, i) => tick > (ticks[i - 1] ?? 0)));
  }
});

test('without any value the scale is one, without steps', () => {
  assert.deepEqual(valueScale(0, 3), { top: 1, ticks: [] });
  assert.deepEqual(valueScale(Number.NaN, 3), { top: 1, ticks: [] });
});

const HOUR_MS = 3_600_000;
const NOON = Date.UTC(2026, 5, 1, 12, 0, 30);

test('times are round on the clock of the person, the oldest first', () => {
  const texts = (ticks: number[]): string[] => ticks.map((tick) => new Date(tick).toISOString().slice(11, 16));
  assert.deepEqual(texts(timeTicks(NOON, 300_000, 6, 0)), ['11:56', '11:57', '11:58', '11:59', '12:00']);
  assert.deepEqual(texts(timeTicks(NOON, HOUR_MS, 4, 0)), ['11:15', '11:30', '11:45', '12:00']);
  assert.deepEqual(texts(timeTicks(NOON, 24 * HOUR_MS, 6, 0)), ['16:00', '20:00', '00:00', '04:00', '08:00', '12:00']);
  // Half past five ahead of UTC: whole hours there are half hours here.
  assert.deepEqual(texts(timeTicks(NOON, 2 * HOUR_MS, 2, 5.5 * HOUR_MS)), ['10:30', '11:30']);
});

test('there are never more times than fit, and none out of sight', () => {
  for (const spanMs of [300_000, HOUR_MS, 24 * HOUR_MS]) {
    for (let most = 2; most < 15; most++) {
      const ticks = timeTicks(NOON, spanMs, most, 0);
      assert.ok(ticks.length >= 1 && ticks.length <= most + 1, `${spanMs}, ${most}: ${ticks.length}`);
      assert.ok(ticks.every((tick) => tick > NOON - spanMs && tick <= NOON));
    }
  }
});
