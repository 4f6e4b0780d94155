import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalValue, kernelText, maskOf } from './tunable.ts';

test('each format has one form for a value, and none for what is no value', () => {
  assert.equal(canonicalValue('number', ' 0300\n'), '300');
  assert.equal(canonicalValue('number', '0\n'), '0');
  assert.equal(canonicalValue('number', '18446744073709551615'), '18446744073709551615');
  assert.equal(canonicalValue('mask', '00000000,0000000F\n'), 'f');
  assert.equal(canonicalValue('mask', '00000000\n'), '0');
  assert.equal(canonicalValue('mask', 'ff,ffffffff\n'), 'ffffffffff');
  assert.equal(canonicalValue('switch', '1\n'), '1');
  for (const text of ['', '\n', '-1', '1 2', '1e3', '9'.repeat(21)])
    assert.equal(canonicalValue('number', text), undefined);
  for (const text of ['', 'g', '0x1', 'f'.repeat(1025)]) assert.equal(canonicalValue('mask', text), undefined);
  for (const text of ['', '2', 'on']) assert.equal(canonicalValue('switch', text), undefined);
});

test('a mask is written in groups of 32 bits, and reads back', () => {
  assert.equal(kernelText('mask', 'f'), 'f');
  assert.equal(kernelText('mask', 'ffffffff'), 'ffffffff');
  assert.equal(kernelText('mask', '10000000000000000'), '1,00000000,00000000');
  assert.equal(kernelText('number', '123456789012'), '123456789012');
  for (const cpus of [[], [0], [0, 1, 5], [31, 32, 63, 64]]) {
    const mask = maskOf(cpus);
    assert.equal(canonicalValue('mask', kernelText('mask', mask)), mask);
    const found = Array.from({ length: 70 }, (_, cpu) => cpu).filter(
      (cpu) => (BigInt(`0x${mask}`) >> BigInt(cpu)) & 1n,
    );
    assert.deepEqual(found, cpus);
  }
});
