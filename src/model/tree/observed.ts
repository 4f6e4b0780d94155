/** What hangs on the devices with trees, with its owner. */
import { isOurs } from '../../tc/handle.ts';
import { decodeFilterInfo, type TcMessage } from '../../wire/tcmsg.ts';
import type { ObservedResource } from '../resource.ts';
import { isRememberedRoot, type SavedTree, savedTreeOn } from '../saved_tree.ts';
import type { TreeDump } from './dump.ts';
import { type OwnedOnDevice, placeResources } from './place.ts';
import { filterKey } from './resource_filter.ts';

const NO_KEYS: ReadonlySet<string> = new Set();

/**
 * Puts qdiscs, classes and filters into `resources` by their keys, of each device parents before children. A root is ours by its handle as everywhere, or
 * because we remember to have made one of this kind with this handle.
 */
export function observeTrees(
  dump: TreeDump,
  saved: readonly SavedTree[],
  resources: Map<string, ObservedResource>,
): void {
  for (const one of dump.devices) {
    const tree = savedTreeOn(saved, { name: one.device, ifindex: one.ifindex });
    const owned: OwnedOnDevice = {
      isOurRoot: (kind, handle) => isOurs(handle) || isRememberedRoot(tree, kind, handle),
      keys: tree === undefined ? NO_KEYS : new Set(tree.keys),
    };
    placeResources(one, owned, resources);
  }
}

/** Whether a filter at a hook is one of a tree of ours. */
export function isOurFilter(
  { handle, parent, chain = 0, info, kind }: TcMessage,
  device: { readonly name: string; readonly ifindex: number },
  saved: readonly SavedTree[],
  littleEndian: boolean,
): boolean {
  const tree = savedTreeOn(saved, device);
  if (tree === undefined) return false;
  const { preference } = decodeFilterInfo(info, littleEndian);
  return tree.keys.includes(filterKey({ device: device.name, parent, chain, preference, handle, kind }));
}
