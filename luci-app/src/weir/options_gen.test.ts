import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../../../test/luci_globals.ts';
import { allShaperRows } from '../../../src/model/config.ts';
import type { OptionRow } from '../../../src/schema/field.ts';
import { globalsRows } from '../../../src/schema/globals.ts';

const { DIRECTION, GLOBALS, SHAPER } = await import('./options_gen.ts');

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
  ...['100ms', '0us', '1us', '1000s', '1001s', 'internet', 'satellite', 'Internet', 'constructor', '__proto__'],
  ...[
    '64kb',
    '63kb',
    '2gb',
    '3gb',
    '4mib',
    '65536',
    'on',
    'off',
    'yes',
    'no',
    'enabled',
    'disabled',
    'TRUE',
    'toString',
  ],
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

const PARTS = [
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
];

/** Texts that look like values, or nearly. */
function randomTexts(count: number): string[] {
  const next = numbers(20_250_425);
  const part = (): string => PARTS[next() % PARTS.length] ?? '';
  return Array.from({ length: count }, () => part() + part() + part());
}

const rows: Readonly<Record<string, OptionRow<unknown>>> = allShaperRows;
/** Each option with the row that the daemon reads it with. */
const PAIRS = [
  ...GLOBALS.map((option) => ({
    option,
    row: Object.entries(globalsRows).find(([name]) => name === option.name)?.[1],
  })),
  ...[...SHAPER, ...DIRECTION].map((option) => ({ option, row: rows[option.name] })),
];

test('the page has every option', () => {
  const direction = DIRECTION.flatMap(({ name }) => [name, `download_${name}`, `upload_${name}`]);
  assert.deepEqual([...SHAPER.map(({ name }) => name), ...direction].sort(), Object.keys(rows).sort());
  assert.deepEqual(
    GLOBALS.map(({ name }) => name),
    Object.keys(globalsRows),
  );
});

test('the fields of the page take and refuse what those of weir check do', () => {
  const words = PAIRS.flatMap(({ option }) => option.field.choices ?? []);
  const underscored = words.map((word) => word.replaceAll('-', '_'));
  const texts = [...new Set([...TEXTS, ...words, ...underscored, ...randomTexts(2000)])];
  let taken = 0;
  for (const { option, row } of PAIRS) {
    assert.ok(row !== undefined, option.name);
    const ofCheck: OptionRow<unknown>['field'] = row.field;
    for (const text of texts) {
      const value = ofCheck.parse(text);
      assert.deepEqual(option.field.parse(text), value, `${option.name} '${text}'`);
      if (value !== undefined) taken++;
    }
    assert.equal(option.field.expected, ofCheck.expected);
    assert.deepEqual(option.field.choices, ofCheck.choices);
  }
  assert.ok(taken > 1000);
});

test('what is said to hold when an option is not set is a value that it takes', () => {
  for (const { option } of PAIRS) {
    for (const text of option.unset ?? [])
      assert.notEqual(option.field.parse(text), undefined, `${option.name} ${text}`);
  }
});
