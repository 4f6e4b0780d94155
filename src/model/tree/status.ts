/** The state of the trees of each device, told from what the kernel holds. */
import { type Change, subjectOf } from '../diff.ts';
import { describeMissing } from '../status.ts';
import type { TreeIntent } from './intent.ts';

/**
 * `applied`: all is there that can be. `pending`: wanted, and not as it should be. `waiting`: the device does not exist. `refused`: nothing
 * of it can be had. `off`: weir is disabled.
 */
export type TreeState = 'applied' | 'pending' | 'waiting' | 'refused' | 'off';

export interface TreeStatus {
  readonly device: string;
  readonly state: TreeState;
  /** Why it is so; of an applied one, why something was left out. */
  readonly reason: string | null;
  /** What is wanted of each. */
  readonly qdiscs: number;
  readonly classes: number;
  readonly filters: number;
  /** What of the sections was left out. */
  readonly leftOut: number;
}

/** `changes` are those that would lead from observed to desired. */
export function treeStatuses(intents: readonly TreeIntent[], changes: readonly Change[]): TreeStatus[] {
  return intents.map(({ device, state, reason, counts, leftOut }) => {
    const missing = state === 'wanted' ? changes.find((change) => isOfTree(change, device)) : undefined;
    return {
      device,
      state: state !== 'wanted' ? state : missing === undefined ? 'applied' : 'pending',
      reason: missing === undefined ? (reason ?? null) : describeMissing(missing),
      ...counts,
      leftOut,
    };
  });
}

function isOfTree(change: Change, device: string): boolean {
  const subject = subjectOf(change);
  return subject.device === device && ['qdisc', 'class', 'filter'].includes(subject.type);
}
