import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Issue } from '../../lib/issue.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import { actionKind } from '../../tc/action/registry.ts';
import { everyQdisc } from '../../tc/every_qdisc.ts';
import { filterKind } from '../../tc/filter/registry.ts';
import type { OptionSet, OptionValues } from '../../tc/kind.ts';
import { stab } from '../../tc/stab.ts';
import { ETH_P } from '../../uapi/if_link.ts';
import { parseUci, UciSyntaxError } from '../../wire/ucitext.ts';
import type { TreeNode } from './nodes.ts';
import { parseOpenVswitch } from './open_vswitch.ts';
import { type PortFacts, portNodes } from './open_vswitch_nodes.ts';

const GIGABIT: PortFacts = { linkRateBitPerS: 1e9, mtuBytes: 1500 };
const UNKNOWN: PortFacts = { linkRateBitPerS: undefined, mtuBytes: undefined };

/** The nodes of a QoS of a type on eth1, with queues as `number option value, option value`. */
function nodes(type: string, options: string, queues: readonly string[] = [], facts = GIGABIT): readonly TreeNode[] {
  const lines = (text: string): string =>
    text
      .split(', ')
      .filter((one) => one !== '')
      .map((one) => `\toption ${one.replace(' ', " '")}'\n`)
      .join('');
  const text =
    `config qos 'wan'\n\toption device 'eth1'\n\toption type '${type}'\n${lines(options)}` +
    queues.map((one) => `config queue\n\toption qos 'wan'\n${lines(`id ${one.replace(' ', ', ')}`)}`).join('');
  const file = parseUci(encodeUtf8(text));
  assert.ok(!(file instanceof UciSyntaxError));
  const issues: Issue[] = [];
  const [qos] = parseOpenVswitch(file.sections, 'weir', new Map(), new Map(), issues);
  assert.deepEqual(issues, []);
  assert.ok(qos !== undefined);
  return portNodes(qos, 'eth1', facts);
}

const named = (list: readonly TreeNode[], name: string): TreeNode =>
  list.find((node) => node.name === name) ??
  assert.fail(`no ${name} among ${list.map((node) => node.name).join(', ')}`);
const optionsOf = (list: readonly TreeNode[], name: string): OptionValues => named(list, name).options;
const classOf = (list: readonly TreeNode[], id: number): OptionValues => optionsOf(list, `wan@eth1/queue ${id}`);

const EXAMPLES: readonly (readonly TreeNode[])[] = [
  nodes('linux-htb', 'max_rate 10mbit', ['0 dscp 0', '1 min_rate 1mbit, burst 80000, dscp 46, mark 0x10/0xff']),
  nodes('linux-hfsc', 'max_rate 10mbit', ['1 min_rate 1mbit, dscp 46, mark 1']),
  nodes('linux-sfq', 'perturb 5, quantum 3000'),
  nodes('linux-codel', 'target 3000, limit 7, interval 70000'),
  nodes('linux-fq_codel', 'target 3000, limit 7, interval 70000, flows 64, quantum 300'),
  nodes('linux-netem', 'latency 50000, jitter 5000, limit 77, loss 3'),
  nodes('egress-policer', 'cir 1000000, cbs 10000'),
  nodes('trtcm-policer', 'cir 1000000, cbs 10000, eir 500000, ebs 5000', [
    '1 cir 250000, cbs 3000, mark 1, dscp 46',
    '4294967295 eir 5000, ebs 1500, mark 2',
  ]),
];

test('every option is one of its kind, and right with the others', () => {
  const check = (set: OptionSet | undefined, options: OptionValues, what: string): void => {
    assert.ok(set !== undefined, `no kind of ${what}`);
    for (const name of Object.keys(options)) assert.ok(Object.hasOwn(set.options, name), `${what} has no ${name}`);
    assert.deepEqual(set.check?.({ ...set.initial, ...options }) ?? [], [], what);
  };
  for (const node of EXAMPLES.flat()) {
    if (node.node === 'filter') {
      check(filterKind(node.kind), node.options, node.kind);
      for (const { kind, options } of node.actions) check(actionKind(kind), options, kind);
    } else if (node.node === 'qdisc') {
      check(everyQdisc(node.kind), node.options, node.kind);
      if (node.stab !== undefined) check(stab(), node.stab, 'stab');
    } else {
      check(everyQdisc(node.kind)?.classes, node.options, `class of ${node.kind}`);
    }
  }
});

test('names are of one node each, and parents stand before what hangs on them', () => {
  for (const list of EXAMPLES) {
    const seen = new Set<string>();
    for (const { name, parent } of list) {
      assert.ok(!seen.has(name), `${name} twice`);
      assert.ok(parent.at !== 'node' || seen.has(parent.node), `${name} before its parent`);
      seen.add(name);
    }
  }
});

test('HTB: 1: with default 1, the port as 1:fffe, and queue N as 1:N+1 below it', () => {
  const list = nodes('linux-htb', 'max_rate 10mbit', ['5 min_rate 1mbit']);
  const [root, port, ...queues] = list;
  assert.ok(root?.node === 'qdisc' && port?.node === 'class');
  assert.deepEqual([root.parent, root.handle, root.options], [{ at: 'root' }, 0x10000, { defaultMinor: 1 }]);
  assert.deepEqual([port.parent, port.minor], [{ at: 'node', node: root.name }, 0xfffe]);
  assert.deepEqual(
    queues.map((node) => (node.node === 'class' ? [node.parent, node.minor] : node)),
    [
      [{ at: 'node', node: port.name }, 1],
      [{ at: 'node', node: port.name }, 6],
    ],
  );
});

