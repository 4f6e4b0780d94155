import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bitPerSFromBytePerS,
  bytePerSFromBitPerS,
  formatBytesForReading,
  formatDelayForReading,
  formatDuration,
  formatRate,
  formatRateForReading,
  formatSize,
  parseDuration,
  parseRate,
  parseSize,
  transmitTimeUs,
} from './units.ts';

/** Each text with what it must give; undefined for what is refused. */
function checkAll(parse: (text: string) => number | undefined, expected: Readonly<Record<string, number | undefined>>) {
  for (const [text, value] of Object.entries(expected)) assert.equal(parse(text), value, `'${text}'`);
}

test('a bare rate is kbit/s and a suffix says otherwise, in any case', () => {
  checkAll(parseRate, {
    '0': 0,
    '64': 64_000,
    '85000': 85_000_000,
    '85mbit': 85_000_000,
    '85Mbit': 85_000_000,
    '85MBIT': 85_000_000,
    '1gbit': 1_000_000_000,
    '1tbit': 1_000_000_000_000,
    '500kbit': 500_000,
    '12345678bit': 12_345_678,
    '007mbit': 7_000_000,
  });
});

test('fractions of a rate are exact, or the rate is refused', () => {
  checkAll(parseRate, {
    '1.5gbit': 1_500_000_000,
    '1.1mbit': 1_100_000,
    '0.1mbit': 100_000,
    '2.3mbit': 2_300_000,
    '4.35mbit': 4_350_000,
    '1.005gbit': 1_005_000_000,
    '1.5': 1500,
    '0.001': 1,
    '0.0001': undefined,
    '1.0000001mbit': undefined,
    '1.5bit': undefined,
    '1.000000mbit': 1_000_000,
  });
});

test('what is no rate is refused', () => {
  for (const text of [
    ...['', ' ', 'mbit', '-1mbit', '+1mbit', '1e6', '1,5mbit', '1.mbit', '.5mbit', '1..5mbit', '1 mbit', ' 1mbit'],
    ...['1mbit ', '1mbit\n', '0x10', '1m', '1mbps', '1bps', '1kbps', '1mb', '1mibit', '1mbit/s', 'unlimited', 'NaN'],
    ...['1constructor', '1__proto__', '99999999999999999', '９mbit', '1mbit1'],
  ]) {
    assert.equal(parseRate(text), undefined, `'${text}'`);
  }
});

test('a rate that a number cannot hold exactly is refused', () => {
  assert.equal(parseRate('9007tbit'), 9_007_000_000_000_000);
  assert.equal(parseRate('9008tbit'), undefined);
});

test('a time needs its unit', () => {
  checkAll(parseDuration, {
    '100ms': 100_000,
    '0.5s': 500_000,
    '1.5ms': 1500,
    '500us': 500,
    '1S': 1_000_000,
    '100': undefined,
    '0.5us': undefined,
    '1m': undefined,
    '1ns': undefined,
    ms: undefined,
  });
});

test('a size has binary prefixes, and none is bytes', () => {
  checkAll(parseSize, {
    '1500': 1500,
    '1500b': 1500,
    '4k': 4096,
    '4kb': 4096,
    '4mb': 4_194_304,
    '4M': 4_194_304,
    '1g': 1_073_741_824,
    '0.5k': 512,
    '1.5k': 1536,
    '0.0001k': undefined,
    '4kib': undefined,
    '4tb': undefined,
  });
});

test('a formatted value reads back as the same, whatever its digits', () => {
  let value = 1;
  for (let i = 0; i < 2000; i++) {
    value = (value * 48271) % 0x7fffffff;
    // Round numbers too, so that every unit is reached.
    const number = value - (value % 10 ** (i % 10));
    assert.equal(parseRate(formatRate(number)), number);
    assert.equal(parseDuration(formatDuration(number)), number);
    const size = value - (value % 2 ** (i % 31));
    assert.equal(parseSize(formatSize(size)), size);
  }
});

test('the shortest exact form is chosen', () => {
  assert.equal(formatRate(20_000_000), '20mbit');
  assert.equal(formatRate(14_698_000), '14698kbit');
  assert.equal(formatRate(12_345_678), '12345678bit');
  assert.equal(formatRate(2_000_000_000), '2gbit');
  assert.equal(formatDuration(100_000), '100ms');
  assert.equal(formatDuration(1500), '1500us');
  assert.equal(formatDuration(1_000_000), '1s');
  assert.equal(formatSize(4_194_304), '4mb');
  assert.equal(formatSize(1500), '1500b');
});

test('for reading there are three digits and a unit', () => {
  assert.equal(formatRateForReading(94_240_000), '94.2 Mbit/s');
  assert.equal(formatRateForReading(1_000), '1.00 kbit/s');
  assert.equal(formatRateForReading(999), '999 bit/s');
  assert.equal(formatRateForReading(0), '0 bit/s');
  assert.equal(formatBytesForReading(1_210_000_000), '1.21 GB');
  assert.equal(formatBytesForReading(512), '512 B');
  assert.equal(formatDelayForReading(850), '850 µs');
  assert.equal(formatDelayForReading(4213), '4.21 ms');
  assert.equal(formatDelayForReading(12_345_678), '12.3 s');
});

test('the kernel is given whole bytes per second, and never more than was meant', () => {
  assert.equal(bytePerSFromBitPerS(12_345_678), 1_543_209);
  assert.equal(bitPerSFromBytePerS(bytePerSFromBitPerS(12_345_678)), 12_345_672);
  assert.equal(bytePerSFromBitPerS(7), 0);
  assert.equal(bitPerSFromBytePerS(2_500_000), 20_000_000);
});

test('a full packet takes 1.2 ms at 10 Mbit/s', () => {
  assert.equal(transmitTimeUs(1500, 10_000_000), 1200);
});
