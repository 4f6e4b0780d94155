/**
 * What the daemon's object `weir` tells over the daemon's own bus, after real traffic, held against what tc reads of the same
 * kernel: counters to the byte, delays, rates and options in force, and a history whose sum is what was sent.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { answerOf, CABLE, cakeOn, ON_THE_BUS, statsAnswer, statusAnswer, tcQdisc, ubusRuns } from '../on_the_bus.ts';
import { command } from '../results.ts';

/** Packets of 1028 bytes that come at 8 times the rate, so that some are dropped, and voice beside them. */
const SCRIPT = `${ON_THE_BUS}
${CABLE}
configure() {
  weir_config <<END
config globals
option history '1'
config shaper 'wan'
option device 'wan0'
option download '$1'
option upload '1mbit'
option diffserv 'diffserv4'
option download_isolation 'triple-isolate'
option upload_rtt '50ms'
option overhead '18'
END
}
configure 2mbit
daemon_start
u -v list weir
sleep 1.5
start up peer udp-sink 5001 --count 400 --for-ms 4000
launch sent router udp-send 192.0.2.1 5001 --count 400 --interval-us 1000 --size 1000
start down router udp-sink 5001 --count 400 --for-ms 4000
launch sent peer udp-send 192.0.2.2 5001 --count 400 --interval-us 500 --size 1000
start voice peer udp-sink 6001 --count 20 --for-ms 4000
launch voice_sent router udp-send 192.0.2.1 6001 --count 20 --interval-us 20000 --size 172 --tos 0xb8
collect
sleep 2
tc_says
call stats
call stats '{"shaper":"wan"}'
call status
call config
call metrics
call history '{"shaper":"wan"}'
call history '{"shaper":"wan","resolution":10,"most":1}'
weir metrics
call check
call check '{"config":"config shaper x\\n\\toption download 1gbot\\n"}'
call plan
configure 3mbit
call plan
call info
emit uname "\\"$(uname -r)\\""
status_of rss VmRSS
daemon_end
`;

const METHODS =
  'status stats history plan check config info log metrics bridge hosts map_list tree options reload set set_section reset disable enable map_add map_del map_clear'.split(
    ' ',
  );
const issueList = z.array(z.looseObject({ severity: z.string(), where: z.string(), text: z.string() }));
const checkAnswer = z.strictObject({ ok: z.boolean(), issues: issueList });
const planAnswer = z.strictObject({
  changes: z.array(
    z.strictObject({
      action: z.string(),
      path: z.string(),
      differences: z.array(z.strictObject({ what: z.string(), found: z.string(), wanted: z.string() })),
      loses: z.array(z.string()),
      commands: z.array(z.string()),
    }),
  ),
});
const infoAnswer = z.looseObject({
  kernel: z.string(),
  capabilities: z.looseObject({ matchall: z.boolean() }),
  uptimeS: z.int(),
  memory: z.strictObject({ rssBytes: z.int(), heapBytes: z.int(), historyBytes: z.int() }),
  work: z.strictObject({
    reconciliations: z.int(),
    changes: z.int(),
    failures: z.int(),
    calls: z.int(),
    samples: z.int(),
  }),
});
const directionConfig = z.looseObject({
  rateBitPerS: z.int(),
  diffserv: z.string(),
  isolation: z.string(),
  nat: z.boolean(),
  wash: z.boolean(),
  ingress: z.boolean(),
  splitGso: z.boolean(),
  rttUs: z.int(),
  overheadBytes: z.int(),
});
const configAnswer = z.looseObject({
  shapers: z.tuple([z.looseObject({ name: z.string(), download: directionConfig, upload: directionConfig })]),
});
const numbers = z.array(z.nullable(z.number()));
const directionHistory = z.strictObject({
  rateBitPerS: numbers,
  droppedPackets: numbers,
  ecnMarkedPackets: numbers,
  backlogBytes: numbers,
  peakDelayUs: numbers,
  averageDelayUs: numbers,
  tins: z.array(z.strictObject({ name: z.string(), rateBitPerS: numbers })),
});
const historyAnswer = z.strictObject({
  name: z.string(),
  resolutionS: z.int(),
  lastBeganMsAgo: z.int(),
  lastSlot: z.int(),
  slots: z.int(),
  download: directionHistory,
  upload: directionHistory,
});

