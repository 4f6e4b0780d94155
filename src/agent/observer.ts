/** How the kernel is looked at: as a whole, and after changes as far as they can have changed something. */
import type { Config } from '../model/config.ts';
import type { Change } from '../model/diff.ts';
import { type KernelDump, type Observed, observedState } from '../model/observed.ts';
import type { ObservedResource, Resource } from '../model/resource.ts';
import type { Saved } from '../model/saved.ts';
import { savedTreeOn } from '../model/saved_tree.ts';
import { isInTree, type TreeGroup, treeGroup } from '../model/tree_group.ts';
import { devicesIn, tuningInterest } from '../model/tuning_devices.ts';
import { canUseTrees } from '../parts/trees.ts';
import type { Looks } from './apply.ts';
import type { TreeInterest } from './forest_dump.ts';
import type { Kernel } from './kernel.ts';

/** What the kernel said, and what it means. */
export interface Sight {
  readonly dump: KernelDump;
  readonly observed: Observed;
}

/** What a round is about. */
interface Aims {
  readonly config: Config;
  readonly saved: Saved;
  readonly wanted: ReadonlyMap<string, Resource>;
}

export class Observer {
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** Everything that the configuration is about, or that something is saved of. @throws KernelError */
  observe(config: Config, saved: Saved): Sight {
    const devices = devicesIn(config);
    const tuning = tuningInterest(config, saved);
    for (const device of [...saved.features.map((entry) => entry.device), ...tuning.devices]) devices.add(device);
    return this.interpret(
      this.kernel.look((name) => devices.has(name), config.bridge !== undefined, tuning, treeInterest(config, saved)),
      saved,
    );
  }

  private interpret(dump: KernelDump, saved: Saved): Sight {
    return { dump, observed: this.kernel.interpret(() => observedState(dump, saved)) };
  }

  /**
   * How to look again after changes; what is seen replaces `seen.last`. Where only the options of qdiscs change, as with a new rate,
   * only these are read, and after changes of the tree of one device only that. The functions hold nothing that holds them: what was seen is
   * freed at once, not when cycles are looked for.
   */
  looksAfter(group: readonly Change[], { config, saved, wanted }: Aims, seen: { last: Sight }): Looks {
    const isOption = ({ action, wanted }: Change): boolean => action === 'change' && wanted?.type === 'qdisc';
    const onlyOptions = group.every(isOption) && seen.last.dump.trees === undefined;
    const tree = treeGroup(group, wanted);
    const look = (): Sight => this.observe(config, saved);
    const lookAtOptions = (): Sight => this.interpret({ ...seen.last.dump, qdiscs: this.kernel.qdiscs() }, saved);
    return {
      afresh: () => {
        seen.last = look();
        return seen.last.observed;
      },
      verify: () => {
        const ofTree = tree === undefined ? undefined : this.lookAtTree(tree, seen.last, saved);
        seen.last = ofTree ?? (onlyOptions ? lookAtOptions() : look());
        return seen.last.observed;
      },
    };
  }

  /** What was seen last, with the tree of one device as it is now; undefined where that was not there, or is no device with trees. */
  private lookAtTree({ device, qdiscs }: TreeGroup, last: Sight, saved: Saved): Sight | undefined {
    const { devices, resources: before } = last.observed;
    const found = devices.get(device);
    if (found === undefined || last.dump.trees?.has(found.ifindex) !== true) return undefined;
    const filterParents = savedTreeOn(saved.trees, found)?.filterParents ?? [];
    const resources = new Map<string, ObservedResource>();
    before.forEach((one, key) => {
      if (one.resource.device !== device || !isInTree(one.resource)) resources.set(key, one);
    });
    this.kernel.trees.tree(found, qdiscs, filterParents, devices, saved.trees).forEach((one, key) => {
      resources.set(key, one);
    });
    return { ...last, observed: { ...last.observed, resources } };
  }
}

/** Devices with trees, or with something left of them, as far as those can be read: see trees_package.ts. */
function treeInterest({ trees: config, enabled }: Config, saved: Saved): TreeInterest {
  const devices = new Set(saved.trees.length > 0 && canUseTrees() ? saved.trees.map(({ device }) => device) : []);
  if (config !== undefined && enabled) for (const device of config.devices) devices.add(device);
  return {
    devices,
    filterParents: (name, ifindex) => savedTreeOn(saved.trees, { name, ifindex })?.filterParents ?? [],
  };
}
