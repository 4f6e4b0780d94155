import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LinkName, linkLayer, linkName } from '../../../src/schema/link.ts';
import { LINE_TYPE_NAMES, type Line, lineOf, linkOptionsOf, PPPOE_TYPES } from './line_types.ts';

const EVERY_LINE: readonly Line[] = [
  ...LINE_TYPE_NAMES.map((type) => ({ type, pppoe: false })),
  ...PPPOE_TYPES.map((type) => ({ type, pppoe: true })),
];

/** What CAKE counts for it. */
function counted(line: Line): string {
  const { link, overhead } = linkOptionsOf(line) ?? { link: [], overhead: '' };
  const names = link.map((name) => linkName.parse(name)).filter((name): name is LinkName => name !== undefined);
  assert.equal(names.length, link.length);
  const { raw, overheadBytes, mpuBytes, atm } = linkLayer(names);
  return raw ? 'raw' : `${overhead === '' ? overheadBytes : overhead} ${mpuBytes} ${atm}`;
}

test('each kind of line counts what is documented for it', () => {
  const table = EVERY_LINE.map((line) => `${line.type}${line.pppoe ? ' pppoe' : ''}: ${counted(line)}`);
  assert.deepEqual(table, [
    'cable: 18 64 none',
    'fibre: 42 84 none',
    'vdsl: 26 0 ptm',
    'adsl: 32 0 atm',
    'radio: raw',
    'ethernet: 38 84 none',
    'fibre pppoe: 50 84 none',
    'vdsl pppoe: 34 0 ptm',
    'adsl pppoe: 40 0 atm',
    'ethernet pppoe: 46 84 none',
  ]);
});

test('what a kind of line sets is recognised as that kind', () => {
  for (const line of EVERY_LINE) assert.deepEqual(lineOf(linkOptionsOf(line) ?? { link: [], overhead: '' }), line);
});

test('where nothing is said no kind is, and what fits none is another', () => {
  assert.deepEqual(lineOf({ link: [], overhead: '' }), { type: '', pppoe: false });
  assert.deepEqual(linkOptionsOf({ type: '', pppoe: false }), { link: [], overhead: '' });
  for (const [link, overhead] of [
    [['docsis'], '18'],
    [['ether-vlan', 'ethernet'], ''],
    [[], '44'],
    [['conservative'], ''],
  ] as const) {
    assert.deepEqual(lineOf({ link, overhead }), { type: 'other', pppoe: false });
  }
  assert.equal(linkOptionsOf({ type: 'other', pppoe: false }), undefined);
});

test('PPPoE makes no difference where nobody dials it', () => {
  assert.deepEqual(linkOptionsOf({ type: 'cable', pppoe: true }), linkOptionsOf({ type: 'cable', pppoe: false }));
});
