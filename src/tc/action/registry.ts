/** Every action kind whose options weir knows. */
import { gact } from './gact.ts';
import type { ActionKind } from './kind.ts';
import { police } from './police.ts';

const KINDS: ReadonlyMap<string, () => ActionKind> = new Map([
  ['gact', gact],
  ['police', police],
]);

export const ACTION_NAMES: readonly string[] = [...KINDS.keys()];

export function actionKind(name: string): ActionKind | undefined {
  return KINDS.get(name)?.();
}
