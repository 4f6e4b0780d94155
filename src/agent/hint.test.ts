import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '../model/resource.ts';
import { hintFor } from './hint.ts';

const REDIRECT: Resource = { type: 'redirect', device: 'eth1', kind: 'matchall', redirectTo: 'ifb-eth1' };
const IFB: Resource = { type: 'link', device: 'ifb-eth1', kind: 'ifb', alias: 'weir:wan', txQueues: 1, up: true };

function hint(wanted: Resource, name: string): string | undefined {
  const change = { action: 'add', wanted, found: undefined, differences: [] } as const;
  return hintFor({ change, refusal: { errno: 1, name, reason: name } });
}

test('an unknown kind of filter or device may be a missing module', () => {
  assert.match(hint(REDIRECT, 'ENOENT') ?? '', /kmod-sched-core/);
  assert.match(hint(IFB, 'EOPNOTSUPP') ?? '', /kmod-ifb/);
});

test('a filter that is not supported in its place is no missing module', () => {
  assert.equal(hint(REDIRECT, 'EOPNOTSUPP'), undefined);
});

test('any refusal for lack of permission is advised to run as root', () => {
  assert.match(hint(REDIRECT, 'EPERM') ?? '', /root/);
});
