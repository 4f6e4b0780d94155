/**
 * What cannot be had without losing queued packets is done once and said in the plan: fewer tins, another kind of CAKE, taking
 * the place of someone else's root. Lost is exactly what waited in the qdisc or tin that went away, as it was just before;
 * what waits elsewhere arrives in order, and a second reload does nothing.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { cakeMqKernel } from '../kernel.ts';
import type { LabRun } from '../labrun.ts';
import { QUIET } from '../quiet.ts';
import { command, udpSink } from '../results.ts';

const PACKETS = 300;
const PAYLOAD_BYTES = 1000;
/** With the headers of UDP, IPv4 and Ethernet. */
const QUEUED_BYTES = PAYLOAD_BYTES + 42;

/** The AQM drops nothing when the round trip may take minutes. */
const config = (options: string) => `
weir_config <<END
config shaper 'wan'
option device 'wan0'
option download '2mbit'
option upload '2mbit'
option rtt '1000s'
${options}
END
`;

const EXPEDITED = '--tos 0xb8';

/**
 * Three queues of 300 packets (upload of two priorities, download), then in the midst of them the plan, the qdiscs, and two
 * reloads. What arrives: @voice, @rest and @down. A packet takes 4.17 ms, and none leaves while the commands run.
 */
const reloadUnderLoad = `
start voice inet udp-sink 6001 --count ${PACKETS} --for-ms 5000
start rest inet udp-sink 6002 --count ${PACKETS} --for-ms 5000
start down lan udp-sink 6003 --count ${PACKETS} --for-ms 5000
launch sent lan udp-send 192.0.2.1 6001 --count ${PACKETS} --size ${PAYLOAD_BYTES} ${EXPEDITED}
launch sent lan udp-send 192.0.2.1 6002 --count ${PACKETS} --size ${PAYLOAD_BYTES}
launch sent inet udp-send 10.0.0.2 6003 --count ${PACKETS} --size ${PAYLOAD_BYTES} ${EXPEDITED}
sleep 0.202
weir plan || [ $? = 2 ]
emit shown "$(on router weir show --json --all)"
weir -v reload
weir -v reload
weir plan
collect
`;

const shown = z.array(
  z.looseObject({
    device: z.string(),
    parent: z.string(),
    backlogPackets: z.int(),
    details: z.optional(z.looseObject({ tins: z.array(z.looseObject({ backlogBytes: z.int() })) })),
  }),
);

/** What the n-th reloadUnderLoad of a run printed. */
function outcome(run: LabRun, index: number) {
  const [plan, reload, again, after] = run
    .values('weir', command)
    .filter(({ args }) => args[0] !== 'start')
    .slice(4 * index);
  const roots = run.values('shown', shown)[index]?.filter(({ parent }) => parent === 'root') ?? [];
  const root = (device: string) => roots.find((qdisc) => qdisc.device === device);
  assert.ok(plan && reload && again && after);
  assert.equal(plan.exit, 2);
  assert.equal(reload.exit, 0);
  assert.deepEqual([again.exit, again.stdout, again.stderr], [0, '', '']);
  assert.deepEqual([after.exit, after.stdout, after.stderr], [0, '# nothing to change\n', '']);
  const lost = (sink: string) => {
    const { received = 0, reordered } = run.values(sink, udpSink)[index] ?? {};
    assert.equal(reordered, 0);
    return PACKETS - received;
  };
  const losses = plan.stdout.split('\n').filter((line) => line.startsWith('#   loses '));
  return {
    losses: losses.map((line) => line.slice('#   loses '.length)),
    lost: { voice: lost('voice'), rest: lost('rest'), down: lost('down') },
    queued: (device: string) => root(device)?.backlogPackets,
    queuedInTin: (device: string, tin: number) =>
      (root(device)?.details?.tins[tin]?.backlogBytes ?? Number.NaN) / QUEUED_BYTES,
  };
}

const OLD_QDISC = 'packets queued in the old qdisc';
const OLD_DEVICE = 'packets queued in the old device';

test('fewer tins: packets in the tins that go away are lost, those in the tin that stays are not', async (t) => {
  const run = await boot({
    script: `
topology_router down=none up=none rtt_ms=2
${QUIET}
${config("option diffserv 'diffserv4'")}
weir start
${config("option diffserv 'besteffort'")}
${reloadUnderLoad}`,
  });
  const { losses, lost, queuedInTin } = outcome(run, 0);
  const loss = '3 of 4 tins go away, and packets queued in them are lost';
  assert.deepEqual(losses, [loss, loss]);
  const voice = { upload: queuedInTin('wan0', 3), download: queuedInTin('ifb-wan0', 3) };
  t.diagnostic(`lost ${lost.voice} packets of upload and ${lost.down} of download`);
  assert.ok(voice.upload > 280 && voice.download > 240);
  assert.deepEqual(lost, { voice: voice.upload, rest: 0, down: voice.download });
});

test("taking the place of someone else's root loses what waits in it", async (t) => {
  const run = await boot({
    script: `
topology_router down=none up=none rtt_ms=2
${QUIET}
tc -n router qdisc add dev wan0 root handle 8001: cake bandwidth 2mbit rtt 1000s
${config('')}
${reloadUnderLoad}`,
  });
  const { losses, lost, queued } = outcome(run, 0);
  t.diagnostic(`lost ${lost.voice + lost.rest} packets of upload`);
  assert.deepEqual(losses, [OLD_QDISC]);
  assert.ok(lost.voice + lost.rest > 540);
  assert.equal(lost.voice + lost.rest, queued('wan0'));
  // Its download had no shaper yet: nothing waited.
  assert.equal(lost.down, 0);
});

test('from cake to cake_mq, and back, loses what waits in both directions', {
  skip: cakeMqKernel() === undefined ? 'no kernel with cake_mq' : false,
}, async (t) => {
  const kernel = cakeMqKernel();
  assert.ok(kernel);
  const run = await boot({
    kernel,
    script: `
topology_router down=none up=none rtt_ms=2 queues=4
${QUIET}
${config("option multi_queue 'off'")}
weir start
${config("option multi_queue 'on'")}
${reloadUnderLoad}
${config("option multi_queue 'off'")}
${reloadUnderLoad}`,
  });
  for (const index of [0, 1]) {
    const { losses, lost, queued } = outcome(run, index);
    t.diagnostic(`lost ${lost.voice + lost.rest} packets of upload and ${lost.down} of download`);
    assert.deepEqual(losses, [OLD_QDISC, OLD_DEVICE, OLD_QDISC]);
    assert.ok(lost.voice + lost.rest > 540 && lost.down > 240);
    assert.equal(lost.voice + lost.rest, queued('wan0'));
    assert.equal(lost.down, queued('ifb-wan0'));
  }
});
