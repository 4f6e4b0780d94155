/**
 * QoS by the names of Open vSwitch on both kernels: the queues of linux-htb and linux-hfsc get their rates and their DSCP, however packets
 * get into them; the simple types are what tc reads; the policers hold their rates, and count each packet in the colour that RFC 4115
 * gives it. After `weir stop` the port is as before.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { cakeMqKernel, type Kernel, labKernel } from '../kernel.ts';
import type { LabRun } from '../labrun.ts';
import { command, udpSink } from '../results.ts';

const UDP_AND_IP_BYTES = 28;
const ETHERNET_BYTES = 14;

const KERNELS: readonly (readonly [name: string, kernel: Kernel | undefined])[] = [
  ['the older kernel', labKernel()],
  ['the newer kernel', cakeMqKernel()],
];

const counters = z.strictObject({ packets: z.int(), bytes: z.int() });
const colours = z.nullable(
  z.strictObject({ green: z.nullable(counters), yellow: z.nullable(counters), red: z.nullable(counters) }),
);
const queue = z.looseObject({
  id: z.int(),
  packets: z.nullable(z.int()),
  bytes: z.nullable(z.int()),
  colours,
  externalIds: z.record(z.string(), z.string()),
});
const statusReport = z.looseObject({
  qos: z.tuple([z.looseObject({ maxRateBitPerS: z.nullable(z.int()), colours, queues: z.array(queue) })]),
});

/** A cable with weir on the left, and neighbours that are known for ever: no packet is sent but those of the test. */
const WIRE = `
topology_wire
WEIR_HOST=left
mac_of() { ip -n "$1" link show eth0 | sed -n 's/.*link.ether \\([^ ]*\\).*/\\1/p'; }
ip -n left neigh replace 10.9.0.2 lladdr "$(mac_of right)" dev eth0 nud permanent
ip -n right neigh replace 10.9.0.1 lladdr "$(mac_of left)" dev eth0 nud permanent
ip -n left neigh replace fd09::2 lladdr "$(mac_of right)" dev eth0 nud permanent
emit before "$(tc -n left -j qdisc show dev eth0)"
`;

/** The QoS `wan` of eth0 is set up, and weir has nothing more to do. */
function start(options: string, queues = ''): string {
  return `
weir_config <<END
config qos 'wan'
list device 'eth0'
${options}
${queues}
END
weir start
weir plan
`;
}

const STATUS = 'weir status --json\n';
const STOP = `
weir stop
emit after "$(tc -n left -j qdisc show dev eth0)"
`;

function statusOf(run: LabRun): z.infer<typeof statusReport>['qos'][0] {
  const told = run.values('weir', command).find(({ args }) => args[0] === 'status')?.stdout ?? '';
  return statusReport.parse(JSON.parse(told)).qos[0];
}

function assertAppliedAndTakenBack(run: LabRun): void {
  const [started, planned] = run.values('weir', command);
  assert.equal(started?.stderr, '');
  assert.equal(planned?.stdout, '# nothing to change\n');
  assert.deepEqual(run.value('after', z.unknown()), run.value('before', z.unknown()));
}

function assertNear(found: number, wanted: number, share: number, what: string): void {
  assert.ok(Math.abs(found / wanted - 1) <= share, `${what} is ${found}, not ${wanted}`);
}

const PAYLOAD_BYTES = 1000;
const FRAME_BYTES = PAYLOAD_BYTES + UDP_AND_IP_BYTES + ETHERNET_BYTES;

const QUEUES = `
config queue 'first'
option qos 'wan'
option id '1'
option min_rate '5000000'
option max_rate '5000000'
option mark '0x1/0xff'

config queue 'second'
option qos 'wan'
option id '2'
option min_rate '2mbit'
option max_rate '3500000'
option dscp '46'
list external_id 'owner=the lab'
`;

