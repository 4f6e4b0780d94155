/**
 * How much latency superpackets (TSO, GSO, GRO) add in a shaper, by rate and qdisc: what the rule for `offloads auto` rests
 * on (docs/offloads.md).
 *
 * Upload: a LAN host with TSO sends over 4 connections; its superpackets reach the router whole, as the GRO of a LAN port
 * would have made them, and only the modem cuts them up. The modem runs at the shaped rate / 0.95.
 * Download: single packets come from the modem, and the router's own wan0 merges them with GRO, once every 100 us as a
 * network card with that much interrupt coalescing lets it.
 *
 * WEIR_LAB_FULL=1 measures every cell of the tables in docs/offloads.md and prints them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import type { LabRun } from '../labrun.ts';
import { tcpSink, udpSink } from '../results.ts';

const RATES_MBIT = [5, 20, 100, 500] as const;

/** Lines for tc that shape wan0 to `rate` Mbit/s. A FIFO holds 50 ms, but room for two superpackets at least. */
const QDISCS = {
  cake: (rate: number) => `qdisc add dev wan0 root cake bandwidth ${rate}mbit besteffort`,
  'cake no-split-gso': (rate: number) => `qdisc add dev wan0 root cake bandwidth ${rate}mbit besteffort no-split-gso`,
  'htb + fq_codel': (rate: number) => `${htb(rate)}\nqdisc add dev wan0 parent 1:1 fq_codel`,
  'htb + bfifo': (rate: number) =>
    `${htb(rate)}\nqdisc add dev wan0 parent 1:1 bfifo limit ${Math.max(rate * 6250, 131072)}`,
} as const;
type Qdisc = keyof typeof QDISCS;

/** What the LAN host sends. */
const TRAFFIC = {
  'single packets': 'on lan ethtool -K eth0 tso off gso off',
  superpackets: '',
  // 64 kB at a time where the congestion window allows it, and ACKs in bunches of 10 ms, as Wi-Fi delivers them.
  'large superpackets': `
on lan sh -c 'cd /proc/sys/net/ipv4; echo 44 >tcp_min_tso_segs; echo 1 >tcp_tso_win_divisor'
tc -n modem qdisc replace dev cust0 root netem delay 10ms limit 10000 slot 10ms 10ms`,
} as const;
type Traffic = keyof typeof TRAFFIC;

function htb(rate: number): string {
  return `qdisc add dev wan0 root handle 1: htb default 1
class add dev wan0 parent 1: classid 1:1 htb rate ${rate}mbit`;
}

