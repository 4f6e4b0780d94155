/**
 * A start, a reload, a stop, and a daemon that starts, repairs, reloads or stops, end at every touch of the outside (a message to
 * the kernel, an ioctl, a change of a file), as with SIGKILL. A plain start afterwards must lead to the right state, and a stop to
 * the one before everything: offloads and a foreign root qdisc as they were, no device left over.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import type { CrashPlan } from '../faults/crashes.ts';
import { CONFIGS, conf, FOREIGN_THINGS, hosts } from '../faults/series.ts';
import { command } from '../results.ts';
import { snapshot, stable } from '../snapshot.ts';

const wrong = z.strictObject({
  step: z.int(),
  command: z.string(),
  exit: z.int(),
  said: z.string(),
  different: z.array(z.string()),
});
const crashResult = z.strictObject({ name: z.string(), steps: z.int(), exit: z.int(), wrong: z.array(wrong) });

const START = ['start', ...conf('offloads')];
const RATES = ['start', ...conf('rates')];
/** wan0, the first device after lo. */
const WAN_IFINDEX = 2;

function plan(name: string, command: string[], more: Partial<CrashPlan> = {}): CrashPlan {
  return { name, before: null, command, half: false, events: [], from: 1, start: START, ...more };
}

const ONE_SHOTS = [
  plan('start', START, { half: true }),
  plan('reload', ['reload', ...conf('rates')], { before: START, start: RATES }),
  plan('stop', ['stop'], { before: START }),
];

const DAEMON = ['daemon', ...conf('offloads')];
const STOP = { signal: 'SIGTERM' } as const;
/** A touch shortly before the end of a daemon's start, which is the same in all of them. */
const STARTED = 25;
const DAEMONS = [
  plan('a daemon that starts and stops', DAEMON, { events: [STOP] }),
  plan('a daemon that repairs', DAEMON, { events: [{ undo: WAN_IFINDEX }, STOP], from: STARTED }),
  plan('a daemon that reloads', DAEMON, { before: RATES, events: [{ signal: 'SIGHUP' }, STOP], from: STARTED }),
];
/** Fewer are no start, no reload and no stop. */
const FEWEST_DEATHS = 15;

async function crash(t: TestContext, plans: readonly CrashPlan[], setUp: string): Promise<void> {
  const guest = await boot({
    script: `${hosts()}${setUp}\non router weir-faults crashes /run/lab/files/plans\n`,
    files: { ...CONFIGS, plans: JSON.stringify(plans) },
    timeoutMs: 400_000,
  });
  const lines: string[] = [];
  for (const { name, steps, exit, wrong } of guest.values('crashes', crashResult)) {
    const from = plans.find((plan) => plan.name === name)?.from ?? 1;
    t.diagnostic(`${name}: died at each touch from ${from} to ${steps}, else ended with ${exit}`);
    if (steps - from < FEWEST_DEATHS) lines.push(`${name}: only ${steps} touches`);
    if (exit !== 0) lines.push(`${name}: exit ${exit} where it did not die`);
    for (const { step, command, exit, said, different } of wrong) {
      lines.push([`${name} died at touch ${step}: ${command} gave ${exit}`, said, ...different].join('\n  '));
    }
  }
  t.diagnostic(`host time ${guest.hostMs.toFixed(0)} ms`);
  assert.equal(lines.length, 0, `${lines.length} wrong:\n${lines.join('\n')}`);
}

test('wherever a start dies, start and stop put everything right', (t) => crash(t, [plan('start', START)], ''));

test('wherever a start, a reload or a stop dies among a foreign root qdisc, an IFB and filters', (t) =>
  crash(t, ONE_SHOTS, FOREIGN_THINGS));

test('the same of a daemon', (t) => crash(t, DAEMONS, FOREIGN_THINGS));

test('a real SIGKILL at some touches of a start and of an idle daemon', async () => {
  const guest = await boot({
    script: `${hosts()}${FOREIGN_THINGS}
weir_config </run/lab/files/offloads
weir stop
snapshot before
for step in 4 9 14 19 24; do
  WEIR_FAULTS='{"touch":{"mode":"kill","at":'$step'}}' on router weir-faults start && exit 1 || [ $? = 137 ]
  weir start
  weir plan
  weir stop
done
(exec ip netns exec router weir daemon 2>/dev/null) &
sleep 1
kill -KILL $!
wait $! || true
weir start
weir plan
weir stop
snapshot after
`,
    files: CONFIGS,
  });
  const [before, after] = guest.values('snapshot', snapshot);
  assert.ok(before && after);
  assert.deepEqual(stable(after), stable(before));
  for (const { args, exit, stdout, stderr } of guest.values('weir', command)) {
    const expected = args[0] === 'plan' ? '# nothing to change\n' : '';
    assert.deepEqual({ exit, stdout, stderr }, { exit: 0, stdout: expected, stderr: '' }, args.join(' '));
  }
});
