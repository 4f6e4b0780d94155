/** The order of what was found on a device: parents first, each with the key of what it stands on, and whose it is. */
import { majorOf, makeHandle } from '../../tc/handle.ts';
import { HOOK_HANDLE, qdiscKey } from '../resource/qdisc.ts';
import type { ClassResource, ObservedResource, QdiscResource } from '../resource.ts';
import type { DeviceDump, Placeless } from './dump.ts';
import { classKey } from './resource_class.ts';
import { filterKey } from './resource_filter.ts';

/** What is known to be ours on a device. */
export interface OwnedOnDevice {
  /** Whether a root qdisc of this kind with this handle is. */
  isOurRoot(kind: string, handle: number): boolean;
  /** Of what stands on things of others, its keys. */
  readonly keys: ReadonlySet<string>;
}

/**
 * Puts into `placed` everything on the device that hangs together with its root or its hook, parents before children. Below what is ours all is ours. What
 * hangs on nothing, or on itself, which no kernel tells, is left out.
 */
export function placeResources(dump: DeviceDump, owned: OwnedOnDevice, placed: Map<string, ObservedResource>): void {
  const { device } = dump;
  const root = dump.qdiscs.find(({ parent }) => parent === 'root');
  /** By the handle of a qdisc or class, its place in `placed`. */
  const keys = new Map<number, string>();
  if (root !== undefined) {
    const children = childrenByHandle(dump);
    const handles: number[] = [];
    const enter = (key: string, resource: Placeless<QdiscResource | ClassResource>, isOurs: boolean): void => {
      placed.set(key, { resource, owner: isOurs ? 'weir' : 'someone else' });
      keys.set(resource.handle, key);
      handles.push(resource.handle);
    };
    enter(qdiscKey(device, 'root'), root, owned.isOurRoot(root.kind, root.handle));
    for (let at = 0; at < handles.length; at++) {
      const handle = handles[at] as number;
      const key = keys.get(handle) as string;
      const isOurs = placed.get(key)?.owner === 'weir';
      for (const child of children.get(handle) ?? []) {
        const childKey = child.type === 'class' ? classKey(device, child.handle) : qdiscKey(device, child.parent);
        if (placed.has(childKey) || keys.has(child.handle)) continue;
        child.on = child.type === 'class' ? (keys.get(qdiscOf(child.handle)) ?? key) : key;
        enter(childKey, child, isOurs || owned.keys.has(childKey));
      }
    }
  }
  for (const filter of dump.filters) {
    const isHook = majorOf(filter.parent) === majorOf(HOOK_HANDLE);
    const on = isHook ? qdiscKey(device, 'ingress') : keys.get(filter.parent);
    if (on === undefined) continue;
    filter.on = on;
    const key = filterKey(filter);
    // At a hook of ours others may have theirs.
    const isOurs = (!isHook && placed.get(on)?.owner === 'weir') || owned.keys.has(key);
    // More than one where one of ours is: as a whole it is not what is wanted.
    if (placed.has(key)) filter.rule = undefined;
    placed.set(key, { resource: filter, owner: isOurs ? 'weir' : 'someone else' });
  }
}

const qdiscOf = (classHandle: number): number => makeHandle(majorOf(classHandle), 0);

type Child = Placeless<QdiscResource> | Placeless<ClassResource>;

/** What stands on a class, or on a qdisc itself, where also that is which stands on the classes that it has by itself. */
function childrenByHandle({ qdiscs, classes }: DeviceDump): Map<number, Child[]> {
  const children = new Map<number, Child[]>();
  const add = (parent: number, child: Child): void => {
    const list = children.get(parent);
    if (list === undefined) children.set(parent, [child]);
    else list.push(child);
  };
  const made = new Set<number>();
  for (const one of classes) {
    made.add(one.handle);
    add(one.parent, one);
  }
  for (const one of qdiscs) {
    if (typeof one.parent === 'number') add(made.has(one.parent) ? one.parent : qdiscOf(one.parent), one);
  }
  return children;
}
