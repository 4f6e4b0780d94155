import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokenPromises, type Comparison, type LoadedFigures, PROMISE, REAL_TIME_PROMISE } from './figures.ts';

const loaded = (p95Ms: number, p99Ms: number, goodputMbit: number, lost = 0): LoadedFigures => ({
  p50Ms: 10,
  p95Ms,
  p99Ms,
  lost,
  goodputBitPerS: goodputMbit * 1e6,
});
const BEFORE = loaded(340, 360, 19);
const same = (shaped: LoadedFigures): Comparison => {
  const figures = { idle: loaded(10, 10, 0), without: BEFORE, with: shaped };
  return { download: figures, upload: figures };
};

test('latency at a quarter of what it was, nothing lost and nearly the same goodput is as promised', () => {
  assert.deepEqual(brokenPromises(same(loaded(40, 90, 18)), PROMISE), []);
});

test('each part of the promise that does not hold is told for its direction', () => {
  const held = loaded(15, 16, 18);
  const broken = { idle: held, without: BEFORE, with: loaded(80, 91, 14, 0.02) };
  assert.deepEqual(brokenPromises({ ...same(held), upload: broken }, PROMISE), [
    'upload: p99 fell from 360 to 91 ms only',
    'upload: 2.0 % of the call was lost',
    'upload: goodput fell to 14.0 Mbit/s',
  ]);
});

test('in real time one late packet in a hundred breaks nothing', () => {
  assert.deepEqual(brokenPromises(same(loaded(40, 350, 15, 0.01)), REAL_TIME_PROMISE), []);
  assert.equal(brokenPromises(same(loaded(200, 350, 15)), REAL_TIME_PROMISE).length, 2);
});
