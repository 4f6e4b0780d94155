/**
 * `reload` under a standing queue of 300 packets, in both directions at once: a new rate, overhead, isolation, rtt, more tins,
 * and everything together are changed in place. 300 of 300 packets arrive, in order; up to the reload they leave at the old
 * rate and from then on at the new one; a second reload sends nothing.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boot } from '../boot.ts';
import { accountedBytes, FRAMINGS, type Framing, UDP_HEADERS_BYTES } from '../framing.ts';
import { CLOCK_MS, gapsMs } from '../gaps.ts';
import type { LabRun } from '../labrun.ts';
import { QUIET } from '../quiet.ts';
import { command, udpSink } from '../results.ts';

const PACKETS = 300;
const PAYLOAD_BYTES = 1000;
const RELOAD_AFTER_MS = 200;

interface Settings {
  readonly rateBitPerS: number;
  readonly framing: Framing;
  readonly options: string;
}

/** Every rtt below lets the AQM think that a queue of seconds is fine, so that it drops nothing. */
const BEFORE: Settings = { rateBitPerS: 2e6, framing: FRAMINGS.ethernet, options: "option rtt '1000s'" };

const CASES: readonly { readonly name: string; readonly change: Partial<Settings> }[] = [
  { name: 'a higher rate', change: { rateBitPerS: 4e6 } },
  { name: 'a lower rate', change: { rateBitPerS: 1_234_560 } },
  { name: 'another overhead', change: { framing: FRAMINGS['pppoe-vcmux'] } },
  { name: 'another isolation', change: { options: "option rtt '1000s'\noption isolation 'hosts'\noption nat '0'" } },
  { name: 'another rtt', change: { options: "option rtt '500s'" } },
  { name: 'more tins', change: { options: "option rtt '1000s'\noption diffserv 'diffserv8'" } },
  {
    name: 'everything',
    change: {
      rateBitPerS: 4e6,
      framing: FRAMINGS['pppoe-ptm'],
      options: `
option rtt '200s'
option isolation 'triple-isolate'
option diffserv 'diffserv8'
option nat '0'
option wash '1'
option ack_filter 'yes'
option memlimit '8mb'
option fwmark '0xff'
option split_gso '0'
option offloads 'none'
option download_ingress '0'`,
    },
  },
];

function configure({ rateBitPerS, framing, options }: Settings): string {
  return `
weir_config <<END
config shaper 'wan'
option device 'wan0'
option download '${rateBitPerS}bit'
option upload '${rateBitPerS}bit'
${framing.options}
${options}
END`;
}

/** Fills both queues, reloads, and waits until all has arrived. Prints five times @weir. */
function reloadUnderLoad(change: Partial<Settings>, index: number): string {
  const packets = `--count ${PACKETS}`;
  const sink = (direction: string) =>
    `udp-sink 6001 ${packets} --for-ms 30000 --series /run/lab/out/${direction}${index}`;
  return `${configure(BEFORE)}
weir reload
start down lan ${sink('down')}
start up inet ${sink('up')}
launch sent inet udp-send 10.0.0.2 6001 ${packets} --size ${PAYLOAD_BYTES}
launch sent lan udp-send 192.0.2.1 6001 ${packets} --size ${PAYLOAD_BYTES}
sleep ${RELOAD_AFTER_MS / 1000}
${configure({ ...BEFORE, ...change })}
weir plan || [ $? = 2 ]
weir -v reload
weir -v reload
weir plan
collect`;
}

/**
 * Between one packet and the next, in ms. CAKE weighs a packet when it is queued (sch_cake.c: cake_enqueue), so the overhead
 * of those that wait is the old one still.
 */
function spacingMs(rateBitPerS: number): number {
  return (8e3 * accountedBytes(PAYLOAD_BYTES + UDP_HEADERS_BYTES, BEFORE.framing)) / rateBitPerS;
}

/** How many gaps are of the old rate; all after it, but for the one in which the rate changed, must be of the new one. */
function gapsBeforeChange(gaps: readonly number[], oldMs: number, newMs: number): number {
  const is = (gap: number, ms: number) => Math.abs(gap - ms) <= CLOCK_MS;
  const first = gaps.findIndex((gap) => !is(gap, oldMs));
  if (first === -1) return gaps.length;
  const between = gaps[first] ?? 0;
  assert.ok(between >= Math.min(oldMs, newMs) - CLOCK_MS && between <= Math.max(oldMs, newMs) + CLOCK_MS);
  for (const gap of gaps.slice(first + 1)) assert.ok(is(gap, newMs), `${gap} ms after the reload instead of ${newMs}`);
  return first;
}

test('a reload under a standing queue of 300 packets', async (t) => {
  const steps = CASES.map(({ change }, i) => reloadUnderLoad(change, i));
  const run = await boot({ script: `topology_router down=none up=none rtt_ms=2\n${QUIET}${steps.join('')}` });
  for (const [index, { name, change }] of CASES.entries()) {
    await t.test(`with ${name} loses no packet, and the next one leaves at the new rate`, () => {
      checkCommands(run, index);
      const oldMs = spacingMs(BEFORE.rateBitPerS);
      const newMs = spacingMs(change.rateBitPerS ?? BEFORE.rateBitPerS);
      for (const direction of ['down', 'up']) {
        const { received, reordered, duplicates } = run.values(direction, udpSink)[index] ?? {};
        assert.deepEqual({ received, reordered, duplicates }, { received: PACKETS, reordered: 0, duplicates: 0 });
        const before = gapsBeforeChange(gapsMs(run.out.get(`${direction}${index}`) ?? ''), oldMs, newMs);
        // Commands cost some milliseconds before the reload; none may pass after it.
        const expected = oldMs === newMs ? PACKETS - 1 : RELOAD_AFTER_MS / oldMs;
        assert.ok(Math.abs(before - expected) <= 3, `${direction}: ${before} gaps of the old rate, not ${expected}`);
      }
    });
  }
});

function checkCommands(run: LabRun, index: number): void {
  const [, plan, reload, again, after] = run.values('weir', command).slice(5 * index, 5 * index + 5);
  assert.ok(plan && reload && again && after);
  assert.equal(plan.exit, 2);
  assert.doesNotMatch(plan.stdout, /loses/);
  // One message for each direction, and nothing else.
  const lines = reload.stderr.trimEnd().split('\n');
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', /^tc qdisc change dev ifb-wan0 root .*: ok$/);
  assert.match(lines[1] ?? '', /^tc qdisc change dev wan0 root .*: ok$/);
  assert.deepEqual([again.exit, again.stdout, again.stderr], [0, '', '']);
  assert.deepEqual([after.exit, after.stdout, after.stderr], [0, '# nothing to change\n', '']);
}
