/**
 * Parts of the program that it loads when it first needs them. A part has a door, `src/parts/NAME.ts`, which imports all that the part
 * exports and gives it by a function NAME: so it reads, is checked, and is tested. When a program is bundled the part is a module of
 * its own, NAME.js, and in place of the door stands a function that has the executable load it.
 *
 * A part whose door also has the functions NAMEFile and canUseName is not in the executable: it lies in a file NAME, which may not be
 * there, and those two tell.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const DOOR = /(^|\/)parts\/\w+\.ts$/;
const TARGET = /^import \* as part from '([^']+)';$/m;

/**
 * The parts of a program, by their names, from what esbuild says of it with everything in one module (its metafile): the door, and what
 * the part's own module imports for its effect and exports.
 *
 * It imports what the program's entry imports: so all of that is in one module, whatever of it which parts share. Of the entry itself
 * it takes nothing, since a part is loaded while that runs, and the engine (quickjs.c, js_inner_module_linking) cannot link to a module
 * that is still being evaluated.
 */
export function partsIn(entry, { metafile }) {
  const program = metafile.inputs[entry].imports.filter(({ external }) => !external).map(({ path }) => path);
  return Object.keys(metafile.inputs)
    .filter((path) => DOOR.test(path))
    .sort()
    .map((door) => {
      const text = readFileSync(door, 'utf8');
      const target = TARGET.exec(text)?.[1];
      if (target === undefined) throw new Error(`${door} has no line "import * as part from '…';"`);
      const name = basename(door, '.ts');
      const inFile = text.includes(`export function ${name}File(`);
      return { name, door, inFile, imports: program, exports: join(dirname(door), target) };
    });
}

/** The plugin of esbuild that puts a loader in place of each door, and knows a part's own module as `part:NAME`. */
export function partsPlugin(parts) {
  return {
    name: 'parts',
    setup({ onResolve, onLoad }) {
      onLoad({ filter: DOOR }, ({ path }) => {
        const part = parts.find(({ door }) => resolve(door) === path);
        return part === undefined ? undefined : { contents: loaderOf(part), loader: 'js' };
      });
      onResolve({ filter: /^part:/ }, ({ path }) => ({ path: path.slice('part:'.length), namespace: 'part' }));
      onLoad({ filter: /^/, namespace: 'part' }, ({ path }) => {
        const part = parts.find(({ name }) => name === path);
        return { contents: moduleOf(part), resolveDir: process.cwd() };
      });
    },
  };
}

function moduleOf({ imports, exports }) {
  return [...imports.map((path) => `import './${path}';`), `export * from './${exports}';`].join('\n');
}

function loaderOf({ name, inFile }) {
  const module = JSON.stringify(`${name}.js`);
  const loader = `import { loadPart, partFile } from 'weir:native';
let part;
export function ${name}() { return part ??= loadPart(${module}); }
`;
  if (!inFile) return loader;
  // What has been loaded holds, whatever lies there now; that the file is gone is told all the same.
  return `${loader}
export function ${name}File() {
  const found = partFile(${module});
  return part === undefined || found === 'missing' ? found : 'there';
}
export function canUse${name[0].toUpperCase()}${name.slice(1)}() {
  return part !== undefined || partFile(${module}) === 'there';
}
`;
}
