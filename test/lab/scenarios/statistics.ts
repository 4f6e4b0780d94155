/**
 * `weir top --once` and `weir metrics` with real traffic.
 *
 * While 8 flows fill both directions, the rate that is shown is the shaped one (of a download less what is dropped), and the tin
 * that carries them is the one that is active, and takes in as much and what it drops. At rest every counter is the one that tc
 * shows, to the byte and the packet, for CAKE and for cake_mq with all its queues.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { cakeMqKernel } from '../kernel.ts';
import { QUIET } from '../quiet.ts';
import { command } from '../results.ts';

const RATE_BIT_PER_S = 20e6;

const tin = z.looseObject({
  name: z.string(),
  active: z.boolean(),
  sentBytes: z.int(),
  sentPackets: z.int(),
  rateBitPerS: z.nullable(z.number()),
  droppedPackets: z.int(),
  ecnMarkedPackets: z.int(),
  acksDroppedPackets: z.int(),
  peakDelayUs: z.number(),
  wayMisses: z.int(),
});
const direction = z.looseObject({
  kind: z.string(),
  queues: z.int(),
  diffserv: z.string(),
  sentBytes: z.int(),
  sentPackets: z.int(),
  rateBitPerS: z.nullable(z.number()),
  memoryUsedBytes: z.int(),
  peakDelayUs: z.nullable(z.number()),
  tins: z.array(tin),
});
const top = z.object({
  shapers: z.array(z.looseObject({ state: z.string(), stats: z.object({ download: direction, upload: direction }) })),
});

/** What tc shows of a CAKE. */
const tcQdisc = z.looseObject({
  dev: z.string(),
  kind: z.string(),
  root: z.optional(z.boolean()),
  bytes: z.int(),
  packets: z.int(),
  memory_used: z.optional(z.int()),
  tins: z.optional(
    z.array(
      z.looseObject({
        sent_bytes: z.int(),
        sent_packets: z.int(),
        drops: z.int(),
        ecn_mark: z.int(),
        ack_drops: z.int(),
        way_misses: z.int(),
      }),
    ),
  ),
});
type TcQdisc = z.infer<typeof tcQdisc>;

const script = (options: string): string => `
topology_router down=none up=none rtt_ms=4 queues=4
${QUIET}
weir_config <<END
config shaper 'wan'
option device 'wan0'
option download '20mbit'
option upload '20mbit'
option diffserv 'diffserv4'
${options}
END
weir start
start up inet tcp-sink 5001 --flows 8 --from-ms 2000 --to-ms 7000 --for-ms 15000
launch sent lan tcp-send 192.0.2.1 5001 --flows 8 --for-ms 7100
start down lan tcp-sink 5001 --flows 8 --from-ms 2000 --to-ms 7000 --for-ms 15000
launch sent inet tcp-send 10.0.0.2 5001 --flows 8 --for-ms 7100
sleep 3
weir top --json
collect
sleep 5
weir top --once
weir top --json
weir metrics
# This tc does not know cake_mq, and says so in the midst of its JSON.
emit tc "$(tc -n router -s -j qdisc show | sed 's/{\\[Unknown qdisc, optlen=[0-9]*\\] }/{}/g')"
`;

const sum = <Of>(list: readonly Of[], number: (of: Of) => number): number =>
  list.reduce((all, of) => all + number(of), 0);

