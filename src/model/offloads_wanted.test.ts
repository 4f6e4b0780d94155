import assert from 'node:assert/strict';
import { test } from 'node:test';
import { device as example } from '../../test/devices.ts';
import type { CakeOptions } from '../tc/qdisc/cake.ts';
import { wantedCakeOptions } from './cake_wanted.ts';
import type { DirectionName, ShaperConfig } from './config.ts';
import { fixedFeatures, wantedFeatures, wantedOffloads } from './offloads_wanted.ts';

const unshaped = { rateBitPerS: 0, options: {}, linkNames: [], link: undefined };

function shaper(offloads: ShaperConfig['offloads']): ShaperConfig {
  return {
    name: 'wan',
    where: '',
    enabled: true,
    device: 'eth1',
    interface: undefined,
    download: unshaped,
    upload: unshaped,
    multiQueue: 'auto',
    offloads,
  };
}

function cakeAt(direction: DirectionName, rateBitPerS: number, splitGso: boolean): CakeOptions {
  return wantedCakeOptions(direction, { rateBitPerS, options: { splitGso }, linkNames: [], link: undefined });
}

const namesFor = (options: Partial<Record<DirectionName, CakeOptions>>, offloads: ShaperConfig['offloads'] = 'auto') =>
  wantedOffloads(shaper(offloads), options).map(({ offload }) => offload);

test('LRO always goes, since what it merges cannot be split again', () => {
  assert.deepEqual(namesFor({ upload: cakeAt('upload', 5e6, true) }), ['lro']);
  assert.deepEqual(namesFor({ download: cakeAt('download', 10e9, true) }), ['lro']);
});

test('GRO goes where nothing splits its superpackets and one of them can be felt', () => {
  assert.deepEqual(namesFor({ download: cakeAt('download', 5e6, false) }), ['gro', 'lro']);
});

test('a link so fast that a superpacket takes no time keeps them', () => {
  // 64 KiB take 1 ms at 524.288 Mbit/s.
  assert.deepEqual(namesFor({ download: cakeAt('download', 524_288_000, false) }), ['lro']);
  assert.deepEqual(namesFor({ download: cakeAt('download', 524_287_000, false) }), ['gro', 'lro']);
  assert.deepEqual(namesFor({ download: cakeAt('download', 0, false) }), ['lro']);
});

test('for upload nothing is switched off: what the qdisc gets to send would be the same (docs/offloads.md)', () => {
  const options = { download: cakeAt('download', 900e6, false), upload: cakeAt('upload', 5e6, false) };
  assert.deepEqual(namesFor(options), ['lro']);
});

test('what the configuration names is all that goes', () => {
  const slow = { upload: cakeAt('upload', 5e6, false) };
  assert.deepEqual(namesFor(slow, ['rxvlan', 'sg']), ['rxvlan', 'sg']);
  assert.deepEqual(namesFor(slow, []), []);
});

const device = example({
  features: new Map([
    ['rx-lro', { on: true, changeable: false }],
    ['rx-gro', { on: true, changeable: true }],
    ['tx-tcp-segmentation', { on: false, changeable: false }],
    ['tx-tcp6-segmentation', { on: true, changeable: true }],
  ]),
});

test('of the features behind an offload those are wanted off that can be, or are', () => {
  const wishes = (['tso', 'gro', 'lro', 'ntuple'] as const).map((offload) => ({ offload, why: '' }));
  assert.deepEqual(
    wantedFeatures(device, wishes).map(({ feature, on, device: name }) => [name, feature, on]),
    [
      ['eth1', 'tx-tcp-segmentation', false],
      ['eth1', 'tx-tcp6-segmentation', false],
      ['eth1', 'rx-gro', false],
    ],
  );
  assert.deepEqual(fixedFeatures(device, wishes), ['rx-lro']);
});
