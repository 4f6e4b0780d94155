/**
 * What waits in a driver's ring, below the qdisc, at 1 Mbit/s: with byte queue limits (BQL) out of the way, left to themselves, and with
 * `bql_limit_max` of `config tuning`. docs/driver-queue.md has the table, and says what it means.
 *
 * In real time, since only the driver of the distribution's own user-mode Linux has BQL and a ring that fills. So what is asserted on
 * milliseconds and rates are ratios between lines that are measured at the same time, with room for a busy machine; and where it was
 * too busy each time, that part is skipped. How many bytes the kernel lets into a ring does not depend on the machine.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as z from 'zod/mini';
import { median } from '../../bench/figure.ts';
import { boot } from '../boot.ts';
import { type Kernel, packagedKernel } from '../kernel.ts';
import { LabError, type LabRun } from '../labrun.ts';
import { command, udpSink } from '../results.ts';

const BIT_PER_S = 1_000_000;
/** As the driver has it by itself; a network card has 256 and more. */
const RING_FRAMES = 64;
const FRAME_BYTES = 1514;
const FLOWS = 4;
/** As CAKE chooses it for this rate: with 5 ms, which is less than a frame takes, CoDel drops probes too. */
const CODEL = 'target 19ms interval 114ms';
const PROBES = 200;
const PROBE_INTERVAL_US = 20_000;

/** Each is a device of the router, wan0 and so on, with a cable of its own. */
interface Line {
  readonly name: string;
  /** A shaper of weir; fq_codel where there is none. */
  readonly upload?: string;
  /** Options of a section tuning. */
  readonly tuning?: string;
}

/** Large enough for any ring: BQL never stops the queue. */
const WITHOUT_LIMIT = "option bql_limit_min '1gb'";
const IDLE = 'idle';
const LINES: readonly Line[] = [
  { name: IDLE },
  { name: 'without_limit', tuning: WITHOUT_LIMIT },
  { name: 'untouched' },
  { name: 'max_3028', tuning: "option bql_limit_max '3028'" },
  { name: 'max_1514', tuning: "option bql_limit_max '1514'" },
  { name: 'below_line', upload: '700kbit', tuning: WITHOUT_LIMIT },
  { name: 'above_line', upload: '1100kbit', tuning: WITHOUT_LIMIT },
  { name: 'above_line_auto', upload: '1100kbit', tuning: "option bql_limit_max 'auto'" },
];

const each = (write: (line: Line, n: number) => string): string => LINES.map(write).join('\n');
const inet = (n: number): string => `192.0.2.${4 * n + 1}`;

/**
 *   lan ──────────── router ═══ cables of 1 Mbit/s ═══ inet
 *                          └────── the way back ──────┘
 *
 * A router's LAN brings single frames here: TCP in the router itself would hold back what its device has not sent yet (TCP small queues).
 */
const NETWORK = `
host lan router inet
link lan eth0 router lan0
link router back0 inet back0
ip -batch - <<END
${each((_, n) => `link set vec${2 * n} netns router name wan${n}\nlink set vec${2 * n + 1} netns inet name eth${n}`)}
END
ip -n lan -batch - <<END
address add 10.0.0.2/24 dev eth0
route add default via 10.0.0.1
END
ip -n router -batch - <<END
address add 10.0.0.1/24 dev lan0
address add 198.51.100.1/24 dev back0
${each((_, n) => `link set wan${n} up\naddress add 192.0.2.${4 * n + 2}/30 dev wan${n}`)}
END
ip -n inet -batch - <<END
address add 198.51.100.2/24 dev back0
route add 10.0.0.0/24 via 198.51.100.1
${each((_, n) => `link set eth${n} up\naddress add ${inet(n)}/30 dev eth${n}`)}
END
tc -n router -batch - <<END
${each((_, n) => `qdisc replace dev wan${n} root fq_codel ${CODEL}`)}
END
on lan ethtool -K eth0 tso off gso off >/dev/null
settle lan router inet
`;

const sectionsOf = ({ upload, tuning }: Line, n: number): string => `
${upload === undefined ? '' : `config shaper 'shaper${n}'\noption device 'wan${n}'\noption upload '${upload}'\noption raw '1'`}
${tuning === undefined ? '' : `config tuning\nlist device 'wan${n}'\n${tuning}`}`;

/** In the router: a file of sysfs of all lines, as @KEY [number, …]. */
const VALUES = `
values() {
  local value n all=
  for ((n = 0; n < ${LINES.length}; n++)); do
    read -r value <"/sys/class/net/wan$n/$2"
    all+=,$value
  done
  echo "@$1 [\${all#,}]"
}
limits=queues/tx-0/byte_queue_limits
`;
const SETTINGS = `${VALUES}
for name in limit_min limit_max hold_time; do values "$1_$name" $limits/$name; done
`;
/** For the time of the probes, without a process more. */
const RINGS = `${VALUES}
exec 9<>/run/never
begin_us=\${EPOCHREALTIME/./}
values sent statistics/tx_bytes
for ((i = 0; i < 80; i++)); do
  read -r -t 0.05 -u 9 || values inflight $limits/inflight
done
values sent statistics/tx_bytes
echo "@lasted_us $((\${EPOCHREALTIME/./} - begin_us))"
values limit $limits/limit
`;

