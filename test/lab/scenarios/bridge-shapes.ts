/**
 * Frames of the bridge pass the queue where they leave, if there is one. With CAKE on both ports each direction has the rate that was
 * asked for, and a call keeps its latency while both are full. With other people's HTB trees, each packet of a host gets the class
 * that its section names: the longest prefix in IPv4 and IPv6, and default_class for all others, 100 of 100 in both directions.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { bootWithBridge, outputsOf } from '../bridge.ts';
import { accountedBytes, FRAMINGS, tcpGoodputBitPerS, UDP_HEADERS_BYTES } from '../framing.ts';
import { tcpSink, udpSink } from '../results.ts';

const RATE_BIT_PER_S = 18.5e6;

/** The bridge with CAKE on both ports. */
const CAKE = (rtt: string): string => `
seed_ports
cat >>/etc/config/weir <<END
config shaper 'up'
	option device 'eth2'
	option upload '18500'
	option link 'ethernet'
	option rtt '${rtt}'
config shaper 'down'
	option device 'eth1'
	option upload '18500'
	option link 'ethernet'
	option rtt '${rtt}'
END
`;

test('with CAKE on both ports the rate is exact and latency stays low under load', async (t) => {
  const run = await bootWithBridge({
    script: `
topology_bridge rate=1gbit local_ms=10 internet_ms=10
# Where the calls and flows of idle_and_loaded go.
address inet eth0 192.0.2.1/32
ip -n lan route add 192.0.2.1 dev eth0
quiet_bridge
ip -n lan neigh replace 192.0.2.1 lladdr "$(on inet cat /sys/class/net/eth0/address)" dev eth0
# A standing queue is what this rtt calls fine: the AQM drops nothing.
${CAKE('interplanetary')}
weir start
weir plan
weir status
start burst_up inet udp-sink 6000 --count 200 --for-ms 2000
start burst_down lan udp-sink 6000 --count 200 --for-ms 2000
launch sent lan udp-send 192.0.2.1 6000 --count 200 --size 1472
launch sent inet udp-send 10.0.0.2 6000 --count 200 --size 1472
collect
${CAKE('100ms')}
weir reload
idle_and_loaded ms=4000
`,
  });
  t.diagnostic(`host time ${run.hostMs.toFixed(0)} ms`);
  assert.deepEqual(outputsOf(run, 'plan'), ['# nothing to change\n']);
  const [status = ''] = outputsOf(run, 'status');
  assert.ok(
    status.endsWith('  eth1 to eth2: tc (cake shapes on eth2)\n  eth2 to eth1: tc (cake shapes on eth1)\n'),
    status,
  );
  const framing = FRAMINGS.ethernet;
  for (const direction of ['up', 'down']) {
    const predicted = RATE_BIT_PER_S / 8 / accountedBytes(1472 + UDP_HEADERS_BYTES, framing);
    const { received, packets_per_s } = run.value(`burst_${direction}`, udpSink);
    assert.equal(received, 200);
    assert.ok(
      Math.abs(packets_per_s / predicted - 1) < 20e-6,
      `${direction}: ${packets_per_s}/s instead of ${predicted}/s`,
    );

    const [idle, loaded] = ['idle', 'loaded'].map((prefix) => run.value(`${prefix}_${direction}`, udpSink));
    assert.ok(idle?.delay && loaded?.delay);
    const addedMs = (loaded.delay.p99_us - idle.delay.p50_us) / 1000;
    const { goodput_bit_per_s } = run.value(`loaded_goodput_${direction}`, tcpSink);
    const share = goodput_bit_per_s / tcpGoodputBitPerS(RATE_BIT_PER_S, framing);
    t.diagnostic(
      `${direction}: p99 ${addedMs.toFixed(3)} ms over idle, TCP has ${(100 * share).toFixed(1)} % of the rate`,
    );
    assert.equal(loaded.missing, 0);
    assert.ok(addedMs < 2, `${direction}: p99 ${addedMs} ms over idle`);
    // The rest is the call, and the acknowledgements of the other direction.
    assert.ok(share > 0.9 && share < 1, `${direction}: TCP has ${share}`);
  }
});

/** Addresses behind eth1, with the class that their packets must get. */
const HOSTS = [
  { address: '10.0.0.2', minor: '10', why: 'an address of its own' },
  { address: '10.0.0.20', minor: '12', why: 'in 10.0.0.16/28' },
  { address: '10.0.0.40', minor: '11', why: 'in 10.0.0.0/24 only' },
  { address: '10.1.0.9', minor: '20', why: 'in no section' },
  { address: 'fd00::2', minor: '10', why: 'an address of its own' },
  { address: 'fd00::1:20', minor: '12', why: 'in fd00::1:0/112' },
  { address: 'fd00::40', minor: '11', why: 'in fd00::/64 only' },
  { address: 'fd01::9', minor: '20', why: 'in no section' },
] as const;
const MINORS = ['10', '11', '12', '20', '30'] as const;
const PACKETS = 100;

