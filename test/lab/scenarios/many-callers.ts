/**
 * 500 clients at once call `stats` of a daemon with two shapers: no reply is lost, no counter goes backwards within its series, also
 * while a device is made again, and the memory comes back. In virtual time; with WEIR_LAB_LOAD_S=60 for so many seconds in real time
 * as well, with latencies and CPU time, which want a machine with nothing else to do.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import type { LabRun } from '../labrun.ts';
import { answerOf, CABLE, ON_THE_BUS, ubusRuns } from '../on_the_bus.ts';

const CLIENTS = 500;
const MOST_IDLE_KB = 3584;
const LONGEST_P99_MS = 20;
const SHAPERS = ['wan', 'lte'];

/** `load SECONDS EVERY_MS`: its result as @load, and the CPU time of the daemon meanwhile as @cpu. */
const SCRIPT = `${ON_THE_BUS}${CABLE}
ip link add lte0 netns router type veth peer name eth1 netns peer
ip -n router link set lte0 up
ip -n peer link set eth1 up
weir_config <<END
config globals
option history '1'
${SHAPERS.map((name) => `config shaper '${name}'\noption device '${name}0'\noption download '8mbit'\noption upload '4mbit'\noption diffserv 'diffserv4'`).join('\n')}
END
daemon_start
ulimit -n 2048
cpu_ms() { awk '{ print ($14 + $15) * 10 }' /proc/$daemon/stat; }
load() {
  rm -f /tmp/ready
  weir-load /tmp/ready ${CLIENTS} $1 $2 >/tmp/load &
  local loading=$! before
  until [ -e /tmp/ready ]; do sleep 0.1; done
  before=$(cpu_ms)
  launch sent router udp-send 192.0.2.3 6001 --count $(($1 * 10)) --interval-us 100000 --size 500
  [ "\${3:-}" != redial ] || { sleep 3; ip -n router link delete lte0; ip link add lte0 netns router type veth peer name eth1 netns peer; ip -n router link set lte0 up; }
  wait $loading
  emit cpu $(($(cpu_ms) - before))
  emit load "$(cat /tmp/load)"
  collect
  # Who asked is expected to ask again for a while.
  sleep 20
  status_of rss VmRSS
  status_of most VmHWM
  call info
}
# Nobody is there, and nobody complains.
ip -n router neigh add 192.0.2.3 lladdr 02:00:00:00:00:03 dev wan0
sleep 3
status_of rss VmRSS
call info
`;

const loaded = z.strictObject({
  calls: z.int(),
  answered: z.int(),
  failed: z.int(),
  empty: z.int(),
  backwards: z.int(),
  directions: z.int(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  maxMs: z.number(),
});
type Loaded = z.infer<typeof loaded>;

function assertAllAnswered({ calls, answered, failed, empty, backwards }: Loaded): void {
  assert.ok(calls > CLIENTS, `${calls} calls`);
  assert.deepEqual([answered, failed, empty, backwards], [calls, 0, 0, 0]);
}

const info = z.looseObject({
  memory: z.looseObject({ heapBytes: z.int() }),
  work: z.looseObject({ failures: z.int() }),
});

function assertMemoryIsBack(t: TestContext, run: LabRun): void {
  const rss = run.values('rss', z.int());
  const heap = ubusRuns(run).map((one) => answerOf(one, info).memory.heapBytes);
  t.diagnostic(`at rest ${rss.join(' then ')} kB, of which objects ${heap.join(' then ')} bytes`);
  t.diagnostic(`at most ${run.values('most', z.int()).at(-1)} kB`);
  for (const kb of rss) assert.ok(kb <= MOST_IDLE_KB, `${kb} kB`);
  const [idle = 0, ...later] = heap;
  for (const bytes of later) assert.ok(bytes <= 1.02 * idle, `${idle} bytes became ${bytes}`);
}

test('500 clients get every answer, consistent, and the memory comes back', async (t) => {
  const run = await boot({ script: `${SCRIPT}\nload 60 40000 redial\ndaemon_end` });
  const one = run.value('load', loaded);
  t.diagnostic(`${one.calls} calls`);
  assertAllAnswered(one);
  // But for the moment of the redial, in which a shaper may be missing.
  assert.ok(one.directions >= 0.98 * 4 * one.calls, `${one.directions} directions`);
  assertMemoryIsBack(t, run);
  for (const told of ubusRuns(run)) assert.equal(answerOf(told, info).work.failures, 0);
});

const seconds = Number(process.env.WEIR_LAB_LOAD_S ?? 0);
if (seconds > 0) {
  test(`latencies of ${CLIENTS} clients for ${seconds} s`, async (t) => {
    const script = `${SCRIPT}\nload ${seconds} 10000\ndaemon_end`;
    const run = await boot({ script, mode: 'real', timeoutMs: 120_000 + seconds * 4000 });
    const one = run.value('load', loaded);
    const { calls, p50Ms, p99Ms, maxMs } = one;
    const cpuMs = run.value('cpu', z.number());
    t.diagnostic(`${calls} calls: p50 ${p50Ms.toFixed(1)}, p99 ${p99Ms.toFixed(1)}, at most ${maxMs.toFixed(1)} ms`);
    t.diagnostic(`${(cpuMs / calls).toFixed(2)} ms of the daemon's CPU time a call, readings among it`);
    assertAllAnswered(one);
    assertMemoryIsBack(t, run);
    assert.ok(p99Ms < LONGEST_P99_MS, `${p99Ms} ms`);
  });
}
