/** What the rest of the program may ask of trees, by the door in src/parts/trees.ts. */
export { deviceTree, queueOptions } from './device_tree.ts';
export { filterParents } from './order.ts';
export { parseTrees } from './parse.ts';
export { resolveTrees } from './resolve.ts';
export { sectionOptions, TREE_SECTION_TYPES } from './section_options.ts';