test('HTB: a guarantee is a packet per second at least, and no rate is above that of the port', () => {
  const list = nodes('linux-htb', 'max_rate 10mbit', ['1', '2 min_rate 3000007, max_rate 4mbit']);
  assert.deepEqual(classOf(list, 0), {
    rateBitPerS: 12_000,
    ceilBitPerS: 10e6,
    burstBytes: 1564,
    ceilBurstBytes: 1564,
    quantumBytes: 1500,
    priority: 0,
  });
  assert.deepEqual(classOf(list, 1), classOf(list, 0));
  const { rateBitPerS, ceilBitPerS, quantumBytes } = classOf(list, 2);
  assert.deepEqual([rateBitPerS, ceilBitPerS, quantumBytes], [3_000_000, 4e6, 37_500]);
});

test('HTB: a burst is in bits, and a packet with its headers at least', () => {
  const list = nodes('linux-htb', '', ['1 burst 12519', '2 burst 12520', '3 burst 800000']);
  assert.deepEqual(
    [1, 2, 3].map((id) => classOf(list, id).burstBytes),
    [1564, 1565, 100_000],
  );
});

test('HTB: no quantum of which the kernel would complain', () => {
  const list = nodes('linux-htb', 'max_rate 100gbit', ['1 min_rate 50gbit']);
  assert.equal(classOf(list, 1).quantumBytes, 200_000);
  assert.equal(classOf(nodes('linux-htb', '', [], { ...GIGABIT, mtuBytes: 9000 }), 0).quantumBytes, 9000);
});

test('without max_rate the port has the rate of its link, or 100 Mbit/s', () => {
  const portRate = (facts: PortFacts) => optionsOf(nodes('linux-htb', '', [], facts), 'wan@eth1/port').rateBitPerS;
  assert.deepEqual([portRate(GIGABIT), portRate(UNKNOWN)], [1e9, 100e6]);
});

test('HFSC: the guarantee is the real-time curve and the share, and max_rate the upper limit', () => {
  const list = nodes('linux-hfsc', 'max_rate 10mbit', ['1 min_rate 2mbit, max_rate 5mbit']);
  assert.deepEqual(classOf(list, 0), { realTimeM2BitPerS: 8, linkShareM2BitPerS: 8, upperLimitM2BitPerS: 10e6 });
  assert.deepEqual(classOf(list, 1), { realTimeM2BitPerS: 2e6, linkShareM2BitPerS: 2e6, upperLimitM2BitPerS: 5e6 });
});

test('the simple qdiscs have what Open vSwitch gives them where the key is not there', () => {
  const options = (type: string, facts = GIGABIT) => optionsOf(nodes(type, '', [], facts), 'wan@eth1');
  assert.deepEqual(options('linux-sfq', { ...GIGABIT, mtuBytes: 1492 }), { perturbS: 10, quantumBytes: 1492 });
  assert.deepEqual(options('linux-codel'), { targetUs: 5000, limitPackets: 10_240, intervalUs: 100_000 });
  assert.deepEqual(options('linux-fq_codel'), {
    targetUs: 5000,
    limitPackets: 10_240,
    intervalUs: 1_000_000,
    flows: 1024,
    quantumBytes: 1514,
  });
  assert.deepEqual(options('linux-netem'), { delayUs: 0, jitterUs: 0, limitPackets: 1000, lossPercent: 0 });
});

test('linux-noop leaves the port to others', () => {
  assert.deepEqual(nodes('linux-noop', ''), []);
});

test('a mark leads to the class of its queue', () => {
  const mark = named(nodes('linux-htb', '', ['1 mark 0x10/0xff']), 'wan@eth1/queue 1/mark');
  assert.ok(mark.node === 'filter');
  assert.deepEqual(
    [mark.kind, mark.options, mark.parent, mark.target],
    ['fw', { mark: 0x10, mask: 0xff }, { at: 'node', node: 'wan@eth1' }, { at: 'node', node: 'wan@eth1/queue 1' }],
  );
});

test('a DSCP is written in the queue, of both versions of IP, without touching ECN', () => {
  const list = nodes('linux-htb', '', ['1 dscp 46']);
  const rewriting = list.filter((node) => node.node === 'filter');
  assert.deepEqual(
    rewriting.map(({ protocol, parent, chain, actions }) => [protocol, parent, chain, actions[0]?.options.munge]),
    [
      [ETH_P.IP, { at: 'node', node: 'wan@eth1/queue 1/leaf' }, 0, 'ip dsfield set 0xb8 retain 0xfc'],
      [ETH_P.IPV6, { at: 'node', node: 'wan@eth1/queue 1/leaf' }, 0, 'ip6 traffic_class set 0xb8 retain 0xfc'],
    ],
  );
});

test('in queue 0 the DSCP is written for packets that were sent there, and not for those left over', () => {
  const list = nodes('linux-htb', '', ['0 dscp 8, mark 3']);
  const filters = list.filter((node) => node.node === 'filter');
  assert.deepEqual(
    filters.map(({ kind, chain, options, actions, target }) => [
      kind,
      chain,
      options.match ?? options.mark,
      actions[0]?.options.control ?? target?.at,
    ]),
    [
      ['fw', 0, 3, 'node'],
      ['basic', 0, 'meta(priority eq 65537)', 'goto chain 1'],
      ['fw', 0, 3, 'goto chain 1'],
      ['basic', 1, undefined, 'pipe'],
      ['basic', 1, undefined, 'continue'],
    ],
  );
});

test('a policer counts IP packets, and no priority passes it by', () => {
  const [root] = nodes('egress-policer', 'cir 1000, cbs 2000');
  assert.ok(root?.node === 'qdisc');
  assert.deepEqual([root.kind, root.handle, root.stab], ['prio', undefined, { overheadBytes: -14 }]);
});
