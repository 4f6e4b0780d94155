/** What of prio, ets, mqprio, drr, qfq and tbf no capture holds: combinations that are wrong, losses, and what is filled in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindMessages } from '../../../test/kind_captures.ts';
import { Reader } from '../../lib/bytes.ts';
import { differences, type OptionValues, problemsOf, type QdiscKind } from '../kind.ts';
import { drr } from './drr.ts';
import { ets } from './ets.ts';
import { mqprio } from './mqprio.ts';
import { prio } from './prio.ts';
import { qfq } from './qfq.ts';
import { tbf } from './tbf.ts';

const problems = (kind: QdiscKind, options: OptionValues): readonly string[] => problemsOf(kind, options);

test('bands that go away are told as a loss', () => {
  assert.match(prio().flushes?.({ bands: 4 }, { bands: 3 }) ?? '', /^1 of 4 bands go away/);
  assert.equal(prio().flushes?.({ bands: 3 }, { bands: 4 }), undefined);
  assert.match(ets().flushes?.({ bands: 5 }, { strictBands: 1, quantaBytes: '3000' }) ?? '', /^3 of 5 bands/);
});

test('kinds say how many classes they have by themselves', () => {
  assert.equal(prio().bands?.({}), 3);
  assert.equal(ets().bands?.({ strictBands: 2, quantaBytes: '4500 3000' }), 4);
  assert.equal(tbf().bands?.({}), 1);
});

test('a map to bands that are not there is an error', () => {
  assert.deepEqual(problems(prio(), { bands: 2 }), ['the map leads to 2, but there are 2 bands, counted from 0']);
  assert.deepEqual(problems(prio(), {}), []);
  assert.deepEqual(problems(ets(), { bands: 2, priorityMap: '0 1 5' }), [
    'the map leads to 5, but there are 2 bands, counted from 0',
  ]);
});

test('ets needs bands, and as many as are strict or have a quantum', () => {
  assert.deepEqual(problems(ets(), {}), ['one of bands, strict and quanta must be given']);
  assert.deepEqual(problems(ets(), { strictBands: 10, quantaBytes: '300 300 300 300 300 300 300' }), [
    'there are 17 bands, but at most 16 can be',
  ]);
  assert.deepEqual(problems(ets(), { bands: 2, strictBands: 2, quantaBytes: '300' }), [
    '3 bands are strict or have a quantum, but there are 2',
  ]);
});

test('quanta of bands that were given none may be anything, those given may not', () => {
  const found = { bands: 3, strictBands: 1, quantaBytes: '4500 1514', priorityMap: Array(16).fill(2).join(' ') };
  assert.deepEqual(differences(ets(), { bands: 3, strictBands: 1, quantaBytes: '4500' }, found), []);
  const other = differences(ets(), { bands: 3, strictBands: 1, quantaBytes: '4000' }, found);
  assert.deepEqual(
    other.map(({ wanted }) => wanted),
    ['4000 1514'],
  );
});

test('lists have one spelling', () => {
  const parse = (kind: QdiscKind, row: string, text: string) => kind.options[row]?.uci?.field.parse(text);
  assert.equal(parse(ets(), 'quantaBytes', ' 4500,  3000'), '4500 3000');
  assert.equal(parse(ets(), 'quantaBytes', '100'), undefined);
  assert.equal(parse(mqprio(), 'queues', '1@0,3@01'), '1@0 3@1');
  for (const wrong of ['', '0@1', '1', '1@', '1@70000', Array(17).fill('1@0').join(' ')]) {
    assert.equal(parse(mqprio(), 'queues', wrong), undefined, wrong);
  }
  assert.equal(parse(mqprio(), 'maxRates', '1000kbit 20000'), '1mbit 20mbit');
  assert.equal(parse(mqprio(), 'maxRates', '1mbit fast'), undefined);
});

test('what mqprio cannot do is said', () => {
  const queues = { trafficClasses: 2, queues: '1@0 3@1' };
  assert.deepEqual(problems(mqprio(), queues), []);
  assert.deepEqual(problems(mqprio(), {}), ['num_tc is missing']);
  assert.deepEqual(problems(mqprio(), { trafficClasses: 2 }), ['there are queues for 0 classes, but 2 classes']);
  assert.deepEqual(problems(mqprio(), { trafficClasses: 2, hardware: true }), []);
  assert.deepEqual(problems(mqprio(), { trafficClasses: 2, queues: '2@0 2@1' }), [
    'the queues of one class begin before those of the class before it end',
  ]);
  assert.deepEqual(problems(mqprio(), { ...queues, minRates: '1mbit' }), [
    'rates are needed for all 2 classes',
    'rates need the shaper bw_rlimit',
  ]);
  assert.deepEqual(problems(mqprio(), { ...queues, mode: 'channel' }), ['mode and shaper need hw']);
});

test('a packet that raised the limit of a class of qfq is no difference', () => {
  const classes = qfq().classes ?? assert.fail('qfq has classes');
  assert.deepEqual(differences(classes, { weight: 1, maxPacketBytes: 600 }, { weight: 1, maxPacketBytes: 1042 }), []);
  assert.equal(differences(classes, { maxPacketBytes: 2000 }, { weight: 1, maxPacketBytes: 1042 }).length, 1);
  // The captures have such a class.
  const raised = kindMessages('tc-classful', ['dump-stats']).filter(({ set }) => set === classes);
  const stats = raised.map(({ xstats, capture }) =>
    classes.decodeStats?.(new Reader(xstats ?? assert.fail('statistics'), capture.littleEndian)),
  );
  assert.equal(stats.length, 9);
  assert.deepEqual(stats[1], { weight: 900, maxPacketBytes: 1042 });
});

test('the deficit of a class of drr is what tc prints', () => {
  const classes = drr().classes ?? assert.fail('drr has classes');
  for (const { xstats, capture, record, handle } of kindMessages('tc-classful', ['dump-stats'])) {
    const at = record.printed.findIndex((line) => line.startsWith(`class drr 1:${handle & 0xffff} `));
    if (at < 0 || xstats === undefined) continue;
    const [, deficit] = /deficit (\d+)b/.exec(record.printed[at + 3] ?? '') ?? [];
    const stats = classes.decodeStats?.(new Reader(xstats, capture.littleEndian));
    assert.deepEqual(stats, { deficitBytes: Number(deficit) });
  }
});

test('a latency is the limit that it makes, the smaller of those at both rates', () => {
  const wanted = { rateBitPerS: 20e6, burstBytes: 15360, latencyUs: 50e3 };
  const expected = (options: OptionValues) => tbf().expected?.({ ...tbf().initial, ...options }, {});
  assert.equal(expected(wanted)?.limitBytes, 140360);
  assert.equal(expected({ ...wanted, peakRateBitPerS: 21e6, mtuBytes: 1540 })?.limitBytes, 132790);
  assert.equal(expected(wanted)?.latencyUs, undefined);
});

test('what tbf cannot do is said', () => {
  const good = { rateBitPerS: 20e6, burstBytes: 15360, limitBytes: 1e5 };
  assert.deepEqual(problems(tbf(), good), []);
  assert.deepEqual(problems(tbf(), {}), [
    'the rate is missing',
    'the burst is missing',
    'one of limit and latency must be given',
  ]);
  assert.deepEqual(problems(tbf(), { ...good, latencyUs: 5 }), ['limit and latency exclude each other']);
  assert.deepEqual(problems(tbf(), { ...good, peakRateBitPerS: 10e6 }), [
    'the peak rate is not above the rate',
    'a peak rate needs an mtu',
  ]);
  assert.deepEqual(problems(tbf(), { ...good, rateBitPerS: 8, burstBytes: 300 }), [
    'the burst takes more than 274 s at the rate',
  ]);
});
