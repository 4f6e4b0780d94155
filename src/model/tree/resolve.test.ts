import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIssue, type Issue } from '../../lib/issue.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import { parseUci, UciSyntaxError } from '../../wire/ucitext.ts';
import type { ClassNode, FilterNode, QdiscNode, TreeNode } from './nodes.ts';
import { parseTrees } from './parse.ts';
import { type ResolvedTrees, resolveTrees } from './resolve.ts';
import type { ShaperOnDevice } from './sections.ts';

const WAN: ShaperOnDevice = { name: 'wan', enabled: true, device: 'eth0', uploadBitPerS: 10e6, downloadBitPerS: 50e6 };

function resolve(lines: string, links: Readonly<Record<string, number>> = {}, mtuBytes?: number): ResolvedTrees {
  const file = parseUci(encodeUtf8(lines));
  assert.ok(!(file instanceof UciSyntaxError), String(file));
  const issues: Issue[] = [];
  const trees = parseTrees(file.sections, 'weir', [WAN], issues);
  assert.deepEqual(issues.map(formatIssue), []);
  assert.ok(trees !== undefined);
  return resolveTrees(
    trees,
    (device) => links[device],
    () => mtuBytes,
  );
}

function nodeNamed<Kind extends TreeNode['node']>(
  { nodes }: ResolvedTrees,
  kind: Kind,
  name: string,
): Extract<TreeNode, { node: Kind }> {
  const found = nodes.find((node) => node.name === name);
  assert.ok(found !== undefined && found.node === kind, `${name} of ${nodes.map((node) => node.name).join(' ')}`);
  // Its type is the one that was looked for.
  return found as Extract<TreeNode, { node: Kind }>;
}
const classNamed = (trees: ResolvedTrees, name: string): ClassNode => nodeNamed(trees, 'class', name);
const qdiscNamed = (trees: ResolvedTrees, name: string): QdiscNode => nodeNamed(trees, 'qdisc', name);
const filterNamed = (trees: ResolvedTrees, name: string): FilterNode => nodeNamed(trees, 'filter', name);

const ROOT = `
config qdisc 'top'
	option device 'eth1'
	option kind 'htb'
	option default 'rest'
config class 'all'
	option parent 'top'
	option rate '10mbit'
	option ceil '20mbit'
config class 'rest'
	option parent 'all'
	option rate '1mbit'
`;

test('nodes have their parents before them, and say what their sections said', () => {
  const trees = resolve(ROOT);
  assert.deepEqual(
    trees.nodes.map(({ name, parent }) => [name, parent]),
    [
      ['top@eth1', { at: 'root' }],
      ['all@eth1', { at: 'node', node: 'top@eth1' }],
      ['rest@eth1', { at: 'node', node: 'all@eth1' }],
    ],
  );
  const { minors, where } = qdiscNamed(trees, 'top@eth1');
  assert.deepEqual(minors, { defaultMinor: 'rest@eth1' });
  assert.equal(where, "weir:2: qdisc 'top'");
});

test('a relative rate is that of the parent, a relative ceiling that of its ceiling', () => {
  const trees = resolve(`${ROOT}
config class 'x'
	option parent 'all'
	option rate '40%'
	option ceil '50%'
config class 'low'
	option parent 'all'
	option rate '1%'
	option rate_min '2mbit'
config class 'high'
	option parent 'all'
	option rate '30%'
	option rate_max '1mbit'
config class 'within'
	option parent 'x'
	option rate '50%'
	option rate_min '900mbit'
`);
  const rateOf = (name: string): unknown => classNamed(trees, name).options.rateBitPerS;
  assert.equal(rateOf('x@eth1'), 4e6);
  assert.equal(classNamed(trees, 'x@eth1').options.ceilBitPerS, 10e6);
  assert.equal(rateOf('low@eth1'), 2e6);
  assert.equal(rateOf('high@eth1'), 1e6);
  // No least rate lifts it above its parent.
  assert.equal(rateOf('within@eth1'), 4e6);
});

