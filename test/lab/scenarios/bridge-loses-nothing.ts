/**
 * What may happen to the daemon of a bridge while frames pass, both ways, on both paths. It is killed, started again, reloaded, its
 * programs are replaced by another version's, and it ends for a successor: not a frame is lost, and counters go on. With on_crash 'stop'
 * forwarding ends with it; with on_stop 'keep' it stays; else a stop leaves everything as it was before.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { arrived, bootWithBridge, countedOn } from '../bridge.ts';
import { assertSame } from '../life.ts';
import { snapshot } from '../snapshot.ts';

const PACKETS = 5000;
const EVERY_US = 1000;

for (const path of ['xdp', 'tc'] as const) {
  test(`nothing is lost while the daemon dies, returns and changes its programs, path ${path}`, async (t) => {
    const run = await bootWithBridge({
      script: `
topology_bridge
quiet_bridge
seed_ports "path '${path}'"
bridge_daemon
ids() { emit ids "$(traffic json "$(on_with_pins router sh -c 'ip -d link show; tc filter show dev eth1 ingress' | grep -o ' id [0-9]* ' | sort -u)")"; }
ids
numbered load ${PACKETS} ${EVERY_US}
sleep 0.5
bridge_kill
sleep 0.3
bpf_says counters
bridge_daemon
bpf_says counters
sleep 0.3
bridge_upgrade
bridge_reload
ids
bpf_says counters
cat >>/etc/config/weir <<'END'
config host 'one'
	list ip '10.0.0.0/24'
	option class '1:2'
END
bridge_reload
# A successor.
kill -USR1 $daemon
bridge_end
sleep 0.3
bridge_daemon
sleep 0.3
collect
bpf_says counters
bridge_end
`,
    });
    t.diagnostic(`host time ${run.hostMs.toFixed(0)} ms`);
    t.diagnostic(run.out.get('daemon') ?? '');
    assert.deepEqual(arrived(run, 'load'), [PACKETS, PACKETS]);
    const [before, after] = run.values('ids', z.string());
    assert.notEqual(before, after);
    const counts = countedOn(run);
    assert.equal(counts.length, 4);
    for (const [i, { eth1, eth2 }] of counts.entries()) {
      const { eth1: earlier1, eth2: earlier2 } = counts[i - 1] ?? {};
      assert.ok(eth1.forwarded > (earlier1?.forwarded ?? 0) && eth2.forwarded > (earlier2?.forwarded ?? 0));
    }
    assert.deepEqual([counts[3]?.eth1.forwarded, counts[3]?.eth2.forwarded], [PACKETS, PACKETS]);
  });

  test(`with on_crash 'stop' forwarding ends with the daemon and begins with the next, path ${path}`, async () => {
    const run = await bootWithBridge({
      script: `
topology_bridge
quiet_bridge
seed_ports "path '${path}'" "on_crash 'stop'"
bridge_daemon
numbered alive 100 1000
collect
bridge_kill
numbered dead 100 1000
collect
bridge_daemon
numbered again 100 1000
collect
bridge_upgrade
numbered changed 500 1000
sleep 0.1
bridge_reload
collect
bridge_kill
numbered dead_again 100 1000
collect
`,
    });
    const keys = ['alive', 'dead', 'again', 'changed', 'dead_again'];
    const counts = keys.map((key) => arrived(run, key));
    assert.deepEqual(counts, [
      [100, 100],
      [0, 0],
      [100, 100],
      [500, 500],
      [0, 0],
    ]);
  });

  test(`a stop leaves the bridge with on_stop 'keep', else everything is as before, path ${path}`, async () => {
    const run = await bootWithBridge({
      script: `
topology_bridge
quiet_bridge
snapshot before
pins
seed_ports "path '${path}'"
bridge_daemon
numbered first 100 1000
collect
bridge_end
snapshot stopped
pins
numbered stopped 100 1000
collect
seed_ports "path '${path}'" "on_stop 'keep'"
bridge_daemon
bridge_end
numbered kept 100 1000
collect
weir stop
snapshot removed
pins
numbered removed 100 1000
collect
`,
    });
    const counts = ['first', 'stopped', 'kept', 'removed'].map((key) => arrived(run, key));
    assert.deepEqual(counts, [
      [100, 100],
      [0, 0],
      [100, 100],
      [0, 0],
    ]);
    assert.deepEqual(run.values('pins', z.string()), ['', '', '']);
    const [before, ...afterwards] = run.values('snapshot', snapshot);
    assert.ok(before !== undefined && afterwards.length === 2);
    for (const after of afterwards) assertSame(before, after);
  });
}
