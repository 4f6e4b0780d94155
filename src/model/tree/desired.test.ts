import assert from 'node:assert/strict';
import { test } from 'node:test';
import { device } from '../../../test/devices.ts';
import type { Issue } from '../../lib/issue.ts';
import { makeHandle } from '../../tc/handle.ts';
import { ETH_P } from '../../uapi/if_link.ts';
import type { Device, Observed } from '../observed.ts';
import { HOOK_HANDLE } from '../resource/qdisc.ts';
import { INGRESS_PARENT } from '../resource/redirect.ts';
import { keyOf, needsOf } from '../resource/registry.ts';
import type { Owner, Resource } from '../resource.ts';
import type { SavedTree } from '../saved_tree.ts';
import { desiredTree } from './desired.ts';
import type { DesiredTree, Forest } from './intent.ts';
import type { ClassNode, FilterNode, Place, QdiscNode, TreeNode } from './nodes.ts';

const on = (node: string): Place => ({ at: 'node', node });
const theirs = (major: number, minor: number): Place => ({ at: 'handle', handle: makeHandle(major, minor) });

const common = (name: string, parent: Place, kind: string) => ({
  name,
  section: name,
  where: name,
  device: 'eth1',
  parent,
  kind,
  options: {},
});

const qdisc = (name: string, parent: Place, kind = 'htb', more: Partial<QdiscNode> = {}): QdiscNode => ({
  ...common(name, parent, kind),
  node: 'qdisc',
  handle: undefined,
  ...more,
});

const classOf = (name: string, parent: Place, more: Partial<ClassNode> = {}): ClassNode => ({
  ...common(name, parent, 'htb'),
  node: 'class',
  minor: undefined,
  ...more,
});

const filter = (name: string, parent: Place, more: Partial<FilterNode> = {}): FilterNode => ({
  ...common(name, parent, 'matchall'),
  node: 'filter',
  protocol: ETH_P.ALL,
  chain: 0,
  preference: undefined,
  target: undefined,
  actions: [],
  ...more,
});

function observedWith(
  found: readonly (readonly [Resource, Owner])[] = [],
  devices: readonly Device[] = [device()],
): Observed {
  return {
    devices: new Map(devices.map((one) => [one.name, one])),
    resources: new Map(found.map(([resource, owner]) => [keyOf(resource), { resource, owner }])),
    capabilities: { cakeMq: false, matchall: true, withoutNativeXdp: new Set(), withoutXdp: new Set() },
    bpfAvailable: undefined,
    cpus: 1,
    tunables: new Map(),
  };
}

function desired(
  nodes: readonly TreeNode[],
  observed = observedWith(),
  more: { saved?: SavedTree; rootRefusal?: string } = {},
): DesiredTree & Forest & { readonly issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const { saved, rootRefusal } = more;
  const forest = { resources: new Map<string, Resource>(), sections: new Map<string, string>() };
  return { ...desiredTree('eth1', nodes, { observed, saved, rootRefusal }, issues, forest), ...forest, issues };
}

const root = qdisc('root', { at: 'root' });
const THEIR_ROOT: Resource = { type: 'qdisc', device: 'eth1', parent: 'root', kind: 'htb', handle: makeHandle(1, 0) };
const THEIR_CLASS: Resource = {
  type: 'class',
  device: 'eth1',
  handle: makeHandle(1, 0x10),
  parent: makeHandle(1, 0),
  kind: 'htb',
  options: {},
  on: 'qdisc eth1 root',
};
const THEIRS = [
  [THEIR_ROOT, 'someone else'],
  [THEIR_CLASS, 'someone else'],
] as const;

test('each stands on what comes before it', () => {
  const nodes = [
    root,
    classOf('all', on('root')),
    qdisc('inner', on('all'), 'prio'),
    classOf('band', on('inner'), { kind: 'prio', minor: 2, byItself: true }),
    qdisc('leaf', on('band'), 'pfifo'),
    filter('sort', on('inner'), { target: on('band') }),
  ];
  const { resources, intent, sections } = desired(nodes);
  const seen = new Set(['link eth1']);
  for (const [key, resource] of resources) {
    assert.equal(keyOf(resource), key);
    // A class that is there by itself is no resource.
    for (const need of needsOf(resource)) assert.ok(seen.has(need) || need === 'class eth1 7e11:2', `${key}: ${need}`);
    seen.add(key);
  }
  assert.deepEqual(intent.counts, { qdiscs: 3, classes: 1, filters: 1 });
  assert.equal(sections.get('qdisc eth1 7e11:2'), 'leaf');
});

test('a default class that is named has the minor that was allotted to it', () => {
  const named = qdisc('root', { at: 'root' }, 'htb', { minors: { defaultMinor: 'b' } });
  const { resources } = desired([named, classOf('a', on('root')), classOf('b', on('root'))]);
  const found = resources.get('qdisc eth1 root');
  assert.deepEqual(found?.type === 'qdisc' ? found.options : undefined, { defaultMinor: 2 });
});

