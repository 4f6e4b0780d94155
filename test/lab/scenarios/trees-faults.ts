/**
 * Every request to the kernel, and every change of a file, of a start, an edit and a stop of a tree fails once: the device must end up
 * exactly as it was or exactly as wanted, and the exit code must say which. And wherever weir is killed, a start leads to what is wanted, and
 * a stop to what was before.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import type { CrashPlan } from '../faults/crashes.ts';
import {
  CONFIGS,
  check,
  conf,
  FOREIGN_THINGS,
  hosts,
  lie,
  MODES,
  plan,
  sweepResult,
  sweeps,
} from '../faults/series.ts';

const FILE_MODES = ['ENOSPC'];

const PLANS = [
  plan('start', null, ['start', ...conf('tree')], { fileModes: FILE_MODES }),
  plan('an edit', ['start', ...conf('tree')], ['reload', ...conf('treeEdited')], { modes: [...MODES, 'ENOMEM'] }),
  plan('a class that moves', ['start', ...conf('tree')], ['reload', ...conf('treeMoved')]),
  plan('stop', ['start', ...conf('tree')], ['stop'], { fileModes: FILE_MODES }),
];

test('one refused request of a tree leaves the device as before or as wanted', async (t) => {
  const guest = await sweeps(PLANS, hosts());
  t.diagnostic(`host time ${guest.hostMs.toFixed(0)} ms`);
  check(t, guest.values('sweep', sweepResult), lie);
});

test('the same over a foreign root', async (t) => {
  const guest = await sweeps(
    [plan('start', null, ['start', ...conf('tree')]), plan('stop', ['start', ...conf('tree')], ['stop'])],
    hosts() + FOREIGN_THINGS,
  );
  t.diagnostic(`host time ${guest.hostMs.toFixed(0)} ms`);
  check(t, guest.values('sweep', sweepResult), lie);
});

const crashResult = z.object({
  name: z.string(),
  steps: z.int(),
  exit: z.int(),
  wrong: z.array(z.object({ step: z.int(), command: z.string(), said: z.string(), different: z.array(z.string()) })),
});

test('wherever a start, an edit or a stop of a tree dies, start and stop put everything right', async (t) => {
  const START = ['start', ...conf('tree')];
  const EDITED = ['start', ...conf('treeEdited')];
  const base = { before: null, half: true, events: [], from: 1, start: START };
  const plans: CrashPlan[] = [
    { ...base, name: 'start', command: START },
    { ...base, name: 'edit', before: START, command: ['reload', ...conf('treeEdited')], start: EDITED },
    { ...base, name: 'stop', before: START, command: ['stop'] },
  ];
  const guest = await boot({
    script: `${hosts()}${FOREIGN_THINGS}\non router weir-faults crashes /run/lab/files/plans\n`,
    files: { ...CONFIGS, plans: JSON.stringify(plans) },
    timeoutMs: 400_000,
  });
  for (const { name, steps, exit, wrong } of guest.values('crashes', crashResult)) {
    t.diagnostic(`${name}: died at each touch up to ${steps}`);
    assert.deepEqual(wrong, [], name);
    assert.equal(exit, 0, name);
    assert.ok(steps > 10, `${name}: only ${steps} touches`);
  }
});
