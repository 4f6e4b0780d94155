import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeHost } from '../host/fake.ts';
import { NOTHING_SAVED, type Saved } from '../model/saved.ts';
import { FileError } from './files.ts';
import { decodeSaved, encodeSaved, loadSaved, storeSaved } from './saved_file.ts';

const DIRECTORY = '/var/run/weir';
const PATH = `${DIRECTORY}/saved.json`;

const FULL: Saved = {
  features: [
    { device: 'eth1', ifindex: 5, feature: 'rx-gro', on: true },
    { device: 'wän "0"', ifindex: 6, feature: 'rx-lro', on: false },
  ],
  roots: [
    { device: 'eth1', ifindex: 5, kind: 'fq_codel', handle: 0x80010000, rawOptions: new Uint8Array([0, 1, 254, 255]) },
    { device: 'eth2', ifindex: 7, kind: 'mq', handle: 0x10000, rawOptions: undefined },
  ],
  hooks: new Map([
    ['eth1', 5],
    ['eth2', 7],
  ]),
  promiscuous: new Map([['eth2', 6]]),
  trees: [
    {
      device: 'eth1',
      ifindex: 5,
      root: { kind: 'htb', handle: 0x10000 },
      numbers: new Map([
        ['voice', 2],
        ['voice/leaf', 0x7e10],
      ]),
      filterParents: [0x10002],
      keys: ['filter eth1 ffff:fff2 0 100'],
    },
    { device: 'eth2', ifindex: 7, root: undefined, numbers: new Map(), filterParents: [], keys: [] },
  ],
  tunables: [
    {
      device: 'eth1',
      ifindex: 5,
      tunable: 'bql_limit_max',
      part: 'tx-0',
      before: '1879048192',
      wanted: '3028',
      ours: ['3028'],
    },
    {
      device: ':machine',
      ifindex: 0,
      tunable: 'netdev_budget',
      part: '',
      before: '300',
      wanted: '600',
      ours: ['300', '600'],
      refused: { errno: 'EPERM', reason: 'Operation not permitted (EPERM)', circumstances: 'up gro' },
    },
  ],
};

function hostWithDirectory(): FakeHost {
  const host = new FakeHost();
  host.addDirectory('/var/run');
  return host;
}

test('what was stored is loaded again', () => {
  const host = hostWithDirectory();
  storeSaved(host, DIRECTORY, PATH, FULL);
  assert.deepEqual(loadSaved(host, PATH), FULL);
  assert.deepEqual([...host.files.keys()], [PATH]);
});

test('a device whose name is not UTF-8 is found again', () => {
  const odd = { ...NOTHING_SAVED, hooks: new Map([['e\udcff\udc80', 3]]) };
  const host = hostWithDirectory();
  storeSaved(host, DIRECTORY, PATH, odd);
  assert.deepEqual(loadSaved(host, PATH), odd);
});

test('nothing to remember is no file', () => {
  const host = hostWithDirectory();
  storeSaved(host, DIRECTORY, PATH, FULL);
  storeSaved(host, DIRECTORY, PATH, NOTHING_SAVED);
  assert.deepEqual([...host.files.keys()], []);
  storeSaved(host, DIRECTORY, PATH, NOTHING_SAVED);
  assert.deepEqual(loadSaved(host, PATH), NOTHING_SAVED);
});

test('a file that cannot be read is an error, and not taken for none', () => {
  const host = hostWithDirectory();
  host.failures.set(`readFile ${PATH}`, host.errno.EIO ?? 0);
  assert.throws(() => loadSaved(host, PATH), FileError);
});

test('a file that is no JSON, or not ours, holds nothing', () => {
  for (const text of ['', '{', 'null', '[]', '1', '"x"', '{}', '{"format":2}', '{"format":"1"}', '\0', '{"format":1']) {
    assert.deepEqual(decodeSaved(text), NOTHING_SAVED, text);
  }
  assert.deepEqual(decodeSaved('{"format":1}'), NOTHING_SAVED);
});

