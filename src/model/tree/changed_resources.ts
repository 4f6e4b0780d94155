/** What changed classes come to in the kernel, without a look at the rest of their tree. */
import type { Device, Observed } from '../observed.ts';
import type { ClassResource, QdiscResource, Resource } from '../resource.ts';
import type { SavedTree } from '../saved_tree.ts';
import { desiredTree } from './desired.ts';
import type { Forest } from './intent.ts';
import { NodeMaker } from './node_maker.ts';
import type { TreeNode } from './nodes.ts';
import { checkRates } from './rate_checks.ts';
import { Report } from './report.ts';
import { linkRateOrUsual } from './resolve.ts';
import type { ClassSection, QdiscSection, TreesConfig } from './sections.ts';
import { TreeRates } from './tree_rates.ts';

export interface ChangedResources {
  /** The classes with their leaves, by their keys. */
  readonly wanted: ReadonlyMap<string, Resource>;
  /** These with all that they stand on, parents first. */
  readonly withParents: readonly (QdiscResource | ClassResource)[];
}

/**
 * The classes by which `after` differs from `before`, which is in force as a whole and without an issue. Undefined where nobody knows them, so
 * that the whole is to be looked at. `saved` is what is remembered of the trees.
 */
export function changedResources(
  before: TreesConfig,
  after: TreesConfig,
  devices: ReadonlyMap<string, Device>,
  saved: readonly SavedTree[],
): ChangedResources | undefined {
  if (after.change?.of !== before.identity) return undefined;
  const { classes } = after.change;
  const sections = withParents(classes);
  if (sections === undefined) return undefined;
  const report = new Report('');
  const rates = new TreeRates(after, {
    mtuOf: (device) => devices.get(device)?.mtu,
    linkOf: (device) => linkRateOrUsual(devices.get(device)?.linkRateBitPerS),
  });
  if (after.followsLink) checkRates(classes, rates, report, 'with the link');
  const nodes = new NodeMaker(rates).nodesOf(sections).filter(({ node }) => node !== 'filter');
  const forest = { resources: new Map<string, Resource>(), sections: new Map<string, string>() };
  for (const device of new Set(nodes.map((node) => node.device))) {
    const own = nodes.filter((node) => node.device === device);
    const remembered = saved.find((tree) => tree.device === device);
    if (remembered === undefined || !addTree(device, own, devices, remembered, report, forest)) return undefined;
  }
  if (report.issues.length > 0) return undefined;
  const names = new Set(classes.map(({ name }) => name));
  const isChanged = (key: string): boolean => names.has(forest.sections.get(key) ?? '');
  return {
    wanted: new Map([...forest.resources].filter(([key]) => isChanged(key))),
    withParents: [...forest.resources.values()].filter((one) => one.type === 'qdisc' || one.type === 'class'),
  };
}

/** The classes with all that they stand on, parents first; undefined where that is another tool's. */
function withParents(classes: readonly ClassSection[]): readonly (QdiscSection | ClassSection)[] | undefined {
  const sections = new Set<QdiscSection | ClassSection>();
  for (const one of classes) {
    const line: (QdiscSection | ClassSection)[] = [one];
    for (let { stand } = one; stand.at === 'section'; { stand } = stand.section) line.unshift(stand.section);
    if (line.some(({ stand }) => stand.at !== 'section' && stand.at !== 'root')) return undefined;
    for (const section of line) sections.add(section);
  }
  return [...sections];
}

/** False where a number would have to be allotted that is not remembered. */
function addTree(
  device: string,
  nodes: readonly TreeNode[],
  devices: ReadonlyMap<string, Device>,
  saved: SavedTree,
  report: Report,
  forest: Forest,
): boolean {
  const observed: Pick<Observed, 'devices' | 'resources'> = { devices, resources: new Map() };
  const circumstances = { observed, saved, rootRefusal: undefined };
  const tree = desiredTree(device, nodes, circumstances, report.issues, forest);
  const numbers = [...(tree.saved?.numbers ?? [])];
  return tree.saved !== undefined && numbers.every(([name, number]) => saved.numbers.get(name) === number);
}
