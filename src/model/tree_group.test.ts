import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeHandle } from '../tc/handle.ts';
import type { Change } from './diff.ts';
import { INGRESS_PARENT } from './resource/redirect.ts';
import { keyOf } from './resource/registry.ts';
import type { ClassResource, FilterResource, QdiscResource, Resource } from './resource.ts';
import { treeGroup } from './tree_group.ts';

const ROOT: QdiscResource = { type: 'qdisc', device: 'eth1', parent: 'root', kind: 'htb', handle: makeHandle(1, 0) };
const CLASS: ClassResource = {
  ...{ type: 'class', device: 'eth1', handle: makeHandle(1, 5), parent: makeHandle(1, 0), kind: 'htb' },
  ...{ options: undefined, on: keyOf(ROOT) },
};
const LEAF: QdiscResource = { ...ROOT, parent: CLASS.handle, kind: 'pfifo', handle: 0, on: keyOf(CLASS) };
const FILTER: FilterResource = {
  ...{ type: 'filter', device: 'eth1', parent: makeHandle(1, 0), chain: 0, preference: 1, protocol: 3, handle: 0 },
  ...{ kind: 'matchall', rule: undefined, on: keyOf(ROOT) },
};

const added = (wanted: Resource): Change => ({ action: 'add', wanted, found: undefined, differences: [] });
const deleted = (found: Resource): Change => ({ action: 'delete', wanted: undefined, found, differences: [] });
const all = (...resources: Resource[]): Map<string, Resource> => new Map(resources.map((one) => [keyOf(one), one]));

/** The parents of the qdiscs that are to be looked at. */
const lookedAt = (changes: readonly Change[], wanted: ReadonlyMap<string, Resource>): unknown[] | undefined =>
  treeGroup(changes, wanted)?.qdiscs.map(({ parent }) => parent);

test('of changes in the tree of one device its qdiscs are looked at, those that go too', () => {
  const other = { ...ROOT, device: 'eth2' };
  assert.deepEqual(lookedAt([added(CLASS), added(FILTER)], all(ROOT, CLASS, LEAF, FILTER, other)), [
    'root',
    LEAF.parent,
  ]);
  assert.deepEqual(lookedAt([deleted(LEAF), added(CLASS)], all(ROOT, CLASS)), [LEAF.parent, 'root']);
  assert.deepEqual(lookedAt([deleted(ROOT)], all(other)), ['root']);
});

test('one that is changed is looked at once', () => {
  const change: Change = { action: 'change', wanted: LEAF, found: LEAF, differences: [] };
  assert.deepEqual(lookedAt([change], all(ROOT, CLASS, LEAF)), [LEAF.parent, 'root']);
});

const WHOLE: readonly (readonly [name: string, changes: readonly Change[], wanted: ReadonlyMap<string, Resource>])[] = [
  ['changes of two devices', [added(LEAF), added({ ...LEAF, device: 'eth2' })], all(ROOT, LEAF)],
  ['a qdisc at the hook', [added({ ...ROOT, parent: 'ingress', kind: 'clsact' })], all(ROOT)],
  ['a filter at the hook', [added({ ...FILTER, parent: INGRESS_PARENT })], all(ROOT)],
  [
    'an offload',
    [added(LEAF), added({ type: 'feature', device: 'eth1', feature: 'rx-gro', offload: 'gro', on: false })],
    all(ROOT),
  ],
  ['what stands on the tree of somebody else', [added(CLASS), added(LEAF)], all(CLASS, LEAF)],
  [
    'more qdiscs than are asked for one by one',
    [added(LEAF)],
    all(ROOT, ...Array.from({ length: 64 }, (_, i) => ({ ...LEAF, parent: makeHandle(1, i + 1) }))),
  ],
  ['nothing', [], all(ROOT)],
];
for (const [name, changes, wanted] of WHOLE) {
  test(`${name}: everything is looked at`, () => assert.equal(treeGroup(changes, wanted), undefined));
}
