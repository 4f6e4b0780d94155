/**
 * What other programs do to the shaping while `weir daemon` runs is undone within 100 ms and logged once: a deleted or changed
 * qdisc, a deleted filter, hook or IFB, an IFB that was set down. A program that does it again and again is answered ten times
 * at once and then only every ten seconds. A flood of events that the daemon could not read is made up for.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { command } from '../results.ts';

const INTERFERENCE: Readonly<Record<string, string>> = {
  'the upload qdisc deleted': 'tc -n router qdisc del dev wan0 root',
  'the download qdisc deleted': 'tc -n router qdisc del dev ifb-wan0 root',
  'the bandwidth changed': 'tc -n router qdisc change dev wan0 root cake bandwidth 1mbit',
  'another root in our place': 'tc -n router qdisc replace dev wan0 root handle 99: fq_codel',
  'all ingress filters deleted': 'tc -n router filter del dev wan0 ingress',
  'the hook deleted': 'tc -n router qdisc del dev wan0 clsact',
  'the IFB deleted': 'ip -n router link del ifb-wan0',
  'the IFB set down': 'ip -n router link set ifb-wan0 down',
};

const CONFIG = `
weir_config <<END
config shaper 'wan'
option device 'wan0'
option download '18mbit'
option upload '4mbit'
END
start_daemon() {
  on router weir daemon >/run/lab/out/daemon 2>&1 &
  daemon=$!
  wait_until 1000 is_whole
}
is_whole() { on router weir plan; }
lines() { emit lines "$(wc -l </run/lab/out/daemon)"; }
`;

test('what others undo is repaired at once and logged once', async (t) => {
  const steps = Object.values(INTERFERENCE).map((what) => `lines\n${what}\nsleep 0.1\nweir plan || true`);
  const script = `topology_router\n${CONFIG}start_daemon\n${steps.join('\n')}\nlines\nweir stop\nwait $daemon\nsnapshot end`;
  const run = await boot({ script });
  const plans = run.values('weir', command);
  const lineCounts = run.values('lines', z.number());
  Object.keys(INTERFERENCE).forEach((name, i) => {
    const plan = plans[i];
    assert.ok(plan);
    assert.equal(plan.exit, 0, `${name}: ${plan.stdout}`);
    const logged = (lineCounts[i + 1] ?? 0) - (lineCounts[i] ?? 0);
    assert.ok(logged >= 1 && logged <= 2, `${name}: ${logged} lines`);
  });
  t.diagnostic(run.out.get('daemon') ?? '');
});

test('a program that undoes it all the time is not fought at full speed', async (t) => {
  const ATTACKS = 50;
  const script = `topology_router\n${CONFIG}start_daemon
for i in $(seq ${ATTACKS}); do tc -n router qdisc change dev wan0 root cake bandwidth $((i * 10))kbit; sleep 0.02; done
lines
sleep 12
weir plan
weir stop
wait $daemon`;
  const run = await boot({ script });
  const log = run.out.get('daemon') ?? '';
  const repairs = log.split('\n').filter((line) => line.includes('repair: change')).length;
  t.diagnostic(`${repairs} repairs of ${ATTACKS}`);
  assert.ok(repairs >= 10 && repairs <= 12, log);
  assert.match(log, /another program keeps undoing the shaping/);
  assert.equal(run.values('weir', command)[0]?.exit, 0);
});

test('events that the daemon could not read in time are made up for', async () => {
  const script = `topology_router\n${CONFIG}start_daemon
kill -STOP $(cat /run/weir/lock)
tc -n router qdisc del dev wan0 root
for i in $(seq 3000); do echo "qdisc replace dev lan0 root handle 1: pfifo limit $i"; done >/run/flood
tc -n router -batch /run/flood
tc -n router qdisc del dev lan0 root
kill -CONT $(cat /run/weir/lock)
sleep 0.1
weir plan
weir stop
wait $daemon`;
  const run = await boot({ script });
  assert.equal(run.values('weir', command)[0]?.exit, 0);
});