test('entries of another form are left out, and the others hold', () => {
  const feature = { device: 'eth1', ifindex: 5, feature: 'rx-gro', on: true };
  const root = { device: 'eth1', ifindex: 5, kind: 'mq', handle: 65536, rawOptions: null };
  const hook = { device: 'eth1', ifindex: 5 };
  const damaged = <T extends object>(entry: T): unknown[] => [
    ...[null, 1, 'x', [], {}, [entry]],
    ...Object.keys(entry)
      .filter((key) => key !== 'rawOptions')
      .map((key) => ({ ...entry, [key]: null })),
    ...Object.keys(entry)
      .filter((key) => key !== 'rawOptions')
      .map((key) => ({ ...entry, [key]: {} })),
  ];
  const text = JSON.stringify({
    format: 1,
    features: [...damaged(feature), feature],
    roots: [...damaged(root), root],
    hooks: [...damaged(hook), hook],
  });
  const saved = decodeSaved(text);
  assert.deepEqual(saved.features, [feature]);
  assert.deepEqual(saved.roots, [{ ...root, rawOptions: undefined }]);
  assert.deepEqual([...saved.hooks], [['eth1', 5]]);
});

test('of what a newer or an older version has written, what is known here is taken', () => {
  const feature = { device: 'eth1', ifindex: 5, feature: 'rx-gro', on: true };
  const newer = {
    format: 7,
    features: [
      { ...feature, since: 12345 },
      { device: 'eth1', feature: { name: 'rx-gro-list' }, on: false },
    ],
    hooks: [{ device: 'eth1', ifindex: 5, netns: 'blue' }],
    coalescing: [{ device: 'eth1', ifindex: 5, rxUs: 50 }],
  };
  const saved = decodeSaved(JSON.stringify(newer));
  assert.deepEqual(saved, { ...NOTHING_SAVED, features: [feature], hooks: new Map([['eth1', 5]]) });
  assert.deepEqual(decodeSaved(JSON.stringify({ format: 0, offloads: ['eth1 gro on'] })), NOTHING_SAVED);
});

test('lists that are none hold nothing', () => {
  for (const value of [null, {}, 'x', 7, true]) {
    assert.deepEqual(
      decodeSaved(JSON.stringify({ format: 1, features: value, roots: value, hooks: value, promiscuous: value })),
      NOTHING_SAVED,
    );
  }
});

test('an entry named as what every object has makes nothing of it', () => {
  const text =
    '{"format":1,"__proto__":{"features":[{}]},"features":[{"__proto__":{"device":"x"}}],"roots":[],"hooks":[]}';
  assert.deepEqual(decodeSaved(text), NOTHING_SAVED);
});

test('options of a root that are no hexadecimal digits put no root back', () => {
  for (const rawOptions of ['zz', '0', '0x12', 'ff ', 'é9']) {
    const text = JSON.stringify({
      format: 1,
      features: [],
      hooks: [],
      roots: [{ device: 'e', ifindex: 2, kind: 'fq', handle: 1, rawOptions }],
    });
    assert.deepEqual(decodeSaved(text).roots, [], rawOptions);
  }
});

test('numbers that the kernel has no use for are no entries', () => {
  for (const ifindex of [0, -1, 1.5, 2 ** 53]) {
    const entry = { device: 'eth1', ifindex, feature: 'rx-gro', on: true };
    const root = { device: 'eth1', ifindex: 2, kind: 'mq', handle: ifindex, rawOptions: null };
    const { features, roots } = decodeSaved(JSON.stringify({ format: 1, features: [entry], roots: [root], hooks: [] }));
    assert.deepEqual([features, roots], [[], []], String(ifindex));
  }
});

test("the text has a line's end and says what it is", () => {
  assert.match(encodeSaved(NOTHING_SAVED), /^\{"format":1,.*\}\n$/);
});
