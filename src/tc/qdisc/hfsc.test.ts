import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeKind, kindMessages, sentAndShown } from '../../../test/kind_captures.ts';
import { Reader } from '../../lib/bytes.ts';
import { differences, formatOptions, problemsOf } from '../kind.ts';
import { hfsc } from './hfsc.ts';

const classes = hfsc().classes ?? assert.fail('HFSC has classes');

test('a curve that is left out of a change stays, so only a new class is without it', () => {
  const changes = sentAndShown('tc-hfsc').filter(([sent]) => sent.record.command.endsWith('hfsc ls m2 6mbit'));
  assert.equal(changes.length, 3);
  for (const [sent, shown] of changes) {
    const found = differences(classes, decodeKind(sent), decodeKind(shown));
    assert.deepEqual(
      found.map(({ name, wanted, apply }) => [name, wanted, apply]),
      [
        ['realTimeM1BitPerS', 0, 'rebuild'],
        ['realTimeDUs', 0, 'rebuild'],
        ['realTimeM2BitPerS', 0, 'rebuild'],
      ],
    );
  }
});

test('another slope of a curve is a change in place', () => {
  const [found] = differences(classes, { linkShareM2BitPerS: 2e6 }, { linkShareM2BitPerS: 1e6 });
  assert.deepEqual(found, { name: 'linkShareM2BitPerS', wanted: 2e6, found: 1e6, apply: 'change' });
});

test('the statistics of a class are those that tc prints', () => {
  let compared = 0;
  for (const { isClass, xstats, capture, record, handle } of kindMessages('tc-hfsc', ['dump-stats'])) {
    if (!isClass || xstats === undefined) continue;
    const minor = handle & 0xffff;
    const at = record.printed.findIndex((line) =>
      line.startsWith(`class hfsc 1:${minor === 0 ? '' : minor.toString(16)} `),
    );
    const line = record.printed[at + 3] ?? '';
    const number = (pattern: RegExp): number => Number(pattern.exec(line)?.[1] ?? 0);
    assert.deepEqual(classes.decodeStats?.(new Reader(xstats, capture.littleEndian)), {
      workBytes: number(/ work (\d+)/),
      realTimeWorkBytes: number(/ rtwork (\d+)/),
      periods: number(/period (\d+)/),
      level: number(/level (\d+)/),
    });
    compared += 1;
  }
  assert.equal(compared, 15);
});

test('a class says each curve that it has', () => {
  const options = { realTimeM1BitPerS: 8e6, realTimeDUs: 10e3, realTimeM2BitPerS: 1e6, upperLimitM2BitPerS: 2e6 };
  assert.equal(formatOptions(classes, options).join(' '), 'rt m1 8mbit d 10ms m2 1mbit ul m1 0 d 0us m2 2mbit');
});

test('what HFSC cannot do is said', () => {
  assert.deepEqual(problemsOf(classes, { realTimeDUs: 10 }), [
    'a class needs a real-time (rt) or a link-share (ls) curve',
  ]);
  assert.deepEqual(problemsOf(classes, { realTimeM2BitPerS: 1e6, upperLimitM2BitPerS: 1e6 }), [
    'an upper limit (ul) needs a link-share (ls) curve',
  ]);
  assert.deepEqual(problemsOf(classes, { linkShareM2BitPerS: 1e6, upperLimitM2BitPerS: 1e6 }), []);
});
