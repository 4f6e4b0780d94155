import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisStep, latencyIn, parseSeries } from './latency.ts';

test('a series is told by its numbers, in the order of sending', () => {
  const samples = parseSeries('1 20.1 10500.5\n0 0.0 10000.0\n3 60.2 12000.0\n');
  assert.deepEqual(samples, [
    { atMs: 0, delayMs: 10 },
    { atMs: 20, delayMs: 10.5005 },
    { atMs: 60, delayMs: 12 },
  ]);
});

test('percentiles are of what was sent in the period, and what did not arrive of it is lost', () => {
  const samples = Array.from({ length: 100 }, (_, index) => ({ atMs: index * 20, delayMs: index + 1 }));
  const recording = { samples: samples.filter(({ atMs }) => atMs !== 500), sent: 100, goodputBitPerS: 0 };
  const whole = latencyIn(recording, { fromMs: 0, toMs: 2000 });
  assert.deepEqual([whole?.p50Ms, whole?.p95Ms, whole?.p99Ms], [51, 96, 100]);
  assert.ok(whole !== undefined && Math.abs(whole.lost - 0.01) < 1e-9);
  assert.equal(latencyIn(recording, { fromMs: 1000, toMs: 2000 })?.lost, 0);
  assert.equal(latencyIn({ ...recording, samples: [] }, { fromMs: 0, toMs: 2000 }), undefined);
});

test('an axis has round steps, at most five', () => {
  assert.deepEqual([363, 16, 9, 1.2, 500].map(axisStep), [100, 5, 2, 0.5, 100]);
});
