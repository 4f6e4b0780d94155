import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featuresOf, OFFLOAD_NAMES, offloadOfFeature } from './offload.ts';

test('every feature belongs to one offload, and finds it again', () => {
  const all = OFFLOAD_NAMES.flatMap((name) => featuresOf(name));
  assert.equal(new Set(all).size, all.length);
  for (const name of OFFLOAD_NAMES) {
    for (const feature of featuresOf(name)) assert.equal(offloadOfFeature(feature), name);
  }
});

test('a feature without a short name has no offload', () => {
  for (const feature of ['tx-nocache-copy', 'highdma', '', 'constructor']) {
    assert.equal(offloadOfFeature(feature), undefined);
  }
});

test('the offloads that hold up packets are known by the names of ethtool', () => {
  assert.deepEqual(featuresOf('gro'), ['rx-gro']);
  assert.deepEqual(featuresOf('gso'), ['tx-generic-segmentation']);
  assert.deepEqual(featuresOf('lro'), ['rx-lro']);
  assert.ok(featuresOf('tso').includes('tx-tcp6-segmentation'));
});