const LOADED = LINES.map(({ name }, n) => ({ name, n })).filter(({ name }) => name !== IDLE);
const SCRIPT = `${NETWORK}
settings() { on router bash /run/lab/files/settings "$1"; }
weir_config <<END
${each(sectionsOf)}
END
settings before
weir start
weir status --json
mkfifo /run/listening /run/never
ip netns exec inet traffic tcp-sink 5001 --for-ms 600000 --ready /run/listening >/dev/null &
loads=($!)
read -r _ </run/listening
${LOADED.map(({ n }) => `ip netns exec lan traffic tcp-send ${inet(n)} 5001 --flows ${FLOWS} --for-ms 600000 >/dev/null &\nloads+=($!)`).join('\n')}
${each(({ name }, n) => `start ${name} inet udp-sink ${6000 + n} --count ${PROBES} --for-ms 60000 --quiet-ms 2000`)}
sleep 2
${each(({ name }, n) => `launch ${name}_sent lan udp-send ${inet(n)} ${6000 + n} --count ${PROBES} --interval-us ${PROBE_INTERVAL_US} --size 32`)}
on router bash /run/lab/files/rings
collect
kill "\${loads[@]}"
weir stop
settings after
emit qdiscs "$(tc -n router -j qdisc show)"
`;

const numbers = z.array(z.int());
const status = z.looseObject({
  tuning: z.array(z.looseObject({ option: z.string(), device: z.nullable(z.string()), state: z.string() })),
});

interface Figures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Median and most of what stood in the ring. */
  readonly ringBytes: number;
  readonly mostRingBytes: number;
  /** What the device's limit was under load. */
  readonly limitBytes: number;
  readonly sentBitPerS: number;
  readonly missing: number;
}

function figuresOf(run: LabRun, name: string, n: number): Figures {
  const { delay, missing } = run.value(name, udpSink);
  const rings = run.values('inflight', numbers).map((all) => all[n] ?? Number.NaN);
  const [begin = Number.NaN, end = Number.NaN] = run.values('sent', numbers).map((all) => all[n]);
  return {
    p50Ms: (delay?.p50_us ?? Number.NaN) / 1000,
    p99Ms: (delay?.p99_us ?? Number.NaN) / 1000,
    ringBytes: median(rings),
    mostRingBytes: Math.max(...rings),
    limitBytes: run.value('limit', numbers)[n] ?? Number.NaN,
    sentBitPerS: ((end - begin) * 8e6) / run.value('lasted_us', z.int()),
    missing,
  };
}

interface Measured {
  readonly run: LabRun;
  readonly figures: ReadonlyMap<string, Figures>;
  /** Why times and rates say nothing, where the machine was too busy. */
  readonly busy: string | undefined;
}

const of = (figures: ReadonlyMap<string, Figures>, name: string): Figures => figures.get(name) ?? assert.fail(name);

/** One measurement; a reason where the machine let none come to its end. */
async function attempt(kernel: Kernel): Promise<Measured | string> {
  let run: LabRun;
  try {
    run = await boot({
      kernel,
      mode: 'real',
      cables: { count: LINES.length, bitPerS: BIT_PER_S, ringFrames: RING_FRAMES },
      files: { rings: RINGS, settings: SETTINGS },
      script: SCRIPT,
    });
  } catch (error) {
    // A driver that has not sent for half a second takes the device for dead, and resets BQL under its own frames (vector_kern.c:
    // vector_reset_tx), which the kernel does not survive.
    if (!(error instanceof LabError && /NETDEV WATCHDOG/.test(error.message))) throw error;
    return 'the machine stood still for half a second';
  }
  const figures = new Map(LINES.map(({ name }, n) => [name, figuresOf(run, name, n)]));
  return { run, figures, busy: busyWith(figures) };
}

/** Undefined where the machine was fast enough for its times and rates to be those of the lines. */
function busyWith(figures: ReadonlyMap<string, Figures>): string | undefined {
  const kbitPerS = of(figures, 'without_limit').sentBitPerS / 1000;
  if (!(kbitPerS > LEAST_KBIT_PER_S))
    return `the machine was too busy to keep a line full: ${kbitPerS.toFixed(0)} kbit/s`;
  const { p50Ms } = of(figures, IDLE);
  if (!(p50Ms < MOST_IDLE_MS)) return `the machine was too busy: an empty line took ${p50Ms.toFixed(0)} ms`;
  return undefined;
}

/** Halfway between the line's rate and what is shaped below it: a line that is slower than its shaper is another case. */
const LEAST_KBIT_PER_S = 850;
/** A small part of all that is compared. */
const MOST_IDLE_MS = 15;
const ATTEMPTS = 3;

