import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeHandle } from '../../tc/handle.ts';
import { ETH_P } from '../../uapi/if_link.ts';
import { needsOf } from '../resource/registry.ts';
import type { ClassResource, FilterResource, ObservedResource, QdiscResource } from '../resource.ts';
import type { DeviceDump, Placeless } from './dump.ts';
import { type OwnedOnDevice, placeResources } from './place.ts';

type Found = Placeless<QdiscResource> | Placeless<ClassResource> | Placeless<FilterResource>;

const handle = (text: string): number => {
  const [major = '', minor = ''] = text.split(':');
  return makeHandle(Number.parseInt(major, 16), minor === '' ? 0 : Number.parseInt(minor, 16));
};

const qdisc = (at: string, own: string, kind = 'htb'): Found => ({
  type: 'qdisc',
  device: 'eth1',
  parent: at === 'root' ? 'root' : handle(at),
  kind,
  handle: handle(own),
});

const classOf = (parent: string, own: string): Found => ({
  type: 'class',
  device: 'eth1',
  handle: handle(own),
  parent: handle(parent),
  kind: 'htb',
  options: {},
  on: '',
});

const filter = (parent: string, preference: number, kind = 'matchall', own = 1): Found => ({
  type: 'filter',
  device: 'eth1',
  parent: handle(parent),
  chain: 0,
  preference,
  protocol: ETH_P.ALL,
  handle: own,
  kind,
  rule: { options: {}, actions: [] },
  on: '',
});

function dumpOf(found: readonly Found[]): DeviceDump {
  const dump: DeviceDump = { device: 'eth1', ifindex: 5, qdiscs: [], classes: [], filters: [] };
  for (const one of found) {
    if (one.type === 'qdisc') dump.qdiscs.push(one);
    else if (one.type === 'class') dump.classes.push(one);
    else dump.filters.push(one);
  }
  return dump;
}

const OURS: OwnedOnDevice = { isOurRoot: () => true, keys: new Set() };
const THEIRS: OwnedOnDevice = { isOurRoot: () => false, keys: new Set() };

function placedResources(dump: DeviceDump, owned: OwnedOnDevice): Map<string, ObservedResource> {
  const placed = new Map<string, ObservedResource>();
  placeResources(dump, owned, placed);
  return placed;
}

/** Each with whose it is, in order. */
const placed = (found: readonly Found[], owned: OwnedOnDevice): string[] =>
  [...placedResources(dumpOf(found), owned)].map(([key, { owner }]) => `${key.replace('eth1 ', '')}: ${owner}`);

const TREE = [
  qdisc('7e10:2', '8004:', 'pfifo'),
  classOf('1:1', '1:10'),
  qdisc('1:10', '7e10:', 'prio'),
  filter('1:10', 100),
  classOf('1:', '1:1'),
  qdisc('root', '1:'),
];

test('what was found in any order stands in the order of the tree, and is ours with its root', () => {
  const resources = placedResources(dumpOf(TREE), OURS);
  assert.deepEqual(
    [...resources.keys()],
    [
      'qdisc eth1 root',
      'class eth1 1:1',
      'class eth1 1:10',
      'qdisc eth1 1:10',
      'qdisc eth1 7e10:2',
      'filter eth1 1:10 0 100',
    ],
  );
  const seen = new Set(['link eth1']);
  for (const [key, { resource, owner }] of resources) {
    assert.equal(owner, 'weir');
    for (const need of needsOf(resource)) assert.ok(seen.has(need), `${key} before ${need}`);
    seen.add(key);
  }
});

test('in a tree of others only what we remember is ours, and all that stands on it', () => {
  assert.deepEqual(placed(TREE, { ...THEIRS, keys: new Set(['class eth1 1:10']) }), [
    'qdisc root: someone else',
    'class 1:1: someone else',
    'class 1:10: weir',
    'qdisc 1:10: weir',
    'qdisc 7e10:2: weir',
    'filter 1:10 0 100: weir',
  ]);
});

test('what hangs on nothing is left out', () => {
  assert.deepEqual(placed([qdisc('root', '1:'), classOf('1:9', '1:10'), qdisc('2:1', '3:'), filter('4:', 1)], OURS), [
    'qdisc root: weir',
  ]);
  assert.deepEqual(placed([qdisc('1:1', '8001:')], OURS), []);
});

test('circles, which no kernel tells, end', () => {
  const circle = [qdisc('root', '1:'), classOf('1:2', '1:1'), classOf('1:1', '1:2'), qdisc('5:1', '5:')];
  assert.deepEqual(placed(circle, OURS), ['qdisc root: weir']);
  const onItself = [qdisc('root', '1:'), classOf('1:', '1:1'), qdisc('1:1', '1:', 'htb'), classOf('1:1', '1:1')];
  assert.deepEqual(placed(onItself, OURS), ['qdisc root: weir', 'class 1:1: weir']);
});

test('filters at a hook are ours as far as we remember them', () => {
  const hook = [filter('ffff:fff2', 100), filter('ffff:fff3', 200)];
  const keys = new Set(['filter eth1 ffff:fff3 0 200']);
  assert.deepEqual(placed(hook, { ...THEIRS, keys }), [
    'filter ffff:fff2 0 100: someone else',
    'filter ffff:fff3 0 200: weir',
  ]);
});

test('a filter of others at a hook of ours stays theirs', () => {
  const hook = { type: 'qdisc', device: 'eth1', parent: 'ingress', kind: 'clsact', handle: handle('ffff:') } as const;
  const placed = new Map<string, ObservedResource>([['qdisc eth1 ingress', { resource: hook, owner: 'weir' }]]);
  placeResources(dumpOf([filter('ffff:fff2', 100)]), THEIRS, placed);
  assert.equal(placed.get('filter eth1 ffff:fff2 0 100')?.owner, 'someone else');
});

test('several filters at one preference are as a whole not what is wanted, unless their handle is what they look for', () => {
  const twice = placedResources(
    dumpOf([qdisc('root', '1:'), filter('1:', 5, 'u32', 1), filter('1:', 5, 'u32', 2)]),
    OURS,
  );
  const both = twice.get('filter eth1 1: 0 5')?.resource;
  assert.equal(both?.type === 'filter' ? both.rule : 'missing', undefined);
  assert.deepEqual(placed([qdisc('root', '1:'), filter('1:', 5, 'fw', 1), filter('1:', 5, 'fw', 2)], OURS), [
    'qdisc root: weir',
    'filter 1: 0 5 1: weir',
    'filter 1: 0 5 2: weir',
  ]);
});
