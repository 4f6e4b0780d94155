/**
 * Goodput is what the rate and the framing predict, in both directions.
 *
 * - UDP packets of small and full size leave a standing queue within 20 ppm of the predicted rate, for every framing.
 * - TCP at 1, 10, 100 and 500 Mbit/s brings the predicted goodput within 0.2 %, without losing a packet where it has ECN.
 * - Without ECN, lost packets count as received in download and cost nothing in upload, within 1 %.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { accountedBytes, FRAMINGS, type FramingName, tcpGoodputBitPerS, UDP_HEADERS_BYTES } from '../framing.ts';
import type { LabRun } from '../labrun.ts';
import { QUIET } from '../quiet.ts';
import { tcpSend, tcpSink, udpSink } from '../results.ts';

/** A modem without a rate of its own must not be in the way. */
const prepare = (rttMs: number) => `topology_router down=none up=none rtt_ms=${rttMs}\n${QUIET}`;

function reload(rateBitPerS: number, framing: FramingName, options = ''): string {
  return `
weir_config <<END
config shaper 'wan'
option device 'wan0'
option download '${rateBitPerS}bit'
option upload '${rateBitPerS}bit'
${FRAMINGS[framing].options}
${options}
END
weir reload`;
}

const FRAMING_NAMES = Object.keys(FRAMINGS) as FramingName[];
const UDP_RATE_BIT_PER_S = 1e6;
/** Less than any mpu and a full packet; the last packet that fits into four ATM cells and the first that does not. */
const UDP_BURSTS = FRAMING_NAMES.flatMap((framing) =>
  [16, ...(FRAMINGS[framing].cells === 'atm' ? [132, 133] : []), 1472].map((bytes) => ({ framing, bytes })),
);
const UDP_PACKETS = 200;

/** One each way, waiting for both. */
function burst(bytes: number): string {
  const packets = `--count ${UDP_PACKETS}`;
  return `
start down lan udp-sink 6001 ${packets} --for-ms 20000
start up inet udp-sink 6001 ${packets} --for-ms 20000
launch down_sent inet udp-send 10.0.0.2 6001 ${packets} --size ${bytes}
launch up_sent lan udp-send 192.0.2.1 6001 ${packets} --size ${bytes}
collect`;
}

test('UDP packets of every size leave the queue at the rate, for every framing', async (t) => {
  // A standing queue of seconds is what this rtt calls fine: the AQM drops nothing.
  const steps = FRAMING_NAMES.flatMap((name) => [
    reload(UDP_RATE_BIT_PER_S, name, "option rtt 'interplanetary'"),
    ...UDP_BURSTS.filter(({ framing }) => framing === name).map(({ bytes }) => burst(bytes)),
  ]);
  const run = await boot({ script: `${prepare(4)}${steps.join('')}` });
  const wrong: string[] = [];
  let worstPpm = 0;
  for (const direction of ['down', 'up']) {
    const sinks = run.values(direction, udpSink);
    assert.equal(sinks.length, UDP_BURSTS.length);
    sinks.forEach((sink, i) => {
      const { framing = 'raw', bytes = 0 } = UDP_BURSTS[i] ?? {};
      const predicted = UDP_RATE_BIT_PER_S / 8 / accountedBytes(bytes + UDP_HEADERS_BYTES, FRAMINGS[framing]);
      const ppm = (sink.packets_per_s / predicted - 1) * 1e6;
      worstPpm = Math.max(worstPpm, Math.abs(ppm));
      if (Math.abs(ppm) <= 20 && sink.received === UDP_PACKETS) return;
      const found = `${sink.received} packets, ${sink.packets_per_s}/s instead of ${predicted.toFixed(3)}/s`;
      wrong.push(`${direction} ${framing}, ${bytes} bytes: ${found}`);
    });
  }
  t.diagnostic(`${2 * UDP_BURSTS.length} bursts, at most ${worstPpm.toFixed(1)} ppm off`);
  assert.deepEqual(wrong, []);
});

interface TcpCase {
  readonly rateBitPerS: number;
  readonly framings: readonly FramingName[];
  readonly flows: number;
  /** Time to fill the link, then time that counts; as short as the host's time is dear at this rate. */
  readonly warmupMs: number;
  readonly ms: number;
}

const TCP_CASES: readonly TcpCase[] = [
  { rateBitPerS: 1e6, framings: ['pppoe-vcmux', 'ethernet'], flows: 2, warmupMs: 3000, ms: 20000 },
  { rateBitPerS: 10e6, framings: ['pppoe-ptm', 'docsis'], flows: 4, warmupMs: 2000, ms: 5000 },
  { rateBitPerS: 100e6, framings: ['raw', 'pppoe-vcmux'], flows: 4, warmupMs: 1000, ms: 1000 },
  { rateBitPerS: 500e6, framings: ['ethernet'], flows: 8, warmupMs: 1000, ms: 500 },
];

