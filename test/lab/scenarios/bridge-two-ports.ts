/**
 * The bridge of the seed between two ports, on each of its paths. TCP, UDP, ICMP, fragments, ARP, neighbour discovery and DHCP pass, in
 * IPv4 and IPv6; frames of every kind arrive as they were sent, to the byte; those to the router itself and link-local control frames
 * go to it; what is too big for the other port is dropped and counted; and status tells the path and why.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { assertExchanged, assertFrames, bootWithBridge, countedOn, frames, outputsOf, SOURCE } from '../bridge.ts';
import { udpSink } from '../results.ts';

/** A spanning tree's, LACP's, and LLDP's; the first and the last address of those that no bridge forwards. */
const CONTROL_FRAMES = ['0180c2000000', '0180c2000002', '0180c200000e', '0180c200000f'].map(
  (to) => `${to}${SOURCE}88cc${'00'.repeat(50)}`,
);

const PATHS = [
  { name: 'xdp', settle: '', options: '', why: ['nothing shapes on eth2', 'nothing shapes on eth1'] },
  {
    // No veth of such an MTU takes a native program (drivers/net/veth.c: veth_xdp_set).
    name: 'xdp generic',
    settle: 'mtu=9000',
    options: '"path \'xdp\'"',
    why: ['a driver of eth1 and eth2 takes no XDP program', 'a driver of eth2 and eth1 takes no XDP program'],
  },
  { name: 'tc', settle: '', options: '"path \'tc\'"', why: ['the configuration says so', 'the configuration says so'] },
] as const;

for (const { name, settle, options, why } of PATHS) {
  test(`two ports forward on the path ${name}`, async (t) => {
    const run = await bootWithBridge({
      script: `
topology_bridge ${settle}
seed_ports ${options}
weir start
weir plan
weir status
exchange
lease
bpf_says counters
start lan_frames lan frames-sink eth0 3 --for-ms 200
start inet_frames inet frames-sink eth0 3 --for-ms 200
start router_frames router frames-sink eth1 0x88cc --for-ms 200
on lan traffic frames-send eth0 /run/lab/files/frames
on inet traffic frames-send eth0 /run/lab/files/frames
on lan traffic frames-send eth0 /run/lab/files/control
collect
bpf_says counters
own_address eth1
for address in 10.0.0.254 fd00::fe; do
  emit own "$(traffic json "$(on lan busybox ping -q -c 3 $address || true)")"
done
bpf_says counters
seed_ports ${options} "control_frames '1'"
weir reload
start control inet frames-sink eth0 3 --for-ms 200
on lan traffic frames-send eth0 /run/lab/files/control
collect
`,
      files: { frames: `${frames().join('\n')}\n`, control: `${CONTROL_FRAMES.join('\n')}\n` },
    });
    t.diagnostic(`host time ${run.hostMs.toFixed(0)} ms`);
    assert.deepEqual(outputsOf(run, 'plan'), ['# nothing to change\n']);
    assert.deepEqual(outputsOf(run, 'status'), [
      `bridge: forwarding\n  eth1 to eth2: ${name} (${why[0]})\n  eth2 to eth1: ${name} (${why[1]})\n`,
    ]);
    assertExchanged(run);
    assert.equal(run.value('lease', z.string()), '10.0.0.100');
    assertFrames(run, 'inet_frames', frames());
    assertFrames(run, 'lan_frames', frames());
    assertFrames(run, 'router_frames', CONTROL_FRAMES);
    assertFrames(run, 'control', CONTROL_FRAMES);
    for (const text of run.values('own', z.string())) assert.match(text, /3 packets transmitted, 3 packets received/);
    const [, framed, owned] = countedOn(run);
    assert.equal(framed?.eth1.control, CONTROL_FRAMES.length);
    assert.equal(framed?.eth1.own, 0);
    // 3 echo requests each, and an answer each to the router's question for the neighbour.
    assert.equal(owned?.eth1.own, 8);
    assert.equal(owned.eth1.tooBig + owned.eth2.tooBig + owned.eth1.noVlan + owned.eth2.noVlan, 0);
  });
}

const LARGE_PACKETS = 50;
const LARGE = `--count ${LARGE_PACKETS} --interval-us 2000 --size`;

test('jumbo frames pass where both ports take them', async () => {
  for (const path of ['auto', 'tc']) {
    const run = await bootWithBridge({
      script: `
topology_bridge mtu=9000
seed_ports "path '${path}'"
weir start
start up inet udp-sink 6001 --count ${LARGE_PACKETS} --for-ms 1000
start down lan udp-sink 6001 --count ${LARGE_PACKETS} --for-ms 1000
launch sent lan udp-send 10.0.0.1 6001 ${LARGE} 8972
launch sent inet udp-send 10.0.0.2 6001 ${LARGE} 8972
collect
`,
    });
    for (const key of ['up', 'down']) assert.equal(run.value(key, udpSink).received, LARGE_PACKETS, `${path} ${key}`);
  }
});

for (const path of ['xdp', 'tc']) {
  test(`frames that are too big for the other port are dropped and counted, path ${path}`, async () => {
    const run = await bootWithBridge({
      script: `
topology_bridge mtu=3000
ip -n router link set eth2 mtu 1500
ip -n inet link set eth0 mtu 1500
seed_ports "path '${path}'"
weir start
weir check || true
start up inet udp-sink 6001 --for-ms 500
launch sent lan udp-send 10.0.0.1 6001 ${LARGE} 1472
launch sent lan udp-send 10.0.0.1 6001 ${LARGE} 1473
launch sent lan udp-send 10.0.0.1 6001 ${LARGE} 2000
collect
bpf_says counters hosts
`,
    });
    assert.equal(run.value('up', udpSink).received, LARGE_PACKETS);
    const [counted] = countedOn(run);
    assert.deepEqual(counted?.eth1.tooBig, 2 * LARGE_PACKETS);
    assert.equal(counted.eth2.tooBig, 0);
  });
}
