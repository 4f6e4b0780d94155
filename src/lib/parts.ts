/** What is told of many parts of a thing, such as queues, told once where it is the same. */

export interface PartsAlike<T> {
  /** What holds for all of the parts. */
  readonly item: T;
  /** By name, in their order; none where the item is of no part. */
  readonly parts: readonly string[];
}

/** Items that differ in nothing but their part become one, which stands where the first of them stood. */
export function partsTogether<T extends { readonly part: string | null }>(items: readonly T[]): PartsAlike<T>[] {
  const groups = new Map<string, { readonly item: T; readonly parts: string[] }>();
  for (const item of items) {
    const key = JSON.stringify({ ...item, part: null });
    const group = groups.get(key) ?? { item, parts: [] };
    groups.set(key, group);
    if (item.part !== null) group.parts.push(item.part);
  }
  return [...groups.values()];
}
