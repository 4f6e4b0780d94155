/**
 * What other people have set up stays as it is, byte for byte, through start, reload and stop, and goes on working: trees of
 * qdiscs on other devices, hooks and filters on ours, IFBs, and the root of a direction that weir does not shape. After stop
 * everything is as it was before start.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import type { LabRun } from '../labrun.ts';
import { assertOthersUntouched, assertSame, config, life, lifeOf, OUR_PREFERENCE } from '../life.ts';
import { command, udpSink } from '../results.ts';
import { type Snapshot, snapshot } from '../snapshot.ts';

const BOTH = "option download '18500'\noption upload '4750'";
const DOWNLOAD = "option download '18500'";
const UPLOAD = "option upload '4750'";

/** A tree with classes, a leaf and filters on the other device of the router. */
const TREE = `
qdisc add dev lan0 root handle 1: htb default 10
class add dev lan0 parent 1: classid 1:10 htb rate 100mbit
class add dev lan0 parent 1: classid 1:20 htb rate 10mbit ceil 100mbit
qdisc add dev lan0 parent 1:20 handle 20: fq_codel limit 500
filter add dev lan0 parent 1: protocol ip pref 5 flower ip_proto udp classid 1:20
qdisc add dev lan0 clsact
filter add dev lan0 ingress pref 9 matchall action gact continue
`;

/** An IFB with a shaper of its own, to which a filter on our device sends what comes from one port. */
const IFB = `
ip -n router link add ifb0 type ifb
ip -n router link set ifb0 up
tc -n router qdisc add dev ifb0 root handle 8002: cake bandwidth 7mbit
`;
const FILTERS = `
filter add dev wan0 ingress protocol ip pref 7 flower ip_proto udp dst_port 53 action mirred egress redirect dev ifb0
filter add dev wan0 ingress protocol all matchall action gact continue
filter add dev wan0 egress protocol ip pref 3 flower ip_proto udp action skbedit priority 5
filter add dev wan0 egress protocol all matchall action gact continue
`;

const tcBatch = (lines: string) => `tc -n router -batch - <<END\n${lines}\nEND\n`;

/** Ten packets that someone's filter takes and 15 for our redirect, and how often each filter of wan0 was hit by them. */
const TRAFFIC = `
start dns lan udp-sink 53 --count 10 --for-ms 2000
start voice lan udp-sink 6001 --count 15 --for-ms 2000
launch sent inet udp-send 10.0.0.2 53 --count 10
launch sent inet udp-send 10.0.0.2 6001 --count 15
collect
emit hits "$(tc -n router -s -j filter show dev wan0 ingress)"
`;

const hits = z.array(
  z.looseObject({
    pref: z.int(),
    options: z.optional(
      z.looseObject({ actions: z.array(z.looseObject({ stats: z.looseObject({ packets: z.int() }) })) }),
    ),
  }),
);

/** Packets that reached the filter of a preference. */
function hitsOf(run: LabRun, preference: number): number {
  const filter = run.value('hits', hits).find(({ pref, options }) => pref === preference && options !== undefined);
  return filter?.options?.actions[0]?.stats.packets ?? Number.NaN;
}

function exits(run: LabRun): number[] {
  return run.values('weir', command).map(({ exit }) => exit);
}

test("someone's tree, filters and IFB stay and go on working beside weir", async () => {
  const setUp = `${IFB}${tcBatch(`${TREE}\nqdisc add dev wan0 clsact\n${FILTERS}`)}`;
  const run = await boot({ script: `topology_router\n${setUp}${life(BOTH, TRAFFIC)}` });
  assert.deepEqual(exits(run), [0, 0, 0]);
  assertOthersUntouched(lifeOf(run), { root: true, hook: false });
  assert.equal(run.value('dns', udpSink).received, 10);
  assert.equal(run.value('voice', udpSink).received, 15);
  // Theirs come first, also the one whose preference the kernel chose, and what they let pass comes to us.
  assert.equal(hitsOf(run, 7), 10);
  assert.ok(hitsOf(run, 0xc000) >= 15);
  assert.equal(hitsOf(run, OUR_PREFERENCE), hitsOf(run, 0xc000));
});

test("someone's hook of the kind `ingress` is used as it is and stays", async () => {
  const setUp = tcBatch(
    'qdisc add dev wan0 ingress\nfilter add dev wan0 ingress protocol all matchall action gact continue',
  );
  const run = await boot({ script: `topology_router\n${setUp}${life(BOTH, TRAFFIC)}` });
  assert.deepEqual(exits(run), [0, 0, 0]);
  assertOthersUntouched(lifeOf(run), { root: true, hook: false });
  assert.ok(hitsOf(run, OUR_PREFERENCE) >= 25);
  assert.equal(hitsOf(run, OUR_PREFERENCE), hitsOf(run, 0xc000));
});

test('a direction that weir does not shape is left alone, and an empty hook stays', async () => {
  const script = `
topology_router
${tcBatch(`${TREE.replaceAll('lan0', 'wan0')}\nfilter del dev wan0 ingress`)}
${life(DOWNLOAD)}
tc -n router qdisc del dev wan0 root
tc -n router qdisc del dev wan0 clsact
${IFB}${tcBatch('qdisc add dev wan0 ingress\nfilter add dev wan0 ingress matchall action mirred egress redirect dev ifb0')}
${life(UPLOAD)}`;
  const run = await boot({ script });
  assert.deepEqual(exits(run), [0, 0, 0, 0, 0, 0]);
  assertOthersUntouched(lifeOf(run, 0), { root: false, hook: false });
  const upload = lifeOf(run, 1);
  assertOthersUntouched(upload, { root: true, hook: false });
  assert.equal(ifbs(upload.inForce), 'ifb0');
});

function ifbs(moment: Snapshot): string {
  const names = moment.links.map(({ ifname }) => ifname);
  return names.filter((name) => name.startsWith('ifb')).join(' ');
}

test('the hook that weir made stays while filters of someone else hang on it, and not longer', async () => {
  const script = `
topology_router
snapshot before
${config(BOTH)}
weir start
${tcBatch(FILTERS.replaceAll('action mirred egress redirect dev ifb0', 'action gact continue'))}
weir stop
emit hook "$(tc -n router -j qdisc show dev wan0 clsact)"
emit filters "[$(tc -n router -j filter show dev wan0 ingress),$(tc -n router -j filter show dev wan0 egress)]"
weir start
weir plan
weir stop
tc -n router filter del dev wan0 ingress
tc -n router filter del dev wan0 egress
weir stop
snapshot after`;
  const run = await boot({ script });
  assert.deepEqual(exits(run), [0, 0, 0, 0, 0, 0]);
  const [hook] = run.value('hook', z.array(z.looseObject({ kind: z.string() })));
  assert.equal(hook?.kind, 'clsact');
  // tc lists each filter twice: its place and itself.
  const filters = run.value('filters', z.array(z.array(z.looseObject({ pref: z.int() }))));
  assert.deepEqual(
    filters.map((list) => list.map(({ pref }) => pref)),
    [
      // The kernel chose the preference before ours.
      [7, 7, OUR_PREFERENCE - 1, OUR_PREFERENCE - 1],
      [3, 3, 0xc000, 0xc000],
    ],
  );
  const [before, after] = run.values('snapshot', snapshot);
  assert.ok(before && after);
  assertSame(before, after);
});
