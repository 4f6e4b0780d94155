import assert from 'node:assert/strict';
import { test } from 'node:test';
import { look, openCase } from '../../test/cases.ts';
import { type ShaperStatus, shaperStatuses } from './status.ts';

/** The state before anything is done about it, as `weir status` shows it. */
function statusesOf(caseName: string): ShaperStatus[] {
  const { desired, observed, saved, changes } = look(openCase(caseName));
  return shaperStatuses(desired, observed, saved, changes);
}

function statusOf(caseName: string): ShaperStatus {
  const [status] = statusesOf(caseName);
  assert.ok(status !== undefined);
  return status;
}

test('a shaper is as the kernel has it, whatever was once sent', () => {
  const states = [
    ['nothing-to-do', 'shaping'],
    ['first-start', 'stopped'],
    ['own-root-someone-deleted', 'partial'],
    ['hook-someone-deleted', 'partial'],
    ['device-missing', 'waiting'],
    ['interface-only', 'waiting'],
    ['shaper-disabled', 'off'],
    ['globals-disabled', 'off'],
    ['both-rates-zero', 'off'],
  ] as const;
  for (const [name, state] of states) assert.equal(statusOf(name).state, state, name);
});

test('a direction tells the rate in force and the rate wanted', () => {
  const { download, upload, state } = statusOf('rate-change');
  assert.deepEqual([download?.rateBitPerS, download?.wantedRateBitPerS], [20_000_000, 94_200_000]);
  assert.deepEqual([upload?.rateBitPerS, upload?.wantedRateBitPerS], [5_000_000, 9_500_000]);
  assert.deepEqual([download?.inForce, upload?.inForce, state], [false, false, 'stopped']);
  assert.match(download?.reason ?? '', /rateBitPerS is 20000000, not 94200000$/);
});

test('a direction that is not there has no rate, and says what is missing', () => {
  const { download, upload } = statusOf('own-root-someone-deleted');
  assert.deepEqual([upload?.inForce, upload?.rateBitPerS], [false, null]);
  assert.match(upload?.reason ?? '', /^eth1 > cake.* is not there$/);
  assert.deepEqual([download?.inForce, download?.reason], [true, null]);
});

test('a root of others is not taken for ours', () => {
  const { upload } = statusOf('foreign-root-cake');
  assert.deepEqual([upload?.inForce, upload?.rateBitPerS], [false, null]);
});

test('download is not in force while any part of its way is missing or wrong', () => {
  for (const name of ['hook-someone-deleted', 'ifb-down', 'redirect-to-vanished-ifb', 'redirect-to-other-device']) {
    const { download, upload } = statusOf(name);
    assert.deepEqual([download?.inForce, upload?.inForce], [false, true], name);
  }
});

test('a direction that is left alone is null', () => {
  const { download, upload } = statusOf('upload-only');
  assert.equal(download, null);
  assert.equal(upload?.qdiscDevice, 'eth1');
});

test('offloads that weir switched off are told, with the reason; those that were off are not', () => {
  assert.deepEqual(statusOf('nothing-to-do').offloads, [
    { offload: 'lro', why: 'merged packets cannot be split again as they were', featuresOff: ['rx-lro'] },
  ]);
  assert.deepEqual(statusOf('upload-only').offloads[0]?.featuresOff, []);
});

test('an offload out of force does not make the shaper so', () => {
  assert.equal(statusOf('offloads-no-longer-off').state, 'shaping');
});
