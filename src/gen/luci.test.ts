import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allShaperRows } from '../model/config.ts';
import { type FieldData, fieldOf, type OptionRow } from '../schema/field.ts';
import { globalsRows } from '../schema/globals.ts';

const TEXTS = [
  ...['', '0', '1', '-1', '044', '256', '257', '-64', '-65', '1.0', '+1', '0x0', '0xff', '0xFFFFFFFF', '0x100000000'],
  ...[
    '8',
    '7',
    '7999bit',
    '8kbit',
    '85mbit',
    '1.5gbit',
    '1000gbit',
    '1001gbit',
    '1tbit',
    '85mbps',
    '0mbit',
    ' 8',
    '8 ',
  ],
  ...[
    '100ms',
    '0us',
    '1us',
    '1000s',
    '1001s',
    'internet',
    'satellite',
    'Internet',
    'constructor',
    '__proto__',
    'toString',
  ],
  ...['64kb', '63kb', '2gb', '3gb', '4mib', '65536', 'on', 'off', 'yes', 'no', 'enabled', 'disabled', 'TRUE'],
  ...['eth1', 'pppoe-wan', 'sixteen-bytes-xy', 'a/b', 'a b', '.', '..', 'ünï', 'wan', 'a\tb', 'a\0b', 'x'.repeat(65)],
];

/** Numbers that are the same in each run (xorshift32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Texts that look like values, or nearly. */
function randomTexts(count: number): string[] {
  const next = numbers(20_250_425);
  const parts = [
    '',
    '-',
    '0x',
    '0',
    '7',
    '64',
    '100',
    '999999',
    '1.5',
    '.',
    'k',
    'm',
    'g',
    'bit',
    'b',
    'ms',
    's',
    'us',
    'eth',
    ' ',
  ];
  const part = (): string => parts[next() % parts.length] ?? '';
  return Array.from({ length: count }, () => part() + part() + part());
}

const rows: Readonly<Record<string, OptionRow<unknown>>> = { ...globalsRows, ...allShaperRows };

test('a field made again from its data takes and refuses what the first one does', () => {
  const words = Object.values(rows).flatMap(({ field }) => field.choices ?? []);
  const underscored = words.map((word) => word.replaceAll('-', '_'));
  const texts = [...new Set([...TEXTS, ...words, ...underscored, ...randomTexts(2000)])];
  let taken = 0;
  for (const [name, { field }] of Object.entries(rows)) {
    const data: FieldData = JSON.parse(JSON.stringify(field.data));
    const again = fieldOf(data);
    for (const text of texts) {
      const value = field.parse(text);
      assert.deepEqual(again.parse(text), value, `${name} '${text}'`);
      if (value !== undefined) taken++;
    }
    assert.equal(again.expected, field.expected);
    assert.deepEqual(again.choices, field.choices);
  }
  assert.ok(taken > 1000);
});
