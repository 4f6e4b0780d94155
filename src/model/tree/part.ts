/** What the rest of the program may ask of trees, by the door in src/parts/trees.ts. */
export { effectiveTrees } from './effective.ts';
export { parseTrees } from './parse.ts';
export { resolveTrees } from './resolve.ts';
export { isKind, type KindTexts, kindTexts, treeSectionTexts, treeTables } from './texts.ts';
