/** One reading of two shapers' counters, against what scripts do for it: `tc -s -j qdisc` read by jq; and what a page costs each second. */
import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { boot } from '../lab/boot.ts';
import { command } from '../lab/results.ts';
import { type Figure, formatMs, median } from './figure.ts';

const ROUNDS = 15;

/** What a page or a script would take out of it, as qosmate's does. */
const JQ = `[.[] | select(.kind == "cake") | {dev, bytes, packets, backlog, drops,
  tins: [.tins[] | {sent_bytes, sent_packets, drops, ecn_mark, ack_drops, backlog_bytes, peak_delay_us, avg_delay_us,
    base_delay_us, sparse_flows, bulk_flows, unresponsive_flows, way_collisions}]}]`;

const section = (device: string): string => `
config shaper '${device}'
option device '${device}'
option download '20mbit'
option upload '5mbit'
option diffserv 'diffserv4'
`;

const SCRIPT = `
topology_router down=none up=none
ip -n router link add lte0 type veth peer name lte1
ip -n router link set lte0 up
weir_config <<END
${['wan0', 'lte0'].map(section).join('')}
END
weir start
cp /run/lab/files/bench-sample /run/bench-sample
chmod +x /run/bench-sample
cat >/run/script <<'END'
tc -s -j qdisc show | jq -c '${JQ}' >/run/tins
END
for round in $(seq ${ROUNDS}); do
  emit script "$(on router traffic run -- sh /run/script)"
  emit sample "$(on router /run/bench-sample /etc/config/weir)"
done
emit tins "$(on router jq '[.[].tins[]] | length' /run/tins)"
`;

export async function sampleFigures(): Promise<Figure[]> {
  const files = { 'bench-sample': readFileSync('build/bench-sample') };
  const run = await boot({ script: SCRIPT, mode: 'real', timeoutMs: 600_000, files });
  if (run.value('tins', z.number()) !== 16) throw new Error('tc and jq did not see 2 * 2 * 4 tins');
  const scripts = run.values('script', command).map(({ exit, stderr, lasted_ms }) => {
    if (exit !== 0) throw new Error(stderr);
    return lasted_ms;
  });
  const measured = run.values('sample', z.object({ sampleUs: z.number(), pollUs: z.number() }));
  const samples = measured.map(({ sampleUs }) => sampleUs);
  const pollsMs = measured.map(({ pollUs }) => pollUs / 1000);
  const ratio = median(samples) / 1000 / median(scripts);
  return [
    {
      name: 'one reading of two shapers with four tins each way, against tc and jq',
      value: ratio,
      limit: 1 / 50,
      shown: `1/${(1 / ratio).toFixed(0)}: ${median(samples).toFixed(0)} µs against ${formatMs(scripts)}`,
      how:
        `${ROUNDS} rounds by turns on a lab kernel in real time: 1000 readings in one process, history and all, ` +
        'and `tc -s -j qdisc | jq` as two processes',
    },
    {
      name: 'one poll of the Overview page with two such shapers, ms of the daemon',
      value: median(pollsMs),
      limit: 2,
      shown: formatMs(pollsMs),
      how: `the same rounds: a reading, the answer to \`stats\`, and every fifth time that to \`status\``,
    },
  ];
}
