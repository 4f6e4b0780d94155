/** The state of trees, for all who tell a status: none where none are configured. */
import type { Desired } from './desired.ts';
import type { Change } from './diff.ts';
import { type TreeStatus, treeStatuses } from './tree/status.ts';

/** `changes` are those that would lead from observed to desired. */
export function treesStatus({ trees: forest }: Desired, changes: readonly Change[]): readonly TreeStatus[] {
  return forest === undefined ? [] : treeStatuses(forest.intents, changes);
}
