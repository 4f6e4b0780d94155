import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8 } from '../lib/utf8.ts';
import { ifbName } from './ifb_name.ts';

const free = (): boolean => true;

test('a short device lends its whole name', () => {
  assert.equal(ifbName('eth1', free), 'ifb-eth1');
  assert.equal(ifbName('eleven-byte', free), 'ifb-eleven-byte');
});

test('a long device lends a part of its name, and a hash tells it from its likes', () => {
  const names = ['pppoe-wan-north', 'pppoe-wan-south', 'pppoe-wan-nort1', 'twelve-bytes'].map((device) =>
    ifbName(device, free),
  );
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^ifb-[!-~]{4}~[0-9a-f]{6}$/);
});

test('every name fits into the kernel, whatever the device', () => {
  let value = 7;
  for (let i = 0; i < 500; i++) {
    value = (value * 48271) % 0x7fffffff;
    const device = `${value.toString(36)}ü€😀`.slice(i % 7, 3 + (i % 12));
    const name = ifbName(device, free);
    const bytes = encodeUtf8(name).length;
    assert.ok(bytes <= 15 && name.startsWith('ifb-'), `${device}: ${name}`);
  }
});

test('a character is never cut in two', () => {
  assert.match(ifbName('wan-ÄÖÜ-north', free), /^ifb-wan-~[0-9a-f]{6}$/);
  assert.match(ifbName('ÄÖÜÄÖÜ', free), /^ifb-~[0-9a-f]{6}$/);
});

test('a name that is taken is passed over, and the choice is the same each time', () => {
  const taken = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const name = ifbName('eth1', (candidate) => !taken.has(candidate));
    assert.ok(!taken.has(name));
    assert.equal(
      ifbName('eth1', (candidate) => !taken.has(candidate)),
      name,
    );
    taken.add(name);
  }
});
