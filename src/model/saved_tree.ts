/**
 * What saved.json remembers of trees: the kernel shows what is there, but not which numbers weir has chosen for which section, nor, below
 * what others have set up, whose a class is.
 */
import type { QdiscResource } from './resource.ts';

/** Of one device, in the incarnation with this index. */
export interface SavedTree {
  readonly device: string;
  readonly ifindex: number;
  /** The root qdisc that weir has made, or is about to make. */
  readonly root: Pick<QdiscResource, 'kind' | 'handle'> | undefined;
  /** Numbers that were allotted, by node; see numbers.ts. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Where filters of ours stand beside the qdiscs with classes: handles of classes, and of other qdiscs. */
  readonly filterParents: readonly number[];
  /** Keys of resources of ours that stand on what others have set up, or at a hook. */
  readonly keys: readonly string[];
}

/** What is remembered of a device in this incarnation. */
export function savedTreeOn(
  saved: readonly SavedTree[],
  { name, ifindex }: { readonly name: string; readonly ifindex: number },
): SavedTree | undefined {
  return saved.find((tree) => tree.device === name && tree.ifindex === ifindex);
}

/** Whether weir remembers to have made this root of the tree, with a handle that somebody has chosen. */
export function isRememberedRoot(tree: SavedTree | undefined, kind: string, handle: number): boolean {
  return tree?.root?.kind === kind && tree.root.handle === handle;
}

/** What is to be remembered while it leads from one to the other: whatever may be there is known as ours. */
export function bothTrees(before: SavedTree | undefined, after: SavedTree): SavedTree {
  if (before === undefined || before.ifindex !== after.ifindex) return after;
  const union = <T>(a: readonly T[], b: readonly T[]): T[] => [...new Set([...a, ...b])];
  return {
    ...after,
    root: after.root ?? before.root,
    filterParents: union(before.filterParents, after.filterParents),
    keys: union(before.keys, after.keys),
  };
}
