/** Every action kind whose options weir knows. */
import { gact } from './gact.ts';
import type { ActionKind } from './kind.ts';
import { police } from './police.ts';

const KINDS: Readonly<Record<string, () => ActionKind>> = { gact, police };

export const ACTION_NAMES: readonly string[] = Object.keys(KINDS);

export function actionKind(name: string): ActionKind | undefined {
  return Object.hasOwn(KINDS, name) ? KINDS[name]?.() : undefined;
}
