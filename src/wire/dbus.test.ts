import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/effort.ts';
import { mutate, Random } from '../../test/fuzz/mutate.ts';
import { fromHex, toHex } from '../../test/netlink/recording.ts';
import { ShortReadError, Writer } from '../lib/bytes.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { DBUS_TYPE, DbusError, type DbusValue, dbusLength, dbusValues, decodeMessage, encodeCall } from './dbus.ts';

/** A message as the specification has it, written field by field. */
function message(littleEndian: boolean, type: number, fields: readonly Field[], body: (w: Writer) => void): Uint8Array {
  const w = new Writer(littleEndian);
  for (const byte of [littleEndian ? 0x6c : 0x42, type, 1, 1]) w.u8(byte);
  for (const word of [0, 77, 0]) w.u32(word);
  for (const [code, kind, value] of fields) {
    w.align(8);
    w.u8(code);
    signature(w, kind);
    if (typeof value === 'number') w.u32(value);
    else if (kind === 'g') signature(w, value);
    else text(w, value);
  }
  w.patchU32(12, w.size - 16);
  w.align(8);
  const at = w.size;
  body(w);
  w.patchU32(4, w.size - at);
  return w.bytes().slice();
}

type Field = readonly [code: number, kind: string, value: string | number];

function signature(w: Writer, types: string): void {
  w.u8(types.length);
  w.raw(encodeUtf8(types));
  w.u8(0);
}

function text(w: Writer, value: string): void {
  w.align(4);
  w.u32(encodeUtf8(value).length);
  w.raw(encodeUtf8(value));
  w.u8(0);
}

/** An answer to the call 9 with a body of these types. */
function answer(types: string, body: (w: Writer) => void, littleEndian = true): Uint8Array {
  return message(
    littleEndian,
    DBUS_TYPE.METHOD_RETURN,
    [
      [5, 'u', 9],
      [8, 'g', types],
    ],
    body,
  );
}

function valuesOf(bytes: Uint8Array): DbusValue[] {
  assert.equal(dbusLength(bytes.subarray(0, 16)), bytes.length);
  return dbusValues(decodeMessage(bytes));
}

test('a call, byte for byte', () => {
  const call = { path: '/a', interface: 'b.c', member: 'Get' };
  const header = `6c010001 14000000 09000000 38000000
    01016f00 02000000 2f6100 0000000000
    02017300 03000000 622e6300 00000000
    03017300 03000000 47657400 00000000
    08016700 02737300`;
  const body = '01000000 7800 0000 07000000 73747261c39f65 00';
  assert.equal(toHex(encodeCall(9, call, ['x', 'straße'])), `${header}${body}`.replace(/\s/g, ''));
  const bare = encodeCall(9, call, []);
  assert.equal(dbusLength(bare), bare.length);
  assert.equal(bare.length % 8, 0);
});

for (const littleEndian of [true, false]) {
  const order = littleEndian ? 'little' : 'big';
  test(`${order} endian: an answer, an error and what is told to all`, () => {
    const bytes = answer(
      'v',
      (w) => {
        signature(w, '(uo)');
        w.align(8);
        w.u32(1234);
        text(w, '/job/1234');
      },
      littleEndian,
    );
    assert.equal(decodeMessage(bytes).replySerial, 9);
    assert.equal(decodeMessage(bytes).type, DBUS_TYPE.METHOD_RETURN);
    assert.deepEqual(valuesOf(bytes), [[1234, '/job/1234']]);
    const fields: Field[] = [
      [4, 's', 'a.NoSuchUnit'],
      [5, 'u', 9],
      [8, 'g', 's'],
      [7, 's', 'org.freedesktop.systemd1'],
    ];
    const error = message(littleEndian, DBUS_TYPE.ERROR, fields, (w) => text(w, 'no such unit'));
    assert.equal(decodeMessage(error).errorName, 'a.NoSuchUnit');
    assert.deepEqual(valuesOf(error), ['no such unit']);
    const signal = message(
      littleEndian,
      DBUS_TYPE.SIGNAL,
      [
        [1, 'o', '/'],
        [3, 's', 'News'],
        [8, 'g', 'a{sv}'],
      ],
      (w) => w.u32(0),
    );
    assert.equal(decodeMessage(signal).replySerial, undefined);
    assert.throws(() => valuesOf(signal), DbusError);
  });
}

test('values of each type that is known, each in its place', () => {
  const bytes = answer('ybsgo(yu)v', (w) => {
    w.u8(7);
    w.align(4);
    w.u32(1);
    text(w, 's');
    signature(w, 'as');
    text(w, '/o');
    w.align(8);
    w.u8(1);
    w.align(4);
    w.u32(2);
    signature(w, 'v');
    signature(w, 's');
    text(w, 'inside');
  });
  assert.deepEqual(valuesOf(bytes), [7, 1, 's', 'as', '/o', [1, 2], 'inside']);
  assert.deepEqual(valuesOf(message(true, DBUS_TYPE.METHOD_RETURN, [[5, 'u', 9]], () => undefined)), []);
});

test('what is broken is refused: the head, types, text, nesting', () => {
  for (const head of ['6d020101', '6c020102', '00000000'])
    assert.throws(() => dbusLength(fromHex(`${head}000000000000000000000000`)), DbusError);
  for (const types of ['(', ')', '(s', 'a', 'x', '()('])
    assert.throws(() => valuesOf(answer(types, (w) => w.zeros(64))), DbusError, types);
  const unended = answer('s', (w) => w.raw(fromHex('0200000061626300')));
  assert.throws(() => valuesOf(unended), DbusError);
  for (const types of ['', 'ss']) {
    const variant = answer('v', (w) => {
      signature(w, types);
      w.zeros(32);
    });
    assert.throws(() => valuesOf(variant), DbusError, types);
  }
  const deep = answer('v', (w) => {
    for (let level = 0; level < 20_000; level++) signature(w, 'v');
  });
  assert.throws(() => valuesOf(deep), DbusError);
  assert.throws(() => valuesOf(answer(`${'('.repeat(100)}y${')'.repeat(100)}`, (w) => w.zeros(8))), DbusError);
});

test('cut at each byte, and damaged in many ways, a message is read or refused', () => {
  const whole = answer('v', (w) => {
    signature(w, '(uo)');
    w.align(8);
    w.u32(1);
    text(w, '/job');
  });
  const read = (bytes: Uint8Array): boolean => {
    try {
      if (bytes.length >= 16) dbusLength(bytes);
      dbusValues(decodeMessage(bytes));
      return true;
    } catch (error) {
      assert.ok(error instanceof DbusError || error instanceof ShortReadError, String(error));
      return false;
    }
  };
  for (let length = 0; length < whole.length; length++) assert.equal(read(whole.subarray(0, length)), false);
  const random = new Random(7);
  let intact = 0;
  const tries = cases(20_000);
  for (let n = 0; n < tries; n++) if (read(mutate(whole, random, { donors: [whole] }))) intact++;
  assert.ok(intact < tries);
});
