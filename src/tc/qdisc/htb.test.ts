import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeKind, encodeKind, kindMessages, sentAndShown, whereOf } from '../../../test/kind_captures.ts';
import { Reader } from '../../lib/bytes.ts';
import { decodeOptions, differences, formatOptions, problemsOf } from '../kind.ts';
import { htb } from './htb.ts';

const classes = htb().classes ?? assert.fail('HTB has classes');
const shown = kindMessages('tc-htb-options', ['dump-stats']);

test('packets that went out unshaped are counted', () => {
  const counted = shown.filter(({ isClass }) => !isClass).map((one) => decodeKind(one).directPackets);
  assert.deepEqual(counted, [2, 2, 2]);
});

test('the statistics of a class are those that tc prints', () => {
  let compared = 0;
  for (const { isClass, xstats, capture, record, handle } of shown) {
    if (!isClass || xstats === undefined) continue;
    const stats = classes.decodeStats?.(new Reader(xstats, capture.littleEndian)) ?? assert.fail(record.command);
    // Five lines a class.
    const at = record.printed.findIndex((line) => line.startsWith(`class htb 1:${(handle & 0xffff).toString(16)} `));
    const [, lent, borrowed] = /lended: (\d+) borrowed: (\d+)/.exec(record.printed[at + 3] ?? '') ?? [];
    const [, tokens, ceilTokens] = /tokens: (-?\d+) ctokens: (-?\d+)/.exec(record.printed[at + 4] ?? '') ?? [];
    assert.deepEqual(stats, {
      lentPackets: Number(lent),
      borrowedPackets: Number(borrowed),
      tokensNs: Number(tokens) * 64,
      ceilTokensNs: Number(ceilTokens) * 64,
    });
    compared += 1;
  }
  assert.equal(compared, 6);
});

test('a class with classes below it keeps its quantum and priority, whatever it is sent', () => {
  const inner = sentAndShown('tc-htb-options').filter(
    ([sent, found]) => sent.record.command.includes(' class change ') && Number(decodeKind(found).level) > 0,
  );
  assert.ok(inner.length >= 3);
  for (const [sent, found] of inner) {
    assert.equal(decodeKind(sent).priority, 5);
    assert.equal(decodeKind(found).priority, 3);
    assert.deepEqual(differences(classes, decodeKind(sent), decodeKind(found)), [], whereOf(sent));
    const leaf = { ...decodeKind(found), level: 0 };
    const names = differences(classes, decodeKind(sent), leaf).map(({ name }) => name);
    assert.deepEqual(names, ['quantumBytes', 'priority']);
  }
});

test('a class that is told nothing but a rate has it as its ceiling and the bursts of tc', () => {
  const alone = decodeOptions(classes, encodeKind(classes, { rateBitPerS: 20e6 }, true), true);
  assert.equal(alone.ceilBitPerS, 20e6);
  assert.equal(alone.burstBytes, 1600);
  assert.equal(alone.quantumBytes, undefined);
  assert.deepEqual(differences(classes, { rateBitPerS: 20e6 }, alone), []);
  const [other] = differences(classes, { rateBitPerS: 20e6 }, { ...alone, ceilBitPerS: 30e6 });
  assert.deepEqual(other, { name: 'ceilBitPerS', wanted: 20e6, found: 30e6, apply: 'change' });
});

test('rates from 2^32 byte/s on are read and written in whole', () => {
  const options = { rateBitPerS: 40e9, ceilBitPerS: 50e9, burstBytes: 2 ** 20, ceilBurstBytes: 2 ** 20 };
  for (const littleEndian of [true, false]) {
    const found = decodeOptions(classes, encodeKind(classes, options, littleEndian), littleEndian);
    assert.equal(found.rateBitPerS, 40e9);
    assert.equal(found.ceilBitPerS, 50e9);
    assert.deepEqual(differences(classes, options, found), []);
  }
});

test('what HTB cannot do is said', () => {
  assert.deepEqual(problemsOf(classes, { rateBitPerS: 2e6, ceilBitPerS: 1e6 }), ['the ceiling is below the rate']);
  assert.deepEqual(problemsOf(classes, { rateBitPerS: 8, ceilBitPerS: 1e6 }), [
    'the burst takes more than 274 s at the rate',
  ]);
  assert.deepEqual(problemsOf(classes, { rateBitPerS: 1e6, burstBytes: 15000 }), []);
});

test('only a new HTB can have other options', () => {
  const found = differences(htb(), { defaultMinor: 0x20 }, { ...htb().initial, directLimitPackets: 1000 });
  assert.deepEqual(found, [{ name: 'defaultMinor', wanted: 0x20, found: 0, apply: 'rebuild' }]);
  assert.equal(formatOptions(htb(), { defaultMinor: 0x20 }).join(' '), 'default 0x20 r2q 10');
});
