import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeIssue, type Issue } from '../../lib/issue.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import { parseUci, UciSyntaxError } from '../../wire/ucitext.ts';
import { parseOpenVswitch, type QosConfig } from './open_vswitch.ts';

const GROUPS = new Map([['lan', ['lan1', 'lan2']]]);
const NOBODY: ReadonlyMap<string, string> = new Map();

function parse(text: string, rootOwners = NOBODY): { qos: readonly QosConfig[]; issues: readonly Issue[] } {
  const file = parseUci(encodeUtf8(text));
  assert.ok(!(file instanceof UciSyntaxError));
  const issues: Issue[] = [];
  return { qos: parseOpenVswitch(file.sections, 'weir', GROUPS, rootOwners, issues), issues };
}

function section(type: string, name: string, ...lines: readonly string[]): string {
  return `config ${type} '${name}'\n${lines.map((line) => `\t${line}\n`).join('')}`;
}

const qos = (type: string, ...lines: readonly string[]): string =>
  section('qos', 'wan', "option device 'eth1'", `option type '${type}'`, ...lines);
const queue = (name: string, id: number, ...lines: readonly string[]): string =>
  section('queue', name, "option qos 'wan'", `option id '${id}'`, ...lines);
const only = (text: string): QosConfig => parse(text).qos[0] ?? assert.fail('no QoS');
const said = (text: string): string[] =>
  parse(text).issues.map((issue) => `${issue.severity}: ${describeIssue(issue)}`);

test('rates are in bit/s and sizes in bytes, as Open vSwitch has them; a rate may have its unit', () => {
  const { values, queues } = only(
    qos('linux-htb', "option max_rate '100000000'") +
      queue('q1', 1, "option min_rate '10mbit'", "option burst '120000'"),
  );
  assert.equal(values.max_rate, 100e6);
  assert.deepEqual([queues[1]?.values.min_rate, queues[1]?.values.burst], [10e6, 120_000]);
});

test('queue 0 is there whether it is configured or not, and queues are in the order of their numbers', () => {
  const { queues } = only(qos('linux-htb') + queue('late', 7) + queue('early', 2));
  assert.deepEqual(
    queues.map(({ id, section: name }) => [id, name]),
    [
      [0, 'wan'],
      [2, 'early'],
      [7, 'late'],
    ],
  );
  assert.deepEqual(
    only(qos('linux-htb') + queue('first', 0)).queues.map((one) => one.section),
    ['first'],
  );
});

test('queue 0 of a trtcm-policer has the meter of the port unless it has its own', () => {
  const port = qos('trtcm-policer', "option cir '1000'", "option cbs '2000'");
  assert.equal(only(port).queues[0]?.meter.cir, 1000);
  assert.equal(only(port + queue('zero', 0, "option dscp '8'")).queues[0]?.meter.cir, 1000);
  assert.equal(only(port + queue('zero', 0, "option cir '5'", "option cbs '2000'")).queues[0]?.meter.cir, 5);
});

test('a QoS is on each of its ports, by name or by group', () => {
  const devices = (...lines: readonly string[]) =>
    only(section('qos', 'wan', "option type 'linux-sfq'", ...lines)).devices;
  assert.deepEqual(devices("list device 'eth1'", "list device 'eth2'", "list device 'eth1'"), ['eth1', 'eth2']);
  assert.deepEqual(devices("option group 'lan'"), ['lan1', 'lan2']);
});

test('external IDs are kept as they are, with spaces and further equals signs', () => {
  const { externalIds, queues } = only(
    qos('linux-htb', "list external_id 'owner=the controller'", "list external_id 'a=b=c'") +
      queue('q1', 1, "list external_id '__proto__=x'"),
  );
  assert.deepEqual(externalIds, { owner: 'the controller', a: 'b=c' });
  assert.deepEqual(Object.entries(queues[1]?.externalIds ?? {}), [['__proto__', 'x']]);
});

