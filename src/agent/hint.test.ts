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

const root = (kind: string): Resource => ({ type: 'qdisc', device: 'eth1', parent: 'root', kind, handle: 0x7e000000 });
const hook = (kind: string): Resource => ({
  type: 'qdisc',
  device: 'eth1',
  parent: 'ingress',
  kind,
  handle: 0xffff0000,
});

test('of every kind that weir makes, what the kernel does not know names the module and its package in the words of apk and opkg', () => {
  for (const [wanted, refusal, module, name] of [
    [IFB, 'EOPNOTSUPP', 'ifb', 'kmod-ifb'],
    [root('cake'), 'ENOENT', 'sch_cake', 'kmod-sched-cake'],
    [root('cake_mq'), 'ENOENT', 'sch_cake', 'kmod-sched-cake'],
    [hook('clsact'), 'ENOENT', 'sch_ingress', 'kmod-sched-core'],
    [hook('ingress'), 'ENOENT', 'sch_ingress', 'kmod-sched-core'],
    [REDIRECT, 'ENOENT', 'cls_matchall and act_mirred', 'kmod-sched-core'],
    [{ ...REDIRECT, kind: 'u32' }, 'ENOENT', 'cls_u32 and act_mirred', 'kmod-sched-core'],
  ] as const) {
    const says = `the kernel module ${module} may be missing: on OpenWrt 'apk add ${name}', before 25.12 'opkg install ${name}'`;
    assert.equal(hint(wanted, refusal), says);
  }
});

test('a filter that is not supported in its place is no missing module', () => {
  assert.equal(hint(REDIRECT, 'EOPNOTSUPP'), undefined);
});

test('any refusal for lack of permission is advised to run as root', () => {
  assert.match(hint(REDIRECT, 'EPERM') ?? '', /root/);
});
