/**
 * Latency of a call (172 bytes every 20 ms) on a line of 20/5 Mbit/s behind a bloated modem, full of 4 + 4 TCP flows.
 *
 * - Without weir its p99 is more than 150 ms over the idle line, both ways.
 * - With weir it is at most 5 ms over it in download and 12 ms in upload, with every seed.
 * - Plain tc with the lines of `weir plan` gives the same log to the bit: every sample, every counter of the qdiscs.
 * - What CAKE itself adds is below 2 ms in download: the rest is bursts in the modem's own FIFO, before weir sees them. That
 *   is why download has to stay 25 % below the line for 5 ms, where 7.5 % give 6 ms.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boot } from '../boot.ts';
import type { LabRun } from '../labrun.ts';
import { command, tcpSend, tcpSink, udpSink } from '../results.ts';

const config = (download: number) => `
weir_config <<END
config shaper 'wan'
option device 'wan0'
option download '${download}'
option upload '4750'
option link 'ethernet'
END
`;

type Direction = 'down' | 'up';
const DIRECTIONS: readonly Direction[] = ['down', 'up'];

/** Over the idle line, in ms, of the n-th load of a run. */
function addedMs(
  run: LabRun,
  direction: Direction,
  load: number,
): { p50: number; p95: number; p99: number; max: number } {
  const idle = run.values(`idle_${direction}`, udpSink)[0]?.delay;
  const loaded = run.values(`loaded_${direction}`, udpSink)[load];
  assert.ok(idle && loaded?.delay);
  const over = (us: number) => (us - idle.p50_us) / 1000;
  const { p50_us, p95_us, p99_us, max_us } = loaded.delay;
  return { p50: over(p50_us), p95: over(p95_us), p99: over(p99_us), max: over(max_us) };
}

function described(run: LabRun, direction: Direction, load: number): string {
  const { p50, p95, p99, max } = addedMs(run, direction, load);
  const goodput = (run.values(`loaded_goodput_${direction}`, tcpSink)[load]?.goodput_bit_per_s ?? 0) / 1e6;
  const figures = [p50, p95, p99, max].map((ms) => ms.toFixed(3)).join(' ');
  return `${direction} p50 p95 p99 max ${figures} ms over idle, ${goodput.toFixed(2)} Mbit/s`;
}

/**
 * The same two programs run in every boot: weir shapes one host and tc another, which has the same devices. Which of them
 * is the router with the traffic stands in a file, so that nothing else differs, not even the number of processes.
 */
const SHAPED_TWICE = `
topology_router
host shadow unused
link shadow lan0 unused lan0
link shadow wan0 unused wan0
settle shadow
${config(15_000)}
idle_and_loaded
read -r by_weir by_tc <"/run/lab/files/places"
on $by_tc weir plan >/run/plan || [ $? = 2 ]
WEIR_HOST=$by_weir weir start
on $by_tc sh -e /run/plan
idle_and_loaded ms=20000
on router tc -s qdisc
on shadow tc -s qdisc
`;

const WEIR_SHAPES_ROUTER = { places: 'router shadow\n' };
const TC_SHAPES_ROUTER = { places: 'shadow router\n' };

test('weir keeps latency low under load, and plain tc with the lines of its plan does exactly the same', async (t) => {
  const run = await boot({ script: SHAPED_TWICE, files: WEIR_SHAPES_ROUTER });
  for (const direction of DIRECTIONS) {
    t.diagnostic(`without: ${described(run, direction, 0)}`);
    t.diagnostic(`weir: ${described(run, direction, 1)}`);
  }
  checkLatency(run);
  const withTc = await boot({ script: SHAPED_TWICE, files: TC_SHAPES_ROUTER });
  assert.equal(run.value('weir', command).exit, 0);
  assert.equal(withTc.log, run.log);
});

/** What the p99 of a probe may be above the idle line: the mean over all seeds. */
const MOST_MS = { down: 5, up: 12 } as const;
const addedP99Ms: Record<'down' | 'up', number[]> = { down: [], up: [] };

function checkLatency(run: LabRun): void {
  for (const direction of DIRECTIONS) {
    const [without, loaded] = run.values(`loaded_${direction}`, udpSink);
    assert.ok(without !== undefined && loaded !== undefined);
    assert.ok(addedMs(run, direction, 0).p99 > 150);
    assert.equal(loaded.missing, 0);
    const { p99 } = addedMs(run, direction, 1);
    // The tenth largest of a thousand probes: by chance it is half a millisecond more or less.
    assert.ok(p99 <= MOST_MS[direction] + 1, described(run, direction, 1));
    addedP99Ms[direction].push(p99);
  }
  // The line is still full: TCP gets what is left beside the ACKs of the other direction.
  const [down, up] = DIRECTIONS.map((name) => run.values(`loaded_goodput_${name}`, tcpSink)[1]?.goodput_bit_per_s ?? 0);
  assert.ok(down !== undefined && down > 0.9 * 15e6 && up !== undefined && up > 0.75 * 4.75e6);
  assert.ok(run.values('loaded_down_load', tcpSend).every(({ flows }) => flows.length === 4));
}

for (const seed of [2, 3]) {
  test(`weir keeps latency low under load, seed ${seed}`, async (t) => {
    const run = await boot({ script: SHAPED_TWICE, files: WEIR_SHAPES_ROUTER, seed });
    for (const direction of DIRECTIONS) t.diagnostic(described(run, direction, 1));
    checkLatency(run);
  });
}

test('over all seeds the p99 of a probe is as low as promised', (t) => {
  for (const direction of DIRECTIONS) {
    const all = addedP99Ms[direction];
    const mean = all.reduce((sum, ms) => sum + ms, 0) / all.length;
    t.diagnostic(`${direction}: ${mean.toFixed(3)} ms over idle`);
    assert.ok(all.length === 3 && mean <= MOST_MS[direction], `${direction}: ${all.join(' ')}`);
  }
});

test('without a bottleneck behind it, the queue of weir itself adds next to nothing', async (t) => {
  const script = `topology_router down=none up=none${config(18_500)}weir start\nidle_and_loaded`;
  const run = await boot({ script });
  for (const direction of DIRECTIONS) t.diagnostic(described(run, direction, 0));
  assert.ok(addedMs(run, 'down', 0).p99 < 2);
  assert.ok(addedMs(run, 'up', 0).p99 < 6);
});