test('a share is no bit less than it should be', () => {
  const trees = resolve(`
config qdisc 'q'
	option device 'eth1'
	option kind 'htb'
config class 'a'
	option parent 'q'
	option rate '100mbit'
config class 'b'
	option parent 'a'
	option rate '57%'
config class 'c'
	option parent 'a'
	option rate '43%'
`);
  assert.equal(classNamed(trees, 'b@eth1').options.rateBitPerS, 57e6);
  assert.equal(classNamed(trees, 'c@eth1').options.rateBitPerS, 43e6);
});

test('where the parent has no ceiling, a relative ceiling is that of its rate', () => {
  const trees = resolve(`${ROOT}
config class 'x'
	option parent 'rest'
	option rate '50%'
	option ceil '80%'
`);
  assert.equal(classNamed(trees, 'x@eth1').options.ceilBitPerS, 800e3);
});

test('a rate follows from a shaper, from a class, and from the link', () => {
  const lines = `${ROOT}
config class 'x'
	option parent 'all'
	option rate 'upload of wan * 0.4'
	option ceil 'ceil of all * 0.25'
config qdisc 'lan'
	option device 'eth2'
	option kind 'htb'
config class 'lan_all'
	option parent 'lan'
	option rate 'link * 0.5'
config class 'lan_some'
	option parent 'lan_all'
	option rate 'rate of x'
`;
  const trees = resolve(lines, { eth2: 1e9 });
  assert.deepEqual(trees.issues, []);
  assert.equal(classNamed(trees, 'x@eth1').options.rateBitPerS, 4e6);
  assert.equal(classNamed(trees, 'x@eth1').options.ceilBitPerS, 5e6);
  assert.equal(classNamed(trees, 'lan_all@eth2').options.rateBitPerS, 500e6);
  assert.equal(classNamed(trees, 'lan_some@eth2').options.rateBitPerS, 4e6);
});

test('a link whose speed nobody knows has 100 Mbit/s, and that is told once', () => {
  const trees = resolve(`
config qdisc 'q'
	option device 'eth2'
	option kind 'htb'
config class 'a'
	option parent 'q'
	option rate 'link'
config class 'b'
	option parent 'a'
	option rate 'link * 0.1'
`);
  assert.equal(classNamed(trees, 'b@eth2').options.rateBitPerS, 10e6);
  assert.deepEqual(trees.issues.map(formatIssue), [
    "warning: weir:5: class 'a': nobody knows the speed of eth2; it is taken as 100mbit",
  ]);
});

test('what is wrong with the speed that a link has is told then, and leaves out only what it must', () => {
  const lines = `
config qdisc 'q'
	option device 'eth2'
	option kind 'htb'
config class 'a'
	option parent 'q'
	option rate 'link'
config class 'b'
	option parent 'a'
	option rate '200mbit'
config class 'c'
	option parent 'b'
	option rate '1mbit'
`;
  assert.equal(resolve(lines, { eth2: 1e9 }).nodes.length, 4);
  const slow = resolve(lines, { eth2: 100e6 });
  assert.deepEqual(
    slow.nodes.map(({ name }) => name),
    ['q@eth2', 'a@eth2'],
  );
  assert.deepEqual(slow.issues.map(formatIssue), [
    "error: weir:8: class 'b': its rate 200mbit is above what 'a' may reach (expected at most 100mbit)",
    "warning: weir:8: class 'b': left out, and so is what stands on it: class 'c'",
  ]);
});

test('a tree of a group stands on each of its devices, with the rates of each', () => {
  const trees = resolve(
    `
config device_group 'lan'
	list device 'lan1'
	list device 'lan2'
config qdisc 'q'
	option group 'lan'
	option kind 'htb'
config class 'a'
	option parent 'q'
	option rate 'link * 0.1'
config class 'only'
	option parent 'a'
	option device 'lan2'
	option rate '50%'
`,
    { lan1: 1e9, lan2: 100e6 },
  );
  assert.deepEqual(
    trees.nodes.map(({ name }) => name),
    ['q@lan1', 'q@lan2', 'a@lan1', 'a@lan2', 'only@lan2'],
  );
  assert.equal(classNamed(trees, 'a@lan1').options.rateBitPerS, 100e6);
  assert.equal(classNamed(trees, 'only@lan2').options.rateBitPerS, 5e6);
});

