/**
 * What was there before weir touched it: /var/run/weir/saved.json.
 *
 * The kernel remembers what weir made, but not what an offload was before, nor who made an ingress hook. An entry belongs to one
 * incarnation of a device, known by its index: a device that comes back brings fresh values with it.
 */
import type { Issue } from '../lib/issue.ts';
import { offloadOfFeature } from '../schema/offload.ts';
import type { Observed } from './observed.ts';
import { featureKey } from './resource/feature.ts';
import { promiscuousKey } from './resource/promiscuous.ts';
import { qdiscKey } from './resource/qdisc.ts';
import { type FeatureResource, MACHINE, type QdiscResource, type Resource } from './resource.ts';
import { bothTrees, type SavedTree } from './saved_tree.ts';
import {
  isOfDevice,
  restoringTunables,
  type SavedTunable,
  withComingTunable,
  withoutRestoredTunables,
} from './tuning_saved.ts';

export interface SavedFeature {
  readonly device: string;
  readonly ifindex: number;
  readonly feature: string;
  /** The value before weir first changed it. */
  readonly on: boolean;
}

export interface SavedRoot {
  readonly device: string;
  readonly ifindex: number;
  readonly kind: string;
  readonly handle: number;
  readonly rawOptions: Uint8Array | undefined;
}

export interface Saved {
  readonly features: readonly SavedFeature[];
  /** Someone else's root qdiscs that weir has taken the place of. */
  readonly roots: readonly SavedRoot[];
  /** Devices whose ingress hook weir made, to the index they had. */
  readonly hooks: ReadonlyMap<string, number>;
  /** Devices that weir has made promiscuous, to the index they had. */
  readonly promiscuous: ReadonlyMap<string, number>;
  readonly tunables: readonly SavedTunable[];
  readonly trees: readonly SavedTree[];
}

export const NOTHING_SAVED: Saved = {
  features: [],
  roots: [],
  hooks: new Map(),
  promiscuous: new Map(),
  tunables: [],
  trees: [],
};

/** A change that is about to be made, as far as saving is concerned. */
export interface ComingChange {
  readonly wanted: Resource | undefined;
  readonly found: Resource | undefined;
}

/**
 * `saved` with what the coming changes will overwrite; entries that exist keep their first value. `trees` are to be remembered when what is
 * wanted is there.
 */
export function withComingChanges(
  saved: Saved,
  changes: readonly ComingChange[],
  observed: Observed,
  trees: readonly SavedTree[] = [],
): Saved {
  const features = [...saved.features];
  let roots = saved.roots;
  const hooks = new Map(saved.hooks);
  const promiscuous = new Map(saved.promiscuous);
  let tunables = saved.tunables;
  for (const { wanted, found } of changes) {
    if (wanted?.type === 'tunable' && found?.type === 'tunable') {
      const index = wanted.device === MACHINE ? 0 : observed.devices.get(wanted.device)?.ifindex;
      if (index !== undefined) tunables = withComingTunable(tunables, wanted, found, index);
      continue;
    }
    const { ifindex, ours } = observed.devices.get((wanted ?? found)?.device ?? '') ?? {};
    // Whatever others do to a device of ours goes with it.
    if (wanted === undefined || ifindex === undefined || ours === true) continue;
    if (wanted.type === 'feature' && found?.type === 'feature') {
      const { device, feature } = wanted;
      if (
        !features.some((entry) => entry.device === device && entry.feature === feature && entry.ifindex === ifindex)
      ) {
        features.push({ device, ifindex, feature, on: found.on });
      }
    } else if (wanted.type === 'promiscuous' && found === undefined) {
      promiscuous.set(wanted.device, ifindex);
    } else if (wanted.type === 'qdisc' && wanted.parent === 'ingress' && found === undefined) {
      hooks.set(wanted.device, ifindex);
    } else if (isRoot(wanted) && found?.type === 'qdisc' && isForeign(found, observed)) {
      // An older entry is of a qdisc that someone has since replaced, with ours or before ours came.
      const { device } = wanted;
      const { kind, handle, rawOptions } = found;
      roots = [...roots.filter((entry) => entry.device !== device), { device, ifindex, kind, handle, rawOptions }];
    }
  }
  const devices = new Set(changes.map(({ wanted, found }) => (wanted ?? found)?.device));
  const coming = trees.filter(({ device }) => devices.has(device));
  const others = saved.trees.filter(({ device }) => !coming.some((tree) => tree.device === device));
  const both = coming.map((tree) =>
    bothTrees(
      saved.trees.find(({ device }) => device === tree.device),
      tree,
    ),
  );
  return {
    features,
    roots,
    hooks,
    promiscuous,
    tunables,
    trees: both.length === 0 ? saved.trees : [...others, ...both],
  };
}

