import assert from 'node:assert/strict';
import { test } from 'node:test';
import { device as example } from '../../test/devices.ts';
import type { Device, Observed } from './observed.ts';
import { keyOf } from './resource/registry.ts';
import type { Owner, QdiscResource, Resource } from './resource.ts';
import * as model from './saved.ts';
import { NOTHING_SAVED, type Saved, withComingChanges } from './saved.ts';

const NOTHING_TUNED: ReadonlySet<string> = new Set();
const restoring = (saved: Saved, observed: Observed): readonly Resource[] =>
  model.restoring(saved, NOTHING_TUNED, observed).resources;
const withoutRestored = (saved: Saved, wanted: ReadonlyMap<string, Resource>, observed: Observed): Saved =>
  model.withoutRestored(saved, wanted, NOTHING_TUNED, observed);

const gro = (on: boolean): Resource => ({ type: 'feature', device: 'eth1', feature: 'rx-gro', offload: 'gro', on });
const hook: QdiscResource = { type: 'qdisc', device: 'eth1', parent: 'ingress', kind: 'clsact', handle: 0xffff0000 };
const cake: QdiscResource = {
  type: 'qdisc',
  device: 'eth1',
  parent: 'root',
  kind: 'cake',
  handle: 0x7e000000,
  options: {},
};
const pfifo: QdiscResource = { ...cake, kind: 'pfifo', handle: 0x10000, options: {}, rawOptions: new Uint8Array([9]) };

const device = (given: Partial<Device>): Device =>
  example({ features: new Map([['rx-gro', { on: true, changeable: true }]]), ...given });

function look(devices: readonly Device[], resources: readonly (readonly [Resource, Owner])[]): Observed {
  return {
    devices: new Map(devices.map((entry) => [entry.name, entry])),
    resources: new Map(resources.map(([resource, owner]) => [keyOf(resource), { resource, owner }])),
    capabilities: { cakeMq: false, matchall: true, withoutNativeXdp: new Set(), withoutXdp: new Set() },
    bpfAvailable: undefined,
    cpus: 1,
    tunables: new Map(),
  };
}

const wantedOf = (...resources: readonly Resource[]): Map<string, Resource> =>
  new Map(resources.map((resource) => [keyOf(resource), resource]));

const savedGro: Saved = { ...NOTHING_SAVED, features: [{ device: 'eth1', ifindex: 5, feature: 'rx-gro', on: true }] };

test('of an offload the first value is kept, however often it is switched', () => {
  const observed = look([device({})], [[gro(true), 'someone else']]);
  const first = withComingChanges(NOTHING_SAVED, [{ wanted: gro(false), found: gro(true) }], observed);
  assert.deepEqual(first, savedGro);
  assert.deepEqual(withComingChanges(first, [{ wanted: gro(true), found: gro(false) }], observed), savedGro);
});

test('a device that came back under its name begins anew', () => {
  const observed = look([device({ ifindex: 6 })], [[gro(true), 'someone else']]);
  const { features } = withComingChanges(savedGro, [{ wanted: gro(false), found: gro(true) }], observed);
  assert.deepEqual(
    features.map(({ ifindex }) => ifindex),
    [5, 6],
  );
  assert.deepEqual(restoring(savedGro, observed), []);
  assert.deepEqual(withoutRestored(savedGro, wantedOf(), observed).features, []);
});

test('a hook is remembered when we make it, and not when it was there', () => {
  const observed = look([device({ hook: 'clsact' })], []);
  assert.deepEqual(
    [...withComingChanges(NOTHING_SAVED, [{ wanted: hook, found: undefined }], observed).hooks],
    [['eth1', 5]],
  );
  assert.equal(withComingChanges(NOTHING_SAVED, [{ wanted: undefined, found: hook }], observed).hooks.size, 0);
});

test('a hook is forgotten once it is gone, and the memory of it with the device', () => {
  const saved: Saved = { ...NOTHING_SAVED, hooks: new Map([['eth1', 5]]) };
  const hooks = (given: Partial<Device>): number =>
    withoutRestored(saved, wantedOf(), look([device(given)], [])).hooks.size;
  assert.equal(hooks({ hook: 'clsact' }), 1);
  assert.equal(hooks({}), 0);
  assert.equal(hooks({ hook: 'clsact', ifindex: 9 }), 0);
});

