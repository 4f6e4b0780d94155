/** Every filter kind whose options weir knows. */
import { fw } from './fw.ts';
import type { FilterKind } from './kind.ts';
import { matchall } from './matchall_kind.ts';

const KINDS: ReadonlyMap<string, () => FilterKind> = new Map([
  ['matchall', matchall],
  ['fw', fw],
]);

export const FILTER_NAMES: readonly string[] = [...KINDS.keys()];

export function filterKind(name: string): FilterKind | undefined {
  return KINDS.get(name)?.();
}
