import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeHandle } from '../../tc/handle.ts';
import { ETH_P } from '../../uapi/if_link.ts';
import type { ClassNode, FilterNode, Place, QdiscNode, TreeNode } from './nodes.ts';
import { type Allotted, allotNumbers, type Numbers, type TakenNumbers } from './numbers.ts';

const FREE: TakenNumbers = { handles: new Set(), hasFilter: () => false, hasU32: () => false };
const NOTHING: Numbers = new Map();
const on = (node: string): Place => ({ at: 'node', node });
const ROOT: Place = { at: 'root' };

const common = (name: string, parent: Place, kind: string) => ({
  name,
  section: name,
  where: name,
  device: 'eth1',
  parent,
  kind,
  options: {},
});

const qdisc = (name: string, parent: Place, kind = 'htb', handle?: number): QdiscNode => ({
  ...common(name, parent, kind),
  node: 'qdisc',
  handle,
});

const classOf = (name: string, parent: Place, minor?: number): ClassNode => ({
  ...common(name, parent, 'htb'),
  node: 'class',
  minor,
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

const hex = (numbers: ReadonlyMap<string, number>): string[] =>
  [...numbers].map(([name, number]) => `${name} ${number.toString(16)}`);

const allot = (nodes: readonly TreeNode[], before: Numbers = NOTHING, taken = FREE): Allotted =>
  allotNumbers(nodes, before, taken);

test('what is given stays, and what is not gets the next free number', () => {
  const nodes = [
    qdisc('root', ROOT, 'htb', makeHandle(1, 0)),
    classOf('all', on('root'), 1),
    classOf('a', on('all')),
    classOf('b', on('all'), 2),
    classOf('c', on('all')),
  ];
  const { handles, remembered } = allot(nodes);
  assert.deepEqual(hex(handles), ['root 10000', 'all 10001', 'a 10003', 'b 10002', 'c 10004']);
  assert.deepEqual(hex(remembered), ['a 3', 'c 4']);
});

test('numbers stay with their sections when others come and go', () => {
  const root = qdisc('root', ROOT);
  const first = allot([root, classOf('a', on('root')), classOf('b', on('root')), classOf('c', on('root'))]);
  const nodes = [root, classOf('new', on('root')), classOf('c', on('root')), classOf('b', on('root'))];
  const second = allot(nodes, first.remembered);
  for (const name of ['root', 'b', 'c']) assert.equal(second.handles.get(name), first.handles.get(name));
  assert.equal(second.handles.get('new'), first.handles.get('a'));
});

test('an allotted number gives way to one that is given', () => {
  const root = qdisc('root', ROOT);
  const first = allot([root, classOf('a', on('root'))]);
  const given = allot([root, classOf('a', on('root')), classOf('b', on('root'), 1)], first.remembered);
  assert.deepEqual(hex(given.handles), ['root 7e100000', 'a 7e100002', 'b 7e100001']);
});

test('a leaf has the handle that the kernel gives it, unless something stands on it', () => {
  const nodes = [
    qdisc('root', ROOT),
    classOf('a', on('root')),
    qdisc('plain', on('a'), 'fq_codel'),
    classOf('b', on('root')),
    qdisc('sorted', on('b'), 'sfq'),
    filter('by flow', on('sorted')),
    classOf('c', on('root')),
    qdisc('bands', on('c'), 'prio'),
  ];
  const { handles } = allot(nodes);
  assert.equal(handles.get('plain'), undefined);
  assert.equal(handles.get('sorted'), makeHandle(0x7e11, 0));
  assert.equal(handles.get('bands'), makeHandle(0x7e12, 0));
});

test('numbers of others are left to them', () => {
  const taken: TakenNumbers = {
    handles: new Set([makeHandle(0x7e10, 0), makeHandle(1, 0), makeHandle(1, 1)]),
    hasFilter: (_parent, _chain, preference) => preference === 100,
    hasU32: (_major, preference) => preference === 101,
  };
  const theirs: Place = { at: 'handle', handle: makeHandle(1, 0) };
  const { handles, preferences } = allot(
    [classOf('ours', theirs), qdisc('leaf', on('ours'), 'prio'), filter('first', theirs)],
    NOTHING,
    taken,
  );
  assert.deepEqual(hex(handles), ['leaf 7e110000', 'ours 10002']);
  assert.deepEqual([...preferences], [['first', 101]]);
  const atHook = [filter('first', { at: 'ingress' }), filter('u32', { at: 'egress' }, { kind: 'u32' })];
  assert.deepEqual(
    [...allot(atHook, NOTHING, taken).preferences],
    [
      ['first', 101],
      ['u32', 102],
    ],
  );
});

test('filters by mark of one mask share a preference, and others have their own, in the order of the sections', () => {
  const mark = (name: string, mask: number) => filter(name, on('root'), { kind: 'fw', options: { mark: 1, mask } });
  const nodes = [qdisc('root', ROOT), mark('a', 255), filter('m', on('root')), mark('b', 255), mark('c', 15)];
  const { preferences } = allot(nodes);
  assert.deepEqual(
    [...preferences],
    [
      ['a', 100],
      ['b', 100],
      ['m', 200],
      ['c', 300],
    ],
  );
});

test('a filter between two others gets a preference between theirs, and those stay', () => {
  const [root, a, b, c] = [qdisc('root', ROOT), ...['a', 'b', 'c'].map((name) => filter(name, on('root')))];
  assert.ok(root && a && b && c);
  const first = allot([root, a, c]);
  const second = allot([root, a, b, c], first.remembered);
  assert.deepEqual(
    ['a', 'b', 'c'].map((name) => second.preferences.get(name)),
    [100, 150, 200],
  );
});

test('filters u32 of one qdisc have different preferences, wherever they stand', () => {
  const u32 = (name: string, parent: Place, more: Partial<FilterNode> = {}) =>
    filter(name, parent, { kind: 'u32', ...more });
  const nodes = [
    qdisc('root', ROOT),
    classOf('class', on('root'), 1),
    qdisc('below', on('class'), 'prio'),
    u32('in', { at: 'ingress' }),
    u32('out', { at: 'egress' }),
    u32('top', on('root')),
    u32('at class', on('class')),
    u32('in chain', on('root'), { chain: 7 }),
    u32('at below', on('below')),
    filter('other kind', on('class'), { chain: 7 }),
  ];
  const { preferences, remembered } = allot(nodes);
  assert.deepEqual(
    [...preferences],
    [
      ['in', 100],
      ['out', 101],
      ['top', 100],
      ['at class', 101],
      ['in chain', 102],
      ['at below', 100],
      ['other kind', 100],
    ],
  );
  assert.deepEqual([...allot(nodes, remembered).preferences], [...preferences]);
  const given = allot([
    ...nodes,
    u32('given', on('class'), { preference: 9 }),
    u32('too', on('root'), { preference: 9 }),
  ]);
  assert.deepEqual([...given.without], [['too', 'another filter u32 of the same qdisc has preference 9']]);
});

test('more classes than there are numbers are told of, and the others have theirs', () => {
  const classes = Array.from({ length: 65_536 }, (_one, i) => classOf(`c${i}`, on('root')));
  const { handles, without } = allot([qdisc('root', ROOT), ...classes]);
  assert.equal(handles.size, 1 + 65_534);
  assert.deepEqual([...without.keys()], ['c65534', 'c65535']);
  assert.equal(new Set(handles.values()).size, handles.size);
});

test('thousands of filters find room below those that the kernel chooses', () => {
  const filters = Array.from({ length: 5000 }, (_one, i) => filter(`f${i}`, on('root')));
  const preferences = [...allot([qdisc('root', ROOT), ...filters]).preferences.values()];
  assert.equal(new Set(preferences).size, 5000);
  assert.ok(Math.max(...preferences) < 0x8000);
  assert.deepEqual(
    preferences,
    [...preferences].sort((a, b) => a - b),
  );
});

test('a qdisc of another kind gets another major than the one that is still there', () => {
  const before = allot([qdisc('root', ROOT, 'htb')]);
  const after = allot([qdisc('root', ROOT, 'drr')], before.remembered);
  assert.notEqual(after.handles.get('root'), before.handles.get('root'));
  const again = allot([qdisc('root', ROOT, 'drr')], after.remembered);
  assert.deepEqual(again.handles, after.handles);
});
