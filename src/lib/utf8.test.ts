import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8, encodeUtf8, utf8Length } from './utf8.ts';

/** A fixed sequence of numbers below `limit` (a linear congruential generator): a failure repeats. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * limit);
  };
}

function bytesOf(...values: number[]): Uint8Array {
  return new Uint8Array(values);
}

function assertRoundTrip(bytes: Uint8Array): void {
  assert.deepEqual([...encodeUtf8(decodeUtf8(bytes))], [...bytes]);
  assert.equal(utf8Length(decodeUtf8(bytes)), bytes.length);
}

test('text of every length of sequence becomes the bytes of RFC 3629', () => {
  assert.deepEqual([...encodeUtf8('aß€😀')], [0x61, 0xc3, 0x9f, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80]);
  assert.equal(decodeUtf8(encodeUtf8('aß€😀')), 'aß€😀');
  assert.equal(utf8Length('aß€😀'), 10);
});

test('the ends of each range decode to their code points', () => {
  for (const code of [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff]) {
    const text = String.fromCodePoint(code);
    assert.equal(decodeUtf8(encodeUtf8(text)), text);
  }
});

test('each single byte survives, alone and between letters', () => {
  for (let value = 0; value < 256; value++) {
    assertRoundTrip(bytesOf(value));
    assertRoundTrip(bytesOf(0x61, value, 0x62));
  }
});

test('overlong, surrogate, too large and cut sequences are kept byte by byte', () => {
  const broken = [
    bytesOf(0xc0, 0x80),
    bytesOf(0xe0, 0x80, 0x80),
    bytesOf(0xf0, 0x80, 0x80, 0x80),
    bytesOf(0xed, 0xa0, 0x80),
    bytesOf(0xf4, 0x90, 0x80, 0x80),
    bytesOf(0xf5, 0x80, 0x80, 0x80),
    bytesOf(0xe2, 0x82),
    bytesOf(0xf0, 0x9f, 0x98),
    bytesOf(0xc3, 0x28),
  ];
  for (const bytes of broken) {
    assertRoundTrip(bytes);
    assert.equal(decodeUtf8(bytes).length, bytes.length);
  }
});

test('only the named range is decoded, and a sequence does not reach past it', () => {
  const bytes = encodeUtf8('x€y');
  assert.equal(decodeUtf8(bytes, 1, 4), '€');
  assert.equal(decodeUtf8(bytes, 0, 2), 'x\udce2');
});

test('an escaped byte beside a real surrogate pair goes back to its byte', () => {
  assert.deepEqual([...encodeUtf8('\udcff😀\udc80')], [0xff, 0xf0, 0x9f, 0x98, 0x80, 0x80]);
});

test('a thousand random byte strings come back as they were', () => {
  const random = randomNumbers(20261121);
  for (let i = 0; i < 1000; i++) {
    const bytes = new Uint8Array(random(24));
    // Half of the bytes from the ranges where sequences begin and go on.
    for (let at = 0; at < bytes.length; at++) bytes[at] = random(2) === 0 ? random(256) : 0x80 + random(128);
    assertRoundTrip(bytes);
  }
});
