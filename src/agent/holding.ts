/**
 * What held when the kernel was last looked at, as long as nobody else has changed anything: from it the changes of a few classes follow
 * without another look at their tree.
 */
import { differsInTreesOnly } from '../model/changed_config.ts';
import type { Config } from '../model/config.ts';
import type { Desired } from '../model/desired.ts';
import { type Change, subjectOf } from '../model/diff.ts';
import type { Observed } from '../model/observed.ts';
import type { Resource } from '../model/resource.ts';
import type { Saved } from '../model/saved.ts';
import type { ChangedResources } from '../model/tree/changed_resources.ts';
import { isInTree } from '../model/tree_group.ts';
import { trees } from '../parts/trees.ts';

/** All of `config` is in force. */
export interface Holding {
  readonly config: Config;
  readonly saved: Saved;
  /** Both without what hangs in trees. */
  readonly desired: Desired;
  readonly observed: Observed;
  /** What could not be had. */
  readonly left: readonly Change[];
}

/**
 * What to keep of a round after which all of `config` is in force. Undefined where it has no trees; and where something of it is not
 * announced when others change it (maps of the bridge, what is tuned), so that a reload has to look.
 */
export function holdingOf({ config, saved, desired, observed, left }: Holding): Holding | undefined {
  const { trees: forest } = desired;
  if (forest === undefined || !config.enabled || config.trees === undefined) return undefined;
  if (config.bridge !== undefined || config.tuning.length > 0 || saved.tunables.length > 0) return undefined;
  if (!forest.intents.every(({ state, leftOut }) => state === 'wanted' && leftOut === 0)) return undefined;
  const { devices, sections, index } = config.trees;
  // Now, and not when the first class changes.
  index.of(sections);
  const isBeside = (resource: Resource): boolean => !devices.has(resource.device) || !isInTree(resource);
  if (!left.map(subjectOf).every(isBeside)) return undefined;
  return {
    config,
    saved,
    left,
    desired: {
      ...desired,
      resources: new Map([...desired.resources].filter(([, resource]) => isBeside(resource))),
      trees: { ...forest, sections: new Map(), saved: [] },
    },
    observed: {
      ...observed,
      resources: new Map([...observed.resources].filter(([, { resource }]) => isBeside(resource))),
    },
  };
}

/** The classes that `config` has otherwise; undefined where it has more otherwise, or nothing. */
export function changedClasses(holding: Holding, config: Config): ChangedResources | undefined {
  const [before, after] = [holding.config.trees, config.trees];
  if (before === undefined || after === undefined || before === after) return undefined;
  if (!differsInTreesOnly(holding.config, config)) return undefined;
  return trees().changedResources(before, after, holding.observed.devices, holding.saved.trees);
}
