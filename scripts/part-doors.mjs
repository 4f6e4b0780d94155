/**
 * Parts of the program that it loads when it first needs them. A part has a door, `src/parts/NAME.ts`, which imports all that the part
 * exports and gives it by a function NAME: so it reads, is checked, and is tested. When a program is bundled the part is a module of
 * its own, NAME.js, and in place of the door stands a function that has the executable load it.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const DOOR = /(^|\/)parts\/\w+\.ts$/;
const TARGET = /^import \* as part from '([^']+)';$/m;

/** The doors among what esbuild has bundled (its metafile): the part's name, the door, and the file that it leads to. */
export function doorsIn({ metafile }) {
  return Object.keys(metafile.inputs)
    .filter((path) => DOOR.test(path))
    .sort()
    .map((path) => {
      const target = TARGET.exec(readFileSync(path, 'utf8'))?.[1];
      if (target === undefined) throw new Error(`${path} has no line "import * as part from '…';"`);
      return { name: basename(path, '.ts'), path, target: join(dirname(path), target) };
    });
}

/** The plugin of esbuild that puts a loader in place of each door. */
export function doorPlugin(doors) {
  return {
    name: 'part-doors',
    setup({ onLoad }) {
      onLoad({ filter: DOOR }, ({ path }) => {
        const door = doors.find((one) => resolve(one.path) === path);
        return door === undefined ? undefined : { contents: loaderOf(door.name), loader: 'js' };
      });
    },
  };
}

function loaderOf(name) {
  return `import { loadPart } from 'weir:native';
let part;
export function ${name}() { return part ??= loadPart('${name}.js'); }
`;
}
