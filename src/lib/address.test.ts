import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress, formatMac, formatPrefix, parseAddress, parseMac, parsePrefix } from './address.ts';

test('addresses of both families are read and written as RFC 5952 has them', () => {
  const spellings: readonly (readonly [string, string])[] = [
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::', '::'],
    ['::1', '::1'],
    ['fe80::', 'fe80::'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
  ];
  for (const [text, written] of spellings) {
    const bytes = parseAddress(text);
    assert.ok(bytes, text);
    assert.equal(bytes.length, 16);
    assert.equal(formatAddress(bytes), written);
  }
});

test('what is no address is none', () => {
  const wrong = ['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', '1.2.3.4 ', ':', ':::', '1::2::3', '1:2:3:4:5:6:7'];
  for (const text of [
    ...wrong,
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'g::',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::1%eth0',
    '1:2:3:4::5:6:7:8',
  ]) {
    assert.equal(parseAddress(text), undefined, text);
  }
});

test('a prefix counts its bits in 128, and has nothing beyond them', () => {
  assert.equal(parsePrefix('10.0.0.0/8')?.bits, 104);
  assert.equal(parsePrefix('10.0.0.1')?.bits, 128);
  assert.equal(parsePrefix('0.0.0.0/0')?.bits, 96);
  assert.equal(parsePrefix('2001:db8::/32')?.bits, 32);
  assert.equal(parsePrefix('::/0')?.bits, 0);
  for (const text of ['10.0.0.1/8', '10.0.0.0/33', '2001:db8::/129', '2001:db8::1/64', '10.0.0.0/', '10.0.0.0/08']) {
    assert.equal(parsePrefix(text), undefined, text);
  }
  for (const text of ['10.0.0.0/8', '10.0.0.1', '2001:db8::/56', '::/0', '0.0.0.0/0']) {
    const prefix = parsePrefix(text);
    assert.ok(prefix);
    assert.equal(formatPrefix(prefix), text);
  }
});

test('a hardware address has six bytes', () => {
  const bytes = parseMac('02:00:5E:10:00:ff');
  assert.ok(bytes);
  assert.equal(formatMac(bytes), '02:00:5e:10:00:ff');
  assert.equal(formatMac(parseMac('02-00-5e-10-00-ff') ?? new Uint8Array()), '02:00:5e:10:00:ff');
  for (const text of ['', '02:00:5e:10:00', '02:00:5e:10:00:ff:00', '2:0:5e:10:0:ff', '02:00:5e-10:00:ff']) {
    assert.equal(parseMac(text), undefined, text);
  }
});