/** The first one for which the machine was fast enough, else the last one that came to its end, or why none did. */
async function measure(t: TestContext, kernel: Kernel): Promise<Measured | string> {
  let last: Measured | string = '';
  for (let left = ATTEMPTS; left > 0; left--) {
    const outcome = await attempt(kernel);
    if (typeof outcome === 'string') {
      t.diagnostic(outcome);
      if (last === '') last = outcome;
      continue;
    }
    if (outcome.busy === undefined) return outcome;
    t.diagnostic(outcome.busy);
    last = outcome;
  }
  return last;
}

/** Both tests look at one measurement; a reason to skip where there is none. */
let measurement: Promise<Measured | string> | undefined;

function measured(t: TestContext): Promise<Measured | string> {
  const directory = process.env.WEIR_LAB_UML ?? '';
  if (directory === '') return Promise.resolve('the distribution has no package user-mode-linux');
  measurement ??= measure(t, packagedKernel(directory));
  return measurement;
}

test('bql_limit_max bounds what is in the ring, and what was before weir is back after it', async (t) => {
  const outcome = await measured(t);
  if (typeof outcome === 'string') return t.skip(outcome);
  const { run, figures } = outcome;
  for (const [name, { p50Ms, p99Ms, ringBytes, mostRingBytes, limitBytes, sentBitPerS, missing }] of figures) {
    const ring = `in the ring ${ringBytes} (at most ${mostRingBytes}) bytes of ${limitBytes}`;
    const rate = `${(sentBitPerS / 1000).toFixed(0)} kbit/s, ${missing} probes lost`;
    t.diagnostic(`${name}: p50 ${p50Ms.toFixed(1)} p99 ${p99Ms.toFixed(1)} ms, ${ring}, ${rate}`);
  }
  const [started, told] = run.values('weir', command);
  assert.equal(started?.exit, 0);
  const { tuning } = status.parse(JSON.parse(told?.stdout ?? ''));
  LINES.forEach(({ name, tuning: wanted }, n) => {
    const states = tuning.filter(({ device }) => device === `wan${n}`).map(({ state }) => state);
    assert.deepEqual(states, wanted === undefined ? [] : ['applied'], name);
  });

  // The kernel lets in one frame more, since it compares what is there before it.
  for (const [name, most] of [
    ['max_3028', 3028],
    ['max_1514', 1514],
    ['above_line_auto', 1522],
  ] as const) {
    const { limitBytes, mostRingBytes } = of(figures, name);
    assert.ok(limitBytes <= most, `${name}: ${limitBytes} bytes`);
    assert.ok(mostRingBytes <= most + FRAME_BYTES, `${name}: ${mostRingBytes} bytes`);
  }
  for (const name of ['limit_min', 'limit_max', 'hold_time']) {
    assert.deepEqual(run.value(`after_${name}`, numbers), run.value(`before_${name}`, numbers), name);
  }
  assert.doesNotMatch(JSON.stringify(run.value('qdiscs', z.array(z.unknown()))), /cake/);
});

test('it takes away what waits below the qdisc, and nothing of the rate', async (t) => {
  const outcome = await measured(t);
  if (typeof outcome === 'string') return t.skip(outcome);
  const { figures, busy } = outcome;
  if (busy !== undefined) return t.skip(busy);
  const [full, below, above] = [of(figures, 'without_limit'), of(figures, 'below_line'), of(figures, 'above_line')];
  const less = (name: string, than: Figures, times: number): void => {
    const { p50Ms } = of(figures, name);
    assert.ok(p50Ms < than.p50Ms / times, `${name}: ${p50Ms} ms, not ${than.p50Ms}`);
  };
  assert.ok(full.ringBytes > (RING_FRAMES / 4) * FRAME_BYTES, `${full.ringBytes} bytes`);
  const limited = of(figures, 'max_1514').mostRingBytes;
  const { mostRingBytes } = of(figures, 'untouched');
  assert.ok(limited > 0 && limited < mostRingBytes && mostRingBytes < full.mostRingBytes, `${mostRingBytes} bytes`);
  less('untouched', full, 2);
  for (const name of ['max_3028', 'max_1514']) less(name, full, 3);
  for (const name of ['untouched', 'max_3028', 'max_1514', 'above_line_auto']) {
    const { sentBitPerS } = of(figures, name);
    assert.ok(sentBitPerS > 0.8 * full.sentBitPerS, `${name}: ${sentBitPerS} bit/s, not ${full.sentBitPerS}`);
  }

  // Shaped below the line there is nothing to limit; above it the shaper is no help, and auto is.
  assert.ok(below.ringBytes < full.ringBytes / 4, `${below.ringBytes} bytes`);
  less('below_line', full, 3);
  assert.ok(above.ringBytes > (RING_FRAMES / 4) * FRAME_BYTES, `${above.ringBytes} bytes`);
  less('above_line_auto', above, 3);
});