/** Queue 2 in IPv6. Then queue 1 by the mark, queue 2 by the priority, and 0 for the rest; each wants all of the 10 Mbit/s. Its ECN (ECT(1)) stays. */
const FLOWS = `
tc -n left qdisc add dev eth0 clsact
tc -n left filter add dev eth0 egress protocol ip u32 match ip dport 9002 0xffff action skbedit priority 1:3
tc -n left filter add dev eth0 egress protocol ipv6 matchall action skbedit priority 1:3
tc -n right qdisc add dev eth0 clsact
tc -n right filter add dev eth0 ingress pref 1 protocol ip u32 match ip tos 0xb9 0xff action ok
tc -n right filter add dev eth0 ingress pref 2 protocol ipv6 u32 match ip6 priority 0xb8 0xfc action ok
start six right udp-sink 9006 --for-ms 1000
launch sent6 left udp-send fd09::2 9006 --count 10 --interval-us 20000 --size 100
collect
for queue in 0 1 2; do start queue$queue right udp-sink 900$queue --for-ms 12000 --from-ms 2000 --to-ms 12000; done
launch sent0 left udp-send 10.9.0.2 9000 --count 14000 --interval-us 800 --size ${PAYLOAD_BYTES}
launch sent1 left udp-send 10.9.0.2 9001 --count 14000 --interval-us 800 --size ${PAYLOAD_BYTES} --mark 0xf01
launch sent2 left udp-send 10.9.0.2 9002 --count 14000 --interval-us 800 --size ${PAYLOAD_BYTES} --tos 1
collect
emit marked "$(tc -n right -s -j filter show dev eth0 ingress)"
${STATUS}
tc -n left qdisc del dev eth0 clsact
`;

/** Hits of each of the filters at the right, which count packets with the DSCP. */
const hits = z.array(
  z.looseObject({ protocol: z.string(), options: z.optional(z.looseObject({ success: z.optional(z.int()) })) }),
);

const CLASSES: Readonly<Record<string, readonly string[]>> = {
  'linux-htb': [
    'class htb 1:fffe root rate 10Mbit ceil 10Mbit burst 1500b cburst 1500b',
    'class htb 1:1 parent 1:fffe prio 0 rate 12Kbit ceil 10Mbit burst 1563b cburst 1563b',
    'class htb 1:2 parent 1:fffe prio 0 rate 5Mbit ceil 5Mbit burst 1563b cburst 1563b',
    'class htb 1:3 parent 1:fffe leaf 7e10: prio 0 rate 2Mbit ceil 3500Kbit burst 1564b cburst 1563b',
  ],
  'linux-hfsc': [
    'class hfsc 1: root',
    'class hfsc 1:fffe parent 1: sc m1 0bit d 0us m2 10Mbit ul m1 0bit d 0us m2 10Mbit',
    'class hfsc 1:1 parent 1:fffe sc m1 0bit d 0us m2 8bit ul m1 0bit d 0us m2 10Mbit',
    'class hfsc 1:2 parent 1:fffe sc m1 0bit d 0us m2 5Mbit ul m1 0bit d 0us m2 5Mbit',
    'class hfsc 1:3 parent 1:fffe leaf 7e10: sc m1 0bit d 0us m2 2Mbit ul m1 0bit d 0us m2 3500Kbit',
  ],
};

const SIMPLE: readonly (readonly [options: string, kind: string, told: Readonly<Record<string, unknown>>])[] = [
  ["option type 'linux-sfq'\noption perturb '7'\noption quantum '3000'", 'sfq', { quantum: 3000, perturb: 7 }],
  ["option type 'linux-sfq'", 'sfq', { quantum: 1500, perturb: 10 }],
  ["option type 'linux-codel'", 'codel', { limit: 10240, target: 4999, interval: 99999 }],
  [
    "option type 'linux-fq_codel'\noption limit '77'\noption flows '64'",
    'fq_codel',
    { limit: 77, flows: 64, quantum: 1514, target: 4999, interval: 999999 },
  ],
  [
    "option type 'linux-netem'\noption latency '50000'\noption jitter '0'\noption loss '3'",
    'netem',
    { limit: 1000, delay: { delay: 0.05, jitter: 0, correlation: 0 }, 'loss-random': { loss: 0.03, correlation: 0 } },
  ],
];

const qdiscs = z.array(
  z.looseObject({ kind: z.string(), handle: z.string(), options: z.record(z.string(), z.unknown()) }),
);

/** A bucket as RFC 4115 has it, which begins full. */
class Bucket {
  private bytes: number;
  private atUs = 0;

  constructor(
    private readonly rateBytePerS: number,
    private readonly sizeBytes: number,
  ) {
    this.bytes = sizeBytes;
  }

  take(packetBytes: number, nowUs: number): boolean {
    const more = ((nowUs - this.atUs) * this.rateBytePerS) / 1e6;
    this.bytes = Math.min(this.sizeBytes, this.bytes + more);
    this.atUs = nowUs;
    if (this.bytes < packetBytes) return false;
    this.bytes -= packetBytes;
    return true;
  }
}

