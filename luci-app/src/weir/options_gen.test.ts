import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../../../test/luci_globals.ts';
import { allShaperRows } from '../../../src/model/config.ts';
import { bridgeRows, hostRows, interfaceMappingRows, vlanMappingRows } from '../../../src/schema/bridge.ts';
import type { OptionRow } from '../../../src/schema/field.ts';
import { globalsRows } from '../../../src/schema/globals.ts';
import { tuningRows } from '../../../src/tunable/rows.ts';

const { BRIDGE, DIRECTION, GLOBALS, HOST, INTERFACE_MAPPING, SHAPER, TUNING, VLAN_MAPPING } = await import(
  './options_gen.ts'
);

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
  ...[
    '10:2a',
    '0:0',
    'ffff:ffff',
    '10000:1',
    '10:',
    ':1',
    '10:2g',
    '4094',
    '4095',
    '/etc/weir/hosts',
    'etc/hosts',
    '/',
  ],
  ...['192.0.2.7', '192.0.2.0/24', '192.0.2.1/24', '0.0.0.0/0', '256.0.0.1', '10.0.0.1/33', '010.0.0.1', '1.2.3'],
  ...[
    '2001:db8:1::/48',
    '2001:db8::1/48',
    '::',
    '::/0',
    '::ffff:192.0.2.7',
    '2001:db8::1::2',
    '1:2:3:4:5:6:7:8:9',
    'fe80::1%eth0',
  ],
  ...['02:00:5e:10:00:01', '02-00-5E-10-00-01', '01:00:5e:00:00:01', '02:00:5e:10:00', '02:00:5e:10:00:0g'],
  ...['eth1', 'pppoe-wan', 'sixteen-bytes-xy', 'a/b', 'a b', '.', '..', 'ünï', 'wan', 'a\tb', 'a\0b', 'x'.repeat(65)],
  ...['auto', 'f', '0xF', '000f', 'ffffffff,00000001', 'f'.repeat(257), 'g', '3028', '2ms', '9us', '1s', '0b'],
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
/** The lists of sections whose options are not also there for a direction, with the rows that the daemon reads them with. */
const PLAIN: readonly (readonly [typeof GLOBALS, Readonly<Record<string, OptionRow<unknown>>>])[] = [
  [GLOBALS, globalsRows],
  [BRIDGE, bridgeRows],
  [INTERFACE_MAPPING, interfaceMappingRows],
  [VLAN_MAPPING, vlanMappingRows],
  [HOST, hostRows],
  [TUNING, tuningRows],
];
/** Each option with its row. */
const PAIRS = [
  ...PLAIN.flatMap(([list, ofList]) => list.map((option) => ({ option, row: ofList[option.name] }))),
  ...[...SHAPER, ...DIRECTION].map((option) => ({ option, row: rows[option.name] })),
];

test('the page has every option', () => {
  const direction = DIRECTION.flatMap(({ name }) => [name, `download_${name}`, `upload_${name}`]);
  assert.deepEqual([...SHAPER.map(({ name }) => name), ...direction].sort(), Object.keys(rows).sort());
  for (const [list, ofList] of PLAIN) {
    assert.deepEqual(
      list.map(({ name }) => name),
      Object.keys(ofList),
    );
  }
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
