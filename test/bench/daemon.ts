/** What a running daemon costs: a reload that changes a rate, one that changes nothing, and none at all. */
import * as z from 'zod/mini';
import { boot } from '../lab/boot.ts';
import type { Figure } from './figure.ts';

const RELOADS = 200;
const IDLE_MINUTES = 10;

/**
 * The daemon's CPU time in ns: from the scheduler (Documentation/scheduler/sched-stats.rst), or where the kernel keeps none, as a
 * lab kernel does, in clock ticks of 10 ms, which 200 reloads make fine enough.
 */
const SCRIPT = `
topology_router down=none up=none
configure() {
  weir_config <<END
config shaper 'wan'
option device 'wan0'
option download '$1'
option upload '$1'
END
}
configure 10mbit
on router weir daemon >/run/lab/out/daemon 2>&1 &
daemon=$!
is_whole() { on router weir plan; }
wait_until 2000 is_whole
read -r pid _ </run/weir/lock
cpu_ns() {
  if [ -s /proc/$pid/schedstat ]; then read -r ns _ </proc/$pid/schedstat; echo $ns
  else awk '{ printf "%.0f", ($14 + $15) * 10000000 }' /proc/$pid/stat; fi
}
is_asleep() { grep -q '^State:.S' /proc/$pid/status; }
reloads() {
  local i before=$(cpu_ns)
  for i in $(seq ${RELOADS}); do
    configure \${1}$((i % 2 * \${2}))kbit
    kill -HUP $pid
    sleep 0.02
    until is_asleep; do sleep 0.01; done
  done
  emit $3 $((($(cpu_ns) - before) / ${RELOADS}))
}
reloads 1000 0 nothing
reloads 1000 9 changed
emit rss "$(awk '/^VmRSS/ {print $2}' /proc/$pid/status)"
weir stop
wait $daemon
`;

const IDLE_SCRIPT = `
topology_router down=none up=none
weir_config <<END
config shaper 'wan'
option device 'wan0'
option download '10mbit'
option upload '10mbit'
END
on router weir daemon >/run/lab/out/daemon 2>&1 &
daemon=$!
is_whole() { on router weir plan; }
wait_until 2000 is_whole
read -r pid _ </run/weir/lock
sleep 5
wake_ups() { awk '/^voluntary_ctxt_switches/ {print $2}' /proc/$pid/status; }
before=$(wake_ups)
sleep ${IDLE_MINUTES * 60}
emit wake_ups $(($(wake_ups) - before))
emit rss "$(awk '/^VmRSS/ {print $2}' /proc/$pid/status)"
weir stop
wait $daemon
`;

export async function daemonFigures(): Promise<Figure[]> {
  const busy = await boot({ script: SCRIPT, mode: 'real', timeoutMs: 600_000 });
  const idle = await boot({ script: IDLE_SCRIPT });
  const ms = (key: string): number => busy.value(key, z.number()) / 1e6;
  const [nothing, changed] = [ms('nothing'), ms('changed')];
  const rssKb = idle.value('rss', z.number());
  const wakeUps = idle.value('wake_ups', z.number()) / IDLE_MINUTES;
  const how = `CPU time of the daemon over ${RELOADS} reloads on a lab kernel, where a system call costs microseconds`;
  return [
    {
      name: 'reload that changes the rate both ways, ms of CPU',
      value: changed,
      limit: 1,
      shown: `${changed.toFixed(2)} ms`,
      how,
    },
    {
      name: 'reload that changes nothing, ms of CPU',
      value: nothing,
      limit: 1,
      shown: `${nothing.toFixed(2)} ms`,
      how,
    },
    { name: 'memory of the idle daemon, kB', value: rssKb, limit: 3072, shown: `${rssKb} kB`, how: 'VmRSS' },
    {
      name: 'wake-ups of the idle daemon a minute',
      value: wakeUps,
      limit: 2,
      shown: String(wakeUps),
      how: `voluntary context switches over ${IDLE_MINUTES} minutes of virtual time`,
    },
  ];
}
