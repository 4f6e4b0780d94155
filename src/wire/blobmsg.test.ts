import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShortReadError } from '../lib/bytes.ts';
import {
  BLOBMSG,
  BlobError,
  type BlobValue,
  decodeFields,
  decodeRecord,
  encodeFields,
  encodeRecord,
  fieldsOf,
} from './blobmsg.ts';

function bytes(hex: string): Uint8Array {
  const digits = hex.replaceAll(' ', '');
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16));
}

/** The type that a value gets, and what it is when it comes back. */
function roundTrip(value: BlobValue): [type: number | undefined, value: BlobValue | undefined] {
  return [fieldsOf({ x: value })[0]?.type, decodeRecord(encodeRecord({ x: value })).x];
}

test('a field as the real programs write it', () => {
  const field = bytes('8300000f 0005 6166746572 00 6f6b00 00');
  assert.deepEqual(encodeRecord({ after: 'ok' }), field);
  assert.deepEqual(decodeRecord(field), { after: 'ok' });
});

test('numbers get the smallest type that holds them', () => {
  for (const value of [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]) assert.deepEqual(roundTrip(value), [BLOBMSG.INT32, value]);
  for (const value of [2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, -(2 ** 53) + 1, 5_000_000_000]) {
    assert.deepEqual(roundTrip(value), [BLOBMSG.INT64, value]);
  }
  for (const value of [0.5, -1e-300, 1e300, 2 ** 63, Number.POSITIVE_INFINITY, Number.NaN]) {
    assert.deepEqual(roundTrip(value), [BLOBMSG.DOUBLE, value]);
  }
});

test('64-bit integers beyond 2^53 come back as they went', () => {
  for (const value of [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n, -(2n ** 53n) - 1n]) {
    assert.deepEqual(roundTrip(value), [BLOBMSG.INT64, value]);
  }
  // A number that is no longer exact is still an integer on the wire.
  assert.deepEqual(roundTrip(2 ** 60), [BLOBMSG.INT64, 2n ** 60n]);
  assert.deepEqual(roundTrip(7n), [BLOBMSG.INT64, 7]);
});

test('nested values, empty ones, and names of any kind', () => {
  const record = {
    t: { a: { b: {} } },
    l: [1, 'a', [2], { k: null }, []],
    '': 'no name',
    'a/b c': 'ö',
    yes: true,
    no: false,
  };
  assert.deepEqual(decodeRecord(encodeRecord(record)), record);
});

test('a name that JavaScript gives a meaning is a name like any other', () => {
  const record = decodeRecord(encodeRecord(JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}')));
  assert.deepEqual(Object.keys(record), ['__proto__', 'constructor']);
  assert.equal(Object.getPrototypeOf(record), Object.prototype);
  assert.equal(record.x, undefined);
});

test('of a repeated name the first value counts, and the list has both', () => {
  const twice = encodeFields([
    { name: 'x', type: BLOBMSG.INT32, value: 1 },
    { name: 'x', type: BLOBMSG.INT32, value: 2 },
  ]);
  assert.deepEqual(decodeRecord(twice), { x: 1 });
  assert.deepEqual(
    decodeFields(twice).map(({ value }) => value),
    [1, 2],
  );
});

test('integers of one and two bytes are read, the latter with their sign', () => {
  const fields = decodeFields(bytes('8600000a 0001 7800 fffe 0000  87000009 0001 7900 02 000000'));
  assert.deepEqual(fields, [
    { name: 'x', type: BLOBMSG.INT16, value: -2 },
    { name: 'y', type: BLOBMSG.INT8, value: 2 },
  ]);
  assert.deepEqual(decodeRecord(encodeFields(fields)), { x: -2, y: true });
});

test('text that is no UTF-8 comes back as it went; text ends at its first NUL', () => {
  const odd = bytes('8300000b 0001 7800 fffe00 00');
  assert.deepEqual(encodeRecord(decodeRecord(odd)), odd);
  assert.deepEqual(decodeRecord(bytes('8300000c 0001 7800 61006200')), { x: 'a' });
});

test('padding that is not zero is accepted', () => {
  assert.deepEqual(decodeRecord(bytes('8300000f 0005 6166746572 00 6f6b00 ff')), { after: 'ok' });
});

test('bytes that are no blobmsg are refused', () => {
  const broken: Record<string, string> = {
    'a length past the end': '83000010 0001 7800 6f6b0000',
    'a length below the header': '83000003 0001 7800 6f6b0000',
    'half a header': '8300000f 0005 6166746572 00 6f6b00 00 83',
    'no room for a name': '83000004',
    'a name past the end': '8300000c 0009 7800 6f6b0000',
    'a name without NUL': '8300000c 0001 7878 6f6b0000',
    'a string without NUL': '8300000a 0001 7800 6f6b0000',
    'an empty string without NUL': '83000008 0001 7800',
    'an INT32 of 3 bytes': '8500000b 0001 7800 00000100',
    'an INT64 of 4 bytes': '8400000c 0001 7800 00000001',
    'an unknown type': '8900000c 0001 7800 00000001',
    'an attribute without name': '0300000c 0001 7800 00000001',
    'a broken value inside': '82000014 0001 7800 8500000b 0001 7900 00000100',
  };
  for (const [what, hex] of Object.entries(broken)) {
    assert.throws(
      () => decodeFields(bytes(hex)),
      (error: unknown) => error instanceof BlobError || error instanceof ShortReadError,
      what,
    );
  }
});

test('values nested deeper than anybody means are refused, before the stack ends', () => {
  const nested = (levels: number): BlobValue => {
    let value: BlobValue = 1;
    for (let i = 0; i < levels; i++) value = [value];
    return value;
  };
  assert.deepEqual(roundTrip(nested(31))[1], nested(31));
  assert.throws(
    () => encodeRecord({ x: nested(40) }),
    (error: unknown) => error instanceof BlobError,
  );
  const levels = 80_000;
  const deep = new Uint8Array(levels * 8);
  const view = new DataView(deep.buffer);
  for (let level = 0; level < levels; level++) view.setUint32(level * 8, 0x8100_0000 + (levels - level) * 8);
  assert.throws(
    () => decodeFields(deep),
    (error: unknown) => error instanceof BlobError,
  );
});