interface Cell {
  readonly run: LabRun;
  /** Over the idle line, ms. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function measure(rate: number, qdisc: Qdisc, traffic: Traffic, extra = ''): Promise<Cell> {
  const ms = rate < 500 ? 6000 : 3000;
  const queuePackets = Math.max(100, Math.round((rate * 1e6 * 0.2) / 8 / 1500));
  const run = await boot({
    script: `
topology_router down=none up=${Math.round((rate * 1000) / 0.95)}kbit up_queue=${queuePackets} edge=${rate < 500 ? 1 : 4}gbit
tc -n router -batch - <<END
${QDISCS[qdisc](rate)}
END
${TRAFFIC[traffic]}
${extra}
probes idle 500
collect
start goodput inet tcp-sink 5001 --flows 4 --from-ms 2000 --to-ms ${ms + 2000} --for-ms 20000
launch load lan tcp-send 192.0.2.1 5001 --flows 4 --for-ms ${ms + 2200}
sleep 2
probes loaded ${ms} 5000
collect
emit qdisc "$(tc -n router -s -j qdisc show dev wan0)"
`,
  });
  return cellOf(run, rate, 'up');
}

async function measureDownload(rate: number, words: string, gro: 'on' | 'off'): Promise<Cell> {
  const run = await boot({
    script: `
topology_router up=none down=${rate * 1250}kbit down_queue=${Math.max(100, rate * 20)}
on modem ethtool -K cust0 tso off gso off
on router ethtool -K wan0 gro ${gro}
on router sh -c 'cd /sys/class/net/wan0; echo 100000 >gro_flush_timeout; echo 1000 >napi_defer_hard_irqs'
ip -n router link add ifb0 type ifb
ip -n router link set ifb0 up
tc -n router -batch - <<END
qdisc add dev wan0 clsact
qdisc add dev ifb0 root cake bandwidth ${rate}mbit besteffort ${words}
filter add dev wan0 ingress matchall action mirred egress redirect dev ifb0
END
probes idle 500
collect
start goodput lan tcp-sink 5001 --flows 4 --from-ms 2000 --to-ms 8000 --for-ms 20000
launch load inet tcp-send 10.0.0.2 5001 --flows 4 --for-ms 8200
sleep 2
probes loaded 6000 5000
collect
emit qdisc "$(tc -n router -s -j qdisc show dev ifb0)"
`,
  });
  return cellOf(run, rate, 'down');
}

function cellOf(run: LabRun, rate: number, direction: 'down' | 'up'): Cell {
  const idle = run.value(`idle_${direction}`, udpSink).delay;
  const loaded = run.value(`loaded_${direction}`, udpSink).delay;
  assert.ok(idle !== null && loaded !== null);
  const goodput = run.value('goodput', tcpSink).goodput_bit_per_s;
  assert.ok(goodput > rate * 1e6 * 0.8, `the shaper was not full: ${goodput} bit/s of ${rate} Mbit/s`);
  return { run, p50Ms: (loaded.p50_us - idle.p50_us) / 1000, p99Ms: (loaded.p99_us - idle.p50_us) / 1000 };
}

const packetStats = z.looseObject({
  maxpacket: z.optional(z.number()),
  tins: z.optional(z.array(z.looseObject({ max_pkt_len: z.number() }))),
});

/** The largest packet that CAKE or fq_codel has seen, bytes. */
function largestPacket(run: LabRun): number {
  const qdiscs = run.value('qdisc', z.array(packetStats));
  return Math.max(
    ...qdiscs.flatMap(({ maxpacket, tins }) => [maxpacket ?? 0, ...(tins ?? []).map((t) => t.max_pkt_len)]),
  );
}

const row = (rate: number, qdisc: string, cells: readonly Cell[]) =>
  `${rate} Mbit/s | ${qdisc} | ${cells.map((cell) => `${cell.p50Ms.toFixed(2)} / ${cell.p99Ms.toFixed(2)}`).join(' | ')}`;

// 500 Mbit/s takes many times as long as the others; one pair of runs at that rate is enough for each run of the lab.
for (const rate of [5, 20, 100]) {
  test(`at ${rate} Mbit/s CAKE's split-gso leaves nothing for switching offloads off to gain`, async (t) => {
    const single = await measure(rate, 'cake', 'single packets');
    const superpackets = await measure(rate, 'cake', 'superpackets');
    t.diagnostic(row(rate, 'cake', [single, superpackets]));
    // A tenth of a packet's time at 5 Mbit/s is what one seed differs from another.
    assert.ok(superpackets.p99Ms - single.p99Ms < 0.5, `${superpackets.p99Ms} ms with superpackets`);
  });
}

for (const [qdisc, fastMbit] of [
  ['cake no-split-gso', 100],
  ['htb + fq_codel', 500],
] as const) {
  test(`${qdisc} sends superpackets whole, which adds milliseconds at 5 Mbit/s and little at ${fastMbit}`, async (t) => {
    const added = async (rate: number) => {
      const single = await measure(rate, qdisc, 'single packets');
      const superpackets = await measure(rate, qdisc, 'superpackets');
      t.diagnostic(row(rate, qdisc, [single, superpackets]));
      assert.ok(largestPacket(single.run) <= 1514 && largestPacket(superpackets.run) > 1514);
      return superpackets.p99Ms - single.p99Ms;
    };
    const [slow, fast] = [await added(5), await added(fastMbit)];
    assert.ok(slow > 2 && slow < 8, `${slow} ms at 5 Mbit/s`);
    assert.ok(fast > 0 && fast < 0.5, `${fast} ms at ${fastMbit} Mbit/s`);
  });
}

test('tso, gso and gro of the shaped device do not change what its root qdisc gets to send', async (t) => {
  const on = await measure(20, 'htb + fq_codel', 'superpackets');
  const off = await measure(20, 'htb + fq_codel', 'superpackets', 'on router ethtool -K wan0 tso off gso off gro off');
  t.diagnostic(row(20, 'on | off', [on, off]));
  assert.ok(largestPacket(on.run) > 1514);
  assert.equal(largestPacket(off.run), largestPacket(on.run));
  assert.ok(Math.abs(off.p99Ms - on.p99Ms) < 0.5);
});

test('gro of the shaped device merges what is downloaded, and only a shaper that does not split it is slower', async (t) => {
  const off = await measureDownload(20, 'no-split-gso', 'off');
  const on = await measureDownload(20, 'no-split-gso', 'on');
  const split = await measureDownload(20, 'split-gso', 'on');
  t.diagnostic(row(20, 'off | on | on, split', [off, on, split]));
  assert.ok(largestPacket(off.run) <= 1514 && largestPacket(on.run) > 1514);
  // Of medians: over six seeds they differ by 0.06 ms from one seed to another, and p99 by 0.3 ms.
  assert.ok(on.p50Ms - off.p50Ms > 0.2 && on.p50Ms - off.p50Ms < 2, `${on.p50Ms - off.p50Ms} ms`);
  // What is left with split-gso is the 0.1 ms for which the card holds packets back.
  assert.ok(split.p50Ms - off.p50Ms < 0.2, `${split.p50Ms - off.p50Ms} ms`);
});

if (process.env.WEIR_LAB_FULL === '1') {
  test('the table of downloads', async (t) => {
    for (const rate of [5, 20, 100, 400]) {
      for (const words of ['split-gso', 'no-split-gso'] as const) {
        const cells = [await measureDownload(rate, words, 'off'), await measureDownload(rate, words, 'on')];
        t.diagnostic(row(rate, `cake ${words}`, cells));
      }
    }
  });

  test('the table of uploads', async (t) => {
    for (const rate of RATES_MBIT) {
      for (const qdisc of ['cake', 'cake no-split-gso', 'htb + fq_codel', 'htb + bfifo'] as const) {
        const cells: Cell[] = [];
        for (const traffic of ['single packets', 'superpackets', 'large superpackets'] as const) {
          cells.push(await measure(rate, qdisc, traffic));
        }
        t.diagnostic(row(rate, qdisc, cells));
      }
    }
  });
}
