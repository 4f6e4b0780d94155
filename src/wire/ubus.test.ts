import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeAttributes, decodeMonitor, encodeFrame, encodeMonitor, UBUS_HEADER_BYTES, UBUS_MSG } from './ubus.ts';

const U32 = [0, 0, 0, 7];

/** An attribute with this id and payload, padded. */
function attribute(id: number, payload: readonly number[]): number[] {
  const padding = Array((4 - (payload.length % 4)) % 4).fill(0);
  return [id, 0, 0, payload.length + 4, ...payload, ...padding];
}

test('a message as the real programs write it', () => {
  // A provider's answer, from 03-type-nonfinite.
  const status = encodeFrame(UBUS_MSG.STATUS, 2, 0xb653_6827, { status: 0, objectId: 0xc5f1_b9b6 });
  const expected = [
    0,
    1,
    0,
    2,
    0xb6,
    0x53,
    0x68,
    0x27,
    0,
    0,
    0,
    20,
    ...attribute(1, [0, 0, 0, 0]),
    ...attribute(3, [0xc5, 0xf1, 0xb9, 0xb6]),
  ];
  assert.deepEqual([...status], expected);
});

test('attributes come in any order and go in the order they were given', () => {
  const body = encodeFrame(0, 0, 0, { noReply: true, objectId: 1, method: 'm' }).subarray(UBUS_HEADER_BYTES);
  assert.deepEqual(Object.keys(decodeAttributes(body)), ['noReply', 'objectId', 'method']);
  assert.deepEqual(Object.keys(decodeAttributes(new Uint8Array([...attribute(4, [109, 0]), ...attribute(3, U32)]))), [
    'method',
    'objectId',
  ]);
});

test('unknown attributes and those of a wrong size are absent, the others are there', () => {
  const body = [
    ...attribute(14, U32),
    ...attribute(3, [0, 0, 0]),
    ...attribute(2, [97, 98]),
    ...attribute(4, []),
    ...attribute(9, U32),
    ...attribute(8, U32),
  ];
  assert.deepEqual(decodeAttributes(new Uint8Array(body)), { target: 7 });
});

test('what stands behind a broken attribute is absent', () => {
  assert.deepEqual(decodeAttributes(new Uint8Array([...attribute(3, U32), 8, 0, 0, 3, ...attribute(8, U32)])), {
    objectId: 7,
  });
  assert.deepEqual(decodeAttributes(new Uint8Array([...attribute(3, U32), 8, 0, 0, 9, 0])), { objectId: 7 });
  assert.deepEqual(decodeAttributes(new Uint8Array([...attribute(3, U32), 8])), { objectId: 7 });
});

test('the last of a repeated attribute counts, and the extended bit does not matter', () => {
  assert.deepEqual(decodeAttributes(new Uint8Array([...attribute(3, [0, 0, 0, 1]), ...attribute(0x83, U32)])), {
    objectId: 7,
  });
});

test('subscribers are a list of ids', () => {
  const frame = encodeFrame(UBUS_MSG.STATUS, 1, 2, { objectId: 1, subscribers: [3, 0xffff_ffff], status: 0 });
  assert.deepEqual(decodeAttributes(frame.subarray(UBUS_HEADER_BYTES)), {
    objectId: 1,
    subscribers: [3, 0xffff_ffff],
    status: 0,
  });
});

test('what a monitor sees has numbers of its own', () => {
  const seen = { client: 5, peer: 6, send: true, seq: 7, type: 8, data: new Uint8Array([1, 2, 3, 4]) };
  const frame = encodeMonitor(9, seen);
  assert.equal(frame[1], UBUS_MSG.MONITOR);
  assert.deepEqual(decodeMonitor(frame.subarray(UBUS_HEADER_BYTES)), seen);
});
