/** The state of each value that `config tuning` asks for, told from what the kernel holds. */
import { TUNABLES } from '../tunable/registry.ts';
import type { Observed } from './observed.ts';
import { featureKey } from './resource/feature.ts';
import { tunableKey } from './resource/tunable.ts';
import { MACHINE } from './resource.ts';
import type { Saved } from './saved.ts';
import type { DesiredTuning, TuningIntent } from './tuning_desired.ts';
import { savedKey } from './tuning_saved.ts';

/**
 * `applied`: weir has set it. `already`: it was so before. `clamped`: in force is what comes nearest. `pending`: asked, possible, and not
 * in force. `shown`: only told.
 */
export type TuningState =
  | 'applied'
  | 'already'
  | 'clamped'
  | 'unsupported'
  | 'refused'
  | 'pending'
  | 'waiting'
  | 'shown';

export interface TuningStatus {
  /** The option of /etc/config/weir; '' where the whole device is waited for. */
  readonly option: string;
  readonly tunable: string;
  /** Null for a value of the machine. */
  readonly device: string | null;
  /** A queue, an interrupt, or a feature of the offload. */
  readonly part: string | null;
  /** In the kernel's form: a decimal number, a mask of CPUs in hexadecimal, or 0 and 1. */
  readonly wanted: string | null;
  readonly inForce: string | null;
  readonly unit: string;
  readonly state: TuningState;
  readonly reason: string | null;
}

export function tuningStatuses(
  { intents }: Pick<DesiredTuning, 'intents'>,
  observed: Observed,
  saved: Saved,
): TuningStatus[] {
  const changed = new Set([
    ...saved.tunables.map(savedKey),
    ...saved.features.map(({ device, feature }) => featureKey(device, feature)),
  ]);
  return intents.map((intent) => {
    const { option, tunable, device, part, asked, reason } = intent;
    const row = TUNABLES.get(tunable);
    const key = row === undefined ? featureKey(device, part) : tunableKey(device, tunable, part);
    const found = observed.resources.get(key)?.resource;
    const inForce = found?.type === 'tunable' ? found.value : found?.type === 'feature' ? (found.on ? '1' : '0') : null;
    return {
      option,
      tunable,
      device: device === MACHINE ? null : device,
      part: part === '' ? null : part,
      wanted: asked ?? null,
      inForce,
      unit: row?.unit ?? '',
      state: stateOf(intent, inForce, changed.has(key)),
      reason: reason ?? null,
    };
  });
}

function stateOf({ state, value }: TuningIntent, inForce: string | null, isOurs: boolean): TuningState {
  if (state !== 'wanted' && state !== 'clamped') return state;
  if (value !== inForce) return 'pending';
  if (state === 'clamped') return 'clamped';
  return isOurs ? 'applied' : 'already';
}
