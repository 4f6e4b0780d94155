/**
 * `weir daemon` while a device is deleted and made again 100 times: it is shaped again each time, within 50 ms of its appearing;
 * the daemon's memory stays flat (100 kB), and its log has at most three lines for each round. Left alone, it does not wake up:
 * at most 20 times in ten minutes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';

const ROUNDS = 100;
const MEMORY_ROUND = 10;
const SHAPED_WITHIN_MS = 50;
const MEMORY_GROWTH_KB = 100;
const IDLE_S = 600;
const IDLE_WAKE_UPS = 20;

const SCRIPT = `
host router
weir_config <<END
config shaper 'wan'
option device 'ppp9'
option download '20mbit'
option upload '5mbit'
END
on router weir daemon >/run/lab/out/daemon 2>&1 &
daemon=$!
pid() { read -r first _ </run/weir/lock && echo $first; }
wait_until 1000 test -s /run/weir/lock
(on router ip -ts monitor link >/run/lab/out/links) &
(on router tc -ts monitor >/run/lab/out/tc) &
sleep 0.1
is_shaped() { tc -n router filter show dev ppp9 ingress | grep -q ifb-ppp9; }
memory() { emit memory "{\\"round\\":$1,\\"rss_kb\\":$(awk '/^VmRSS/ {print $2}' /proc/$(pid)/status)}"; }
wake_ups() { awk '/^voluntary_ctxt_switches/ {print $2}' /proc/$(pid)/status; }
for round in $(seq ${ROUNDS}); do
  ip -n router link add ppp9 type dummy
  wait_until 200 is_shaped
  [ $round != ${MEMORY_ROUND} ] || memory $round
  ip -n router link del ppp9
done
memory ${ROUNDS}
sleep 1
before=$(wake_ups)
sleep ${IDLE_S}
emit idle "{\\"wake_ups\\":$(($(wake_ups) - before))}"
kill -TERM $(pid)
wait $daemon
emit left "{\\"devices\\":$(ip -n router -j link)}"
`;

const memory = z.object({ round: z.number(), rss_kb: z.number() });
const idle = z.object({ wake_ups: z.number() });
const left = z.object({ devices: z.array(z.object({ ifname: z.string() })) });

/** Times, in ms since midnight, of the lines that match; a line follows its time stamp as `[2026-11-20T23:31:02.123456] …`. */
function timesMs(log: string, pattern: RegExp): number[] {
  return log.split('\n').flatMap((line) => {
    const stamp = /^\[\S+T(\d+):(\d+):(\d+\.\d+)\]/.exec(line);
    if (stamp === null || !pattern.test(line)) return [];
    const [, hours = '', minutes = '', seconds = ''] = stamp;
    return [(Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000];
  });
}

test('a device that goes and comes back 100 times is shaped at once each time', async (t) => {
  const run = await boot({ script: SCRIPT });
  const appeared = timesMs(run.out.get('links') ?? '', /^\S+ \d+: ppp9: /);
  const shaped = timesMs(run.out.get('tc') ?? '', /^\S+ added filter dev ppp9 ingress/);
  assert.equal(appeared.length, ROUNDS);
  assert.equal(shaped.length, ROUNDS);
  const delaysMs = shaped.map((at) => at - Math.max(...appeared.filter((time) => time <= at)));
  t.diagnostic(`shaped within ${Math.max(...delaysMs).toFixed(3)} ms at most`);
  for (const delayMs of delaysMs) assert.ok(delayMs <= SHAPED_WITHIN_MS, `${delayMs} ms`);

  const [early, late] = run.values('memory', memory);
  assert.ok(early && late);
  t.diagnostic(`memory ${early.rss_kb} kB after ${early.round} rounds, ${late.rss_kb} kB after ${late.round}`);
  assert.ok(late.rss_kb - early.rss_kb <= MEMORY_GROWTH_KB);

  const lines = (run.out.get('daemon') ?? '').trimEnd().split('\n');
  t.diagnostic(`${lines.length} lines in the log`);
  assert.ok(lines.length <= 3 * ROUNDS + 10, lines.slice(0, 20).join('\n'));
  assert.equal(lines.filter((line) => line.startsWith('error')).length, 0);

  const { wake_ups } = run.value('idle', idle);
  t.diagnostic(`${wake_ups} wake-ups in ${IDLE_S} idle seconds`);
  assert.ok(wake_ups <= IDLE_WAKE_UPS);
  assert.deepEqual(
    run.value('left', left).devices.map(({ ifname }) => ifname),
    ['lo'],
  );
});
