/** Changes that are about the tree of one device, and about nothing else. */
import { type Change, subjectOf } from './diff.ts';
import { EGRESS_PARENT, INGRESS_PARENT } from './resource/redirect.ts';
import type { QdiscResource, Resource } from './resource.ts';

/** With more the kernel's list of all qdiscs takes less time than a question for each. */
const MOST_QDISCS = 64;

/** What is to be looked at when the changes have been made. */
export interface TreeGroup {
  readonly device: string;
  /** All that is wanted there, and what goes. */
  readonly qdiscs: readonly QdiscResource[];
}

/**
 * Undefined where the changes are about more, or the tree is one in which something of others has to be known. `wanted` is everything that
 * is wanted of all devices.
 */
export function treeGroup(changes: readonly Change[], wanted: ReadonlyMap<string, Resource>): TreeGroup | undefined {
  const subjects = changes.map(subjectOf);
  const device = subjects[0]?.device;
  if (device === undefined || !subjects.every((one) => one.device === device && isInTree(one))) return undefined;
  const qdiscs = new Map<QdiscResource['parent'], QdiscResource>();
  const take = (one: Resource): void => {
    if (one.type === 'qdisc' && one.device === device && isInTree(one)) qdiscs.set(one.parent, one);
  };
  for (const { found } of changes) if (found !== undefined) take(found);
  wanted.forEach(take);
  return qdiscs.has('root') && qdiscs.size <= MOST_QDISCS ? { device, qdiscs: [...qdiscs.values()] } : undefined;
}

/** Whether a resource of the device hangs in its tree, and not at its hook. */
export function isInTree(resource: Resource): boolean {
  switch (resource.type) {
    case 'qdisc':
      return resource.parent !== 'ingress';
    case 'class':
      return true;
    case 'filter':
      return resource.parent !== INGRESS_PARENT && resource.parent !== EGRESS_PARENT;
    default:
      return false;
  }
}
