/** What other parts of the program need of trees, see parts/trees.ts. */
export { deviceTree, queueOptions } from './device_tree.ts';
export { filterParents } from './order.ts';
export { sectionOptions, TREE_SECTION_TYPES } from './section_options.ts';