/** Who is at the other end of the packets of host `i`: an address for each, so that routes choose the source. */
const peerOf = (i: number): string => (HOSTS[i]?.address.includes(':') === true ? `fd09::${i + 1}` : `10.9.0.${i + 1}`);
const bitsOf = (address: string): string => (address.includes(':') ? `${address}/128` : `${address}/32`);

const TREES = ['eth1 1', 'eth2 2'].map((pair) => {
  const [device, major] = pair.split(' ');
  const classes = MINORS.map(
    (minor) => `class add dev ${device} parent ${major}: classid ${major}:${minor} htb rate 10mbit quantum 1514`,
  );
  return [`qdisc add dev ${device} root handle ${major}: htb default 30`, ...classes].join('\n');
});

const STEERING = `
config host 'one'
	list ip '10.0.0.2'
	list ip 'fd00::2'
	option class '1:10'
	option upload_class '2:10'
config host 'few'
	list ip '10.0.0.16/28'
	list ip 'fd00::1:0/112'
	option class '1:12'
	option upload_class '2:12'
config host 'all'
	list ip '10.0.0.0/24'
	list ip 'fd00::/64'
	option class '1:11'
	option upload_class '2:11'
`;

const ADDRESSES = HOSTS.map(({ address }, i) => {
  const [host, peer] = [bitsOf(address), bitsOf(peerOf(i))];
  return `
address lan eth0 ${host}
address inet eth0 ${peer}
ip -n lan route replace ${peer} dev eth0 src ${address}
ip -n inet route replace ${host} dev eth0 src ${peerOf(i)}
ip -n lan neigh replace ${peerOf(i)} lladdr $inet_mac dev eth0
ip -n inet neigh replace ${address} lladdr $lan_mac dev eth0`;
}).join('');

const EXCHANGES = HOSTS.map(
  ({ address }, i) => `
start up inet udp-sink 6001 --count ${PACKETS} --for-ms 1000
start down lan udp-sink 6001 --count ${PACKETS} --for-ms 1000
classes before
launch sent lan udp-send ${peerOf(i)} 6001 --count ${PACKETS} --interval-us 1000
launch sent inet udp-send ${address} 6001 --count ${PACKETS} --interval-us 1000
collect
classes after`,
).join('');

/** Packets that each class of a tree has sent, from tc's text. */
function sentBy(text: string): Map<string, number> {
  const found = text.matchAll(/^class htb \d+:(\d+) [^\n]*\n Sent \d+ bytes (\d+) pkt/gm);
  return new Map([...found].map(([, minor = '', packets]) => [minor, Number(packets)]));
}

for (const faces of ['as the seed has it', 'told by the addresses']) {
  test(`with HTB trees every packet has the class of its host, directions ${faces}`, async () => {
    const forget = faces === 'as the seed has it' ? '' : 'sed -i /faces/d /etc/config/weir';
    const run = await bootWithBridge({
      script: `
topology_bridge
seed_ports "default_class '1:20'" "default_upload_class '2:20'"
${forget}
cat >>/etc/config/weir <<'END'${STEERING}END
tc -n router -batch - <<END
${TREES.join('\n')}
END
ip -n lan address flush dev eth0 scope global
ip -n inet address flush dev eth0 scope global
lan_mac=$(on lan cat /sys/class/net/eth0/address) inet_mac=$(on inet cat /sys/class/net/eth0/address)
${ADDRESSES}
weir check
weir start
weir status
classes() {
  emit down_$1 "$(traffic json "$(tc -n router -s class show dev eth1)")"
  emit up_$1 "$(traffic json "$(tc -n router -s class show dev eth2)")"
}
# Until the last report of a multicast group is out.
sleep 30
${EXCHANGES}
weir map list
`,
    });
    const [status = ''] = outputsOf(run, 'status');
    const why =
      "  eth1 to eth2: tc (someone else's htb is on eth2)\n  eth2 to eth1: tc (someone else's htb is on eth1)\n";
    assert.ok(status.endsWith(why), status);
    const wrong: string[] = [];
    for (const direction of ['up', 'down']) {
      const sinks = run.values(direction, udpSink);
      const [before, after] = ['before', 'after'].map((when) =>
        run.values(`${direction}_${when}`, z.string()).map(sentBy),
      );
      for (const [i, { address, minor, why }] of HOSTS.entries()) {
        // Nothing but its address says that a host is a local one: with no section for it, it is none.
        const expected = faces !== 'as the seed has it' && minor === '20' ? '30' : minor;
        const grown = MINORS.map((one) => [one, (after?.[i]?.get(one) ?? 0) - (before?.[i]?.get(one) ?? 0)] as const);
        const told = `${direction} ${address} (${why}): ${JSON.stringify(grown)}, ${sinks[i]?.received} arrived`;
        const right = grown.every(([one, packets]) => packets === (one === expected ? PACKETS : 0));
        if (!right || sinks[i]?.received !== PACKETS) wrong.push(told);
      }
    }
    assert.equal(wrong.length, 0, `\n${wrong.join('\n')}`);
  });
}
