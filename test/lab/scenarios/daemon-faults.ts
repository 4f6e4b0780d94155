/**
 * One request of a daemon fails, wherever in its life: what may pass is tried again until the link is shaped; what will not
 * pass leaves it as it was, until something else happens; and the exit code tells what a stop has left.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import type { EndurancePlan } from '../faults/endurance.ts';
import { CONFIGS, conf, EXIT, hosts } from '../faults/series.ts';

const condition = z.enum(['clean', 'shaped', 'other']);
const life = z.strictObject({
  at: z.int(),
  during: z.enum(['start', 'reload', 'stop']),
  conditions: z.array(condition),
  exit: z.int(),
  said: z.optional(z.string()),
  difference: z.optional(z.array(z.string())),
});
const endurance = z.strictObject({ mode: z.string(), steps: z.int(), lives: z.array(life) });

const PASSING = ['EBUSY', 'lost'];
const PLANS: readonly EndurancePlan[] = ['kernel', ...PASSING].map((mode) => ({
  mode,
  daemon: ['daemon', ...conf('offloads')],
}));

/** What is wrong with a life, or undefined. */
function lie({ during, conditions, exit }: z.output<typeof life>, mode: string): string | undefined {
  const [asleep, reloaded, ended] = conditions;
  const mayStay = during === 'start' && !PASSING.includes(mode);
  if (asleep !== 'shaped' && !(asleep === 'clean' && mayStay)) return 'is not shaped';
  if (reloaded !== 'shaped') return 'is not shaped after a reload';
  if (during !== 'stop') return exit === EXIT.ok && ended === 'clean' ? undefined : 'does not stop as it should';
  if (exit === EXIT.ok) return ended === 'clean' ? undefined : 'says that it has stopped';
  return exit === EXIT.failed && ended === 'shaped' ? undefined : 'says that the link is as it was';
}

test('a daemon gets over any one request that fails', async (t) => {
  const guest = await boot({
    script: `${hosts()}on router weir-faults endure /run/lab/files/plans\n`,
    files: { ...CONFIGS, plans: JSON.stringify(PLANS) },
    timeoutMs: 400_000,
  });
  const lies: string[] = [];
  for (const { mode, steps, lives } of guest.values('life', endurance)) {
    const stayed = lives.filter(({ conditions }) => conditions[0] === 'clean').length;
    t.diagnostic(`${mode}: ${steps} requests, ${stayed} of whose failures left the link as it was until the reload`);
    for (const one of lives) {
      const wrong = lie(one, mode);
      if (wrong === undefined) continue;
      const about = `${mode} at ${one.at} of ${steps}, in the ${one.during}: ${wrong}; exit ${one.exit}, ${one.conditions}`;
      lies.push([about, one.said ?? '', ...(one.difference ?? [])].join('\n  '));
    }
  }
  t.diagnostic(`host time ${guest.hostMs.toFixed(0)} ms`);
  assert.equal(lies.length, 0, `${lies.length} lies:\n${lies.join('\n')}`);
});
