/** Every action kind whose options weir knows. */
import { connmark } from './connmark.ts';
import { csum } from './csum.ts';
import { ctinfo } from './ctinfo.ts';
import { gact } from './gact.ts';
import type { ActionKind } from './kind.ts';
import { mirred } from './mirred_kind.ts';
import { pedit } from './pedit.ts';
import { police } from './police.ts';
import { skbedit } from './skbedit.ts';
import { vlan } from './vlan.ts';

const KINDS: ReadonlyMap<string, () => ActionKind> = new Map([
  ['gact', gact],
  ['mirred', mirred],
  ['police', police],
  ['pedit', pedit],
  ['skbedit', skbedit],
  ['csum', csum],
  ['ctinfo', ctinfo],
  ['connmark', connmark],
  ['vlan', vlan],
]);

export const ACTION_NAMES: readonly string[] = [...KINDS.keys()];

export function actionKind(name: string): ActionKind | undefined {
  return KINDS.get(name)?.();
}
