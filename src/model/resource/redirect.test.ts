import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OUR_PREFERENCE } from './redirect.ts';
import { commandsOf } from './registry.ts';

/** What a filter added without a preference gets at most (net/sched/cls_api.c: tcf_auto_prio). */
const LARGEST_AUTOMATIC_PREFERENCE = 0xc000;

test('the redirect comes after every filter that the kernel gave a preference, before or after it was added', () => {
  assert.ok(OUR_PREFERENCE > LARGEST_AUTOMATIC_PREFERENCE);
  assert.ok(OUR_PREFERENCE < 0xffff);
});

test('the redirect is added and deleted with its own preference', () => {
  const redirect = { type: 'redirect', device: 'eth1', kind: 'matchall', redirectTo: 'ifb-eth1' } as const;
  assert.deepEqual(commandsOf('add', redirect), [
    'tc filter add dev eth1 ingress pref 65024 protocol all matchall ' +
      'action mirred egress redirect dev ifb-eth1 cookie 77656972',
  ]);
  assert.deepEqual(commandsOf('delete', redirect), ['tc filter del dev eth1 ingress pref 65024 protocol all matchall']);
});
