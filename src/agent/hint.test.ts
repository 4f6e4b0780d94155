import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '../model/resource.ts';
import { hintFor } from './hint.ts';

const REDIRECT: Resource = { type: 'redirect', device: 'eth1', kind: 'matchall', redirectTo: 'ifb-eth1' };
const IFB: Resource = { type: 'link', device: 'ifb-eth1', kind: 'ifb', alias: 'weir:wan', txQueues: 1, up: true };

function hint(wanted: Resource, name: string, extack?: string, found?: Resource): string | undefined {
  const change = { action: found === undefined ? 'add' : 'change', wanted, found, differences: [] } as const;
  return hintFor({ change, refusal: { errno: 1, name, reason: name, ...(extack === undefined ? {} : { extack }) } });
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

const FILTER: Resource = {
  type: 'filter',
  device: 'eth1',
  parent: 0x10000,
  chain: 0,
  preference: 100,
  protocol: 3,
  handle: 0,
  kind: 'flower',
  rule: { options: {}, actions: [{ kind: 'police', options: {} }] },
  on: 'qdisc eth1 root',
};

test('of a filter, the words of the kernel tell whether it lacks the filter or an action', () => {
  assert.match(hint(FILTER, 'ENOENT', 'TC classifier not found') ?? '', /cls_flower .* kmod-sched-flower/);
  assert.match(hint(FILTER, 'ENOENT', 'Failed to load TC action module') ?? '', /act_police .* kmod-sched-act-police/);
  assert.equal(hint(FILTER, 'ENOENT', 'Parent Qdisc does not exists'), undefined);
});

test('of a filter with an expression, a match that the kernel does not know', () => {
  const basic = { ...FILTER, kind: 'basic', rule: { options: { match: 'meta(pkt_len lt 200)' }, actions: [] } };
  assert.match(hint(basic, 'ENOENT') ?? '', /em_meta .* kmod-sched'/);
  assert.equal(hint({ ...basic, rule: { options: { match: '' }, actions: [] } }, 'ENOENT'), undefined);
  assert.equal(hint({ ...basic, kind: 'u32' }, 'ENOENT'), undefined);
});

test('a filter for hardware only, where there is none', () => {
  const only = { ...FILTER, rule: { options: { skipSoftware: true }, actions: [] } };
  assert.match(hint(only, 'EOPNOTSUPP') ?? '', /without skip_sw/);
  assert.equal(hint(FILTER, 'EOPNOTSUPP'), undefined);
});

test('an action that decides at random, on a kernel that cannot', () => {
  const actions = [{ kind: 'gact', options: { random: 'netrand', randomControl: 'drop', onePacketOf: 10 } }];
  assert.match(hint({ ...FILTER, rule: { options: {}, actions } }, 'EOPNOTSUPP') ?? '', /CONFIG_GACT_PROB/);
});

test('a filter bpf that may not be, for want of the package that brings the right', () => {
  assert.match(hint({ ...FILTER, kind: 'bpf' }, 'EPERM') ?? '', /weir-bridge/);
});

test('a kind that OpenWrt has no package of', () => {
  assert.equal(hint(root('qfq'), 'ENOENT'), 'the kernel module sch_qfq may be missing: OpenWrt has no package of it');
});

test('a qdisc of which the device cannot do its part is no missing module', () => {
  const extack = 'hw-tc-offload ethtool feature flag must be on';
  assert.equal(hint(root('htb'), 'EOPNOTSUPP', extack), undefined);
});

test('a kind that is there already is not missing', () => {
  assert.match(hint(root('htb'), 'ENOENT') ?? '', /sch_htb/);
  assert.equal(hint(root('htb'), 'EOPNOTSUPP', undefined, root('htb')), undefined);
  const one = { device: 'eth1', handle: 0x10001, parent: 0x10000, kind: 'htb', options: {}, on: 'qdisc eth1 root' };
  assert.equal(hint({ type: 'class', ...one }, 'EOPNOTSUPP'), undefined);
});

test('a filter that is not supported in its place is no missing module', () => {
  assert.equal(hint(REDIRECT, 'EOPNOTSUPP'), undefined);
});

test('any refusal for lack of permission is advised to run as root', () => {
  assert.match(hint(REDIRECT, 'EPERM') ?? '', /root/);
});
