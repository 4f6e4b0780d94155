/** What a running daemon costs: a reload that changes a rate, one that changes nothing, and none at all. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as z from 'zod/mini';
import { boot } from '../lab/boot.ts';
import type { Figure } from './figure.ts';

const RELOADS = 400;
const IDLE_MINUTES = 10;

/**
 * The daemon's CPU time in ns: from the scheduler (Documentation/scheduler/sched-stats.rst), or where the kernel keeps none, as a
 * lab kernel does, in clock ticks of 10 ms, which hundreds of reloads make fine enough.
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
    [ $2 = 0 ] || configure \${1}$((i % 2 * \${2}))kbit
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

const NATIVE_CONFIG = `config shaper 'wan'
\toption device 'wan0'
\toption download '10mbit'
\toption upload '10mbit'
`;

/** CPU time of a reload that changes nothing on this machine's kernel, in ms. */
function nativeReloadMs(): number {
  const directory = mkdtempSync(join(tmpdir(), 'weir-bench-'));
  try {
    writeFileSync(join(directory, 'weir'), NATIVE_CONFIG);
    const script = `ip link add wan0 type veth peer name wan1 && exec ${resolve('build/bench-reload')} weir`;
    const options = { cwd: directory, encoding: 'utf8' } as const;
    return Number(execFileSync('unshare', ['--map-root-user', '--net', 'sh', '-c', script], options)) / 1e6;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export async function daemonFigures(): Promise<Figure[]> {
  const busy = await boot({ script: SCRIPT, mode: 'real', timeoutMs: 600_000 });
  const idle = await boot({ script: IDLE_SCRIPT });
  const ms = (key: string): number => busy.value(key, z.number()) / 1e6;
  const [nothing, changed] = [ms('nothing'), ms('changed')];
  const rssKb = idle.value('rss', z.number());
  const wakeUps = idle.value('wake_ups', z.number()) / IDLE_MINUTES;
  const native = nativeReloadMs();
  const change = (native * changed) / nothing;
  return [
    {
      name: 'reload that changes the rate both ways, ms of CPU',
      value: change,
      limit: 1,
      shown: `${change.toFixed(2)} ms: ${(changed / nothing).toFixed(2)} times one that changes nothing`,
      how:
        'the row below times a ratio, since a kernel with CAKE is at hand only in the lab, where a system call costs many times ' +
        `more: CPU time of the daemon there, over ${RELOADS} reloads each, is ${changed.toFixed(2)} and ${nothing.toFixed(2)} ms`,
    },
    {
      name: 'reload that changes nothing, ms of CPU',
      value: native,
      limit: 1,
      shown: `${native.toFixed(2)} ms`,
      how: "500 times in one process on this machine's own kernel",
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
