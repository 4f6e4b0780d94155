import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reader, ShortReadError, Writer } from './bytes.ts';

for (const littleEndian of [true, false]) {
  const order = littleEndian ? 'little' : 'big';

  test(`every kind of number comes back as it was written, ${order} endian`, () => {
    const w = new Writer(littleEndian, 1);
    w.u8(0xfe);
    w.u16(0xfedc);
    w.u32(0xfedcba98);
    w.s32(-64);
    w.u64(Number.MAX_SAFE_INTEGER);
    w.u64(0x1_0000_0001);
    const r = new Reader(w.bytes(), littleEndian);
    assert.equal(r.u8(), 0xfe);
    assert.equal(r.u16(), 0xfedc);
    assert.equal(r.u32(), 0xfedcba98);
    assert.equal(r.s32(), -64);
    assert.equal(r.u64(), Number.MAX_SAFE_INTEGER);
    assert.equal(r.u64(), 0x1_0000_0001);
    assert.equal(r.remaining, 0);
  });

  test(`negative numbers keep their sign, ${order} endian`, () => {
    const bytes = new Uint8Array(10).fill(0xff);
    const r = new Reader(bytes, littleEndian);
    assert.equal(r.s16(), -1);
    assert.equal(r.s64(), -1);
  });
}

test('the byte order is the one that was asked for, whatever the CPU', () => {
  const w = new Writer(false);
  w.u32(0x01020304);
  assert.deepEqual([...w.bytes()], [1, 2, 3, 4]);
  assert.equal(new Reader(w.bytes(), true).u32(), 0x04030201);
});

test('a read past the end names the offset and reads nothing', () => {
  const r = new Reader(new Uint8Array([1, 2, 3]), true);
  r.u16();
  assert.throws(
    () => r.u16(),
    (error) => error instanceof ShortReadError && error.offset === 2,
  );
  assert.equal(r.u8(), 3);
  assert.throws(() => r.take(-1), ShortReadError);
  assert.throws(() => r.take(2 ** 31), ShortReadError);
});

test('a reader of a part ends with it and shares the bytes, bytes() is a copy', () => {
  const data = new Uint8Array([0, 1, 2, 3, 4]);
  const r = new Reader(data, true, 1);
  const part = r.sub(2);
  const copy = r.bytes(1);
  data.fill(9);
  assert.equal(part.u8(), 9);
  assert.equal(part.u8(), 9);
  assert.throws(() => part.u8(), ShortReadError);
  assert.deepEqual([...copy], [3]);
  assert.equal(r.remaining, 1);
});

test('a reader of a view that does not begin its buffer reads the view', () => {
  const whole = new Uint8Array([0xff, 0xff, 1, 0]);
  assert.equal(new Reader(whole.subarray(2), true).u16(), 1);
});

test('a range outside the data is refused', () => {
  const data = new Uint8Array(4);
  assert.throws(() => new Reader(data, true, 0, 5), ShortReadError);
  assert.throws(() => new Reader(data, true, 3, 2), ShortReadError);
  assert.throws(() => new Reader(data, true, -1), ShortReadError);
});

test('a writer grows, aligns with zeros, patches lengths, and starts again with reset', () => {
  const w = new Writer(true, 2);
  w.u16(0);
  w.raw(new Uint8Array([7, 8, 9]));
  w.align(4);
  w.patchU16(0, 5);
  assert.deepEqual([...w.bytes()], [5, 0, 7, 8, 9, 0, 0, 0]);
  w.align(4);
  assert.equal(w.size, 8);
  w.patchU32(4, 0x01020304);
  assert.deepEqual([...w.bytes()].slice(4), [4, 3, 2, 1]);
  w.reset();
  w.zeros(3);
  assert.deepEqual([...w.bytes()], [0, 0, 0]);
});
