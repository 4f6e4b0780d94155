import assert from 'node:assert/strict';
import { test } from 'node:test';
import { device } from '../../../test/devices.ts';
import type { Issue } from '../../lib/issue.ts';
import { makeHandle } from '../../tc/handle.ts';
import type { OptionValues } from '../../tc/kind.ts';
import { ETH_P } from '../../uapi/if_link.ts';
import { type Change, changesBack, diff, stateBefore, subjectOf } from '../diff.ts';
import type { Observed } from '../observed.ts';
import { renderChange } from '../render.ts';
import { pathOf } from '../resource/registry.ts';
import type { ObservedResource, Resource } from '../resource.ts';
import { desiredTree } from './desired.ts';
import type { ClassNode, FilterNode, Place, QdiscNode, TreeNode } from './nodes.ts';

const on = (node: string): Place => ({ at: 'node', node });
const ROOT: Place = { at: 'root' };
const RATE = {
  rateBitPerS: 1_000_000,
  ceilBitPerS: 1_000_000,
  burstBytes: 1600,
  ceilBurstBytes: 1600,
  quantumBytes: 1514,
};

const common = (name: string, parent: Place, kind: string, options: OptionValues) => ({
  name,
  section: name,
  where: name,
  device: 'eth1',
  parent,
  kind,
  options,
});

const qdisc = (name: string, parent: Place, kind: string, handle?: number, options: OptionValues = {}): QdiscNode => ({
  ...common(name, parent, kind, options),
  node: 'qdisc',
  handle,
});

const classOf = (name: string, parent: Place, minor: number, options: OptionValues = RATE): ClassNode => ({
  ...common(name, parent, 'htb', options),
  node: 'class',
  minor,
});

const mark = (number: number, target: string): FilterNode => ({
  ...common(`mark${number}`, on('root'), 'fw', { mark: number, mask: 255 }),
  node: 'filter',
  protocol: ETH_P.ALL,
  chain: 0,
  preference: undefined,
  target: on(target),
  actions: [],
});

function observedWith(resources: ReadonlyMap<string, ObservedResource>): Observed {
  return {
    devices: new Map([['eth1', device()]]),
    resources,
    capabilities: { cakeMq: false, matchall: true, withoutNativeXdp: new Set(), withoutXdp: new Set() },
    bpfAvailable: undefined,
    cpus: 1,
    tunables: new Map(),
  };
}

/** What is wanted for these nodes. */
function wantedFor(nodes: readonly TreeNode[]): ReadonlyMap<string, Resource> {
  const issues: Issue[] = [];
  const circumstances = { observed: observedWith(new Map()), saved: undefined, rootRefusal: undefined };
  const resources = new Map<string, Resource>();
  desiredTree('eth1', nodes, circumstances, issues, { resources, sections: new Map() });
  assert.deepEqual(issues, []);
  return resources;
}

/** A kernel that has just that. Leaves have the handles that it has given them. */
function kernelWith(resources: ReadonlyMap<string, Resource>): Observed {
  let next = 0x8001;
  return observedWith(
    new Map(
      [...resources].map(([key, resource]) => {
        const isLeaf = resource.type === 'qdisc' && resource.handle === 0;
        return [key, { resource: isLeaf ? { ...resource, handle: makeHandle(next++, 0) } : resource, owner: 'weir' }];
      }),
    ),
  );
}

const lines = (changes: readonly Change[]): string[] =>
  changes.map((change) => `${change.action} ${pathOf(subjectOf(change)).replace('eth1 > ', '')}`);

/** What leads from one tree to another. */
function between(before: readonly TreeNode[], after: readonly TreeNode[]): string[] {
  return lines(diff(wantedFor(after), kernelWith(wantedFor(before))));
}

const root = qdisc('root', ROOT, 'htb', makeHandle(1, 0));
const all = classOf('all', on('root'), 1);
const home = classOf('home', on('all'), 0x10);
const away = classOf('away', on('all'), 0x20);
const leaf = (parent: string, kind = 'pfifo'): QdiscNode => qdisc(`${parent}/leaf`, on(parent), kind);

const TREE = [root, all, home, leaf('home'), away, leaf('away'), mark(1, 'home'), mark(2, 'away')];

test('a tree is made parents first, with its leaves behind all classes and its filters last', () => {
  assert.deepEqual(between([], TREE), [
    'add htb',
    'add htb 1:1',
    'add htb 1:10',
    'add htb 1:20',
    'add 1:10 > pfifo',
    'add 1:20 > pfifo',
    'add parent 1: > fw 100',
    'add parent 1: > fw 100',
  ]);
});

test('a tree that is there as it should be takes nothing', () => {
  assert.deepEqual(between(TREE, TREE), []);
});

test('a root that goes takes the rest along, in one operation', () => {
  assert.deepEqual(between(TREE, []), ['delete htb']);
});

test('a plan says what goes with a root, and what is lost with a class', () => {
  const lossesOf = (after: readonly TreeNode[]): (readonly string[])[] =>
    diff(wantedFor(after), kernelWith(wantedFor(TREE))).map((change) => renderChange(change).loses);
  assert.deepEqual(lossesOf([]), [['what stands on it: 2 qdiscs, 3 classes, 2 filters']]);
  const withoutAway = [root, all, home, leaf('home'), mark(1, 'home')];
  assert.deepEqual(lossesOf(withoutAway), [[], ['packets queued in it', 'what stands on it: 1 qdisc']]);
});

test('a class that goes takes its leaf along, after the filters that point to it', () => {
  const [mark1] = [mark(1, 'home')];
  assert.deepEqual(between(TREE, [root, all, home, leaf('home'), mark1]), [
    'delete parent 1: > fw 100',
    'delete htb 1:20',
  ]);
});

