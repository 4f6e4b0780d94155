/** What is remembered of trees as JSON; see saved_tree.ts. */
import type { SavedTree } from './saved_tree.ts';

const LARGEST_IFINDEX = 0x7fff_ffff;
const LARGEST_HANDLE = 0xffff_ffff;
const LARGEST_NUMBER = 0xffff;

export function savedTreeAsJson({ numbers, root, ...tree }: SavedTree): object {
  return { ...tree, root: root ?? null, numbers: Object.fromEntries(numbers) };
}

type JsonRecord = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNumberUpTo = (largest: number, value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= largest;

/** Reads what {@link savedTreeAsJson} wrote, also in another version; undefined for what does not have its form. */
export function decodeSavedTree(entry: JsonRecord): SavedTree | undefined {
  const { device, ifindex, root, numbers, filterParents, keys } = entry;
  if (typeof device !== 'string' || !isNumberUpTo(LARGEST_IFINDEX, ifindex) || !isRecord(numbers)) return undefined;
  const known = new Map<string, number>();
  for (const [name, number] of Object.entries(numbers))
    if (isNumberUpTo(LARGEST_NUMBER, number)) known.set(name, number);
  const isHandle = (value: unknown): value is number => isNumberUpTo(LARGEST_HANDLE, value);
  return {
    device,
    ifindex,
    root: rootOf(root),
    numbers: known,
    filterParents: Array.isArray(filterParents) ? filterParents.filter(isHandle) : [],
    keys: Array.isArray(keys) ? keys.filter((key): key is string => typeof key === 'string') : [],
  };
}

function rootOf(root: unknown): SavedTree['root'] {
  if (!isRecord(root) || typeof root.kind !== 'string' || !isNumberUpTo(LARGEST_HANDLE, root.handle)) return undefined;
  return { kind: root.kind, handle: root.handle };
}