async function check(
  t: TestContext,
  options: string,
  kind: string,
  queues: number,
  kernel?: ReturnType<typeof cakeMqKernel>,
): Promise<void> {
  const run = await boot({ script: script(options), ...(kernel === undefined ? {} : { kernel }) });
  const outputs = run.values('weir', command).filter(({ args, exit }) => args.includes('top') && exit === 0);
  const [busy, text, idle] = outputs.map(({ stdout }) => stdout);
  const shaperOf = (json: string | undefined): z.infer<typeof top>['shapers'][number] => {
    const [shaper] = z.parse(top, JSON.parse(json ?? '')).shapers;
    assert.ok(shaper !== undefined);
    return shaper;
  };
  const loaded = shaperOf(busy);
  assert.equal(loaded.state, 'shaping');
  const rest = shaperOf(idle);
  const tc = run.value('tc', z.array(z.unknown())).flatMap((qdisc): TcQdisc[] => {
    const parsed = z.safeParse(tcQdisc, qdisc);
    return parsed.success ? [parsed.data] : [];
  });
  for (const name of ['download', 'upload'] as const) {
    const full = loaded.stats[name];
    assert.deepEqual([full.kind, full.queues, full.diffserv], [kind, queues, 'diffserv4']);
    const share = (full.rateBitPerS ?? 0) / RATE_BIT_PER_S;
    t.diagnostic(`${name}: ${share.toFixed(3)} of the rate, peak delay ${full.peakDelayUs} us`);
    // Download counts what it drops (`ingress`), and a cake_mq shares the rate out among its queues only now and then; how many
    // of them the flows hit is chance. One queue alone would not come up to half of it.
    const least = kind === 'cake_mq' ? 0.6 : name === 'upload' ? 0.98 : 0.8;
    assert.ok(share <= 1.02 && share >= least, String(share));
    assert.deepEqual(
      full.tins.map((of) => of.active),
      [false, true, false, false],
    );
    // A tin counts what it takes in, which is what leaves and what is dropped.
    const takenIn = (full.tins[1]?.rateBitPerS ?? 0) / (full.rateBitPerS ?? 1);
    assert.ok(takenIn >= 0.98 && takenIn <= 1.25, String(takenIn));
    assert.ok((full.peakDelayUs ?? 0) > 100 && full.peakDelayUs === full.tins[1]?.peakDelayUs);

    const still = rest.stats[name];
    const device = name === 'upload' ? 'wan0' : 'ifb-wan0';
    const cakes = tc.filter((qdisc) => qdisc.dev === device && qdisc.kind === 'cake');
    assert.equal(cakes.length, queues);
    assert.deepEqual(
      [still.sentBytes, still.sentPackets, still.memoryUsedBytes, still.rateBitPerS, still.peakDelayUs],
      [sum(cakes, (of) => of.bytes), sum(cakes, (of) => of.packets), sum(cakes, (of) => of.memory_used ?? 0), 0, null],
    );
    still.tins.forEach((of, i) => {
      const theirs = cakes.flatMap(({ tins }) => tins?.[i] ?? []);
      assert.deepEqual(
        [of.sentBytes, of.sentPackets, of.droppedPackets, of.ecnMarkedPackets, of.acksDroppedPackets, of.wayMisses],
        [
          sum(theirs, (their) => their.sent_bytes),
          sum(theirs, (their) => their.sent_packets),
          sum(theirs, (their) => their.drops),
          sum(theirs, (their) => their.ecn_mark),
          sum(theirs, (their) => their.ack_drops),
          sum(theirs, (their) => their.way_misses),
        ],
        `${name}: ${of.name}`,
      );
    });
    assert.match(
      text ?? '',
      new RegExp(`^${name.padEnd(8)}  0 bit/s of 20\\.0 Mbit/s \\(0 %\\), ${kind} on ${device}`, 'm'),
    );
    const metrics = run.values('weir', command).find(({ args }) => args.includes('metrics'))?.stdout ?? '';
    const labels = `shaper="wan",device="wan0",direction="${name}"`;
    assert.ok(metrics.includes(`\nweir_sent_bytes_total{${labels}} ${still.sentBytes}\n`));
    assert.ok(
      metrics.includes(`\nweir_tin_sent_packets_total{${labels},tin="Best Effort"} ${still.tins[1]?.sentPackets}\n`),
    );
  }
}

test('rates under load, and counters at rest as tc has them', (t) => check(t, "option multi_queue 'off'", 'cake', 1));

const mq = cakeMqKernel();
test('a cake_mq is one, whatever its queues', mq === undefined ? { skip: 'no kernel with cake_mq' } : {}, (t) =>
  check(t, "option multi_queue 'on'", 'cake_mq', 4, mq),
);
