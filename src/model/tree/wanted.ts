/** The trees of all devices: what is wanted, what comes of it, and what must be remembered. */
import type { Issue } from '../../lib/issue.ts';
import type { Device, Observed } from '../observed.ts';
import type { Resource } from '../resource.ts';
import type { SavedTree } from '../saved_tree.ts';
import { desiredTree } from './desired.ts';
import type { TreeIntent } from './intent.ts';
import type { TreeNode } from './nodes.ts';
import { resolveTrees } from './resolve.ts';
import type { TreesConfig } from './sections.ts';

export interface DesiredTrees {
  /** Parents before children, by their keys. */
  readonly resources: ReadonlyMap<string, Resource>;
  readonly intents: readonly TreeIntent[];
  readonly saved: readonly SavedTree[];
  /** Sections by the keys of their resources. */
  readonly sections: ReadonlyMap<string, string>;
}

/** @param rootRefusal why weir will not take the root of a device */
export function desiredTrees(
  config: TreesConfig,
  enabled: boolean,
  observed: Observed,
  saved: readonly SavedTree[],
  rootRefusal: (device: Device) => string | undefined,
  issues: Issue[],
): DesiredTrees {
  const resources = new Map<string, Resource>();
  const sections = new Map<string, string>();
  const intents: TreeIntent[] = [];
  const coming: SavedTree[] = [];
  if (!enabled) {
    const counts = { qdiscs: 0, classes: 0, filters: 0 };
    const reason = 'weir is disabled in section globals';
    for (const device of config.devices) intents.push({ device, state: 'off', reason, counts, leftOut: 0 });
    return { resources, intents, saved: coming, sections };
  }
  const resolved = resolveTrees(
    config,
    (device) => observed.devices.get(device)?.linkRateBitPerS,
    (device) => observed.devices.get(device)?.mtu,
  );
  issues.push(...resolved.issues);
  for (const [name, nodes] of byDevice(resolved.nodes)) {
    const device = observed.devices.get(name);
    const tree = desiredTree(
      name,
      nodes,
      {
        observed,
        saved: saved.find((one) => one.device === name),
        rootRefusal: device === undefined ? undefined : rootRefusal(device),
      },
      issues,
      { resources, sections },
    );
    intents.push(tree.intent);
    if (tree.saved !== undefined) coming.push(tree.saved);
  }
  return { resources, intents, saved: coming, sections };
}

function byDevice(nodes: readonly TreeNode[]): Map<string, TreeNode[]> {
  const devices = new Map<string, TreeNode[]>();
  for (const node of nodes) {
    const list = devices.get(node.device);
    if (list === undefined) devices.set(node.device, [node]);
    else list.push(node);
  }
  return devices;
}