const WITH_ECN = `
for name in lan inet; do on $name sh -c 'echo 1 >/proc/sys/net/ipv4/tcp_ecn'; done`;

function transfer(
  direction: 'up' | 'down',
  { flows, warmupMs, ms }: Omit<TcpCase, 'rateBitPerS' | 'framings'>,
): string {
  const [from, to, address] = direction === 'up' ? ['lan', 'inet', '192.0.2.1'] : ['inet', 'lan', '10.0.0.2'];
  const endMs = warmupMs + ms;
  return `
start ${direction} ${to} tcp-sink 5001 --flows ${flows} --from-ms ${warmupMs} --to-ms ${endMs} --for-ms ${endMs + 9000}
launch ${direction}_sent ${from} tcp-send ${address} 5001 --flows ${flows} --for-ms ${endMs + 100}
collect`;
}

// The round-trip time of 4 ms is shorter than CAKE's target, so that TCP fills the link even after it has slowed down.
for (const tcpCase of TCP_CASES) {
  const { rateBitPerS, framings } = tcpCase;
  const name = `${rateBitPerS / 1e6} Mbit/s`;
  test(`TCP at ${name} has the predicted goodput`, async (t) => {
    const steps = framings.flatMap((framing) => [
      reload(rateBitPerS, framing),
      transfer('up', tcpCase),
      transfer('down', tcpCase),
    ]);
    const run = await boot({ script: `${prepare(4)}${WITH_ECN}${steps.join('')}` });
    for (const direction of ['up', 'down']) {
      const retransmits = run.values(`${direction}_sent`, tcpSend).map((sent) => sent.retransmits);
      assert.deepEqual(
        retransmits,
        framings.map(() => 0),
      );
      run.values(direction, tcpSink).forEach((sink, i) => {
        const framing = framings[i] ?? 'raw';
        const predicted = tcpGoodputBitPerS(rateBitPerS, FRAMINGS[framing]);
        checkGoodput(t, `${direction} ${name} ${framing}`, sink.goodput_bit_per_s, predicted, 0.002);
      });
    }
  });
}

interface Reporter {
  diagnostic(message: string): void;
}

function checkGoodput(t: Reporter, what: string, bitPerS: number, predictedBitPerS: number, tolerance: number): void {
  const error = bitPerS / predictedBitPerS - 1;
  const found = `${what}: ${(bitPerS / 1e6).toFixed(3)} Mbit/s, predicted ${(predictedBitPerS / 1e6).toFixed(3)}`;
  t.diagnostic(`${found}, ${(100 * error).toFixed(2)} %`);
  assert.ok(Math.abs(error) <= tolerance, found);
}

const shown = z.array(z.looseObject({ device: z.string(), sentPackets: z.int(), drops: z.int() }));

/** Packets that a device's CAKE has sent and dropped, from the first and the second `weir show`. */
function packetsBetween(run: LabRun, device: string): { sent: number; dropped: number } {
  const [before, after] = run.values('shown', shown).map((qdiscs) => qdiscs.find((qdisc) => qdisc.device === device));
  assert.ok(before !== undefined && after !== undefined);
  return { sent: after.sentPackets - before.sentPackets, dropped: after.drops - before.drops };
}

test('what the AQM drops counts as received in download, and not at all in upload', async (t) => {
  const rateBitPerS = 10e6;
  const load = { flows: 4, warmupMs: 2000, ms: 10000 };
  const show = '\nemit shown "$(on router weir show --json ifb-wan0)"';
  const steps = [transfer('up', load), show, transfer('down', load), show];
  const run = await boot({ script: `${prepare(20)}${reload(rateBitPerS, 'ethernet')}${steps.join('')}` });
  const { sent, dropped } = packetsBetween(run, 'ifb-wan0');
  assert.ok(dropped > 100, `only ${dropped} packets were dropped`);
  const predicted = tcpGoodputBitPerS(rateBitPerS, FRAMINGS.ethernet);
  const delivered = sent / (sent + dropped);
  t.diagnostic(`download: ${dropped} of ${sent + dropped} packets dropped`);
  checkGoodput(t, 'down', run.value('down', tcpSink).goodput_bit_per_s, predicted * delivered, 0.01);
  checkGoodput(t, 'up', run.value('up', tcpSink).goodput_bit_per_s, predicted, 0.01);
});
