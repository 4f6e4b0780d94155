import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ShaperHistory } from '../../../src/model/history.ts';
import type { DirectionHistory, Numbers } from '../../../src/model/history_ring.ts';
import type { BriefDirection } from '../../../src/model/stats_brief.ts';
import { type Reading, readingBetween, runsOf, Series } from './series.ts';

function direction(more: Partial<BriefDirection>): BriefDirection {
  const tins = {
    name: ['Bulk', 'Voice'],
    active: [true, true],
    rateBitPerS: [1e6, 2e6],
    droppedPackets: [0, 0],
    ecnMarkedPackets: [0, 0],
    backlogBytes: [0, 0],
    peakDelayUs: [0, 0],
    averageDelayUs: [0, 0],
    sparseFlows: [0, 0],
    bulkFlows: [0, 0],
  };
  return {
    series: 1,
    atMs: 100_000,
    sentBytes: 0,
    rateBitPerS: 3e6,
    droppedPackets: 0,
    ecnMarkedPackets: 0,
    backlogBytes: 0,
    peakDelayUs: 500,
    averageDelayUs: 100,
    tins,
    ...more,
  };
}

function reading(atMs: number, rateBitPerS: number, more: Partial<Reading> = {}): Reading {
  return {
    atMs,
    elapsedMs: 1000,
    rateBitPerS,
    droppedPerS: 0,
    markedPerS: 0,
    peakDelayUs: null,
    averageDelayUs: null,
    tinNames: [],
    tinRates: [],
    ...more,
  };
}

/** As `history` answers it, with the same numbers for everything. */
function history(numbers: Numbers, lastSlot: number, resolutionS = 1, lastBeganMsAgo = 500): ShaperHistory {
  const download: DirectionHistory = {
    rateBitPerS: numbers,
    droppedPackets: numbers,
    ecnMarkedPackets: numbers,
    backlogBytes: numbers,
    peakDelayUs: numbers,
    averageDelayUs: numbers,
    tins: [{ name: 'Tin 0', rateBitPerS: numbers }],
  };
  return { name: 'wan', resolutionS, lastBeganMsAgo, lastSlot, slots: numbers.length, download, upload: null };
}

function filled(numbers: Numbers, lastSlot: number, slots: number, slotS = 1, lastBeganMsAgo = 500): Series {
  const series = new Series(slotS, slots);
  const answer = history(numbers, lastSlot, slotS, lastBeganMsAgo);
  series.fill(answer, answer.download);
  return series;
}

test('what happened between two answers is their difference by time', () => {
  const before = direction({ droppedPackets: 10, ecnMarkedPackets: 4 });
  const now = direction({ atMs: 102_000, droppedPackets: 16, ecnMarkedPackets: 5 });
  assert.deepEqual(readingBetween(before, now), {
    atMs: 102_000,
    elapsedMs: 2000,
    rateBitPerS: 3e6,
    droppedPerS: 3,
    markedPerS: 0.5,
    peakDelayUs: 500,
    averageDelayUs: 100,
    tinNames: ['Bulk', 'Voice'],
    tinRates: [1e6, 2e6],
  });
});

test('the same reading again, another qdisc, a long silence, and a first answer tell nothing', () => {
  const before = direction({});
  for (const now of [
    direction({}),
    direction({ atMs: 101_000, series: 2 }),
    direction({ atMs: 106_000 }),
    direction({ atMs: 101_000, rateBitPerS: null }),
  ]) {
    assert.equal(readingBetween(before, now), undefined);
  }
  assert.equal(readingBetween(null, direction({})), undefined);
});

test('history stands at the end, and readings follow it slot by slot', () => {
  const series = filled([1, 2, 3], 100, 6);
  assert.deepEqual(series.rateBitPerS, [null, null, null, 1, 2, 3]);
  series.add(reading(102_000, 40));
  assert.deepEqual(series.rateBitPerS, [null, null, 1, 2, 3, 40]);
  series.add(reading(103_010, 50));
  assert.deepEqual(series.rateBitPerS, [null, 1, 2, 3, 40, 50]);
  assert.deepEqual(series.tins, []);
});

test('drops and marks of history are by the second, also in a slot that is going on', () => {
  const series = filled([600, 60], 10, 3, 60, 6000);
  assert.deepEqual(series.droppedPerS, [null, 10, 10]);
});

test('a reading over several seconds is in all of its slots, a silence in none', () => {
  const series = new Series(1, 6);
  series.add(reading(10_900, 1));
  series.add(reading(13_900, 2, { elapsedMs: 3000 }));
  assert.deepEqual(series.rateBitPerS, [null, null, 1, 2, 2, 2]);
  series.add(reading(20_900, 3));
  assert.deepEqual(series.rateBitPerS, [null, null, null, null, null, 3]);
});

test('many readings in one slot: the mean rate over time, the largest peak, the mean delay over what was sent', () => {
  const series = new Series(10, 3);
  series.add(reading(101_000, 1000, { peakDelayUs: 50, averageDelayUs: 10 }));
  series.add(reading(102_000, 3000, { peakDelayUs: 20, averageDelayUs: 30 }));
  series.add(reading(103_000, 2000));
  assert.deepEqual(series.rateBitPerS, [null, null, 2000]);
  assert.deepEqual(series.peakDelayUs, [null, null, 50]);
  assert.deepEqual(series.averageDelayUs, [null, null, 25]);
  series.add(reading(111_000, 500));
  assert.deepEqual(series.rateBitPerS, [null, 2000, 500]);
  assert.deepEqual(series.peakDelayUs, [null, 50, null]);
});

test('a reading older than the last slot is let go', () => {
  const series = filled([5], 100, 2);
  series.add(reading(99_900, 9));
  assert.deepEqual(series.rateBitPerS, [null, 5]);
});

test('other tins begin with nothing known of the time before', () => {
  const series = new Series(1, 3);
  series.add(reading(10_900, 3, { tinNames: ['Tin 0'], tinRates: [3] }));
  series.add(reading(11_900, 4, { tinNames: ['Bulk', 'Voice'], tinRates: [1, 3] }));
  assert.deepEqual(series.rateBitPerS, [null, 3, 4]);
  assert.deepEqual(series.tins, [
    { name: 'Bulk', rateBitPerS: [null, null, 1] },
    { name: 'Voice', rateBitPerS: [null, null, 3] },
  ]);
});

test('short gaps of history, which a late reading leaves, are closed; longer ones stay, and so does what is before the first', () => {
  const series = filled([null, 4, null, null, 9, null, null, null, null, null, 6, null], 50, 12);
  assert.deepEqual(series.rateBitPerS, [null, 4, 6.5, 6.5, 9, null, null, null, null, null, 6, null]);
  assert.deepEqual(series.droppedPerS.slice(0, 6), [null, 4, 0, 0, 9, null]);
  assert.deepEqual(filled([4, null, 9], 50, 3, 10).rateBitPerS, [4, null, 9]);
});

test('nothing known is nothing shown', () => {
  const series = new Series(1, 3);
  const answer = { ...history([], 0), slots: 0 };
  series.fill(answer, answer.download);
  series.fill(history([1], 9), null);
  assert.deepEqual(series.rateBitPerS, [null, null, null]);
});

test('runs are where there are numbers, 0 too', () => {
  assert.deepEqual(runsOf([null, 0, 1, null, 2]), [
    [1, 2],
    [4, 4],
  ]);
  assert.deepEqual(runsOf([]), []);
});
