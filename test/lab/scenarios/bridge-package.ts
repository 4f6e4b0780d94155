/**
 * The bridge's file of the program is of another build for a while, as between the two steps of an upgrade: a daemon that takes over then leaves
 * the bridge as it is, and the next one, with the right file, has it again: not a frame is lost, on either path. When the file has gone, a
 * reload takes away all that is left of the bridge, and says what it needs; with the file the bridge is back, and without it a stop does
 * the same as with it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { arrived, bootWithBridge, countedOn } from '../bridge.ts';
import { assertSame } from '../life.ts';
import { command } from '../results.ts';
import { snapshot } from '../snapshot.ts';

const PACKETS = 2000;
const HEADER_BYTES = 44;

/** weir with its file in a directory of its own, and what may become of that. */
const SET_UP = `
topology_bridge
quiet_bridge
mkdir /tmp/bin
cp /run/lab/bin/weir /run/lab/bin/traffic /tmp/bin
PATH=/tmp/bin:$PATH
file=/tmp/bin/weir.bridge
of_this_build() { cp /run/lab/bin/weir.bridge $file; }
of_another_build() { { echo "weir part ${'0'.repeat(32)}"; tail -c +${HEADER_BYTES} /run/lab/bin/weir.bridge; } >$file; }
daemon_without() {
  (exec ip netns exec router sh -c 'mount --bind /run/bpffs /sys/fs/bpf && exec weir daemon') >>/run/lab/out/daemon 2>&1 &
  daemon=$!
  wait_until 5000 command weir ubus list weir
}
of_this_build
`;

const NEEDS = 'it needs the package weir-bridge';

for (const path of ['xdp', 'tc'] as const) {
  test(`a daemon without the right file leaves the bridge as it is, and loses no frame, path ${path}`, async () => {
    const run = await bootWithBridge({
      script: `${SET_UP}
seed_ports "path '${path}'"
bridge_daemon
numbered load ${PACKETS} 1000
sleep 0.3
of_another_build
kill -USR1 $daemon
bridge_end
daemon_without
kill -HUP $daemon
sleep 0.3
bpf_says counters
weir status
of_this_build
kill -USR1 $daemon
bridge_end
bridge_daemon
weir status
sleep 0.3
collect
bpf_says counters
bridge_end
`,
    });
    assert.deepEqual(arrived(run, 'load'), [PACKETS, PACKETS]);
    const [meanwhile, after] = countedOn(run);
    assert.ok((meanwhile?.eth1.forwarded ?? 0) > 0);
    assert.deepEqual([after?.eth1.forwarded, after?.eth2.forwarded], [PACKETS, PACKETS]);
    const [without, again] = run.values('weir', command).map(({ stdout }) => stdout.split('\n')[0]);
    assert.equal(without, `bridge: waiting: ${NEEDS} of this very version of weir`);
    assert.equal(again, 'bridge: forwarding');
  });

  test(`without its file nothing of the bridge is left by a reload, nor by a stop, path ${path}`, async () => {
    const run = await bootWithBridge({
      script: `${SET_UP}
snapshot before
seed_ports "path '${path}'"
weir start
rm $file
weir reload
snapshot reloaded
pins
of_this_build
weir reload
numbered again 100 1000
collect
rm $file
weir stop
snapshot stopped
pins
`,
    });
    const [start, reload, again, stop] = run.values('weir', command);
    assert.deepEqual([start?.stderr, again?.stderr, stop?.stderr], ['', '', '']);
    assert.match(
      reload?.stderr ?? '',
      new RegExp(`^error: .*: bridge: ${NEEDS} \\(expected opkg install weir-bridge,.*\n$`),
    );
    assert.deepEqual(arrived(run, 'again'), [100, 100]);
    assert.deepEqual(run.values('pins', z.string()), ['', '']);
    const [before, ...afterwards] = run.values('snapshot', snapshot);
    assert.ok(before !== undefined && afterwards.length === 2);
    for (const after of afterwards) assertSame(before, after);
  });
}
