import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../test/netlink/recording.ts';
import { Reader, ShortReadError, Writer } from '../lib/bytes.ts';
import { NLM_F } from '../uapi/netlink.ts';
import { type Ack, decodeAck, decodeDone, eachMessage, encodeMessage } from './nlmsg.ts';

interface Message {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly portId: number;
  readonly body: string;
}

function messagesIn(hex: string, littleEndian: boolean): Message[] {
  const messages: Message[] = [];
  eachMessage(new Reader(fromHex(hex), littleEndian), (header, payload) => {
    messages.push({ ...header, body: toHex(payload.bytes(payload.remaining)) });
  });
  return messages;
}

function acksIn(hex: string, littleEndian: boolean): Ack[] {
  const acks: Ack[] = [];
  eachMessage(new Reader(fromHex(hex), littleEndian), ({ flags }, payload) => acks.push(decodeAck(flags, payload)));
  return acks;
}

test('a message is its header, its body and padding; the length counts no padding', () => {
  const encode = (littleEndian: boolean): string => {
    const w = new Writer(littleEndian);
    const body = (v: Writer): void => v.u8(0xab);
    encodeMessage(w, { type: 0x24, flags: NLM_F.CREATE, body }, NLM_F.REQUEST, 0x01020304);
    return toHex(w.bytes());
  };
  assert.equal(encode(true), '11000000240001040403020100000000ab000000');
  assert.equal(encode(false), '00000011002404010102030400000000ab000000');
});

test('messages are told apart in both byte orders, the padding between them skipped', () => {
  const first = { type: 0x24, flags: 0x401, sequence: 0x01020304, portId: 0, body: 'ab' };
  const second = { type: 3, flags: 2, sequence: 5, portId: 0xfffffff0, body: '' };
  assert.deepEqual(messagesIn('11000000240001040403020100000000ab000000100000000300020005000000f0ffffff', true), [
    first,
    second,
  ]);
  assert.deepEqual(messagesIn('00000011002404010102030400000000ab000000000000100003000200000005fffffff0', false), [
    first,
    second,
  ]);
});

test('the last message may be without its padding', () => {
  assert.deepEqual(
    messagesIn('11000000240001040403020100000000ab', true).map(({ body }) => body),
    ['ab'],
  );
});

test('a length below the header or past the end is an error and no endless loop', () => {
  for (const hex of [
    '00000000240001040403020100000000',
    '0f000000240001040403020100000000',
    '11000000240001040403020100000000',
    'ffffffff240001040403020100000000',
    '1000000024000104040302010000',
    '10',
  ]) {
    const visit = (): never => assert.fail('a message in what is none');
    assert.throws(() => eachMessage(new Reader(fromHex(hex), true), visit), ShortReadError, hex);
  }
});

test('a visitor that reads less than the message, or all of it, does not disturb the next', () => {
  const hex = '14000000240001040100000000000000aaaaaaaa14000000240001040200000000000000bbbbbbbb';
  const seen: number[] = [];
  eachMessage(new Reader(fromHex(hex), true), ({ sequence }, payload) => {
    if (sequence === 1) payload.u8();
    seen.push(sequence);
  });
  assert.deepEqual(seen, [1, 2]);
});

// Recorded from Linux 6.1, x86_64 and s390x: EEXIST for an EXCL request on a socket with CAP_ACK and EXT_ACK.
const EXCLUSIVE_LE =
  '4c00000002000003100000002c000000efffffff40000000240005061000000000000000270001004578636c7573697669747920666c6167206f6e2c2063616e6e6f74206d6f646966790000';
const EXCLUSIVE_BE =
  '0000004c000203000000001000000071ffffffef00000040002406050000001000000000002700014578636c7573697669747920666c6167206f6e2c2063616e6e6f74206d6f646966790000';

test('a refusal has its number and the words of the kernel', () => {
  const expected = [{ errno: 17, extack: 'Exclusivity flag on, cannot modify' }];
  assert.deepEqual(acksIn(EXCLUSIVE_LE, true), expected);
  assert.deepEqual(acksIn(EXCLUSIVE_BE, false), expected);
});

test('an acknowledgement is a refusal with number 0', () => {
  assert.deepEqual(acksIn('2400000002000001110000002c0000000000000040000000240005001100000000000000', true), [
    { errno: 0 },
  ]);
});

test('without CAP_ACK the attributes are found behind the repeated request', () => {
  // A refused request of 18 bytes, repeated with its padding, then the message and the offset.
  const request = '12000000240005060100000000000000abcd0000';
  const attributes = '080001006e6f0000' + '0800020010000000' + '0800050007000000' + '0700030001020300';
  const hex = `4800000002000002010000000a000000${'eaffffff'}${request}${attributes}`;
  assert.deepEqual(acksIn(hex, true), [
    { errno: 22, extack: 'no', attributeOffset: 16, missingType: 7, cookie: new Uint8Array([1, 2, 3]) },
  ]);
});

test('a repeated request that would be shorter than a header is an error', () => {
  const hex = (length: string): string =>
    `2c000000020000020100000000000000eaffffff${length}00000024000506010000000000000008000100aabbcc00`;
  assert.deepEqual(acksIn(hex('10'), true), [{ errno: 22, extack: '\u{dcaa}\u{dcbb}\u{dccc}' }]);
  assert.throws(() => acksIn(hex('04'), true), ShortReadError);
});

test('the end of a dump can carry an error, its reason, or nothing at all', () => {
  const decode = (flags: number, hex: string): Ack => decodeDone(flags, new Reader(fromHex(hex), true));
  assert.deepEqual(decode(NLM_F.MULTI, '00000000'), { errno: 0 });
  assert.deepEqual(decode(NLM_F.MULTI, ''), { errno: 0 });
  assert.deepEqual(decode(NLM_F.MULTI, 'eaffffff'), { errno: 22 });
  assert.deepEqual(decode(NLM_F.MULTI | NLM_F.ACK_TLVS, 'eaffffff080001006e6f0000'), { errno: 22, extack: 'no' });
});