test('priorities that the kernel has are kept, and others become their places in the order', () => {
  const priorities = (...given: readonly number[]) =>
    only(
      qos('linux-htb') + given.map((priority, id) => queue(`q${id}`, id, `option priority '${priority}'`)).join(''),
    ).queues.map(({ htbPriority }) => htbPriority);
  assert.deepEqual(priorities(0, 7, 3), [0, 7, 3]);
  assert.deepEqual(priorities(4_294_967_295, 100, 100, 20), [2, 1, 1, 0]);
  assert.deepEqual(priorities(10, 20, 30, 40, 50, 60, 70, 80, 90, 100), [0, 1, 2, 3, 4, 5, 6, 7, 7, 7]);
});

test('more priorities than the kernel has are told of', () => {
  const text = Array.from({ length: 10 }, (_, id) => queue(`q${id}`, id, `option priority '${id * 10}'`)).join('');
  assert.deepEqual(said(qos('linux-htb') + text), [
    "warning: weir:1: qos 'wan': there are 10 priorities, of which the last 3 are one to the kernel (expected 8 at most)",
  ]);
});

test('what is missing or names nothing is an error, each in its line, and leaves the section out', () => {
  const text =
    section('qos', 'none') +
    section('qos', 'both', "option type 'linux-htb'", "option device 'eth1'", "option group 'lan'") +
    section('qos', 'nowhere', "option type 'linux-htb'", "option group 'attic'") +
    section('qos', 'odd', "option type 'linux-hbt'", "option device 'eth1'") +
    section('queue', 'lost') +
    section('queue', 'elsewhere', "option qos 'wlan'", "option id '1'") +
    section('queue', 'left', "option qos 'nowhere'", "option id '1'");
  assert.deepEqual(parse(text).qos, []);
  assert.deepEqual(said(text), [
    "error: weir:1: qos 'none': no type (expected one of linux-htb, linux-hfsc, linux-sfq, linux-codel, linux-fq_codel, linux-netem, linux-noop, egress-policer, trtcm-policer)",
    "error: weir:1: qos 'none': no device (expected list 'device' or option 'group')",
    "error: weir:2: qos 'both': 'device' and 'group' are both given (expected list 'device' or option 'group')",
    "error: weir:6: qos 'nowhere': there is no device_group 'attic'",
    "error: weir:10: qos 'odd', option 'type': wrong value (expected one of linux-htb, linux-hfsc, linux-sfq, linux-codel, linux-fq_codel, linux-netem, linux-noop, egress-policer, trtcm-policer, got 'linux-hbt')",
    "error: weir:12: queue 'lost': no QoS (expected option 'qos')",
    "error: weir:12: queue 'lost': no number (expected option 'id')",
    "error: weir:13: queue 'elsewhere': there is no qos 'wlan'",
    "warning: weir:16: queue 'left': qos 'nowhere' is left out, and this with it",
  ]);
});

test('a port, a number and a mark belong to one', () => {
  const mark = "option mark '0x1/0xff'";
  assert.deepEqual(
    said(
      qos('linux-htb') +
        section('qos', 'again', "option device 'eth1'", "option type 'linux-sfq'") +
        queue('one', 1, mark) +
        queue('same', 1) +
        queue('marked', 2, mark),
    ),
    [
      "error: weir:4: qos 'again': eth1 has the QoS 'wan' already; that holds (expected another device)",
      "error: weir:11: queue 'same': queue 1 of qos 'wan' is weir:7: queue 'one' already",
      "error: weir:14: queue 'marked': the mark is that of weir:7: queue 'one' already",
    ],
  );
});

test('a port whose root is that of a shaper or a tree is theirs, but for linux-noop, which wants none', () => {
  const owners = new Map([['eth1', "shaper 'wan', for its upload"]]);
  const { qos: kept, issues } = parse(qos('linux-htb'), owners);
  assert.deepEqual(kept, []);
  assert.deepEqual(issues.map(describeIssue), [
    "weir:1: qos 'wan': the root of eth1 belongs to shaper 'wan', for its upload (expected another device)",
  ]);
  assert.deepEqual(parse(qos('linux-noop'), owners).issues, []);
});

