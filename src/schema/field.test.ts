import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  boolean,
  byteAndMask,
  choice,
  deviceName,
  duration,
  type Field,
  fraction,
  identifier,
  integer,
  mask32,
  minor,
  numbers,
  percent,
  percents,
  rate,
  size,
} from './field.ts';

function takes<T>(field: Field<T>, expected: Readonly<Record<string, T>>): void {
  for (const [text, value] of Object.entries(expected)) {
    assert.equal(field.parse(text), value, `'${text}'`);
    assert.equal(field.parse(field.format(value)), value, `'${text}', formatted`);
  }
}

function refuses<T>(field: Field<T>, texts: readonly string[]): void {
  for (const text of texts) assert.equal(field.parse(text), undefined, `'${text}'`);
}

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

test('a share is in percent, with its sign or without', () => {
  takes(percent(), { '0': 0, '100%': 100, '0.3%': 0.3, '12.5': 12.5, '099': 99 });
  refuses(percent(), ['100.1%', '101', '-1%', '1e1', '%', '', '1 %', '.5', '1%%']);
  takes(fraction(), { '0.02': 0.02, '1': 1, '0': 0 });
  refuses(fraction(), ['1.1', '2%', '-0.1', '']);
});

test('numbers in a row are as many as they must be, and have one spelling', () => {
  takes(numbers(3, 0, 255), { '1 2 3': '1 2 3', ' 1,2,  003 ': '1 2 3', '255 0 0': '255 0 0' });
  refuses(numbers(3, 0, 255), ['1 2', '1 2 3 4', '1 2 256', '1 2 x', '', '1 2 -1']);
  takes(percents(1, 3), { '1%': '1', '1% 2.50 100%': '1 2.5 100', '0': '0' });
  refuses(percents(1, 3), ['', '1 2 3 4', '1 101', '1 x']);
});

test('a byte and its mask are in decimal or hexadecimal', () => {
  takes(byteAndMask(), { '0x1/0x3': '0x1/0x3', '4/252': '0x4/0xfc', '0xFF/0': '0xff/0x0' });
  refuses(byteAndMask(), ['1', '256/1', '1/256', '0x100/0x1', '/1', '1/', '-1/1', '']);
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

test('a minor is hexadecimal, as tc has it', () => {
  takes(minor(), { '2a': 0x2a, '0x2a': 0x2a, '20': 0x20, ffff: 0xffff, '0': 0 });
  refuses(minor(), ['10000', '1:20', ':20', '0x', 'g', '-1', '']);
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
