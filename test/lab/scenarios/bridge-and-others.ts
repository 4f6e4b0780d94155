/**
 * What others do to the ports of a bridge whose daemon runs. A device that is made anew forwards again; what somebody takes away comes
 * back; someone else's XDP program stays and is told of, and what arrives there goes by tc; a port that belongs to a Linux bridge is refused until
 * it is free. After the end everything of theirs is as it was.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { arrived, bootWithBridge, outputsOf } from '../bridge.ts';
import { assertSame } from '../life.ts';
import { command } from '../results.ts';
import { snapshot } from '../snapshot.ts';

const ALL = [100, 100];
const NONE = [0, 0];

for (const path of ['xdp', 'tc']) {
  test(`a port that is made anew forwards again, path ${path}`, async (t) => {
    const run = await bootWithBridge({
      script: `
topology_bridge
quiet_bridge
seed_ports "path '${path}'"
bridge_daemon
ip -n router link delete eth2
sleep 0.5
weir status
link router eth2 inet eth0
on inet ethtool -K eth0 tx off gro on >/dev/null
address inet eth0 10.0.0.1/24
quiet_bridge
wait_until 1000 bridge_forwards
numbered again 100 1000
collect
weir plan
bridge_end
pins
`,
    });
    t.diagnostic(run.out.get('daemon') ?? '');
    const [gone = ''] = outputsOf(run, 'status');
    assert.match(gone, /^bridge: waiting/);
    assert.match(gone, /device eth2 does not exist; waiting for it/);
    assert.deepEqual(arrived(run, 'again'), ALL);
    assert.deepEqual(outputsOf(run, 'plan'), ['# nothing to change\n']);
    assert.equal(run.value('pins', z.string()), '');
  });
}

test('what somebody takes away comes back', async () => {
  const run = await bootWithBridge({
    script: `
topology_bridge
quiet_bridge
seed_ports "path 'tc'"
bridge_daemon
for command in 'tc filter del dev eth1 ingress' 'tc qdisc del dev eth2 clsact' 'ip link set dev eth1 promisc off'; do
  on router $command
  sleep 0.5
  weir plan
done
numbered again 100 1000
collect
`,
  });
  assert.deepEqual(
    outputsOf(run, 'plan'),
    Array.from({ length: 3 }, () => '# nothing to change\n'),
  );
  assert.deepEqual(arrived(run, 'again'), ALL);
});

/** Passes every frame: its own maps are empty. */
const FOREIGN_XDP = `
on_with_pins router sh -ec '
bpftool prog loadall /run/weir.bpf.o /sys/fs/bpf/theirs
ip link set dev eth1 xdpdrv pinned /sys/fs/bpf/theirs/xdp_steer'
`;

test("someone else's XDP program stays, and frames from there go by tc", async () => {
  const run = await bootWithBridge({
    script: `
topology_bridge
quiet_bridge
${FOREIGN_XDP}
snapshot before
seed_ports
bridge_daemon
weir status
numbered auto 100 1000
collect
bridge_end
snapshot after
seed_ports "path 'xdp'"
weir check
weir start || true
weir status
weir stop
snapshot after
pins
`,
  });
  const [auto = '', xdp = ''] = outputsOf(run, 'status');
  assert.match(auto, /eth1 to eth2: tc \(someone else's XDP program \(number \d+\) is on eth1\)/);
  // Theirs runs in the driver, which is all that frames need to leave there.
  assert.match(auto, /eth2 to eth1: xdp \(nothing shapes on eth1\)/);
  assert.deepEqual(arrived(run, 'auto'), ALL);
  assert.match(xdp, /eth1 to eth2: someone else's XDP program \(number \d+\) is on eth1, and 'path' is xdp/);
  const start = run.values('weir', command).find(({ args }) => args[0] === 'start');
  assert.match(start?.stderr ?? '', /error: .*someone else's XDP program \(number \d+\) is on eth1/);
  const [before, ...afterwards] = run.values('snapshot', snapshot);
  assert.ok(before !== undefined && afterwards.length === 2);
  for (const after of afterwards) assertSame(before, after);
  assert.match(run.value('pins', z.string()), /theirs\/xdp_steer/);
});

test('a port that belongs to a Linux bridge is refused until it is free', async () => {
  const run = await bootWithBridge({
    script: `
topology_bridge
quiet_bridge
ip -n router link add br0 up type bridge
ip -n router link set eth1 master br0
snapshot before
seed_ports
weir start || true
weir status
snapshot refused
on_with_pins router weir daemon 2>/run/lab/out/daemon &
wait_until 5000 command weir ubus list weir
sleep 0.5
numbered taken 100 1000
collect
ip -n router link set eth1 nomaster
wait_until 1000 bridge_forwards
numbered free 100 1000
collect
`,
  });
  const what = 'device eth1 belongs to br0, which forwards its frames as well';
  const [start] = run.values('weir', command);
  assert.match(start?.stderr ?? '', new RegExp(`error: .*${what} \\(expected .*nomaster`));
  const [status = ''] = outputsOf(run, 'status');
  assert.ok(status.includes(`eth1 to eth2: ${what}\n`), status);
  const [before, refused] = run.values('snapshot', snapshot);
  assert.ok(before && refused);
  assertSame(before, refused);
  assert.deepEqual([arrived(run, 'taken'), arrived(run, 'free')], [NONE, ALL]);
});
