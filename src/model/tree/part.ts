/** What the rest of the program may ask of trees, by the door in src/parts/trees.ts. */
export { parseTrees } from './parse.ts';
export { resolveTrees } from './resolve.ts';