test('bursts, quantum and priority are worked out where nobody gives them', () => {
  const trees = resolve(`${ROOT}
config class 'x'
	option parent 'all'
	option rate '5mbit'
	option prio '3'
	option burst '10ms'
config class 'y'
	option parent 'x'
	option rate '1mbit'
	option quantum '3028'
	option cburst '20kb'
`);
  const { priority, burstBytes, ceilBurstBytes, quantumBytes } = classNamed(trees, 'x@eth1').options;
  assert.deepEqual([priority, burstBytes, ceilBurstBytes, quantumBytes], [3, 6250, 1514, 30_000]);
  const below = classNamed(trees, 'y@eth1').options;
  assert.deepEqual([below.priority, below.ceilBurstBytes, below.quantumBytes], [3, 20_480, 3028]);
});

test('the MTU of the device is the least that a class may send', () => {
  const { burstBytes, quantumBytes } = classNamed(resolve(ROOT, {}, 9000), 'rest@eth1').options;
  assert.deepEqual([burstBytes, quantumBytes], [9014, 9014]);
});

test('a leaf has its own options, and a mark its filter at the qdisc of the class', () => {
  const trees = resolve(`${ROOT}
config class 'x'
	option parent 'all'
	option rate '1mbit'
	option mark '0x10/0xff'
	option leaf 'fq_codel'
	option leaf_limit '1000'
`);
  const leaf = qdiscNamed(trees, 'x/leaf@eth1');
  assert.deepEqual(
    [leaf.parent, leaf.kind, leaf.options],
    [{ at: 'node', node: 'x@eth1' }, 'fq_codel', { limitPackets: 1000 }],
  );
  const filter = filterNamed(trees, 'x/mark@eth1');
  assert.deepEqual(
    [filter.parent, filter.target],
    [
      { at: 'node', node: 'top@eth1' },
      { at: 'node', node: 'x@eth1' },
    ],
  );
  assert.deepEqual([filter.kind, filter.options, filter.protocol], ['fw', { mark: 0x10, mask: 0xff }, 3]);
});

test('a leaf may have a share of its class', () => {
  const trees = resolve(`${ROOT}
config class 'x'
	option parent 'all'
	option rate '2mbit'
	option leaf 'cake'
	option leaf_bandwidth '90%'
	option leaf_overhead '22'
config class 'y'
	option parent 'all'
	option rate '1mbit'
	option leaf 'cake'
	option leaf_bandwidth '90%'
	option leaf_overhead '22'
`);
  assert.deepEqual(qdiscNamed(trees, 'x/leaf@eth1').options, { overheadBytes: 22, raw: false, rateBitPerS: 1.8e6 });
  assert.equal(qdiscNamed(trees, 'y/leaf@eth1').options.rateBitPerS, 900e3);
});

test("another tool's class is a place, and no node", () => {
  const trees = resolve(`
config class 'theirs'
	option existing '1'
	option device 'eth5'
	option handle '5:10'
	option rate '20mbit'
config class 'a'
	option parent 'theirs'
	option rate '50%'
	option mark '3'
config class 'b'
	option parent '5:20'
	option device 'eth5'
	option rate '1mbit'
config filter 'f'
	option parent '5:'
	option device 'eth5'
	option kind 'matchall'
	option class 'a'
`);
  assert.deepEqual(
    trees.nodes.map(({ name, parent }) => [name, parent]),
    [
      ['a@eth5', { at: 'handle', handle: 0x50010 }],
      ['a/mark@eth5', { at: 'handle', handle: 0x50000 }],
      ['b@eth5', { at: 'handle', handle: 0x50020 }],
      ['f@eth5', { at: 'handle', handle: 0x50000 }],
    ],
  );
  assert.equal(classNamed(trees, 'a@eth5').options.rateBitPerS, 10e6);
});