function isRoot(resource: Resource): resource is QdiscResource {
  return resource.type === 'qdisc' && resource.parent === 'root';
}

function isForeign(qdisc: QdiscResource, observed: Observed): boolean {
  const found = observed.resources.get(qdiscKey(qdisc.device, qdisc.parent));
  return found?.owner === 'someone else';
}

/**
 * `saved` without what is back as it was, and without devices that are gone or came back as others. `tuned` are the keys of the tunables
 * that are wanted, `trees` what is to be remembered of those that are.
 */
export function withoutRestored(
  saved: Saved,
  wanted: ReadonlyMap<string, Resource>,
  tuned: ReadonlySet<string>,
  observed: Observed,
  trees: readonly SavedTree[] = [],
): Saved {
  const isCurrent = (entry: { device: string; ifindex: number }): boolean =>
    observed.devices.get(entry.device)?.ifindex === entry.ifindex;
  const features = saved.features.filter((entry) => {
    const key = featureKey(entry.device, entry.feature);
    const [should, is] = [wanted.get(key), observed.resources.get(key)?.resource];
    return isCurrent(entry) && [should, is].some((side) => side?.type === 'feature' && side.on !== entry.on);
  });
  const roots = saved.roots.filter((entry) => {
    const now = wanted.get(qdiscKey(entry.device, 'root'));
    return isCurrent(entry) && now?.type === 'qdisc' && now.handle !== entry.handle;
  });
  const hooks = new Map(
    [...saved.hooks].filter(
      ([device, ifindex]) => isCurrent({ device, ifindex }) && observed.devices.get(device)?.hook !== undefined,
    ),
  );
  const promiscuous = new Map(
    [...saved.promiscuous].filter(
      ([device, ifindex]) => isCurrent({ device, ifindex }) && observed.resources.has(promiscuousKey(device)),
    ),
  );
  const tunables = withoutRestoredTunables(saved.tunables, tuned, ofDeviceIn(observed), observed.tunables);
  return { features, roots, hooks, promiscuous, tunables, trees };
}

function ofDeviceIn({ devices }: Observed): (entry: SavedTunable) => boolean {
  return (entry) => isOfDevice(entry, (device) => devices.get(device)?.ifindex);
}

/**
 * The resources that put back what was saved, for the devices that are still the same, and what somebody else has changed, which stays.
 * `tuned` are the keys of the tunables that are wanted.
 */
export function restoring(
  saved: Saved,
  tuned: ReadonlySet<string>,
  observed: Observed,
): { resources: Resource[]; left: Issue[] } {
  const resources: Resource[] = [];
  for (const { device, ifindex, feature, on } of saved.features) {
    const offload = offloadOfFeature(feature);
    const now = observed.devices.get(device);
    // What the driver does not let be switched now, it may later.
    const canSwitch = now?.features.get(feature)?.changeable === true;
    if (now?.ifindex !== ifindex || !canSwitch) continue;
    const resource: FeatureResource = { type: 'feature', device, feature, offload, on };
    resources.push(resource);
  }
  for (const { device, ifindex, kind, handle, rawOptions } of saved.roots) {
    const root = observed.resources.get(qdiscKey(device, 'root'));
    // Whoever has taken our place meanwhile keeps it.
    if (observed.devices.get(device)?.ifindex !== ifindex || root?.owner !== 'weir') continue;
    const raw = rawOptions === undefined ? {} : { rawOptions };
    resources.push({ type: 'qdisc', device, parent: 'root', kind, handle, ...raw });
  }
  const tunables = restoringTunables(saved.tunables, tuned, ofDeviceIn(observed), observed.tunables);
  return { resources: [...resources, ...tunables.resources], left: tunables.left };
}
