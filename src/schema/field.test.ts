import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuses, takes } from '../../test/field_cases.ts';
import { boolean, choice, deviceName, duration, identifier, integer, mask32, rate, size } from './field.ts';

test('a rate lies within its limits, and 0 is one only where it means something', () => {
  const limited = rate(8e3, 1e9);
  takes(limited, { '8': 8e3, '8kbit': 8e3, '1gbit': 1e9, '85mbit': 85e6 });
  refuses(limited, ['0', '7999bit', '1000001kbit', '85mbps', '']);
  assert.equal(limited.expected, 'a rate from 8kbit to 1gbit, such as 85mbit or 1.5gbit; a bare number is kbit/s');
  const orNone = rate(8e3, 1e9, 'leaves it alone');
  takes(orNone, { '0': 0, '0mbit': 0, '8': 8e3 });
  assert.match(orNone.expected, /; 0 leaves it alone$/);
});

test('a time has its unit or is a preset', () => {
  const field = duration(1, 1e9, { internet: 100e3, lan: 1e3 });
  takes(field, { '100ms': 100e3, internet: 100e3, lan: 1e3, '1us': 1, '1000s': 1e9 });
  refuses(field, ['100', '0us', '0ms', '1001s', 'Internet', 'wan', 'constructor', '']);
  assert.match(field.expected, /with its unit, such as 100ms, or one of internet, lan$/);
});

test('a preset may lie outside of the limits of a time, and is written as its word', () => {
  const field = duration(0, 1e6, { off: 5e6 });
  takes(field, { off: 5e6, '1s': 1e6, '0us': 0 });
  refuses(field, ['5s', '2s']);
  assert.equal(field.format(5e6), 'off');
});

test('a size lies within its limits', () => {
  const field = size(65536, 2 ** 31, 'lets CAKE choose');
  takes(field, { '64kb': 65536, '4mb': 2 ** 22, '2gb': 2 ** 31, '0': 0, '65536': 65536 });
  refuses(field, ['63kb', '65535', '3gb', '-1', '4 mb', '4mib']);
  assert.equal(field.expected, 'a size from 64kb to 2gb, such as 4mb; 0 lets CAKE choose');
});

test('an integer is decimal, whole and within its limits', () => {
  const field = integer(-64, 256);
  takes(field, { '-64': -64, '256': 256, '0': 0, '044': 44 });
  refuses(field, ['-65', '257', '1.0', '0x10', '1e2', '+1', '', '-', ' 1', '1 ', '99999999999999999999']);
});

test('a mask has 32 bits, in decimal or hexadecimal', () => {
  takes(mask32(), { '0xff': 255, '0xFF': 255, '255': 255, '0xffffffff': 0xffffffff, '4294967295': 0xffffffff, '0': 0 });
  refuses(mask32(), ['0x100000000', '4294967296', 'ff', '-1', '0x', '0xfg', '']);
});

test('a boolean is any of the words that OpenWrt takes', () => {
  const words = { '1': true, on: true, true: true, yes: true, enabled: true };
  takes(boolean(), { ...words, '0': false, off: false, false: false, no: false, disabled: false });
  refuses(boolean(), ['2', 'TRUE', 'On', 'y', '', ' 1', '00']);
});

test('a choice is one of its words, and an alias stands for one', () => {
  const field = choice(['no', 'yes', 'aggressive'], { '1': 'yes' });
  takes(field, { no: 'no', aggressive: 'aggressive', '1': 'yes' });
  refuses(field, ['0', 'No', '', 'toString', '__proto__', 'no ']);
  assert.equal(field.expected, 'one of no, yes, aggressive');
  assert.equal(choice(['one']).expected, "'one'");
});

test('a device name is what the kernel takes for one', () => {
  for (const name of ['eth1', 'pppoe-wan', 'br-lan.100', 'a', 'fifteen-bytes-x', 'ünï', 'wan@0', '...']) {
    assert.equal(deviceName().parse(name), name);
  }
  refuses(deviceName(), ['', '.', '..', 'sixteen-bytes-xy', 'a/b', 'a:b', 'a b', 'a\tb', 'a\nb', 'a\0b', 'ééééééé8é']);
});

test('a name has letters, digits and a few signs', () => {
  const field = identifier('a name');
  for (const name of ['wan', 'wan6', 'wan-2', 'a.b', 'A_1']) assert.equal(field.parse(name), name);
  refuses(field, ['', 'a b', 'a/b', 'ü', 'a'.repeat(65), "a'"]);
});
