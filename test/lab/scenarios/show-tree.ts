/**
 * `weir show DEVICE` on a tree that tc has made: the same qdiscs, classes and filters with the same counters as tc tells at the same moment,
 * in the order of the tree, and what HTB's direct packets mean.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { cakeMqKernel, type Kernel, labKernel } from '../kernel.ts';
import { QUIET } from '../quiet.ts';

const NEWER = cakeMqKernel();
const KERNELS: readonly (readonly [name: string, kernel: Kernel])[] = [
  ['Linux 6.1', labKernel()],
  ...(NEWER === undefined ? [] : [['Linux 7', NEWER] as const]),
];

const TREE = `
on router tc qdisc add dev wan0 root handle 1: htb default 99
on router tc class add dev wan0 parent 1: classid 1:1 htb rate 5mbit ceil 5mbit
on router tc class add dev wan0 parent 1:1 classid 1:10 htb rate 1mbit ceil 5mbit prio 0
on router tc class add dev wan0 parent 1:1 classid 1:20 htb rate 3mbit ceil 5mbit prio 1
on router tc class add dev wan0 parent 1:20 classid 1:21 htb rate 2mbit ceil 5mbit
on router tc qdisc add dev wan0 parent 1:10 handle 10: fq_codel
on router tc qdisc add dev wan0 parent 1:21 handle 21: hfsc default 1
on router tc class add dev wan0 parent 21: classid 21:1 hfsc ls m2 1mbit
on router tc qdisc add dev wan0 parent 21:1 handle 211: netem delay 10ms limit 500
on router tc filter add dev wan0 parent 1: protocol ip prio 5 u32 match ip dport 6001 0xffff flowid 1:10 action police rate 100mbit burst 100k conform-exceed drop/pipe
on router tc filter add dev wan0 parent 1:20 protocol all prio 1 handle 0x10/0xff fw classid 1:21
on router tc qdisc add dev wan0 clsact
on router tc filter add dev wan0 ingress protocol all prio 7 matchall action gact pass
`;

const SHOW = `
emit shown "$(on router weir show --json wan0)"
emit told "$(traffic json "$(tc -n router -s qdisc show dev wan0; tc -n router -s class show dev wan0)")"
emit texts "$(traffic json "$(on router weir show wan0; on router weir show -d --raw wan0; on router weir show --iec wan0)")"
`;

const node = z.looseObject({
  node: z.enum(['qdisc', 'class', 'filter']),
  level: z.int(),
  kind: z.string(),
  handle: z.string(),
  parent: z.string(),
  sentBytes: z.optional(z.int()),
  sentPackets: z.optional(z.int()),
  drops: z.optional(z.int()),
  target: z.optional(z.string()),
  direct: z.optional(z.looseObject({ packets: z.int(), because: z.string() })),
  actions: z.optional(z.array(z.looseObject({ kind: z.string(), packets: z.int() }))),
});
/** What tc tells, as text: its JSON of HFSC is none, and of classes there is none in its version 6.1. */
function toldByTc(text: string) {
  const items = text.matchAll(/^(qdisc|class) (\S+) (\S+) .*\n Sent (\d+) bytes (\d+) pkt \(dropped (\d+),/gm);
  return Array.from(items, ([, what, kind, handle, ...counters]) => {
    const [bytes, packets, drops] = counters.map(Number);
    return { what, kind, handle, counters: { bytes, packets, drops } };
  });
}

for (const [name, kernel] of KERNELS) {
  test(`a tree is shown as tc has it, on ${name}`, async () => {
    const run = await boot({
      kernel,
      script: `
topology_router down=none up=none rtt_ms=2
${QUIET}
${TREE}
start up inet udp-sink 6001 --count 50 --for-ms 5000
start rest inet udp-sink 6002 --count 20 --for-ms 5000
launch sent lan udp-send 192.0.2.1 6001 --count 50 --size 1000
launch sent lan udp-send 192.0.2.1 6002 --count 20 --size 1000
collect
${SHOW}`,
    });
    const shown = run.value('shown', z.array(node));
    const line = ({ level, node: what, kind, handle }: z.infer<typeof node>): string =>
      `${level} ${what} ${kind} ${handle}`;
    assert.deepEqual(shown.map(line), [
      '0 qdisc htb 1:',
      '1 filter u32 800::800',
      '1 class htb 1:1',
      '2 class htb 1:10',
      '3 qdisc fq_codel 10:',
      '2 class htb 1:20',
      '3 filter fw 0x10/0xff',
      '3 class htb 1:21',
      '4 qdisc hfsc 21:',
      '5 class hfsc 21:1',
      '6 qdisc netem 211:',
      '0 qdisc clsact ffff:',
      '1 filter matchall 0x1',
    ]);
    const countersOf = (what: string, handle: string) => {
      const found = shown.find((one) => one.node === what && one.handle === handle);
      return { bytes: found?.sentBytes, packets: found?.sentPackets, drops: found?.drops };
    };
    // tc lists the root of HFSC as a class too.
    const told = toldByTc(run.value('told', z.string())).filter(
      ({ what, kind, handle }) => what === 'qdisc' || (kind !== 'fq_codel' && handle !== '21:'),
    );
    assert.equal(told.length, shown.filter((one) => one.node !== 'filter').length);
    for (const { what = '', handle = '', counters } of told) {
      assert.deepEqual(countersOf(what, handle), counters, `${what} ${handle}`);
    }
    assert.deepEqual(countersOf('class', '1:10').packets, 50);
    assert.deepEqual(shown[0]?.direct, { packets: 20, defaultClass: '1:99', because: 'missing' });
    assert.deepEqual([shown[1]?.target, shown[1]?.actions?.[0]?.packets], ['1:10', 50]);

    const text = run.value('texts', z.string());
    assert.match(text, /^wan0: htb 1: root\n {2}default 0x99 /m);
    assert.match(text, /^ {2}sent past all classes 20 packets: the default class 1:99 does not exist/m);
    assert.match(text, /^ {4}class 1:10\n {6}rate 1mbit ceil 5mbit .*\n {6}sent 52\.1 kB in 50 packets, dropped 0/m);
    assert.match(text, /^ {6}sent 52100 B in 50 packets, dropped 0/m);
    assert.match(text, /^ {6}sent 50\.9 KiB in 50 packets, dropped 0/m);
    assert.match(text, /^ {6}class 1:21\n/m);
  });
}

const CONFIGURED = `
weir_config <<'END'
config qdisc 'wan_root'
	option device 'wan0'
	option kind 'htb'
	option default 'voice'
	option stab_linklayer 'atm'
	option stab_overhead '44'

config class 'voice'
	option parent 'wan_root'
	option rate '1mbit'
	option mark '0x10/0xff'
	option leaf 'fq_codel'
END
`;

test('what weir has made is shown with the names of its sections, and without the file without names', async () => {
  const run = await boot({
    script: `
topology_router
${CONFIGURED}
weir start
emit shown "$(on router weir show --json wan0)"
emit text "$(traffic json "$(on router weir show wan0)")"
rm /etc/config/weir
emit nameless "$(on router weir show --json wan0)"
`,
  });
  const named = z.array(z.looseObject({ node: z.string(), kind: z.string(), section: z.optional(z.string()) }));
  assert.deepEqual(
    run.value('shown', named).map(({ node: what, kind, section }) => [what, kind, section]),
    [
      ['qdisc', 'htb', 'wan_root'],
      ['filter', 'fw', 'voice'],
      ['class', 'htb', 'voice'],
      ['qdisc', 'fq_codel', 'voice'],
    ],
  );
  const text = run.value('text', z.string());
  assert.match(text, /^wan0: htb 7e10: root \(wan_root\)\n {2}stab linklayer atm overhead 44 .*\n {2}default 0x1 /);
  assert.match(text, /^ {2}class 7e10:1 \(voice\)$/m);
  assert.ok(run.value('nameless', named).every(({ section }) => section === undefined));
});