test('a device that is not there is waited for, and one of our own is refused', () => {
  const missing = desired([root], observedWith([], []));
  assert.equal(missing.intent.state, 'waiting');
  assert.deepEqual(
    missing.issues.map(({ severity, what }) => `${severity}: ${what}`),
    ['warning: device eth1 does not exist; waiting for it'],
  );
  assert.equal(desired([root], observedWith([], [device({ ours: true })])).intent.state, 'refused');
});

test('a root that is refused takes what stands on it along, and says so once', () => {
  const nodes = [root, classOf('all', on('root')), filter('sort', on('root'), { target: on('all') })];
  const { intent, issues, resources, saved } = desired(nodes, observedWith(THEIRS), { rootRefusal: 'no' });
  assert.deepEqual([intent.state, intent.reason, intent.leftOut], ['refused', 'no', 3]);
  assert.deepEqual(issues.length, 1);
  assert.equal(resources.size, 0);
  assert.equal(saved, undefined);
});

test('below a class of another tool ours is remembered by its key', () => {
  const nodes = [classOf('ours', theirs(1, 0)), qdisc('leaf', theirs(1, 0x10), 'pfifo'), filter('sort', theirs(1, 0))];
  const { saved, resources, issues } = desired(nodes, observedWith(THEIRS));
  assert.deepEqual(issues, []);
  assert.deepEqual(saved?.keys, ['class eth1 1:1', 'qdisc eth1 1:10', 'filter eth1 1: 0 100']);
  assert.equal(saved?.root, undefined);
  assert.deepEqual([...resources.keys()], saved?.keys);
});

test('what others have at a place of theirs stays theirs', () => {
  const leaf: Resource = {
    type: 'qdisc',
    device: 'eth1',
    parent: makeHandle(1, 0x10),
    kind: 'sfq',
    handle: makeHandle(0x8001, 0),
    on: 'class eth1 1:10',
  };
  const observed = observedWith([...THEIRS, [leaf, 'someone else']]);
  const { issues, resources } = desired(
    [
      qdisc('leaf', theirs(1, 0x10), 'pfifo'),
      classOf('same', theirs(1, 0), { minor: 0x10 }),
      classOf('missing', theirs(1, 0x99)),
      qdisc('nowhere', theirs(2, 1), 'pfifo'),
      classOf('other kind', theirs(1, 0), { kind: 'drr' }),
    ],
    observed,
  );
  assert.deepEqual(
    issues.map(({ what }) => what),
    [
      'someone else has set up sfq 8001: at 1:10 on eth1',
      'someone else has set up class 1:10',
      'class 1:99 does not exist on eth1; waiting for it',
      'class 2:1 does not exist on eth1; waiting for it',
      'the classes of 1: are of kind htb',
    ],
  );
  assert.equal(resources.size, 0);
});

test('a filter at a hook brings the hook along, and takes the one that is there', () => {
  const nodes = [filter('in', { at: 'ingress' }), filter('out', { at: 'egress' })];
  const { resources, saved } = desired(nodes);
  const hook: Resource = { type: 'qdisc', device: 'eth1', parent: 'ingress', kind: 'clsact', handle: HOOK_HANDLE };
  assert.deepEqual(resources.get('qdisc eth1 ingress'), hook);
  assert.deepEqual(saved?.keys, ['filter eth1 ffff:fff2 0 100', 'filter eth1 ffff:fff3 0 100']);
  const old: Resource = { ...hook, kind: 'ingress' };
  const beside = desired(nodes, observedWith([[old, 'someone else']]));
  assert.equal(beside.resources.get('qdisc eth1 ingress'), old);
  assert.deepEqual(
    beside.issues.map(({ what }) => what),
    ['device eth1 has an ingress qdisc, which has no egress side'],
  );
});

test('two filters cannot have one preference, and one of others is not replaced', () => {
  const their: Resource = {
    type: 'filter',
    device: 'eth1',
    parent: INGRESS_PARENT,
    chain: 0,
    preference: 7,
    protocol: ETH_P.ALL,
    handle: 1,
    kind: 'matchall',
    rule: undefined,
    on: 'qdisc eth1 ingress',
  };
  const at = (name: string, preference: number) => filter(name, { at: 'ingress' }, { preference });
  const { issues } = desired([at('a', 5), at('b', 5), at('c', 7)], observedWith([[their, 'someone else']]));
  assert.deepEqual(
    issues.map(({ where, what }) => `${where}: ${what}`),
    ['b: another filter has preference 5 here', 'c: someone else has a filter with preference 7 at ffff:fff2'],
  );
});

test('numbers are those of this incarnation of the device', () => {
  const saved: SavedTree = {
    device: 'eth1',
    ifindex: 5,
    root: undefined,
    numbers: new Map([['a', 9]]),
    filterParents: [],
    keys: [],
  };
  const handleOf = (given: SavedTree): string[] =>
    [...desired([root, classOf('a', on('root'))], undefined, { saved: given }).resources.keys()].slice(1);
  assert.deepEqual(handleOf(saved), ['class eth1 7e10:9']);
  assert.deepEqual(handleOf({ ...saved, ifindex: 6 }), ['class eth1 7e10:1']);
});