test('bands are there by themselves', () => {
  const trees = resolve(`
config qdisc 'p'
	option device 'eth3'
	option kind 'prio'
config class 'first'
	option parent 'p'
	option minor '1'
	option leaf 'sfq'
`);
  const { byItself, minor, options } = classNamed(trees, 'first@eth3');
  assert.deepEqual([byItself, minor, options], [true, 1, {}]);
});

test('a filter at a hook brings the hook along, once', () => {
  const trees = resolve(`
config action 'limit'
	option kind 'police'
	option rate '1mbit'
	option burst '10kb'
config filter 'arriving'
	option parent 'ingress'
	option device 'eth1'
	option kind 'matchall'
	list action 'limit'
config filter 'leaving'
	option parent 'egress'
	option device 'eth1'
	option kind 'matchall'
	list action 'limit'
config qdisc 'own'
	option device 'eth2'
	option kind 'clsact'
	option parent 'ingress'
config filter 'there'
	option parent 'own'
	option kind 'matchall'
	list action 'limit'
`);
  assert.deepEqual(
    trees.nodes.map(({ name, kind, parent }) => [name, kind, parent.at]),
    [
      ['own@eth2', 'clsact', 'ingress'],
      ['/hook@eth1', 'clsact', 'ingress'],
      ['arriving@eth1', 'matchall', 'ingress'],
      ['leaving@eth1', 'matchall', 'egress'],
      ['there@eth2', 'matchall', 'ingress'],
    ],
  );
  const { actions } = filterNamed(trees, 'there@eth2');
  assert.deepEqual(actions, [{ kind: 'police', options: { rateBitPerS: 1e6, burstBytes: 10_240 } }]);
});

test('an action may have a share of what its filter stands on', () => {
  const trees = resolve(`${ROOT}
config action 'limit'
	option kind 'police'
	option rate '50%'
	option burst '10ms'
config filter 'f'
	option parent 'all'
	option kind 'matchall'
	option class 'rest'
	list action 'limit'
`);
  const { actions, target } = filterNamed(trees, 'f@eth1');
  assert.deepEqual(actions, [{ kind: 'police', options: { rateBitPerS: 5e6, burstBytes: 6250 } }]);
  assert.deepEqual(target, { at: 'node', node: 'rest@eth1' });
});

test('a filter that does not say its protocol has that which its options are of', () => {
  const trees = resolve(`${ROOT}
config filter 'v4'
	option parent 'top'
	option kind 'u32'
	option dst '192.0.2.0/24'
	option class 'rest'
config filter 'v6'
	option parent 'top'
	option kind 'u32'
	option dst '2001:db8::/32'
	option class 'rest'
config filter 'any'
	option parent 'top'
	option kind 'u32'
	option mark '0x10/0xff'
	option class 'rest'
config filter 'flower'
	option parent 'top'
	option kind 'flower'
	option ip_proto 'udp'
	option dst_port '53'
	option class 'rest'
config filter 'given'
	option parent 'top'
	option kind 'u32'
	option dport '53'
	option protocol 'ipv6'
	option class 'rest'
`);
  const protocols = ['v4', 'v6', 'any', 'flower', 'given'].map((name) => filterNamed(trees, `${name}@eth1`).protocol);
  assert.deepEqual(protocols, [0x0800, 0x86dd, 0x0003, 0x0800, 0x86dd]);
});

test('classes that say the same share their options', () => {
  const like = (name: string): string => `
config class '${name}'
	option parent 'all'
	option rate '1mbit'
	option leaf 'sfq'
	option leaf_perturb '10'
`;
  const trees = resolve(`${ROOT}${like('x')}${like('y')}`);
  assert.equal(classNamed(trees, 'x@eth1').options, classNamed(trees, 'y@eth1').options);
  assert.equal(qdiscNamed(trees, 'x/leaf@eth1').options, qdiscNamed(trees, 'y/leaf@eth1').options);
});
