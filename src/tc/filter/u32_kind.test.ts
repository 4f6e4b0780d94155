import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesOf, decodeCapturedTc, readCaptures } from '../../../test/captures.ts';
import { Writer } from '../../lib/bytes.ts';
import { ETH_P } from '../../uapi/if_link.ts';
import { TCA_U32 } from '../../uapi/tc.ts';
import { encodeOptions, type OptionValues } from '../kind.ts';
import { fieldRows } from './u32_fields.ts';
import { u32 } from './u32_kind.ts';

/** What a person writes for the commands of the captures, by their preference. */
const FIELDS: readonly (readonly [preference: number, etherType: number, options: OptionValues])[] = [
  [10, ETH_P.IP, {}],
  [
    13,
    ETH_P.ALL,
    {
      source: '192.0.2.0/24',
      destination: '198.51.100.7',
      protocol: 'udp',
      sourcePort: '53',
      destinationPort: '1024/0xfc00',
      dsfield: '0xb8/0xfc',
      ihl: '0x5/0xf',
      mayNotFragment: true,
    },
  ],
  [14, ETH_P.IP, { protocol: 'icmp', icmpType: '8', icmpCode: '0', isWhole: true }],
  [
    15,
    ETH_P.IP,
    {
      isFirstFragment: true,
      moreFragments: true,
      sourceMac: '02:00:5e:10:00:01',
      destinationMac: '01:00:5e:10:00:02',
    },
  ],
  [
    16,
    ETH_P.ALL,
    {
      source: '2001:db8::/33',
      destination: '2001:db8:1:2::/64',
      protocol: 'tcp',
      destinationPort: '443',
      dsfield: '0xb8/0xfc',
      flowLabel: '0x12345',
    },
  ],
  [17, ETH_P.IPV6, { protocol: 'icmpv6', icmpType: '128' }],
];

function canonical(options: OptionValues, etherType: number = ETH_P.IP): OptionValues {
  return u32().canonical?.(options, etherType) ?? assert.fail();
}

test('fields become the keys that tc makes of them', () => {
  const told = new Set(FIELDS.flatMap(([, , options]) => Object.keys(options)));
  assert.deepEqual([...told].sort(), Object.keys(fieldRows).sort());
  for (const capture of readCaptures('tc-filter-kinds')) {
    for (const [preference, etherType, options] of FIELDS) {
      const record = capture.records.find(({ command }) => command.includes(` pref ${preference} `));
      const { options: sent } = decodeCapturedTc(capture, record?.messages[0] ?? assert.fail());
      const w = new Writer(capture.littleEndian);
      encodeOptions(u32(), w, canonical(options, etherType));
      const [ours, theirs] = [w.bytes(), sent ?? assert.fail()].map((bytes) =>
        attributesOf(bytes, capture.littleEndian),
      );
      assert.equal(ours?.get(TCA_U32.SEL), theirs?.get(TCA_U32.SEL), record?.command);
    }
  }
});

test('the order in which a person writes fields does not matter', () => {
  const fields = { protocol: 'udp', destinationPort: '53', source: '192.0.2.1' };
  assert.deepEqual(canonical(fields), canonical(Object.fromEntries(Object.entries(fields).reverse())));
});

test('ports are those of the version of IP that addresses or protocol say', () => {
  const at = (options: OptionValues, etherType?: number): unknown => canonical(options, etherType).match;
  assert.equal(at({ destinationPort: '53' }), 'u32 0x35 0xffff at 20');
  assert.equal(at({ destinationPort: '53' }, ETH_P.IPV6), 'u32 0x35 0xffff at 40');
  assert.equal(
    at({ destinationPort: '53', destination: '::1' }, ETH_P.ALL),
    `${at({ destination: '::1' }, ETH_P.ALL)}, u32 0x35 0xffff at 40`,
  );
});

test('what no packet can have is told', () => {
  const check = (options: OptionValues): number => u32().checkFor?.(options, ETH_P.IP).length ?? 0;
  assert.equal(check({ source: '192.0.2.1', destination: '2001:db8::1' }), 1);
  assert.equal(check({ flowLabel: '0x1', isWhole: true }), 1);
  assert.equal(check({ source: '192.0.2.1', destinationPort: '53', match: 'u32 0x1 0xffff at 20' }), 1);
  assert.equal(check({ destinationPort: '53', match: 'u32 0x350000 0xffff0000 at 20' }), 0);
});

test('keys have one spelling', () => {
  const field = u32().options.match?.uci?.field ?? assert.fail();
  assert.equal(
    field.parse('match u16 53 ffff at 22,match u8 0x11 0xff at 9'),
    'u32 0x35 0xffff at 20, u32 0x110000 0xff0000 at 8',
  );
  for (const wrong of [
    '',
    'u32 1 1',
    'u16 0x10000 ffff at 2',
    'u16 1 1 at 3',
    'u32 1 1 at 2',
    'u8 256 ff at 0',
    'u32 1 1 at 0;',
  ]) {
    assert.equal(field.parse(wrong), undefined, wrong);
  }
});
