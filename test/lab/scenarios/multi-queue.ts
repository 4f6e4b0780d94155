/**
 * Devices with several queues.
 *
 * With a kernel that has cake_mq (Linux 7.0): upload takes it where the device has several TX queues, download where it also
 * receives with several or the user says so, on an IFB with as many; never with autorate_ingress, never when it is off. Where
 * it is cake after all, status says why. All queues together bring the goodput that the rate predicts within 2 % (they share
 * it out among the busy ones only now and then), and a new rate is set in place: 300 of 300 packets that wait arrive, in order.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { FRAMINGS, tcpGoodputBitPerS } from '../framing.ts';
import { cakeMqKernel } from '../kernel.ts';
import type { LabRun } from '../labrun.ts';
import { QUIET } from '../quiet.ts';
import { command, tcpSink, udpSink } from '../results.ts';

const kernel = cakeMqKernel();
const NEEDS_CAKE_MQ = kernel === undefined ? { skip: 'no kernel with cake_mq' } : {};
const withCakeMq = (script: string) => {
  assert.ok(kernel);
  return boot({ script, kernel });
};

const config = (rateMbit: number, options = '') => `
weir_config <<END
config shaper 'wan'
option device 'wan0'
option download '${rateMbit}mbit'
option upload '${rateMbit}mbit'
option link 'ethernet'
${options}
END
`;
const ON = "option multi_queue 'on'";

/** The lines of each `weir status` below the first, without its indentation. */
function statuses(run: LabRun): string[][] {
  const shown = run.values('weir', command).filter(({ args }) => args[0] === 'status');
  return shown.map(({ stdout }) => {
    const [head, ...lines] = stdout.trimEnd().split('\n');
    assert.equal(head, 'wan: shaping on wan0');
    return lines.map((line) => line.trim().replace(/ +/g, ' '));
  });
}

test('cake_mq is taken where it can do some good, and status says why where it is not', NEEDS_CAKE_MQ, async () => {
  const steps = ['', ON, `${ON}\noption autorate_ingress '1'`, "option multi_queue 'off'"];
  const run = await withCakeMq(
    `topology_router queues=4${steps.map((options) => `${config(20, options)}weir reload\nweir status`).join('')}`,
  );
  const mq = (direction: string, device: string) =>
    `${direction} 20mbit over ethernet, cake_mq on ${device} (4 queues)`;
  const cake = (direction: string, device: string, why: string) =>
    `${direction} 20mbit over ethernet, cake on ${device}${why}`;
  assert.deepEqual(statuses(run), [
    // This kernel is for one CPU and does not tell of RX queues.
    [cake('download', 'ifb-wan0', ' (the device receives with a single queue)'), mq('upload', 'wan0')],
    [mq('download', 'ifb-wan0'), mq('upload', 'wan0')],
    [cake('download', 'ifb-wan0', ' (cake_mq cannot estimate the rate (autorate_ingress))'), mq('upload', 'wan0')],
    [cake('download', 'ifb-wan0', ''), cake('upload', 'wan0', ' (multi_queue is off)')],
  ]);
});

test('a kernel or a device without it has cake, with the reason', async () => {
  const run = await boot({
    script: `
topology_router queues=4
${config(20, ON)}
weir start
weir status
weir stop
${config(20, ON).replace('wan0', 'lan0')}
weir start
weir status`,
  });
  const shown = run.values('weir', command).filter(({ args }) => args[0] === 'status');
  for (const [index, why] of ['this kernel has no cake_mq', 'the device has a single queue'].entries()) {
    const device = ['wan0', 'lan0'][index];
    assert.equal(
      shown[index]?.stdout,
      `wan: shaping on ${device}
  download 20mbit over ethernet, cake on ifb-${device} (${why})
  upload   20mbit over ethernet, cake on ${device} (${why})
`,
    );
  }
});

const shown = z.array(
  z.looseObject({ device: z.string(), kind: z.string(), parent: z.string(), sentPackets: z.int() }),
);
const DEVICE = { up: 'wan0', down: 'ifb-wan0' } as const;

test('all queues together hold the rate, and a new one is set in place', NEEDS_CAKE_MQ, async (t) => {
  const flows = '--flows 8';
  const transfer = (direction: 'up' | 'down', from: string, to: string, address: string) => `
start ${direction} ${to} tcp-sink 5001 ${flows} --from-ms 2000 --to-ms 7000 --for-ms 15000
launch sent ${from} tcp-send ${address} 5001 ${flows} --for-ms 7100
collect`;
  const both = `${transfer('up', 'lan', 'inet', '192.0.2.1')}${transfer('down', 'inet', 'lan', '10.0.0.2')}`;
  const run = await withCakeMq(`
topology_router down=none up=none rtt_ms=4 queues=4
${QUIET}
for name in lan inet; do on $name sh -c 'echo 1 >/proc/sys/net/ipv4/tcp_ecn'; done
${config(20, ON)}
weir start
${both}
${config(40, ON)}
weir -v reload
${both}
emit shown "$(on router weir show --json)"`);
  const [, reload] = run.values('weir', command);
  const lines = reload?.stderr.trimEnd().split('\n') ?? [];
  assert.equal(lines.length, 2);
  for (const line of lines) assert.match(line, /^tc qdisc change dev (ifb-)?wan0 root handle 7e01: cake_mq .*: ok$/);
  for (const direction of ['up', 'down'] as const) {
    for (const [index, rateBitPerS] of [20e6, 40e6].entries()) {
      const goodput = run.values(direction, tcpSink)[index]?.goodput_bit_per_s ?? 0;
      const predicted = tcpGoodputBitPerS(rateBitPerS, FRAMINGS.ethernet);
      const error = 100 * (goodput / predicted - 1);
      t.diagnostic(`${direction} ${(goodput / 1e6).toFixed(3)} Mbit/s, ${error.toFixed(2)} % off`);
      assert.ok(Math.abs(error) <= 2);
    }
    const queues = run
      .value('shown', shown)
      .filter(({ device, kind }) => device === DEVICE[direction] && kind === 'cake');
    assert.equal(queues.length, 4);
    const used = queues.filter(({ sentPackets }) => sentPackets > 100).length;
    t.diagnostic(`${direction}: ${used} of 4 queues carried the 8 flows`);
    assert.ok(used >= 2);
  }
});

test('a new rate under a standing queue of 300 packets loses none', NEEDS_CAKE_MQ, async () => {
  const packets = '--count 300';
  const run = await withCakeMq(`
topology_router down=none up=none rtt_ms=2 queues=4
${QUIET}
${config(2, `${ON}\noption rtt '1000s'`)}
weir start
start down lan udp-sink 6001 ${packets} --for-ms 30000
start up inet udp-sink 6001 ${packets} --for-ms 30000
launch sent inet udp-send 10.0.0.2 6001 ${packets} --size 1000
launch sent lan udp-send 192.0.2.1 6001 ${packets} --size 1000
sleep 0.2
${config(4, `${ON}\noption rtt '1000s'`)}
weir reload
collect`);
  for (const direction of ['down', 'up']) {
    const { received, reordered, packets_per_s } = run.value(direction, udpSink);
    assert.deepEqual({ received, reordered }, { received: 300, reordered: 0 });
    // 300 packets of 1066 bytes, the first 0.2 s at 2 Mbit/s: 738 ms in all.
    assert.ok(Math.abs(packets_per_s - 300 / 0.738) < 10, `${packets_per_s} packets/s`);
  }
});
