import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Capture, readCaptures } from '../../test/captures.ts';
import { mutate, Random } from '../../test/fuzz/mutate.ts';
import { Reader, ShortReadError, Writer } from '../lib/bytes.ts';
import { NLM_F } from '../uapi/netlink.ts';
import { decodeFlowtable, FLOWTABLE_MESSAGE, type Flowtable, flowtableDump } from './nftables.ts';
import { eachMessage, encodeMessage } from './nlmsg.ts';

const FT: Flowtable = {
  family: 'inet',
  table: 'fw4',
  name: 'ft',
  hardware: false,
  ruleCount: 1,
  devices: ['wan0.7', 'wan0'],
  devicePrefixes: [],
};
const UNUSED: Flowtable = { ...FT, family: 'ip', table: 'mine', name: 'unused', ruleCount: 0, devices: ['x0'] };
const EMPTY: Flowtable = { ...FT, family: 'ip6', table: 'six', name: 'f6', ruleCount: 2, devices: [] };
const WILD: Flowtable = { ...FT, name: 'wild', ruleCount: 0, devices: ['lo'], devicePrefixes: ['dsl'] };

function flowtablesIn(messages: readonly Uint8Array[], littleEndian: boolean): Flowtable[] {
  const list: Flowtable[] = [];
  for (const message of messages) {
    eachMessage(new Reader(message, littleEndian), ({ type }, payload) => {
      if (type === FLOWTABLE_MESSAGE) list.push(decodeFlowtable(payload));
    });
  }
  return list;
}

function listed({ records, littleEndian }: Capture, index: number): Flowtable[] {
  return flowtablesIn(records[index]?.messages ?? [], littleEndian);
}

for (const capture of readCaptures('nft-flowtables')) {
  const { name, littleEndian, records } = capture;

  test(`${name}: what the kernel was asked is what we ask`, () => {
    const w = new Writer(littleEndian);
    encodeMessage(w, flowtableDump(), NLM_F.REQUEST | NLM_F.DUMP, 1);
    assert.deepEqual(records[0]?.messages[0], w.bytes().slice());
  });

  test(`${name}: all flowtables are read, also such without a rule or a device`, () => {
    assert.deepEqual(listed(capture, 0), []);
    assert.deepEqual(listed(capture, 1), [FT, UNUSED, EMPTY]);
  });

  test(`${name}: the flag for the hardware is the lowest of its number, with others or without`, () => {
    // No device of the lab has hardware for it, so a bit is set in what the kernel did say: NFTA_FLOWTABLE_FLAGS, type 7.
    const message = records[1]?.messages[1]?.slice() ?? new Uint8Array();
    const header = littleEndian ? [8, 0, 7, 0] : [0, 8, 0, 7];
    const at = message.findIndex((_, start) => header.every((byte, i) => message[start + i] === byte));
    for (const [flags, hardware] of [
      [1, true],
      [3, true],
      [2, false],
      [0, false],
    ] as const) {
      message[at + 7] = flags;
      assert.equal(flowtablesIn([message], littleEndian)[0]?.hardware, hardware);
    }
  });
}

test('beginnings of names are told from names', () => {
  const [big, old, new_] = readCaptures('nft-flowtables');
  assert.ok(big && old && new_);
  for (const capture of [big, new_]) assert.deepEqual(listed(capture, 2), [FT, WILD, UNUSED, EMPTY]);
  assert.equal(old.records.length, 2);
});

/** QuickJS on an emulated router takes a minute for what Node does in a second. */
const DAMAGED = 'process' in globalThis ? 20_000 : 1000;

test('damaged messages give a flowtable or a ShortReadError', () => {
  const random = new Random(7);
  const seeds = readCaptures('nft-flowtables').flatMap(({ littleEndian, records }) =>
    records.flatMap(({ messages }) => messages.slice(1, -1).map((message) => ({ littleEndian, message }))),
  );
  const donors = seeds.map(({ message }) => message);
  const endings = { flowtable: 0, short: 0 };
  for (let i = 0; i < DAMAGED; i++) {
    const { littleEndian, message } = random.pick(seeds);
    const damaged = mutate(message.subarray(16), random, { donors });
    try {
      const { table, devices, devicePrefixes } = decodeFlowtable(new Reader(damaged, littleEndian));
      assert.ok(table.length + devices.join('').length + devicePrefixes.join('').length <= damaged.length);
      endings.flowtable++;
    } catch (error) {
      if (!(error instanceof ShortReadError)) throw error;
      endings.short++;
    }
  }
  assert.ok(endings.flowtable > DAMAGED / 20 && endings.short > DAMAGED / 20, JSON.stringify(endings));
});
