import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCapturedTc, readCaptures } from '../../test/captures.ts';
import { agentOn, PATHS } from '../../test/cases.ts';
import { Machine } from '../../test/kernel/machine.ts';
import { type CaseDevice, type CaseFilter, setUp } from '../../test/kernel/set_up.ts';
import { EMPTY_CONFIG } from '../agent/config_file.ts';
import { ShortReadError } from '../lib/bytes.ts';
import { TC_H } from '../uapi/tc.ts';
import type { LinkMessage } from '../wire/link.ts';
import type { TcMessage } from '../wire/tcmsg.ts';
import { type KernelDump, type Observed, observedState } from './observed.ts';
import { NOTHING_SAVED } from './saved.ts';

/** What weir sees of a machine with these devices, through the bytes that a kernel would send. */
function observe(devices: Readonly<Record<string, CaseDevice>>, prepare?: (machine: Machine) => void): Observed {
  const machine = new Machine();
  setUp(machine.kernel, { devices });
  prepare?.(machine);
  return agentOn(machine).look(EMPTY_CONFIG).observed;
}

const ownersOf = ({ resources }: Observed): string[] => [...resources].map(([key, { owner }]) => `${key}: ${owner}`);

test('the qdisc that the kernel gives by itself is no root', () => {
  assert.deepEqual(ownersOf(observe({ eth1: {} })), []);
});

test('a root is ours by its handle', () => {
  const root = (handle: string): CaseDevice => ({ root: { kind: 'cake', handle, options: {} } });
  const seen = observe({ eth1: root('7e00:'), eth2: root('7eff:'), eth3: root('7f00:'), eth4: root('1:') });
  assert.deepEqual(ownersOf(seen), [
    'qdisc eth1 root: weir',
    'qdisc eth2 root: weir',
    'qdisc eth3 root: someone else',
    'qdisc eth4 root: someone else',
  ]);
});

test('an IFB is ours by its group or its alias, and no other device is', () => {
  const seen = observe({
    ifb0: { kind: 'ifb', ours: true },
    ifb1: { kind: 'ifb', alias: 'weir:wan' },
    ifb2: { kind: 'ifb', alias: 'not weir:wan' },
    dum0: { kind: 'dummy', alias: 'weir:wan', ours: true },
  });
  assert.deepEqual(ownersOf(seen), ['link ifb0: weir', 'link ifb1: weir', 'link ifb2: someone else']);
  assert.equal(seen.devices.get('dum0')?.ours, false);
});

test('a hook is ours where we remember to have made it for this very device', () => {
  const hooked: CaseDevice = { hook: 'clsact' };
  const hooks = '"hooks":[{"device":"eth1","ifindex":2},{"device":"eth2","ifindex":77}]';
  const seen = observe({ eth1: hooked, eth2: hooked, eth3: { hook: 'ingress' } }, (machine) => {
    machine.addFile(PATHS.savedFile, `{"format":1,"features":[],"roots":[],${hooks}}`);
  });
  assert.deepEqual(ownersOf(seen), [
    'qdisc eth1 ingress: weir',
    'qdisc eth2 ingress: someone else',
    'qdisc eth3 ingress: someone else',
  ]);
  assert.deepEqual([seen.devices.get('eth1')?.hook, seen.devices.get('eth3')?.hook], ['clsact', 'ingress']);
});

test('a redirect is ours by preference and cookie together', () => {
  const hook = 'clsact';
  const seen = observe({
    ifb0: { kind: 'ifb' },
    eth1: { hook, filters: [{ kind: 'matchall', redirect: 'ifb0' }] },
    eth2: { hook, filters: [{ kind: 'u32', redirect: 'ifb0' }] },
    // Our preference with another's cookie.
    eth3: { hook, filters: [{ kind: 'matchall', redirect: 'ifb0', preference: 0xfe00 }] },
    eth4: { hook, filters: [{ kind: 'matchall', redirect: 'ifb0', preference: 7 }] },
  });
  assert.deepEqual(
    ownersOf(seen).filter((line) => line.startsWith('redirect')),
    ['redirect eth1: weir', 'redirect eth2: weir'],
  );
  const foreign = [...seen.devices.values()].map(({ name, foreignFilters }) => [name, foreignFilters]);
  assert.deepEqual(Object.fromEntries(foreign), { lo: 0, ifb0: 0, eth1: 0, eth2: 0, eth3: 1, eth4: 1 });
});

