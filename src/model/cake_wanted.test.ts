import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkLayer } from '../schema/link.ts';
import { type CakeOptions, cakeOptions } from '../tc/qdisc/cake.ts';
import { DEFAULT_OPTIONS, wantedCakeOptions } from './cake_wanted.ts';
import { DIRECTIONS, type DirectionConfig, type DirectionName } from './config.ts';

function wanted(
  direction: DirectionName,
  options: Partial<CakeOptions> = {},
  link?: DirectionConfig['link'],
): CakeOptions {
  return wantedCakeOptions(direction, { rateBitPerS: 20e6, options, linkNames: [], link });
}

test('every option has a value, so that nothing is left to what the kernel had before', () => {
  for (const direction of DIRECTIONS) {
    assert.deepEqual(Object.keys(wanted(direction)).sort(), Object.keys(cakeOptions).sort());
  }
});

test('unset, both directions suit a router that does NAT', () => {
  const { nat, isolation, diffserv, ingress, rateBitPerS } = wanted('upload');
  assert.deepEqual([nat, isolation, diffserv, ingress, rateBitPerS], [true, 'dual-srchost', 'diffserv3', false, 20e6]);
  const download = wanted('download');
  assert.deepEqual([download.nat, download.isolation], [true, 'dual-dsthost']);
  assert.deepEqual([download.diffserv, download.ingress], ['besteffort', true]);
});

test('what was written wins over what suits', () => {
  const options = wanted('download', { nat: false, isolation: 'flows', ingress: false, diffserv: 'diffserv4' });
  assert.deepEqual([options.nat, options.isolation], [false, 'flows']);
  assert.deepEqual([options.ingress, options.diffserv], [false, 'diffserv4']);
});

const linkOf = ({ raw, overheadBytes, atm, mpuBytes }: CakeOptions): unknown => ({ raw, overheadBytes, atm, mpuBytes });

test('without a word about the link, packets count as Linux sees them', () => {
  assert.deepEqual(linkOf(wanted('upload')), { raw: true, overheadBytes: 0, atm: 'none', mpuBytes: 0 });
});

test('one word about the link is enough for overhead to count', () => {
  assert.deepEqual(linkOf(wanted('upload', { overheadBytes: 44 })), {
    raw: false,
    overheadBytes: 44,
    atm: 'none',
    mpuBytes: 0,
  });
  assert.deepEqual(linkOf(wanted('upload', { atm: 'ptm' })), { raw: false, overheadBytes: 0, atm: 'ptm', mpuBytes: 0 });
  assert.deepEqual(linkOf(wanted('upload', { mpuBytes: 84 })), {
    raw: false,
    overheadBytes: 0,
    atm: 'none',
    mpuBytes: 84,
  });
  assert.deepEqual(linkOf(wanted('upload', { raw: false })), {
    raw: false,
    overheadBytes: 0,
    atm: 'none',
    mpuBytes: 0,
  });
});

test('a number replaces what the name of the link says', () => {
  const link = linkLayer(['pppoe-ptm', 'ethernet']);
  assert.deepEqual(linkOf(wanted('upload', {}, link)), { raw: false, overheadBytes: 68, atm: 'ptm', mpuBytes: 84 });
  assert.deepEqual(linkOf(wanted('upload', { overheadBytes: 34, mpuBytes: 0 }, link)), {
    raw: false,
    overheadBytes: 34,
    atm: 'ptm',
    mpuBytes: 0,
  });
});

test('raw wins over every number, as the kernel has it', () => {
  const options = wanted('upload', { raw: true, overheadBytes: 44, atm: 'atm' }, linkLayer(['pppoe-ptm']));
  assert.deepEqual([options.raw, options.overheadBytes, options.atm], [true, 0, 'none']);
});

test('the target goes with the round-trip time, which is all that can be set', () => {
  assert.equal(wanted('upload', { rttUs: 50_000 }).targetUs, 2500);
  assert.equal(wanted('upload', { rttUs: 10 }).targetUs, 1);
  assert.equal(wanted('upload', { rttUs: 50_000, targetUs: 7 }).targetUs, 2500);
});

test('the documented defaults are those that are used', () => {
  for (const direction of DIRECTIONS) {
    const { rateBitPerS: _rate, raw: _raw, ...documented } = DEFAULT_OPTIONS[direction];
    const { rateBitPerS: _sent, raw: _link, ...used } = wanted(direction);
    assert.deepEqual(used, documented);
  }
});
