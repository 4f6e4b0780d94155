/**
 * One request of a daemon fails, wherever in its life: what may pass is tried again until the link is shaped; what will not
 * pass leaves it as it was, until something else happens; and the exit code tells what a stop has left.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import type { EndurancePlan } from '../faults/endurance.ts';
import { CONFIGS, conf, EXIT, hosts } from '../faults/series.ts';

const condition = z.enum(['clean', 'shaped', 'edited', 'other']);
type Condition = z.output<typeof condition>;
const life = z.strictObject({
  at: z.int(),
  during: z.enum(['start', 'reload', 'stop']),
  conditions: z.array(condition),
  exit: z.int(),
  said: z.optional(z.string()),
  difference: z.optional(z.array(z.string())),
});
type Life = z.output<typeof life>;
const endurance = z.strictObject({ mode: z.string(), steps: z.int(), lives: z.array(life) });

const PASSING = ['EBUSY', 'lost'];
const MODES = ['kernel', ...PASSING];
const PLANS: readonly EndurancePlan[] = MODES.map((mode) => ({ mode, daemon: ['daemon', ...conf('offloads')] }));
/** One class has another rate from the reload on. */
const EDIT_PLANS: readonly EndurancePlan[] = MODES.map((mode) => ({
  mode,
  daemon: ['daemon', '-c', '/run/lab/edited'],
  edit: { file: '/run/lab/edited', before: '/run/lab/files/tree', after: '/run/lab/files/treeFaster' },
}));

/** What is wrong with a life in which a reload leads to `wanted`, or undefined. */
function lie({ during, conditions, exit }: Life, mode: string, wanted: Condition): string | undefined {
  const [asleep, reloaded, ended] = conditions;
  const mayStay = !PASSING.includes(mode);
  if (asleep !== 'shaped' && !(asleep === 'clean' && during === 'start' && mayStay)) return 'is not shaped';
  // What was edited may not come into force where that fails.
  if (reloaded !== wanted && !(reloaded === 'shaped' && during === 'reload' && mayStay)) {
    return 'is not as it should be after a reload';
  }
  if (during !== 'stop') return exit === EXIT.ok && ended === 'clean' ? undefined : 'does not stop as it should';
  if (exit === EXIT.ok) return ended === 'clean' ? undefined : 'says that it has stopped';
  return exit === EXIT.failed && ended === wanted ? undefined : 'says that the link is as it was';
}

async function check(t: TestContext, plans: readonly EndurancePlan[], wanted: Condition): Promise<void> {
  const guest = await boot({
    script: `${hosts()}on router weir-faults endure /run/lab/files/plans\n`,
    files: { ...CONFIGS, plans: JSON.stringify(plans) },
    timeoutMs: 400_000,
  });
  const lies: string[] = [];
  for (const { mode, steps, lives } of guest.values('life', endurance)) {
    const stayed = lives.filter(({ during, conditions }) => {
      const [asleep, reloaded] = conditions;
      return during === 'start' ? asleep === 'clean' : during === 'reload' && reloaded !== wanted;
    }).length;
    t.diagnostic(`${mode}: ${steps} requests, ${stayed} of whose failures left the link as it was`);
    for (const one of lives) {
      const wrong = lie(one, mode, wanted);
      if (wrong === undefined) continue;
      const about = `${mode} at ${one.at} of ${steps}, in the ${one.during}: ${wrong}; exit ${one.exit}, ${one.conditions}`;
      lies.push([about, one.said ?? '', ...(one.difference ?? [])].join('\n  '));
    }
  }
  t.diagnostic(`host time ${guest.hostMs.toFixed(0)} ms`);
  assert.equal(lies.length, 0, `${lies.length} lies:\n${lies.join('\n')}`);
}

test('a daemon gets over any one request that fails', (t) => check(t, PLANS, 'shaped'));

test('so does one of whose tree a class is edited', (t) => check(t, EDIT_PLANS, 'edited'));