const DEVICES = [
  ['download', 'ifb-wan0', 2e6],
  ['upload', 'wan0', 1e6],
] as const;

const sum = (list: readonly (number | null)[]): number => list.reduce((all: number, one) => all + (one ?? 0), 0);

/** Samples of a text for Prometheus, `name{labels} value`, as a map. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

test('what the methods tell is what tc reads', async (t) => {
  const run = await boot({ script: SCRIPT });
  t.diagnostic(run.out.get('daemon') ?? '');
  const qdiscs = run.value('tc', z.array(tcQdisc));
  const [listed, ...ran] = ubusRuns(run);
  const [all, ofWan, status, config, metrics, history, history10, checked, checkedText, plan, planned, info] = ran;
  const lines = (listed?.stdout ?? '').split('\n').filter((line) => line.startsWith('\t"'));
  assert.deepEqual(
    lines.map((line) => line.split('"')[1]),
    METHODS,
  );

  assert.deepEqual(answerOf(all, z.json()), answerOf(ofWan, z.json()));
  const [stats] = answerOf(ofWan, statsAnswer).shapers;
  const [state] = answerOf(status, statusAnswer).shapers;
  const [wanted] = answerOf(config, configAnswer).shapers;
  const { text } = answerOf(metrics, z.strictObject({ text: z.string() }));
  assert.equal(run.values('weir', command)[0]?.stdout, text);
  const samples = samplesOf(text);
  const seconds = answerOf(history, historyAnswer);
  const tenSeconds = answerOf(history10, historyAnswer);
  assert.deepEqual([state?.state, state?.device, state?.set], ['shaping', 'wan0', []]);
  assert.ok((state?.stateForS ?? 0) >= 5);
  assert.deepEqual([seconds.resolutionS, tenSeconds.resolutionS, tenSeconds.slots], [1, 10, 1]);

  for (const [direction, device, rateBitPerS] of DEVICES) {
    const cake = cakeOn(qdiscs, device);
    const told = stats?.[direction];
    assert.ok(told);
    assert.ok(cake.drops > 50, `${cake.drops} drops`);
    assert.deepEqual(
      [told.device, told.kind, told.queues, told.diffserv, told.series, told.rateBitPerS, told.peakDelayUs],
      [device, 'cake', 1, cake.options.diffserv, 1, 0, null],
    );
    assert.deepEqual(
      [told.sentBytes, told.sentPackets, told.droppedPackets, told.backlogBytes, told.backlogPackets],
      [cake.bytes, cake.packets, cake.drops, cake.backlog, cake.qlen],
    );
    assert.deepEqual(
      [told.memoryUsedBytes, told.memoryLimitBytes, told.capacityEstimateBitPerS],
      [cake.memory_used, cake.memory_limit, 8 * (cake.capacity_estimate ?? 0)],
    );
    const ofTc = cake.tins.map((tin) => ({
      sentBytes: tin.sent_bytes,
      sentPackets: tin.sent_packets,
      droppedPackets: tin.drops,
      ecnMarkedPackets: tin.ecn_mark,
      acksDroppedPackets: tin.ack_drops,
      wayIndirectHits: tin.way_indirect_hits,
      wayMisses: tin.way_misses,
      wayCollisions: tin.way_collisions,
      thresholdRateBitPerS: 8 * tin.threshold_rate,
      backlogBytes: tin.backlog_bytes,
      peakDelayUs: tin.peak_delay_us,
      averageDelayUs: tin.avg_delay_us,
      baseDelayUs: tin.base_delay_us,
      sparseFlows: tin.sparse_flows,
      bulkFlows: tin.bulk_flows,
      unresponsiveFlows: tin.unresponsive_flows,
      rateBitPerS: 0,
      active: false,
    }));
    assert.deepEqual(
      told.tins.map(({ name, ...tin }) => ({ ...tin })),
      ofTc,
    );
    assert.deepEqual(
      told.tins.map(({ name }) => name),
      ['Bulk', 'Best Effort', 'Video', 'Voice'],
    );

    // What is wanted and what is in force.
    const { options } = cake;
    assert.deepEqual(
      [state?.[direction]?.rateBitPerS, state?.[direction]?.wantedRateBitPerS],
      [rateBitPerS, rateBitPerS],
    );
    assert.equal(Number(options.bandwidth) * 8, rateBitPerS);
    const { diffserv, isolation, nat, wash, ingress, splitGso, rttUs, overheadBytes } = wanted[direction];
    assert.deepEqual(
      [wanted[direction].rateBitPerS, diffserv, isolation, nat, wash, ingress, splitGso, rttUs, overheadBytes],
      [
        rateBitPerS,
        options.diffserv,
        options.flowmode,
        options.nat,
        options.wash,
        options.ingress,
        options.split_gso,
        options.rtt,
        options.overhead,
      ],
    );

    // The same for Prometheus, in bytes and seconds.
    const labels = `shaper="wan",device="wan0",direction="${direction}"`;
    assert.equal(samples.get(`weir_sent_bytes_total{${labels}}`), cake.bytes);
    cake.tins.forEach((tin, i) => {
      const of = `{${labels},tin="${told.tins[i]?.name}"}`;
      assert.equal(samples.get(`weir_tin_dropped_packets_total${of}`), tin.drops);
      assert.equal(samples.get(`weir_tin_delay_peak_seconds${of}`), tin.peak_delay_us / 1e6);
    });

    // All was sent while it watched.
    const past = seconds[direction];
    assert.deepEqual([past.rateBitPerS.length, past.tins[3]?.rateBitPerS.length], [seconds.slots, seconds.slots]);
    const share = sum(past.rateBitPerS) / 8 / cake.bytes;
    t.diagnostic(`${direction}: ${share.toFixed(5)} of the bytes are in the history by seconds`);
    assert.ok(Math.abs(share - 1) < 0.002, String(share));
    assert.equal(sum(past.droppedPackets), cake.drops);
    assert.equal(sum(tenSeconds[direction].droppedPackets), cake.drops);
  }

  assert.deepEqual(answerOf(checked, checkAnswer), { ok: true, issues: [] });
  const wrong = answerOf(checkedText, checkAnswer);
  assert.equal(wrong.ok, false);
  assert.match(wrong.issues[0]?.text ?? '', /^error: config:2: shaper 'x', option 'download': .* got '1gbot'/);
  assert.deepEqual(answerOf(plan, planAnswer), { changes: [] });
  const [change, ...others] = answerOf(planned, planAnswer).changes;
  assert.deepEqual([change?.action, change?.path, change?.loses, others], ['change', 'ifb-wan0 > cake', [], []]);
  assert.match(change?.commands[0] ?? '', /^tc qdisc change dev ifb-wan0 root .* bandwidth 3mbit/);

  const { kernel, capabilities, uptimeS, memory, work } = answerOf(info, infoAnswer);
  assert.equal(kernel, run.value('uname', z.string()));
  assert.equal(capabilities.matchall, true);
  assert.ok(uptimeS >= 5);
  assert.equal(work.calls, ran.length);
  assert.deepEqual([work.changes, work.failures], [5, 0]);
  const rssKb = run.value('rss', z.int());
  t.diagnostic(`the daemon has ${rssKb} kB`);
  assert.ok(Math.abs(memory.rssBytes / 1024 - rssKb) < 200, `${memory.rssBytes} bytes, ${rssKb} kB`);
});
