import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cakeMessage, eachView } from '../../../test/cake_dump.ts';
import { payloadOf, readCaptures } from '../../../test/captures.ts';
import { Reader, ShortReadError } from '../../lib/bytes.ts';
import { TcView } from '../../wire/tcview.ts';
import { decodeOptions } from '../kind.ts';
import { qdiscKind } from '../registry.ts';
import { CakeSample, QDISC_COLUMN, TIN_COLUMN, TIN_COLUMNS } from './cake_sample.ts';
import { decodeCakeStats } from './cake_stats.ts';

test('a sample has the numbers of the whole decoding, for each CAKE that real kernels sent', () => {
  let tinsSeen = 0;
  // Two: each message is like the one before it for one, and mostly unlike for the other.
  for (const each of [new CakeSample(), undefined]) {
    for (const capture of ['tc-cake-stats', 'tc-cake_mq'].flatMap(readCaptures)) {
      const view = new TcView();
      const dumps = capture.records.filter(({ kind }) => kind.startsWith('dump'));
      for (const message of dumps.flatMap(({ messages }) => messages)) {
        view.read(new Reader(payloadOf(capture, message), capture.littleEndian));
        const { xstats, options, kind } = view;
        const known = qdiscKind(kind);
        if (known === undefined) continue;
        if (options !== undefined) {
          assert.equal(
            (each ?? new CakeSample()).modeOf(view, capture.littleEndian),
            decodeOptions(known, options, capture.littleEndian).diffserv,
          );
        }
        const sample = each ?? new CakeSample();
        assert.equal(sample.read(view, capture.littleEndian), xstats !== undefined);
        if (xstats === undefined) continue;
        const { tins, ...whole } = decodeCakeStats(new Reader(xstats, capture.littleEndian));
        assert.equal(sample.tinCount, tins.length);
        for (const [name, column] of Object.entries(QDISC_COLUMN)) {
          assert.equal(sample.values[column], new Map(Object.entries(whole)).get(name), name);
        }
        tins.forEach((tin, i) => {
          tinsSeen++;
          const expected = new Map(Object.entries(tin));
          for (const [name, column] of Object.entries(TIN_COLUMN)) {
            const value = sample.values[i * TIN_COLUMNS + column] ?? 0;
            const shown = name === 'unresponsiveFlows' ? value | 0 : value;
            assert.equal(shown, expected.get(name), `${capture.name}: ${name}`);
          }
        });
      }
    }
  }
  assert.ok(tinsSeen > 80, `${tinsSeen} tins`);
});

test('a reading that lies otherwise than the one before is found anew', () => {
  const sample = new CakeSample();
  const bytesOfTins = (tins: readonly { bytes: number }[], littleEndian: boolean): number[] => {
    eachView([cakeMessage({ tins }, littleEndian)], (view) => sample.read(view, littleEndian), littleEndian);
    return tins.map((_, i) => sample.values[i * TIN_COLUMNS + TIN_COLUMN.sentBytes] ?? Number.NaN);
  };
  for (const littleEndian of [true, false]) {
    assert.deepEqual(bytesOfTins([{ bytes: 1 }, { bytes: 2 }, { bytes: 3 }], littleEndian), [1, 2, 3]);
    assert.deepEqual(bytesOfTins([{ bytes: 4 }], littleEndian), [4]);
    assert.equal(sample.tinCount, 1);
    assert.equal(sample.values[TIN_COLUMNS + TIN_COLUMN.sentBytes], 0);
    assert.deepEqual(bytesOfTins([{ bytes: 2 ** 40 + 5 }], littleEndian), [2 ** 40 + 5]);
  }
});

test('more tins than CAKE has are passed over', () => {
  const sample = new CakeSample();
  const tins = Array.from({ length: 12 }, (_, i) => ({ bytes: i }));
  eachView([cakeMessage({ tins })], (view) => sample.read(view, true));
  assert.equal(sample.tinCount, 8);
  assert.equal(sample.values[QDISC_COLUMN.memoryLimitBytes], 4_194_304);
});

test('statistics that are cut are an error, and do not spoil what comes after', () => {
  const sample = new CakeSample();
  const whole = cakeMessage({ tins: [{ bytes: 9 }] });
  const at = whole.findIndex((_, i) => whole[i] === 10 && whole[i + 1] === 0 && (whole[i - 2] ?? 0) > 100);
  const cut = whole.slice();
  cut[at - 2] = 255;
  assert.throws(() => eachView([cut], (view) => sample.read(view, true)), ShortReadError);
  eachView([whole], (view) => sample.read(view, true));
  assert.equal(sample.values[TIN_COLUMN.sentBytes], 9);
});
