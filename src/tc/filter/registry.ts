/** Every filter kind whose options weir knows. */
import { basic } from './basic.ts';
import { bpf } from './bpf_kind.ts';
import { flow } from './flow.ts';
import { flower } from './flower.ts';
import { fw } from './fw.ts';
import type { FilterKind } from './kind.ts';
import { matchall } from './matchall_kind.ts';
import { u32 } from './u32_kind.ts';

const KINDS: ReadonlyMap<string, () => FilterKind> = new Map([
  ['matchall', matchall],
  ['fw', fw],
  ['u32', u32],
  ['flower', flower],
  ['flow', flow],
  ['basic', basic],
  ['bpf', bpf],
]);

export const FILTER_NAMES: readonly string[] = [...KINDS.keys()];

export function filterKind(name: string): FilterKind | undefined {
  return KINDS.get(name)?.();
}
