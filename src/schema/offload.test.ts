import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featuresOf, isCommonFeature, OFFLOAD_NAMES, offloadNamed, offloadOfFeature } from './offload.ts';

test('every feature belongs to one offload, and finds it again', () => {
  const all = OFFLOAD_NAMES.flatMap((name) => featuresOf(name));
  assert.equal(new Set(all).size, all.length);
  for (const name of OFFLOAD_NAMES) {
    for (const feature of featuresOf(name)) assert.equal(offloadOfFeature(feature), name);
  }
});

test('a feature without a short name goes by its own', () => {
  for (const feature of ['tx-nocache-copy', 'highdma', 'constructor']) {
    assert.equal(isCommonFeature(feature), false);
    assert.equal(offloadOfFeature(feature), feature);
    assert.deepEqual(featuresOf(feature), [feature]);
    assert.equal(offloadNamed(feature), undefined);
  }
});

test('an offload is known by the name in the list of ethtool -k as well', () => {
  assert.equal(offloadNamed('generic-receive-offload'), 'gro');
  assert.deepEqual(featuresOf('scatter-gather'), featuresOf('sg'));
});

test('the offloads that hold up packets are known by the names of ethtool', () => {
  assert.deepEqual(featuresOf('gro'), ['rx-gro']);
  assert.deepEqual(featuresOf('gso'), ['tx-generic-segmentation']);
  assert.deepEqual(featuresOf('lro'), ['rx-lro']);
  assert.ok(featuresOf('tso').includes('tx-tcp6-segmentation'));
});