test('a root of others is kept as it was last, and ours is none', () => {
  const foreign = look([device({})], [[pfifo, 'someone else']]);
  const { roots } = withComingChanges(NOTHING_SAVED, [{ wanted: cake, found: pfifo }], foreign);
  assert.deepEqual(roots, [
    { device: 'eth1', ifindex: 5, kind: 'pfifo', handle: 0x10000, rawOptions: new Uint8Array([9]) },
  ]);
  const ours = look([device({})], [[cake, 'weir']]);
  assert.deepEqual(withComingChanges(NOTHING_SAVED, [{ wanted: cake, found: cake }], ours).roots, []);
  const later = { ...pfifo, kind: 'fq' };
  const replaced = withComingChanges(
    { ...NOTHING_SAVED, roots },
    [{ wanted: cake, found: later }],
    look([device({})], [[later, 'someone else']]),
  );
  assert.deepEqual(
    replaced.roots.map(({ kind }) => kind),
    ['fq'],
  );
});

test('what others put on a device of ours is not kept: it goes with the device', () => {
  const observed = look([device({ ours: true })], [[pfifo, 'someone else']]);
  assert.deepEqual(withComingChanges(NOTHING_SAVED, [{ wanted: cake, found: pfifo }], observed), NOTHING_SAVED);
});

const savedRoot: Saved = {
  ...NOTHING_SAVED,
  roots: [{ device: 'eth1', ifindex: 5, kind: 'pfifo', handle: 0x10000, rawOptions: new Uint8Array([9]) }],
};

test("a root comes back in the place of ours, and in no other's", () => {
  assert.deepEqual(restoring(savedRoot, look([device({})], [[cake, 'weir']])), [
    { type: 'qdisc', device: 'eth1', parent: 'root', kind: 'pfifo', handle: 0x10000, rawOptions: new Uint8Array([9]) },
  ]);
  assert.deepEqual(restoring(savedRoot, look([device({})], [[pfifo, 'someone else']])), []);
  assert.deepEqual(restoring(savedRoot, look([device({})], [])), []);
});

test('a root is forgotten once it is wanted back, and not while ours is wanted', () => {
  const observed = look([device({})], [[cake, 'weir']]);
  assert.equal(withoutRestored(savedRoot, wantedOf(cake), observed).roots.length, 1);
  assert.equal(withoutRestored(savedRoot, wantedOf(...restoring(savedRoot, observed)), observed).roots.length, 0);
});

test('an offload is forgotten only when it is wanted as it was and is so', () => {
  const left = (wanted: boolean, is: boolean): number =>
    withoutRestored(savedGro, wantedOf(gro(wanted)), look([device({})], [[gro(is), 'someone else']])).features.length;
  assert.deepEqual([left(true, true), left(true, false), left(false, true), left(false, false)], [0, 1, 1, 1]);
});

test('an offload that the driver does not let be switched now is not switched, and not forgotten', () => {
  const features = new Map([['rx-gro', { on: false, changeable: false }]]);
  const observed = look([device({ features })], [[gro(false), 'someone else']]);
  assert.deepEqual(restoring(savedGro, observed), []);
  assert.deepEqual(withoutRestored(savedGro, wantedOf(), observed).features, savedGro.features);
  assert.deepEqual(restoring(savedGro, look([device({ features: new Map() })], [])), []);
});

test('a feature without a short name is put back too', () => {
  const saved: Saved = { ...NOTHING_SAVED, features: [{ device: 'eth1', ifindex: 5, feature: 'highdma', on: true }] };
  const features = new Map([['highdma', { on: false, changeable: true }]]);
  assert.deepEqual(restoring(saved, look([device({ features })], [])), [
    { type: 'feature', device: 'eth1', feature: 'highdma', offload: 'highdma', on: true },
  ]);
});

test('promiscuous mode is remembered where weir has set it, and not where it was on before', () => {
  const promiscuous: Resource = { type: 'promiscuous', device: 'eth1' };
  const off = look([device({})], []);
  const saved = withComingChanges(NOTHING_SAVED, [{ wanted: promiscuous, found: undefined }], off);
  assert.deepEqual(saved.promiscuous, new Map([['eth1', 5]]));
  const taking = withComingChanges(
    saved,
    [{ wanted: undefined, found: promiscuous }],
    look([device({})], [[promiscuous, 'weir']]),
  );
  assert.deepEqual(taking, saved, 'until it is off, it is remembered');
  const on = look([device({})], [[promiscuous, 'weir']]);
  assert.deepEqual(withoutRestored(saved, wantedOf(promiscuous), on).promiscuous, saved.promiscuous);
  assert.deepEqual(withoutRestored(saved, wantedOf(), off).promiscuous, new Map());
  const another = look([device({ ifindex: 6 })], [[promiscuous, 'someone else']]);
  assert.deepEqual(
    withoutRestored(saved, wantedOf(promiscuous), another).promiscuous,
    new Map(),
    'a device that came back',
  );
});