interface Meter {
  readonly cir: number;
  readonly cbs: number;
  readonly eir: number;
  readonly ebs: number;
}

type Colour = 'green' | 'yellow' | 'red';

/** RFC 4115, section 4; colour-blind where no colour is given. */
function twoRateMeter({ cir, cbs, eir, ebs }: Meter): (bytes: number, nowUs: number, given?: Colour) => Colour {
  const [committed, excess] = [new Bucket(cir, cbs), new Bucket(eir, ebs)];
  return (bytes, nowUs, given = 'green') => {
    if (given === 'green' && committed.take(bytes, nowUs)) return 'green';
    return given !== 'red' && excess.take(bytes, nowUs) ? 'yellow' : 'red';
  };
}

const metered = (meter: Meter): string =>
  Object.entries(meter)
    .map(([name, value]) => `option ${name} '${value}'\n`)
    .join('');

/**
 * Packets of 1428 bytes, one a millisecond. Rates give whole bytes a millisecond and sizes are even, but no multiple of four as all else:
 * so no bucket ever holds exactly a packet, and what the clock rounds off decides nothing.
 */
const METERED_PACKETS = 10_000;
const METERED_BYTES = 1428;
const PORT: Meter = { cir: 800_000, cbs: 20_002, eir: 200_000, ebs: 9_002 };
/** More of it is green than the port has room for. */
const FIRST: Meter = { cir: 1_000_000, cbs: 10_002, eir: 200_000, ebs: 5_002 };

