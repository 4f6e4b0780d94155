import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesOf } from '../../../test/captures.ts';
import { Writer } from '../../lib/bytes.ts';
import { ETH_P } from '../../uapi/if_link.ts';
import { TCA } from '../../uapi/rtnetlink.ts';
import { EGRESS_PARENT } from '../resource/redirect.ts';
import type { FilterResource } from '../resource.ts';
import { filterResourceKind } from './resource_filter.ts';

const HEADER_BYTES = 20;

function filterWith(police: Readonly<Record<string, number | string>>): FilterResource {
  return {
    type: 'filter',
    device: 'eth0',
    parent: EGRESS_PARENT,
    chain: 0,
    preference: 7,
    protocol: ETH_P.ALL,
    handle: 0,
    kind: 'matchall',
    rule: { options: {}, actions: [{ kind: 'police', options: { ...police, exceed: 'drop' } }] },
    on: 'hook eth0',
  };
}

function attributes(resource: FilterResource): Map<number, string> {
  const context = { littleEndian: true, ifindexOf: () => 2, programFd: () => -1, pinnedProgramFd: () => -1 };
  const [request] = filterResourceKind.requests('add', resource, context);
  assert.ok(request?.via === 'rtnetlink');
  const w = new Writer(true);
  request.request.body(w);
  return attributesOf(w.bytes(), true, HEADER_BYTES);
}

test('a filter whose police has an average rate asks for its estimate, in words as well', () => {
  const average = filterWith({ averageRateBitPerS: 2e6 });
  const rate = filterWith({ rateBitPerS: 2e6, burstBytes: 15000 });
  assert.equal(attributes(average).get(TCA.RATE), '0003');
  assert.equal(attributes(rate).get(TCA.RATE), undefined);
  const words = (resource: FilterResource): string => filterResourceKind.commands('add', resource).join();
  assert.match(words(average), / pref 7 protocol all estimator 1sec 8sec matchall action police avrate 2mbit /);
  assert.doesNotMatch(words(rate), /estimator/);
});
