import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../../../test/luci_globals.ts';
import { allShaperRows } from '../../../src/model/config.ts';
import { tuningRows } from '../../../src/tunable/rows.ts';

const { agoText, knownSections, reportText } = await import('./report.ts');

test('a report has every option of weir, and nothing else that is in the file', () => {
  const options = [...Object.keys(allShaperRows), 'password', '__proto__', 'constructor'];
  const [shaper, ...others] = knownSections([
    { type: 'shaper', name: 'wan', anonymous: false, options: options.map((name) => [name, 'secret']) },
    { type: 'secrets', name: 'x', anonymous: false, options: [['key', 'secret']] },
    { type: 'constructor', name: 'y', anonymous: false, options: [['key', 'secret']] },
  ]);
  assert.deepEqual(others, []);
  assert.deepEqual(
    shaper?.options.map(([name]) => name),
    Object.keys(allShaperRows),
  );
});

test('a report has the options of a tuning', () => {
  const options = [...Object.keys(tuningRows), 'password'];
  const section = { type: 'tuning', name: 'x', anonymous: true, options: options.map((name) => [name, '1'] as const) };
  assert.deepEqual(
    knownSections([section])[0]?.options.map(([name]) => name),
    Object.keys(tuningRows),
  );
});

test('a report has the mappings of the bridge, and not whose hosts there are', () => {
  const section = (type: string, ...names: string[]) => ({
    type,
    name: 'x',
    anonymous: true,
    options: names.map((name) => [name, '1'] as const),
  });
  const known = knownSections([
    section('bridge', 'use_xdp_bridge', 'password'),
    section('interface_mapping', 'name', 'redirect_to', 'tag'),
    section('vlan_mapping', 'tag', 'name'),
    section('host', 'name', 'ip'),
  ]);
  assert.deepEqual(
    known.map(({ type, options }) => [type, ...options.map(([name]) => name)]),
    [
      ['bridge', 'use_xdp_bridge'],
      ['interface_mapping', 'name', 'redirect_to'],
      ['vlan_mapping', 'tag'],
    ],
  );
});

test('a report says versions, state and log', () => {
  const text = reportText({
    info: {
      version: '1.2',
      kernel: '6.6.1',
      capabilities: { cake: true },
      uptimeS: 60,
      memory: {},
      work: { looks: 3 },
      trees: { usable: true },
    },
    status: { shapers: [{ name: 'wan', state: 'shaping' }] },
    messages: [{ agoS: 12, level: 'warning', text: 'eth1: gone' }],
    sections: [{ type: 'globals', name: 'globals', anonymous: false, options: [['history', '1']] }],
  });
  for (const part of [
    'version 1.2, Linux 6.6.1',
    "option history '1'",
    '"state": "shaping"',
    '-12s warning: eth1: gone',
  ])
    assert.ok(text.includes(part), part);
});

test('how long ago something was is told in its largest whole unit', () => {
  assert.deepEqual([0, 59, 60, 3599, 3600, 86_400 * 3].map(agoText), ['0 s', '59 s', '1 min', '59 min', '1 h', '3 d']);
});