test('a filter is pointed to another class before the old one goes', () => {
  const after = [root, all, home, leaf('home'), mark(1, 'home'), mark(2, 'home')];
  assert.deepEqual(between(TREE, after), ['change parent 1: > fw 100', 'delete htb 1:20']);
});

test('another rate is changed in place, and another leaf takes the place of the old one', () => {
  const faster = classOf('home', on('all'), 0x10, { ...RATE, rateBitPerS: 2_000_000, ceilBitPerS: 2_000_000 });
  const after = [root, all, faster, leaf('home', 'bfifo'), away, leaf('away'), mark(1, 'home'), mark(2, 'away')];
  assert.deepEqual(between(TREE, after), ['change htb 1:10', 'replace 1:10 > bfifo']);
});

test('a class with another parent is made anew with all that stands on it, and with the filters that point to it', () => {
  const moved = classOf('home', on('away'), 0x10);
  const before = [root, all, home, leaf('home'), away, mark(1, 'home'), mark(2, 'away')];
  const after = [root, all, away, moved, leaf('home'), mark(1, 'home'), mark(2, 'away')];
  assert.deepEqual(between(before, after), [
    'delete parent 1: > fw 100',
    'delete htb 1:10',
    'add htb 1:10',
    'add 1:10 > pfifo',
    'add parent 1: > fw 100',
  ]);
});

test('a leaf gives way before a class comes, and classes before a leaf', () => {
  const inner = [root, all, home, classOf('voice', on('home'), 0x11), mark(1, 'home')];
  const flat = [root, all, home, leaf('home'), mark(1, 'home')];
  assert.deepEqual(between(flat, inner), ['delete 1:10 > pfifo', 'add htb 1:11']);
  assert.deepEqual(between(inner, flat), ['delete htb 1:11', 'add 1:10 > pfifo']);
});

test('classes that give way to a leaf go children first, and filters that point to them before', () => {
  const inner = [root, all, home, classOf('a', on('home'), 0x11), classOf('b', on('a'), 0x12), mark(1, 'b')];
  const flat = [root, all, home, leaf('home'), mark(1, 'home')];
  assert.deepEqual(between(inner, flat), [
    'delete parent 1: > fw 100',
    'delete htb 1:12',
    'delete htb 1:11',
    'add 1:10 > pfifo',
    'add parent 1: > fw 100',
  ]);
});

test('a qdisc with its own classes moves with its handle: it goes first and is made anew with what stands on it', () => {
  const inner = (parent: string) => [
    qdisc('inner', on(parent), 'htb', makeHandle(5, 0)),
    classOf('deep', on('inner'), 1),
    leaf('deep'),
  ];
  assert.deepEqual(between([root, all, home, away, ...inner('home')], [root, all, home, away, ...inner('away')]), [
    'delete 1:10 > htb',
    'add 1:20 > htb',
    'add htb 5:1',
    'add 5:1 > pfifo',
  ]);
  assert.deepEqual(between([root, all, home, away, ...inner('home')], [root, all, away, ...inner('away')]), [
    'delete 1:10 > htb',
    'add 1:20 > htb',
    'add htb 5:1',
    'add 5:1 > pfifo',
    'delete htb 1:10',
  ]);
});

test('a leaf of the same kind goes before the new one comes, since the kernel would change it', () => {
  const withFlows = (flows: number): TreeNode[] => [
    root,
    all,
    home,
    { ...leaf('home', 'fq_codel'), options: { flows } },
  ];
  assert.deepEqual(between(withFlows(16), withFlows(32)), ['delete 1:10 > fq_codel', 'add 1:10 > fq_codel']);
});

test('a root of another kind with the same handle is deleted first; with another handle one message exchanges both', () => {
  const other = (handle: number) => [qdisc('root', ROOT, 'prio', makeHandle(handle, 0))];
  assert.deepEqual(between(TREE, other(1)), ['delete htb', 'add prio']);
  assert.deepEqual(between(TREE, other(2)), ['replace prio']);
  assert.deepEqual(between(TREE, [qdisc('root', ROOT, 'htb', makeHandle(2, 0)), classOf('all', on('root'), 1)]), [
    'replace htb',
    'add htb 2:1',
  ]);
});

test('what went with a root comes back with it, parents first', () => {
  const observed = kernelWith(wantedFor(TREE));
  const changes = diff(wantedFor([]), observed);
  assert.equal(stateBefore(changes, observed).size, TREE.length);
  assert.deepEqual(lines(changesBack(changes, observedWith(new Map()))), between([], TREE));
});

test('what was made in part goes again', () => {
  const wanted = wantedFor(TREE);
  const attempted = diff(wanted, observedWith(new Map()));
  const half = new Map([...kernelWith(wanted).resources].slice(0, 4));
  assert.deepEqual(lines(changesBack(attempted, observedWith(half))), ['delete htb']);
});

test('a root whose handle is by now that of a leaf below ours comes when both are gone', () => {
  const observed = kernelWith(wantedFor(TREE));
  const theirs = {
    type: 'qdisc',
    device: 'eth1',
    parent: 'root',
    kind: 'fq_codel',
    handle: makeHandle(0x8001, 0),
  } as const;
  const free = { ...theirs, handle: makeHandle(0x8099, 0) };
  assert.deepEqual(lines(diff(new Map([['qdisc eth1 root', theirs]]), observed)), ['delete htb', 'add fq_codel']);
  assert.deepEqual(lines(diff(new Map([['qdisc eth1 root', free]]), observed)), ['replace fq_codel']);
});
