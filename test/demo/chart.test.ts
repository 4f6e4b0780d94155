import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chartLines } from './chart.ts';

const LASTS_MS = 10_000;
const every20Ms = (delayMs: (atMs: number) => number) =>
  Array.from({ length: LASTS_MS / 20 }, (_, index) => ({ atMs: index * 20, delayMs: delayMs(index * 20) }));
const HIGH = { samples: every20Ms((atMs) => (atMs < 5000 ? 10 : 390)), mark: '*', color: 31 };
const LOW = { samples: every20Ms(() => 10), mark: '=', color: 36 };

test('no line of a chart is wider than a terminal of 80 columns', () => {
  for (const unicode of [true, false]) {
    const lines = chartLines([HIGH, LOW], LASTS_MS, { unicode, color: false });
    for (const line of lines) assert.ok(line.length <= 80, line);
  }
});

test('an ASCII chart has the low curve in its lowest row and the high one in its highest, from the time it rises', () => {
  const lines = chartLines([HIGH, LOW], LASTS_MS, { unicode: false, color: false });
  assert.match(lines[0] ?? '', /^ {2}400 ms\| {35}\*{35}$/);
  assert.match(lines[8] ?? '', /^ {4}0 ms\|={70}$/);
  assert.ok(lines.every((line) => /^[ -~]*$/.test(line)));
});

test('each label stands beside one row only', () => {
  const lines = chartLines([HIGH, LOW], LASTS_MS, { unicode: false, color: false });
  const labels = lines.map((line) => /(\d+) ms/.exec(line)?.[1]).filter((label) => label !== undefined);
  assert.deepEqual(labels, ['400', '300', '200', '100', '0']);
});

test('a curve keeps its colour to its end and the line ends without one', () => {
  const lines = chartLines([HIGH, LOW], LASTS_MS, { unicode: true, color: true });
  assert.match((lines[8] ?? '').replaceAll('\x1b', 'ESC'), /┤ESC\[36m[\u2801-\u28ff]{70}ESC\[0m$/);
});