test('filters of others are counted on both sides of a hook', () => {
  const filters = [
    { kind: 'matchall', preference: 1 },
    { kind: 'u32', preference: 2, side: 'egress' },
  ] as const;
  assert.equal(observe({ eth1: { hook: 'clsact', filters } }).devices.get('eth1')?.foreignFilters, 3);
});

test("another's filter that takes every packet before ours is told", () => {
  const takenBy = (...filters: readonly CaseFilter[]): string | undefined =>
    observe({ ifb0: { kind: 'ifb' }, eth1: { hook: 'clsact', filters } }).devices.get('eth1')?.takenBy;
  assert.equal(takenBy({ kind: 'matchall', redirect: 'ifb0', preference: 7 }), 'matchall with preference 7');
  assert.equal(takenBy({ kind: 'matchall', redirect: 'ifb0', preference: 0xff00 }), undefined, 'after ours');
  assert.equal(takenBy({ kind: 'matchall', preference: 7 }), undefined, 'it does nothing');
  assert.equal(takenBy({ kind: 'matchall', redirect: 'ifb0', preference: 7, side: 'egress' }), undefined);
  assert.equal(takenBy({ kind: 'matchall', redirect: 'ifb0' }), undefined, 'it is ours');
});

test('a redirect whose device is gone leads nowhere', () => {
  const seen = observe(
    { ifb0: { kind: 'ifb' }, eth1: { hook: 'clsact', filters: [{ kind: 'matchall', redirect: 'ifb0' }] } },
    ({ kernel }) => {
      kernel.devices.delete(kernel.named('ifb0').ifindex);
    },
  );
  const redirect = seen.resources.get('redirect eth1')?.resource;
  assert.ok(redirect?.type === 'redirect');
  assert.match(redirect.redirectTo, /gone/);
});

test('a root that someone hung something below is a tree', () => {
  const root = { kind: 'mq', handle: '1:' };
  const seen = observe({ eth1: { root }, eth2: { root, below: [{ kind: 'fq_codel', handle: '2:', parent: '1:1' }] } });
  assert.deepEqual([seen.devices.get('eth1')?.rootIsTree, seen.devices.get('eth2')?.rootIsTree], [false, true]);
});

const link: LinkMessage = {
  ifindex: 7,
  flags: 1,
  hardwareType: 1,
  name: 'v0',
  mtu: 1500,
  txQueueLength: 1000,
  group: 0,
  txQueues: 4,
  rxQueues: 4,
};

function dumpOf(qdiscs: readonly TcMessage[], ingressFilters: readonly TcMessage[], littleEndian: boolean): KernelDump {
  const capabilities = {
    cakeMq: false,
    matchall: true,
    withoutNativeXdp: new Set<string>(),
    withoutXdp: new Set<string>(),
  };
  const filters = { ingressFilters, egressFilters: [], rootFilters: [] };
  return { littleEndian, links: [link], qdiscs, ...filters, features: new Map(), capabilities };
}

/** The device of a message made the one above. */
const here = (message: TcMessage): TcMessage => ({ ...message, ifindex: link.ifindex });

test('of real kernels, every root that somebody set up is seen with its options', () => {
  const kinds = new Set<string>();
  for (const capture of readCaptures('tc-qdiscs').concat(readCaptures('tc-cake'))) {
    for (const { kind, command, messages } of capture.records) {
      if (kind !== 'dump' || messages.length === 0) continue;
      const qdiscs = messages.map((message) => here(decodeCapturedTc(capture, message)));
      const { resources, devices } = observedState(dumpOf(qdiscs, [], capture.littleEndian), NOTHING_SAVED);
      const root = resources.get('qdisc v0 root')?.resource;
      assert.ok(root?.type === 'qdisc', `${capture.name}: ${command}`);
      assert.equal(root.options !== undefined, root.kind === 'cake', root.kind);
      assert.equal(devices.get('v0')?.rootIsTree, false, command);
      kinds.add(root.kind);
    }
  }
  assert.ok(kinds.has('cake') && kinds.has('fq_codel') && kinds.has('mq') && kinds.size >= 6, [...kinds].join());
});

