import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesOf, decodeCapturedTc, payloadOf, readCaptures } from '../../../test/captures.ts';
import { decodeFilter, filtersIn } from '../../../test/filter_captures.ts';
import { Writer } from '../../lib/bytes.ts';
import { ETH_P } from '../../uapi/if_link.ts';
import { RTM, TCA } from '../../uapi/rtnetlink.ts';
import { TC_FLAGS, tcRequest } from '../../wire/tcmsg.ts';
import type { KernelNames } from '../action/list.ts';
import type { OptionValues } from '../kind.ts';
import {
  checkFilter,
  decodeFilterOptions,
  type FilterOptions,
  filterDifferences,
  filterHandle,
  formatFilter,
  isFilter,
  needsEstimate,
} from './kind.ts';
import { filterKind } from './registry.ts';

const kindOf = (name: string): NonNullable<ReturnType<typeof filterKind>> => filterKind(name) ?? assert.fail(name);
const NAMES: KernelNames = { ifindexOf: () => 0, deviceOf: () => undefined, programFdOf: () => -1 };

test('counters of actions and filters are those that tc prints', () => {
  let seen = 0;
  for (const capture of readCaptures('tc-actions')) {
    const record = capture.records.find(({ kind }) => kind === 'dump-stats') ?? assert.fail();
    const { kind, options = assert.fail(), handle } = decodeCapturedTc(capture, record.messages[1] ?? assert.fail());
    const found = decodeFilterOptions(kindOf(kind), options, capture.littleEndian, handle, NAMES);
    const printed = record.printed.flatMap((line) => {
      const match = /^Sent ([0-9]+) bytes ([0-9]+) pkt \(dropped ([0-9]+), overlimits ([0-9]+) /.exec(line.trim());
      return match === null ? [] : [match.slice(1).map(Number)];
    });
    assert.deepEqual(
      found.actions.map(({ stats: { bytes, packets, drops, overlimits } }) => [bytes, packets, drops, overlimits]),
      printed,
      capture.name,
    );
    assert.ok(found.actions[0] !== undefined && found.actions[0].stats.drops > 0 && found.actions[0].index === 1);
    const hits = /\(rule hit ([0-9]+)\)/.exec(record.printed.join(' '))?.[1];
    assert.deepEqual(found.stats, { hits: Number(hits) });
    seen += printed.length;
  }
  assert.equal(seen, 6);
});

const POLICE = { kind: 'police', options: { rateBitPerS: 1e6, burstBytes: 15000, exceed: 'drop' } };
const OK = { kind: 'gact', options: { control: 'ok' } };

/** What differs, as `name apply`. */
function differing(kind: string, wanted: Partial<FilterOptions>, found: Partial<FilterOptions>): string[] {
  const whole = (filter: Partial<FilterOptions>): FilterOptions => ({ options: {}, actions: [], ...filter });
  return filterDifferences(kindOf(kind), whole(wanted), whole(found), ETH_P.IP).map(
    ({ name, apply }) => `${name} ${apply}`,
  );
}

test('a change of class or actions is made in place, where the kernel can', () => {
  const mark = { options: { mark: 16 } };
  assert.deepEqual(differing('fw', { ...mark, classid: 0x10010 }, { ...mark, classid: 0x10010 }), []);
  assert.deepEqual(differing('fw', { ...mark, classid: 0x10011 }, { ...mark, classid: 0x10010 }), ['classid change']);
  assert.deepEqual(differing('fw', mark, { ...mark, classid: 0x10010 }), ['classid rebuild']);
  assert.deepEqual(differing('fw', mark, { options: { mark: 17, indev: 'eth0' } }), ['mark rebuild', 'indev rebuild']);
  assert.deepEqual(differing('fw', { ...mark, actions: [OK] }, mark), ['actions change']);
  assert.deepEqual(differing('matchall', { actions: [OK] }, {}), ['actions rebuild']);
});

test('an option of one of several actions is told by its place', () => {
  const faster = { ...POLICE, options: { ...POLICE.options, rateBitPerS: 2e6 } };
  const found = [{ ...POLICE, options: { ...POLICE.options, mtuBytes: 2040, burstBytes: 15000 } }, OK];
  assert.deepEqual(
    differing('u32', { actions: [POLICE, OK] }, { options: { match: 'u32 0x0 0x0 at 0' }, actions: found }),
    [],
  );
  assert.deepEqual(
    differing('u32', { actions: [faster, OK] }, { options: { match: 'u32 0x0 0x0 at 0' }, actions: found }),
    ['action 1 rateBitPerS change'],
  );
});

test('an option that is not wanted any more is a difference', () => {
  assert.deepEqual(
    differing('flower', {}, { options: { etherType: 'ip', ipProtocol: 'udp', destinationPort: '53' } }),
    ['ipProtocol rebuild', 'destinationPort rebuild'],
  );
  assert.deepEqual(
    differing('u32', { options: { destinationPort: '53' } }, { options: { match: 'u32 0x0 0x0 at 0' } }),
    ['match rebuild'],
  );
});

test('handles are the mark, 1 where the kernel chooses none, else for the kernel to choose', () => {
  assert.equal(filterHandle(kindOf('fw'), { options: { mark: 16 }, actions: [] }), 16);
  assert.equal(filterHandle(kindOf('flow'), { options: {}, actions: [] }), 1);
  assert.equal(filterHandle(kindOf('u32'), { options: {}, actions: [] }), 0);
});

test('hash tables and what leads the filters of a kind are no filters', () => {
  assert.ok(!isFilter('matchall', 0) && isFilter('matchall', 1));
  assert.ok(!isFilter('u32', 0x80000000) && isFilter('u32', 0x80000800));
});

test('what is wrong with a filter and its actions is told at once', () => {
  const sentences = (
    kind: string,
    options: OptionValues,
    etherType: number,
    actions: FilterOptions['actions'] = [],
  ): number => checkFilter(kindOf(kind), { options, actions }, etherType).length;
  assert.equal(sentences('fw', {}, ETH_P.ALL), 1);
  assert.equal(sentences('fw', { mark: 0x110, mask: 0xff }, ETH_P.ALL), 1);
  assert.equal(sentences('matchall', { skipHardware: true, skipSoftware: true }, ETH_P.ALL), 1);
  assert.equal(sentences('flower', { ipProtocol: 'tcp' }, ETH_P.ALL), 1);
  assert.equal(sentences('flower', { destinationPort: '53' }, ETH_P.IP), 1);
  assert.equal(sentences('flower', { destination: '2001:db8::1' }, ETH_P.IP), 1);
  assert.equal(sentences('flower', { ipProtocol: 'icmp', icmpType: '8' }, ETH_P.IPV6), 1);
  assert.equal(sentences('flower', { vlanId: '7' }, ETH_P.IP), 1);
  assert.equal(sentences('flow', { mode: 'map', keys: 'src,dst', perturbS: 10 }, ETH_P.ALL), 2);
  assert.equal(sentences('flow', {}, ETH_P.ALL), 1);
  assert.equal(sentences('bpf', {}, ETH_P.ALL), 1);
  const wrong = [
    { kind: 'police', options: {} },
    { kind: 'police', options: { rateBitPerS: 1e6 } },
    { kind: 'police', options: { packetsPerS: 10, packetBurst: 10, rateBitPerS: 8, burstBytes: 1 } },
    { kind: 'police', options: { peakRateBitPerS: 8, mtuBytes: 100 } },
    { kind: 'police', options: { rateBitPerS: 8, burstBytes: 1000 } },
    { kind: 'gact', options: { random: 'netrand' } },
    { kind: 'gact', options: { onePacketOf: 7 } },
    { kind: 'mirred', options: {} },
    { kind: 'mirred', options: { device: 'eth0', control: 'ok' } },
    { kind: 'vlan', options: { way: 'push' } },
    { kind: 'vlan', options: { way: 'pop', id: '7' } },
    { kind: 'vlan', options: { way: 'push_eth' } },
    { kind: 'skbedit', options: {} },
    { kind: 'csum', options: {} },
    { kind: 'ctinfo', options: {} },
    { kind: 'pedit', options: {} },
  ];
  assert.equal(sentences('matchall', {}, ETH_P.ALL, wrong), wrong.length);
});

test('fields of u32 are words of the keys that they become', () => {
  const filter = { options: { destinationPort: '53' }, classid: 0x10010, actions: [OK] };
  assert.equal(
    formatFilter(kindOf('u32'), filter, ETH_P.IP).join(' '),
    'u32 match u32 0x35 0xffff at 20 classid 1:10 action gact ok',
  );
});

test('a filter with an average rate asks for an estimate as tc does, no other', () => {
  const headerBytes = 20;
  let asked = 0;
  for (const capture of readCaptures('tc-actions')) {
    for (const record of capture.records.filter(({ kind }) => kind === 'request')) {
      const [message] = filtersIn({ ...capture, records: [record] }, ['request']);
      const sent = payloadOf(capture, record.messages[0] ?? assert.fail());
      const estimate = attributesOf(sent, capture.littleEndian, headerBytes).get(TCA.RATE);
      const estimatesRate = message !== undefined && needsEstimate(decodeFilter(message));
      const w = new Writer(capture.littleEndian);
      tcRequest(RTM.NEWTFILTER, TC_FLAGS.add, { ifindex: 1, handle: 0, parent: 0, estimatesRate }).body(w);
      assert.equal(attributesOf(w.bytes(), capture.littleEndian, headerBytes).get(TCA.RATE), estimate, record.command);
      if (estimate !== undefined) asked++;
    }
  }
  assert.equal(asked, 3);
});
