import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areaPath, largest, linePath, slotAt, slotX, stackedAreas, stackedBars } from './paths.ts';

const PLOT = { width: 40, height: 10, top: 10 };

test('a line goes through the middles of its slots, and never across a gap', () => {
  assert.equal(linePath([0, 10, null, 5], PLOT), 'M5,10L15,0M30,5h10');
  assert.equal(linePath([null, null, null, null], PLOT), '');
});

test('what is above the plot is drawn at its edge', () => {
  assert.equal(linePath([20, -1, 0, 0], PLOT), 'M5,0L15,10L25,10L35,10');
});

test('an area is as wide as its slots', () => {
  assert.equal(areaPath([null, 5, null, null], PLOT), 'M10,5L15,5L20,5L20,10L15,10L10,10Z');
});

test('areas stand on each other; what has no number where others have one is 0 there', () => {
  const [lower, upper] = stackedAreas(
    [
      [1, 2, null, null],
      [3, null, null, null],
    ],
    PLOT,
  );
  assert.equal(lower, 'M0,9L5,9L15,8L20,8L20,10L15,10L5,10L0,10Z');
  assert.equal(upper, 'M0,6L5,6L15,8L20,8L20,8L15,8L5,9L0,9Z');
});

test('bars stand on each other, and the smallest can be seen', () => {
  const [dropped, marked] = stackedBars(
    [
      [5, 0, null, 0.01],
      [2, 3, null, 0],
    ],
    PLOT,
  );
  assert.equal(dropped, 'M0,10v-5h9v5ZM30,10v-1h9v1Z');
  assert.equal(marked, 'M0,5v-2h9v2ZM10,10v-3h9v3Z');
});

test('a place and a slot lead to each other, also beside the plot', () => {
  for (const slots of [1, 300, 1440]) {
    for (let slot = 0; slot < slots; slot += 7) assert.equal(slotAt(slotX(slot, slots, 431), slots, 431), slot);
  }
  assert.equal(slotAt(-5, 300, 431), 0);
  assert.equal(slotAt(500, 300, 431), 299);
});

test('the largest of columns, of nothing 0', () => {
  assert.equal(largest([null, 3], [7, null]), 7);
  assert.equal(largest([null]), 0);
});