test("of real kernels, a CAKE below a class of another's root makes a tree of it", () => {
  for (const capture of readCaptures('tc-htb')) {
    const record = capture.records.find(({ kind, messages }) => kind === 'dump-stats' && messages.length > 1);
    const qdiscs = (record?.messages ?? []).map((message) => here(decodeCapturedTc(capture, message)));
    const { devices } = observedState(dumpOf(qdiscs, [], capture.littleEndian), NOTHING_SAVED);
    assert.equal(devices.get('v0')?.rootIsTree, true, capture.name);
  }
});

test('a root on which someone has put a filter or a size table is a tree', () => {
  const root: TcMessage = { ifindex: link.ifindex, handle: 0x80010000, parent: TC_H.ROOT, info: 2, kind: 'fq_codel' };
  const filter: TcMessage = { ifindex: link.ifindex, handle: 1, parent: root.handle, info: 0, kind: 'matchall' };
  const isTree = (dump: Partial<KernelDump>): boolean | undefined =>
    observedState({ ...dumpOf([root], [], true), ...dump }, NOTHING_SAVED).devices.get('v0')?.rootIsTree;
  assert.equal(isTree({}), false);
  assert.equal(isTree({ rootFilters: [filter] }), true);
  assert.equal(isTree({ qdiscs: [{ ...root, stab: new Uint8Array(4) }] }), true);
});

test("filters of real kernels are all somebody else's, and none is counted twice", () => {
  let counted = 0;
  for (const capture of readCaptures('tc-filters')) {
    for (const { kind, command, messages } of capture.records) {
      if (!kind.startsWith('dump') || !command.startsWith('tc filter add dev v0 ingress')) continue;
      const filters = messages.map((message) => here(decodeCapturedTc(capture, message)));
      const { devices, resources } = observedState(dumpOf([], filters, capture.littleEndian), NOTHING_SAVED);
      assert.deepEqual([...resources.keys()], [], command);
      const rules = filters.filter(({ options }) => options !== undefined && options.length > 12).length;
      // u32's hash table is one more: with none of our filters in it, it is someone's.
      const tables = filters.filter((filter) => filter.kind === 'u32' && filter.handle === 0x80000000).length;
      assert.equal(devices.get('v0')?.foreignFilters, rules + tables, `${capture.name}: ${command}`);
      counted += rules;
    }
  }
  assert.ok(counted >= 10, `${counted} filters`);
});

test('messages cut anywhere throw ShortReadError and nothing else', () => {
  for (const capture of readCaptures('tc-filters')) {
    const command =
      'tc filter add dev v0 ingress protocol all pref 64000 handle 0x1 matchall action mirred egress redirect dev ifb4v0 cookie 77656972';
    const record = capture.records.find((other) => other.kind === 'dump' && other.command === command);
    const filter = here(decodeCapturedTc(capture, record?.messages[1] ?? new Uint8Array()));
    // Under our preference it is looked into.
    const ours = { ...filter, info: (0xfe000000 | (filter.info & 0xffff)) >>> 0 };
    const { options = new Uint8Array() } = ours;
    const whole = observedState(dumpOf([], [ours], capture.littleEndian), NOTHING_SAVED);
    assert.equal(whole.resources.size, 1);
    for (let length = 0; length < options.length; length++) {
      const dump = dumpOf([], [{ ...ours, options: options.slice(0, length) }], capture.littleEndian);
      try {
        observedState(dump, NOTHING_SAVED);
      } catch (error) {
        assert.ok(error instanceof ShortReadError, `${length} bytes: ${error}`);
      }
    }
  }
});
