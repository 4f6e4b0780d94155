/** What the rest of the program may ask of trees, by the door in src/parts/trees.ts. */
export { everyQdisc } from '../../tc/every_qdisc.ts';
export { deviceTree, queueOptions, treeOrder } from './device_tree.ts';
export { newTreeDump } from './dump.ts';
export { effectiveTrees } from './effective.ts';
export { isOurFilter, observeTrees } from './observed.ts';
export { qosCounters } from './open_vswitch_counters.ts';
export { qosStatus } from './open_vswitch_status.ts';
export { filterParents } from './order.ts';
export { parseTrees } from './parse.ts';
export { unlikeInitial } from './readable.ts';
export { resolveTrees } from './resolve.ts';
export { classKind } from './resource_class.ts';
export { filterResourceKind } from './resource_filter.ts';
export { sectionOptions, TREE_SECTION_TYPES } from './section_options.ts';
export { encodeStab, stabDifferences, stabWords } from './stab.ts';
export { isKind, type KindTexts, kindTexts, treeSectionTexts, treeTables } from './texts.ts';
export { desiredTrees, treeDevices } from './wanted.ts';
