import { test } from 'node:test';
import { refuses, takes } from '../../test/field_cases.ts';
import { byteAndMask, fraction, minor, numbers, percent, percents } from './kind_fields.ts';

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

test('a minor is hexadecimal, as tc has it', () => {
  takes(minor(), { '2a': 0x2a, '0x2a': 0x2a, '20': 0x20, ffff: 0xffff, '0': 0 });
  refuses(minor(), ['10000', '1:20', ':20', '0x', 'g', '-1', '']);
});
