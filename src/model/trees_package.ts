/**
 * The package that trees come in, and what holds while it is not there, or is of another version than the program: everything but trees,
 * and of trees that are in force what can be done without it.
 */
import type { Issue } from '../lib/issue.ts';
import { canUseTrees, treesFile } from '../parts/trees.ts';
import { type SectionText, whereSection } from '../schema/section.ts';
import type { Config } from './config.ts';
import type { Observed } from './observed.ts';
import { packageProblem } from './part_package.ts';
import { qdiscKey } from './resource/qdisc.ts';
import type { Resource } from './resource.ts';
import type { Saved } from './saved.ts';
import type { SavedTree } from './saved_tree.ts';
import type { TreeIntent } from './tree/intent.ts';
import type { DesiredTrees } from './tree/wanted.ts';
import { TREE_SECTIONS } from './tree_sections.ts';

const PACKAGE = 'weir-trees';

/** That trees cannot be had now, and what helps, as a sentence; undefined where they can. */
export function treesProblem(): string | undefined {
  const file = treesFile();
  if (file === 'there') return undefined;
  const { needed, expected } = packageProblem(PACKAGE, file);
  return `trees need ${needed} (expected ${expected})`;
}

/** One issue for all sections of trees, at the first of them; undefined where there are none, or they can be read. */
export function treesIssue(sections: readonly SectionText[], file: string): Issue | undefined {
  const first = sections.find(({ type }) => TREE_SECTIONS.includes(type));
  const found = first === undefined ? 'there' : treesFile();
  if (first === undefined || found === 'there') return undefined;
  const { needed, expected } = packageProblem(PACKAGE, found);
  return { severity: 'error', where: whereSection(file, first), what: `these sections need ${needed}`, expected };
}

/**
 * What becomes of trees that are in force and cannot be read; undefined where there are none such. With the package of another version,
 * as between the two steps of an upgrade, they stay as they are. Without the package, or when weir stops, the qdiscs go that weir has
 * made at the root, with all that hangs on them; what stands at a hook or on what others have set up stays, and remains known. Roots that
 * are among what is `taken` are wanted otherwise now.
 */
export function treesLeft(
  config: Config,
  observed: Observed,
  saved: Saved,
  taken: ReadonlyMap<string, Resource>,
  issues: Issue[],
): DesiredTrees | undefined {
  const problem = saved.trees.length === 0 || canUseTrees() ? undefined : treesProblem();
  if (problem === undefined) return undefined;
  const stays = config.enabled && config.treesProblem !== undefined && treesFile() !== 'missing';
  const resources = new Map<string, Resource>();
  const intents: TreeIntent[] = [];
  const left: SavedTree[] = [];
  for (const tree of saved.trees) {
    const { device, ifindex, keys } = tree;
    const key = qdiscKey(device, 'root');
    const rootStays = stays && tree.root !== undefined && !taken.has(key);
    if (observed.devices.get(device)?.ifindex !== ifindex || (!rootStays && keys.length === 0)) continue;
    const what = rootStays
      ? 'the tree stays as it is'
      : 'what weir has put at a hook, or on what others have set up, stays there';
    const reason = `${what}: ${problem}`;
    issues.push({ severity: 'warning', where: device, what: reason });
    intents.push({ device, state: 'refused', reason, counts: { qdiscs: 0, classes: 0, filters: 0 }, leftOut: 0 });
    left.push(rootStays ? tree : { ...tree, root: undefined });
    const root = rootStays ? observed.resources.get(key) : undefined;
    if (root?.owner === 'weir') resources.set(key, root.resource);
  }
  return { resources, intents, saved: left, sections: new Map() };
}
