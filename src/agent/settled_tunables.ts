/** What has come of a round of changes, as far as tunables are concerned. */
import { describeRefusal, KernelError } from '../host/refusal.ts';
import type { Desired } from '../model/desired.ts';
import { type Change, subjectOf } from '../model/diff.ts';
import type { Observed } from '../model/observed.ts';
import { keyOf } from '../model/resource/registry.ts';
import type { Saved } from '../model/saved.ts';
import { circumstancesOf, type TunableRefusal, withSettledTunables } from '../model/tuning_saved.ts';
import type { RefusedChange } from './apply.ts';

/** Of tunables, by their keys: what will not be tried again, and why. */
export function refusalsOf(skipped: readonly RefusedChange[], observed: Observed): Map<string, TunableRefusal> {
  return new Map(
    skipped.flatMap(({ change, refusal }) => {
      const subject = subjectOf(change);
      const { canRetry } = new KernelError(refusal, change.action);
      if (canRetry || subject.type !== 'tunable') return [];
      const circumstances = circumstancesOf(observed.devices.get(subject.device));
      return [[keyOf(subject), { errno: refusal.name, reason: describeRefusal(refusal), circumstances }] as const];
    }),
  );
}

/** With what has come of changes of tunables. */
export function withSettled(
  saved: Saved,
  group: readonly Change[],
  refusals: ReadonlyMap<string, TunableRefusal>,
  observed: Observed,
): Saved {
  const tunables = group.flatMap(({ wanted }) => (wanted?.type === 'tunable' ? [wanted] : []));
  if (tunables.length === 0) return saved;
  return { ...saved, tunables: withSettledTunables(saved.tunables, tunables, refusals, observed.tunables) };
}

/** With other channels there are other queues, and with another GRO other circumstances for what was refused. */
export function changesWhatCanBeTuned({ wanted }: Change, { tuning }: Desired): boolean {
  if (wanted?.type === 'feature') return wanted.feature === 'rx-gro' && tuning.intents.length > 0;
  return wanted?.type === 'tunable' && wanted.tunable.startsWith('channels');
}
