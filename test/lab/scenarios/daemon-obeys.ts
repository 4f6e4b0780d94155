/**
 * `weir daemon` and whoever gives it orders: SIGHUP takes a new configuration in place without losing a packet of a standing
 * queue, and keeps the last good one for a file that is broken or gone; SIGTERM removes the shaping, or with `on_exit keep` leaves
 * it; a second daemon is refused; `reload`, `start` and `stop` work through the one that runs.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { command, udpSink } from '../results.ts';

const CONFIG = `
configure() {
  weir_config <<END
config globals
option on_exit '$2'
config shaper 'wan'
option device 'wan0'
option download '18mbit'
option upload '$1'
option rtt '1000s'
END
}
start_daemon() {
  on router weir daemon >>/run/lab/out/daemon 2>&1 &
  daemon=$!
  wait_until 1000 is_whole
}
is_whole() { on router weir plan; }
rate() { emit rate "$(tc -n router -j qdisc show dev wan0 root | grep -o '"bandwidth":[0-9]*' | cut -d: -f2 || echo 0)"; }
`;

/** tc prints bytes per second. */
const MBIT = 1e6 / 8;

test('a daemon takes orders by signals and by commands', async (t) => {
  const script = `topology_router down=none up=none rtt_ms=2\n${CONFIG}
configure 2mbit remove
start_daemon
rate
configure 3mbit remove
kill -HUP $(cat /run/weir/lock)
sleep 0.05
rate
echo "config shaper 'broken" >/etc/config/weir
kill -HUP $(cat /run/weir/lock)
sleep 0.05
rate
rm /etc/config/weir
kill -HUP $(cat /run/weir/lock)
sleep 0.05
rate
configure 4mbit remove
weir reload
sleep 0.05
rate
weir daemon || true
weir start
configure 4mbit keep
weir reload
sleep 0.05
kill -TERM $(cat /run/weir/lock)
wait $daemon
rate
start_daemon
rate
weir stop
wait $daemon || true
rate
`;
  const run = await boot({ script });
  t.diagnostic(run.out.get('daemon') ?? '');
  const rates = run.values('rate', z.number());
  assert.deepEqual(
    rates.map((rate) => rate / MBIT),
    [2, 3, 3, 3, 4, 4, 4, 0],
  );
  const [reload, second, start, , stop] = run.values('weir', command);
  assert.match(reload?.stdout ?? '', /told the running daemon \(process \d+\) to reload/);
  assert.equal(second?.exit, 3);
  assert.match(second?.stderr ?? '', /another weir is running \(process \d+\)/);
  assert.equal(start?.exit, 0);
  assert.match(start?.stdout ?? '', /told the running daemon/);
  assert.equal(stop?.exit, 0);
  const log = run.out.get('daemon') ?? '';
  assert.match(log, /^error: \/etc\/config\/weir:1: Parse error/m);
  assert.match(log, /the last good configuration stays in force/);
});

test('a rate changed by the daemon loses nothing of a standing queue', async () => {
  const PACKETS = 300;
  const script = `topology_router down=none up=none rtt_ms=2\n${CONFIG}
configure 1mbit remove
start_daemon
start up inet udp-sink 6001 --count ${PACKETS} --for-ms 30000
launch sent lan udp-send 192.0.2.1 6001 --count ${PACKETS} --size 1000
sleep 0.2
for rate in 2 3 4 2; do configure \${rate}mbit remove; kill -HUP $(cat /run/weir/lock); sleep 0.05; done
rate
collect
weir stop
wait $daemon`;
  const run = await boot({ script });
  const { received, reordered, duplicates } = run.value('up', udpSink);
  assert.deepEqual({ received, reordered, duplicates }, { received: PACKETS, reordered: 0, duplicates: 0 });
  assert.equal(run.value('rate', z.number()), 2 * MBIT);
});