test('a queue beyond those of HTB is refused, and one of a policer that only a mark can reach is told of', () => {
  assert.deepEqual(said(qos('linux-htb') + queue('q', 61_440)), [
    "error: weir:4: queue 'q': linux-htb has no queue 61440 (expected a number below 61440)",
  ]);
  assert.deepEqual(said(qos('linux-hfsc') + queue('q', 61_439)), []);
  const policer = qos('trtcm-policer', "option cir '1000000'", "option cbs '20000'");
  const meter = ["option cir '1000000'", "option cbs '20000'"];
  assert.deepEqual(said(policer + queue('q', 4_294_967_295, ...meter, "option mark '5'")), []);
  assert.deepEqual(said(policer + queue('q', 4_294_967_295, ...meter)), [
    "warning: weir:6: queue 'q': a packet has no priority for queue 4294967295, so that nothing gets there (expected option 'mark', or a number below 61440)",
  ]);
});

test('what a type does not read is told of and does no harm', () => {
  assert.deepEqual(said(qos('linux-htb', "option latency '5'") + queue('q', 1, "option cir '5'")), [
    "warning: weir:1: qos 'wan': 'latency' is nothing to linux-htb (expected max_rate)",
    "warning: weir:5: queue 'q': 'cir' is nothing to linux-htb (expected min_rate, max_rate, burst, priority, dscp, mark)",
  ]);
  assert.deepEqual(said(qos('linux-noop', "option max_rate '5mbit'")), [
    "warning: weir:1: qos 'wan': 'max_rate' is nothing to linux-noop (expected nothing)",
  ]);
  assert.deepEqual(said(qos('linux-sfq') + queue('q', 1)), [
    "warning: weir:4: queue 'q': linux-sfq has no queues; this section does nothing",
  ]);
});

test('rates that cannot all hold are told of', () => {
  assert.deepEqual(
    said(
      qos('linux-htb', "option max_rate '10mbit'") +
        queue('a', 1, "option min_rate '6mbit'", "option max_rate '5mbit'") +
        queue('b', 2, "option min_rate '20mbit'", "option max_rate '30mbit'"),
    ),
    [
      "warning: weir:5: queue 'a': 'min_rate' is above 'max_rate' and holds as both",
      "warning: weir:10: queue 'b': 'min_rate' is above that of the qos, which holds",
      "warning: weir:10: queue 'b': 'max_rate' is above that of the qos, which holds",
      "warning: weir:1: qos 'wan': the queues' 'min_rate' are more than 'max_rate' together, so that not all can hold",
    ],
  );
});

test('policers without a rate or a bucket are refused as DPDK does, and small buckets are told of', () => {
  assert.deepEqual(said(qos('egress-policer')), [
    "error: weir:1: qos 'wan': an egress-policer needs a rate (expected option 'cir')",
  ]);
  assert.deepEqual(said(qos('egress-policer', "option cir '1000'")), [
    "error: weir:1: qos 'wan': 'cir' needs a bucket (expected option 'cbs')",
  ]);
  assert.deepEqual(said(qos('trtcm-policer', "option cir '1000'", "option cbs '1499'", "option ebs '2000'")), [
    "warning: weir:1: qos 'wan': packets of more than 1499 bytes never fit into 'cbs' (expected 1500 or more)",
    "warning: weir:1: qos 'wan': 'ebs' without 'eir' is a bucket that nothing fills; it is taken as empty",
  ]);
  assert.deepEqual(said(qos('trtcm-policer', "option cir '1000'", "option cbs '1500'") + queue('q', 1)), [
    "warning: weir:6: queue 'q': without 'cir' and 'eir' every packet is red, and dropped",
  ]);
});

test('what is off is not there, and says nothing', () => {
  const off = qos('linux-htb', "option enabled '0'") + queue('q', 1);
  assert.deepEqual(parse(off), { qos: [], issues: [] });
  assert.equal(only(qos('linux-htb') + queue('q', 1, "option enabled '0'")).queues.length, 1);
});

test('ten thousand queues are read in the time of their text', () => {
  const text = Array.from({ length: 10_000 }, (_, i) => queue(`q${i}`, i + 1, `option mark '${i + 1}'`)).join('');
  assert.equal(only(qos('linux-htb') + text).queues.length, 10_001);
});
