import assert from 'node:assert/strict';
import { test } from 'node:test';
import { device } from '../../test/devices.ts';
import { MACHINE, type TunableResource } from './resource.ts';
import type { TunableReading } from './tuning_observed.ts';
import {
  askingAgain,
  circumstancesOf,
  isOfDevice,
  restoringTunables,
  type SavedTunable,
  savedKey,
  withComingTunable,
  withoutRestoredTunables,
  withSettledTunables,
} from './tuning_saved.ts';

const queueLength = (value: string): TunableResource => ({
  type: 'tunable',
  device: 'eth1',
  tunable: 'txqueuelen',
  part: '',
  value,
});
const ENTRY: SavedTunable = {
  device: 'eth1',
  ifindex: 5,
  tunable: 'txqueuelen',
  part: '',
  before: '1000',
  wanted: '128',
  ours: ['128'],
};
const KEY = savedKey(ENTRY);
const current = (value: string | undefined, entry = ENTRY): Map<string, TunableReading> => {
  const { device, tunable, part } = entry;
  return new Map([[savedKey(entry), { device, tunable, part, value, most: undefined, why: undefined }]]);
};
const isCurrent = (entry: SavedTunable): boolean => isOfDevice(entry, (name) => (name === 'eth1' ? 5 : undefined));
const left = (value: string | undefined, wanted: readonly string[] = [], entry = ENTRY): number =>
  withoutRestoredTunables([entry], new Set(wanted), isCurrent, current(value, entry)).length;

test('the first value is kept, however often it is changed, and what may be there by our doing adds up', () => {
  const first = withComingTunable([], queueLength('128'), queueLength('1000'), 5);
  assert.deepEqual(first, [ENTRY]);
  const second = withComingTunable(first, queueLength('64'), queueLength('128'), 5);
  assert.deepEqual(second, [{ ...ENTRY, wanted: '64', ours: ['128', '64'] }]);
});

test('a device that came back begins anew', () => {
  const again = withComingTunable([ENTRY], queueLength('128'), queueLength('500'), 6);
  assert.deepEqual(again, [{ ...ENTRY, ifindex: 6, before: '500' }]);
});

test('once a change holds, ours is what reads back, and a refusal is remembered until there is none', () => {
  const coming = withComingTunable([ENTRY], queueLength('64'), queueLength('128'), 5);
  assert.deepEqual(withSettledTunables(coming, [queueLength('64')], new Map(), current('72')), [
    { ...ENTRY, wanted: '64', ours: ['72'] },
  ]);
  const refused = { errno: 'EINVAL', reason: 'Invalid argument (EINVAL)', circumstances: 'up' };
  const after = withSettledTunables(coming, [queueLength('64')], new Map([[KEY, refused]]), current('128'));
  assert.deepEqual(after, [{ ...ENTRY, wanted: '64', ours: ['128'], refused }]);
  assert.deepEqual(withSettledTunables(after, [queueLength('64')], new Map(), current('64')), [
    { ...ENTRY, wanted: '64', ours: ['64'] },
  ]);
  assert.deepEqual(withSettledTunables(coming, [], new Map(), current('64')), coming, 'of others nothing is learned');
});

test('what is ours is put back, and what somebody else has set stays and is told of', () => {
  const restoring = (value: string | undefined, wanted: readonly string[] = []) =>
    restoringTunables([ENTRY], new Set(wanted), isCurrent, current(value));
  assert.deepEqual(restoring('128'), { resources: [queueLength('1000')], left: [] });
  assert.deepEqual(restoring('1000'), { resources: [], left: [] });
  assert.deepEqual(restoring(undefined), { resources: [], left: [] });
  assert.deepEqual(restoring('128', [KEY]), { resources: [], left: [] });
  const { resources, left: told } = restoring('77');
  assert.deepEqual(resources, []);
  assert.deepEqual(told, [
    {
      severity: 'warning',
      where: 'eth1 > txqueuelen',
      what: "it is 77 by somebody else's doing, and stays so; before weir changed it to 128 it was 1000",
    },
  ]);
  assert.deepEqual(
    restoringTunables([{ ...ENTRY, ifindex: 4 }], new Set(), isCurrent, current('128')).resources,
    [],
    'of a device that is gone nothing is put on its successor',
  );
});

test('an entry is forgotten once it is as it was, or somebody else has set it, and not before', () => {
  assert.equal(left('128'), 1);
  assert.equal(left('1000'), 0);
  assert.equal(left('77'), 0);
  assert.equal(left('1000', [KEY]), 1);
  assert.equal(left('128', [], { ...ENTRY, ifindex: 4 }), 0);
});

test('a queue that is gone may come back with our value; the number of an interrupt may be of something else then', () => {
  assert.equal(left(undefined, [], { ...ENTRY, tunable: 'bql_limit_max', part: 'tx-3' }), 1);
  assert.equal(left(undefined, [], { ...ENTRY, tunable: 'smp_affinity', part: '17' }), 0);
});

test('values of the machine belong to no device', () => {
  assert.equal(isCurrent({ ...ENTRY, device: MACHINE, ifindex: 0 }), true);
  assert.equal(isCurrent({ ...ENTRY, device: 'eth2' }), false);
});

test('what a driver may let its answer depend on is told apart, and a start asks again in any case', () => {
  const told = (up: boolean, gro: boolean, xdp: boolean): string =>
    circumstancesOf(
      device({
        up,
        xdp: xdp ? { mode: 'native', programId: 1 } : undefined,
        features: new Map([['rx-gro', { on: gro, changeable: true }]]),
      }),
    );
  const flags = [true, false];
  const all = flags.flatMap((up) => flags.flatMap((gro) => flags.map((xdp) => told(up, gro, xdp))));
  assert.equal(new Set(all).size, 8);
  const refused = { errno: 'EPERM', reason: 'no', circumstances: 'up' };
  const [again, other] = askingAgain([{ ...ENTRY, refused }, ENTRY]);
  assert.ok(again?.refused !== undefined && !all.includes(again.refused.circumstances));
  assert.equal(other, ENTRY);
});
