/** What the real programs sent, decoded and encoded again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBlobJson, parseBlobJson } from '../../src/wire/blob_json.ts';
import { decodeFields, decodeRecord, encodeFields, encodeRecord } from '../../src/wire/blobmsg.ts';
import { decodeAttributes, encodeFrame, UBUS_MSG, type UbusAttributes } from '../../src/wire/ubus.ts';
import { assertSameBytes, frameOf, framesOf, hexOf, readUbusRecording, ubusRecordingNames } from './recordings.ts';

/** Through all our forms, down to the single value. */
function encodedAgain(bytes: Uint8Array): Uint8Array {
  const { type, seq, peer, body } = frameOf(bytes);
  const attributes: UbusAttributes = decodeAttributes(body);
  for (const name of ['data', 'signature'] as const) {
    const blob = attributes[name];
    if (blob !== undefined) attributes[name] = encodeFields(decodeFields(blob));
  }
  return encodeFrame(type, seq, peer, attributes);
}

for (const name of ubusRecordingNames()) {
  test(`${name}: every message is the same after decoding and encoding`, () => {
    const frames = framesOf(readUbusRecording(name).steps);
    assert.ok(frames.length > 0);
    for (const { bytes } of frames) assertSameBytes(encodedAgain(bytes), bytes);
  });
}

/** What the caller's method calls held, and what came back, on the connection of each command that called `method`. */
function callsOf(name: string): { argv: readonly string[]; stdout: string; sent?: Uint8Array; got?: Uint8Array }[] {
  const { commands, steps } = readUbusRecording(name);
  const connections = [...new Set(framesOf(steps).map(({ conn }) => conn))].filter((conn) =>
    steps.some((step) => step.conn === conn && step.role === 'cli'),
  );
  const called = commands.filter(({ role, exit }) => role === 'cli' && exit !== 244);
  // Commands whose arguments are no JSON connect as well, and then call nothing.
  const calls = connections.flatMap((conn) => {
    const mine = framesOf(steps).filter((frame) => frame.conn === conn);
    const sent = mine.find(({ fromBus, bytes }) => !fromBus && frameOf(bytes).type === UBUS_MSG.INVOKE);
    if (sent === undefined) return [];
    const got = mine.filter(({ fromBus, bytes }) => fromBus && frameOf(bytes).type === UBUS_MSG.DATA).at(-1);
    return [{ sent: dataOf(sent.bytes), got: got === undefined ? undefined : dataOf(got.bytes) }];
  });
  assert.equal(calls.length, called.length);
  return called.map(({ argv, stdout }, i) => {
    const { sent, got } = calls[i] ?? {};
    return { argv, stdout, ...(sent && { sent }), ...(got && { got }) };
  });
}

function dataOf(bytes: Uint8Array): Uint8Array | undefined {
  return decodeAttributes(frameOf(bytes).body).data;
}

test('JSON becomes the bytes that the real command sends, and answers the text that it prints', () => {
  const calls = callsOf('04-cli-call-json');
  assert.ok(calls.length >= 12);
  for (const { argv, stdout, sent, got } of calls) {
    const text = argv[argv.indexOf('call') + 3] ?? '{}';
    const fields = parseBlobJson(text);
    assert.ok(fields !== undefined && sent !== undefined && got !== undefined);
    assert.equal(hexOf(encodeFields(fields)), hexOf(sent), text);
    assert.equal(`${formatBlobJson(decodeFields(got), !argv.includes('-S'))}\n`, stdout);
  }
});

test('what is no JSON object is refused, as the real command does', () => {
  const { commands } = readUbusRecording('04-cli-call-json');
  const refused = commands.filter(({ exit }) => exit === 244);
  assert.equal(refused.length, 2);
  for (const { argv } of refused) assert.equal(parseBlobJson(argv.at(-1) ?? ''), undefined);
});

test('values that JSON can tell apart become the same bytes from a record as from its text', () => {
  for (const { argv, sent } of callsOf('04-cli-call-json')) {
    const text = argv[argv.indexOf('call') + 3] ?? '{}';
    // JSON.parse cannot see that 1e3 is a DOUBLE, nor integers beyond 2^53.
    if (/e3|18446744073709551615/.test(text) || sent === undefined) continue;
    assert.equal(hexOf(encodeRecord(JSON.parse(text))), hexOf(sent), text);
    assert.deepEqual(decodeRecord(sent), JSON.parse(text));
  }
});