for (const [name, kernel] of KERNELS) {
  for (const [type, classes] of Object.entries(CLASSES)) {
    test(`${type}: queues have their rates and DSCP, by mark, priority and default, on ${name}`, async (t) => {
      if (kernel === undefined) return t.skip('no such kernel');
      const options = `option type '${type}'\noption max_rate '10000000'`;
      const classesTold = 'tc -n left class show dev eth0 | sed "s/^/@class /; s/ *$//"';
      const script = `${WIRE}${start(options, QUEUES)}${classesTold}\n${FLOWS}${STOP}`;
      const run = await boot({ kernel, script });
      assertAppliedAndTakenBack(run);
      assert.deepEqual(
        [...run.log.matchAll(/^@class (class (?:htb|hfsc) .*)$/gm)].map(([, line]) => line).sort(),
        [...classes].sort(),
      );

      const wantedBitPerS = { queue0: 1.5e6, queue1: 5e6, queue2: 3.5e6 };
      for (const [key, wanted] of Object.entries(wantedBitPerS)) {
        const frames = (run.value(key, udpSink).payload_bit_per_s * FRAME_BYTES) / PAYLOAD_BYTES;
        t.diagnostic(`${key}: ${(frames / 1e6).toFixed(3)} of ${wanted / 1e6} Mbit/s`);
        assertNear(frames, wanted, 0.02, key);
      }
      const { maxRateBitPerS, queues } = statusOf(run);
      assert.equal(maxRateBitPerS, 10e6);
      const received = ['queue0', 'queue1', 'queue2'].map((key) => run.value(key, udpSink).received);
      const inSix = run.value('six', udpSink).received;
      assert.equal(inSix, 10);
      const sent = queues.map(({ packets }) => packets);
      assert.deepEqual(sent, [received[0], received[1], (received[2] ?? 0) + inSix]);
      assert.deepEqual(queues[2]?.externalIds, { owner: 'the lab' });

      const rewritten = run
        .value('marked', hits)
        .flatMap(({ protocol, options: told }) => (told?.success === undefined ? [] : [[protocol, told.success]]));
      assert.deepEqual(rewritten, [
        ['ip', received[2]],
        ['ipv6', inSix],
      ]);
    });
  }

  test(`the simple types are as Open vSwitch makes them, and change in place, on ${name}`, async (t) => {
    if (kernel === undefined) return t.skip('no such kernel');
    const steps = SIMPLE.map(([options]) => `${start(options)}emit told "$(tc -n left -j qdisc show dev eth0)"\n`);
    const run = await boot({ kernel, script: `${WIRE}${steps.join('')}${STOP}` });
    assertAppliedAndTakenBack(run);
    run.values('told', qdiscs).forEach(([found], i) => {
      const [, kind, told] = SIMPLE[i] ?? assert.fail();
      assert.deepEqual([found?.kind, found?.handle], [kind, '1:']);
      for (const [option, value] of Object.entries(told)) assert.deepEqual(found?.options[option], value, option);
    });
    for (const { args, stdout } of run.values('weir', command)) {
      if (args[0] === 'plan') assert.equal(stdout, '# nothing to change\n');
    }
  });

  test(`linux-noop leaves the port alone, on ${name}`, async (t) => {
    if (kernel === undefined) return t.skip('no such kernel');
    const theirs = 'tc -n left qdisc add dev eth0 root handle 5: pfifo limit 7\n';
    const looked = 'emit theirs "$(tc -n left -j qdisc show dev eth0)"\n';
    const script = `${WIRE}${theirs}${looked}${start("option type 'linux-noop'")}${looked}weir stop\n${looked}`;
    const run = await boot({ kernel, script });
    const [before, during, after] = run.values('theirs', z.unknown());
    assert.deepEqual([during, after], [before, before]);
  });

  test(`in queue 0 the DSCP is for what was sent there, and not for what is left over, on ${name}`, async (t) => {
    if (kernel === undefined) return t.skip('no such kernel');
    const zero = `config queue\noption qos 'wan'\noption id '0'\noption dscp '8'\noption mark '3'\n`;
    const script = `${WIRE}${start("option type 'linux-htb'\noption max_rate '10mbit'", zero)}
tc -n left qdisc add dev eth0 clsact
tc -n left filter add dev eth0 egress protocol ip u32 match ip dport 9001 0xffff action skbedit priority 1:1
tc -n right qdisc add dev eth0 clsact
tc -n right filter add dev eth0 ingress pref 1 protocol ip u32 match ip tos 0x20 0xfc action ok
for port in 0 1 2; do start port$port right udp-sink 900$port --for-ms 500; done
launch left_over left udp-send 10.9.0.2 9000 --count 5 --interval-us 1000 --size 100
launch by_priority left udp-send 10.9.0.2 9001 --count 7 --interval-us 1000 --size 100
launch by_mark left udp-send 10.9.0.2 9002 --count 3 --interval-us 1000 --size 100 --mark 3
collect
emit marked "$(tc -n right -s -j filter show dev eth0 ingress)"
tc -n left qdisc del dev eth0 clsact
${STOP}`;
    const run = await boot({ kernel, script });
    assertAppliedAndTakenBack(run);
    assert.deepEqual(
      ['port0', 'port1', 'port2'].map((key) => run.value(key, udpSink).received),
      [5, 7, 3],
    );
    assert.deepEqual(
      run.value('marked', hits).flatMap(({ options: told }) => told?.success ?? []),
      [7 + 3],
    );
  });

  test(`another rate of a policer or a queue is one change in place, on ${name}`, async (t) => {
    if (kernel === undefined) return t.skip('no such kernel');
    const htb = (leastBitPerS: number): string =>
      start(
        "option type 'linux-htb'\noption max_rate '10mbit'",
        `config queue\noption qos 'wan'\noption id '1'\noption min_rate '${leastBitPerS}'\n`,
      );
    const policer = (cir: number): string =>
      start(`option type 'egress-policer'\noption cir '${cir}'\noption cbs '20000'`);
    // Each is started, and planned with another rate before that is started too.
    const planned = (text: string): string => text.replace('weir start', 'weir plan || true\nweir start');
    const script = `${WIRE}${htb(1e6)}${planned(htb(2e6))}${policer(500_000)}${planned(policer(600_000))}${STOP}`;
    const run = await boot({ kernel, script });
    assertAppliedAndTakenBack(run);
    const plans = run.values('weir', command).flatMap(({ args, stdout }) => (args[0] === 'plan' ? [stdout] : []));
    const changes = plans.filter((plan) => plan !== '# nothing to change\n');
    t.diagnostic(JSON.stringify(changes));
    assert.equal(changes.length, 2);
    for (const plan of changes) {
      const commands = plan.split('\n').filter((line) => line.startsWith('tc '));
      assert.equal(commands.length, 1, plan);
      assert.match(commands[0] ?? '', /^tc (class|filter) change /);
      assert.doesNotMatch(plan, /loses/);
    }
  });

  test(`egress-policer lets its rate of IP packets pass, on ${name}`, async (t) => {
    if (kernel === undefined) return t.skip('no such kernel');
    const [cir, cbs] = [500_000, 15_002];
    const options = `option type 'egress-policer'\noption cir '${cir}'\noption cbs '${cbs}'`;
    const script = `${WIRE}${start(options)}
start passed right udp-sink 9000 --for-ms 11000
launch sent left udp-send 10.9.0.2 9000 --count ${METERED_PACKETS} --interval-us 1000 --size ${METERED_BYTES - UDP_AND_IP_BYTES}
collect
${STATUS}${STOP}`;
    const run = await boot({ kernel, script });
    assertAppliedAndTakenBack(run);
    const bucket = new Bucket(cir, cbs);
    const packets = { green: 0, red: 0 };
    for (let i = 0; i < METERED_PACKETS; i++) packets[bucket.take(METERED_BYTES, i * 1000) ? 'green' : 'red']++;
    const { received } = run.value('passed', udpSink);
    const passedBytePerS = (received * METERED_BYTES - cbs) / 10;
    t.diagnostic(`${passedBytePerS} of ${cir} byte/s beside the bucket`);
    assertNear(passedBytePerS, cir, 0.01, 'the rate');
    assert.deepEqual(statusOf(run).colours, coloursOf({ ...packets, yellow: null }));
    assert.equal(received, packets.green);
  });

  test(`trtcm-policer gives each packet the colours of RFC 4115, on ${name}`, async (t) => {
    if (kernel === undefined) return t.skip('no such kernel');
    const options = `option type 'trtcm-policer'\n${metered(PORT)}`;
    const first = `config queue 'first'\noption qos 'wan'\noption id '1'\noption dscp '46'\n${metered(FIRST)}`;
    const flow = `--count ${METERED_PACKETS} --interval-us 1000 --size ${METERED_BYTES - UDP_AND_IP_BYTES}`;
    const script = `${WIRE}${start(options, first)}
tc -n left qdisc add dev eth0 clsact
tc -n left filter add dev eth0 egress protocol ip u32 match ip dport 9001 0xffff action skbedit priority 1:2
tc -n right qdisc add dev eth0 clsact
tc -n right filter add dev eth0 ingress pref 1 protocol ip u32 match ip tos 0xb8 0xfc action ok
for queue in 1 0; do
  start passed$queue right udp-sink 900$queue --for-ms 11000
  launch sent$queue left udp-send 10.9.0.2 900$queue ${flow}
  collect
done
${STATUS}
emit marked "$(tc -n right -s -j filter show dev eth0 ingress)"
tc -n left qdisc del dev eth0 clsact
${STOP}`;
    const run = await boot({ kernel, script });
    assertAppliedAndTakenBack(run);

    // One flow after the other, so that all buckets are full at the begin of both.
    const port = { green: 0, yellow: 0, red: 0 };
    const queues = [PORT, FIRST].map((values, id) => {
      const [atQueue, atPort] = [twoRateMeter(values), twoRateMeter(PORT)];
      const own = { green: 0, yellow: 0, red: 0 };
      let passed = 0;
      for (let i = 0; i < METERED_PACKETS; i++) {
        const colour = atQueue(METERED_BYTES, i * 1000);
        const last = atPort(METERED_BYTES, i * 1000, colour);
        own[colour]++;
        port[last]++;
        if (last !== 'red') passed++;
      }
      assert.equal(run.value(`passed${id}`, udpSink).received, passed, `queue ${id}`);
      return own;
    });
    const status = statusOf(run);
    t.diagnostic(
      `queue 0 ${JSON.stringify(queues[0])}, queue 1 ${JSON.stringify(queues[1])}, port ${JSON.stringify(port)}`,
    );
    assert.deepEqual(
      status.queues.map((one) => one.colours),
      queues.map(coloursOf),
    );
    assert.deepEqual(status.colours, coloursOf(port));
    for (const count of [...Object.values(queues[1] ?? {}), ...Object.values(port)]) assert.ok(count > 500);
    const marked = run.value('marked', hits).flatMap(({ options: told }) => told?.success ?? []);
    assert.deepEqual(marked, [run.value('passed1', udpSink).received]);
  });
}

/** Packets of each colour with their bytes, as weir tells it; null for a colour that there cannot be. */
function coloursOf(packets: Readonly<Record<Colour, number | null>>): object {
  return Object.fromEntries(
    Object.entries(packets).map(([colour, count]) => [
      colour,
      count === null ? null : { packets: count, bytes: count * METERED_BYTES },
    ]),
  );
}
