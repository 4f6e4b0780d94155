/**
 * Two requests of one run fail, so that putting back fails too: a wrong state is never called done, nor as it was before.
 */
import { test } from 'node:test';
import { check, conf, EXIT, hosts, lie, plan, sweepResult, sweeps } from '../faults/series.ts';

const PAIRS = { modes: ['kernel', 'lost'], gaps: [1, 2, 3, 5] };
const IN_PAIRS = [
  plan('start', null, ['start', ...conf('plain')], PAIRS),
  plan('start with offloads to turn off', null, ['start', ...conf('offloads')], {
    modes: ['kernel', 'lost'],
    gaps: [1],
  }),
  plan('reload with other rates', ['start', ...conf('plain')], ['reload', ...conf('rates')], PAIRS),
  plan('reload that adds a direction', ['start', ...conf('upload')], ['reload', ...conf('plain')], PAIRS),
  plan('stop', ['start', ...conf('plain')], ['stop'], PAIRS),
];

test('two refusals in one run never end with a wrong state and a code that denies it', async (t) => {
  const guest = await sweeps(IN_PAIRS, hosts());
  t.diagnostic(`host time ${guest.hostMs.toFixed(0)} ms`);
  check(t, guest.values('sweep', sweepResult), (one, mode, two) =>
    one.exit === EXIT.broken && one.state === 'other' ? undefined : lie(one, mode, two),
  );
});
