/**
 * Devices of every sort are shaped to their rates, all at once: names of 15 bytes that agree in the first 14 (their IFBs' names
 * have to be cut and may not meet), a name that is not ASCII, a VLAN, a device whose IFB's name someone has taken, and one
 * without Ethernet headers (6in4, as PPP has it), where the overhead counts from the IP header all the same.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { accountedBytes, FRAMINGS, UDP_HEADERS_BYTES } from '../framing.ts';
import { command, udpSink } from '../results.ts';

const PACKETS = 100;
const PAYLOAD_BYTES = 1000;
const RATE_BIT_PER_S = { down: 2e6, up: 3e6 } as const;
/** Neighbours and routers are asked for now and then. */
const TOLERANCE = 0.005;

interface Line {
  readonly device: string;
  /** The address of the router, and of the host at the other end. */
  readonly router: string;
  readonly other: string;
  readonly host: 'far' | 'inet';
}

const LINES: readonly Line[] = [
  { device: 'wan-fiber-xx-01', router: '198.51.100.1', other: '198.51.100.2', host: 'far' },
  { device: 'wan-fiber-xx-02', router: '198.51.100.5', other: '198.51.100.6', host: 'far' },
  { device: 'wän', router: '198.51.100.9', other: '198.51.100.10', host: 'far' },
  { device: 'wan0.7', router: '198.51.100.13', other: '198.51.100.14', host: 'inet' },
  { device: 'sit1', router: '2001:db8:1::2', other: '2001:db8:1::1', host: 'inet' },
];
const isIpv6 = ({ router }: Line) => router.includes(':');

const TOPOLOGY = `
topology_router down=none up=none rtt_ms=2
host far
for number in 0 1 2; do
  devices=(wan-fiber-xx-01 wan-fiber-xx-02 wän)
  link router "\${devices[number]}" far line$number
  address router "\${devices[number]}" 198.51.100.$((4 * number + 1))/30
  address far line$number 198.51.100.$((4 * number + 2))/30
done
ip -n router -batch - <<END
link add link wan0 name wan0.7 type vlan id 7
link set wan0.7 up
address add 198.51.100.13/30 dev wan0.7
link add sit1 type sit local 192.0.2.2 remote 192.0.2.1
link set sit1 up
address add 2001:db8:1::2/64 dev sit1
link add ifb-sit1 type dummy
END
ip -n inet -batch - <<END
link add link eth0 name eth0.7 type vlan id 7
link set eth0.7 up
address add 198.51.100.14/30 dev eth0.7
link add sit1 type sit local 192.0.2.1 remote 192.0.2.2
link set sit1 up
address add 2001:db8:1::1/64 dev sit1
END
settle router far inet
`;

const CONFIG = LINES.map(
  ({ device }) => `
config shaper
option device '${device}'
option download '${RATE_BIT_PER_S.down}bit'
option upload '${RATE_BIT_PER_S.up}bit'
option link 'ethernet'
option rtt '1000s'`,
).join('\n');

/** One packet so that the neighbours know each other, then a burst both ways on every line at once. */
function bursts(): string {
  const known = [
    `start met router udp-sink 6000 --for-ms 100`,
    ...LINES.map(({ host, router }) => `on ${host} traffic udp-send ${router} 6000 --count 1 >/run/sent`),
    'collect',
  ];
  const sinks = LINES.flatMap(({ host }, i) => [
    `start down router udp-sink ${6001 + i} --count ${PACKETS} --for-ms 9000`,
    `start up ${host} udp-sink ${6001 + i} --count ${PACKETS} --for-ms 9000`,
  ]);
  const burst = `--count ${PACKETS} --size ${PAYLOAD_BYTES}`;
  const sending = LINES.flatMap(({ host, router, other }, i) => [
    `launch sent ${host} udp-send ${router} ${6001 + i} ${burst}`,
    `launch sent router udp-send ${other} ${6001 + i} ${burst}`,
  ]);
  return [...known, ...sinks, ...sending, 'collect\n'].join('\n');
}

test('lines of every sort are shaped at once, each to its rate', async (t) => {
  const run = await boot({
    script: `${TOPOLOGY}
weir_config <<END${CONFIG}
END
emit before "$(traffic json "$(ip -n router -br link)")"
weir start
weir status
weir plan
${bursts()}
weir stop
emit after "$(traffic json "$(ip -n router -br link)")"`,
  });
  const [start, status, plan, stop] = run.values('weir', command);
  for (const { exit, stderr } of [start, plan, stop].filter((it) => it !== undefined)) {
    assert.equal(`${exit} ${stderr}`, '0 ');
  }
  const ifbs = [...(status?.stdout.matchAll(/cake on (ifb-\S+)$/gm) ?? [])].map(([, name]) => name);
  t.diagnostic(ifbs.join(' '));
  assert.equal(new Set(ifbs).size, LINES.length);
  assert.ok(!ifbs.includes('ifb-sit1'));
  for (const direction of ['down', 'up'] as const) {
    run.values(direction, udpSink).forEach((sink, i) => {
      const line = LINES[i];
      assert.ok(line);
      const headers = UDP_HEADERS_BYTES + (isIpv6(line) ? 20 : 0);
      const accounted = accountedBytes(PAYLOAD_BYTES + headers, FRAMINGS.ethernet);
      const predicted = RATE_BIT_PER_S[direction] / 8 / accounted;
      const found = `${line.device} ${direction}: ${sink.packets_per_s} packets/s, predicted ${predicted.toFixed(3)}`;
      t.diagnostic(found);
      assert.equal(sink.received, PACKETS, found);
      assert.ok(Math.abs(sink.packets_per_s / predicted - 1) <= TOLERANCE, found);
    });
  }
  assert.equal(run.value('after', z.string()), run.value('before', z.string()));
});
