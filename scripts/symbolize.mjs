/**
 * Turns the places of a QuickJS stack trace (`bundle.js:1:1232`) into those of the source: `symbolize.mjs [BUNDLE.js] <trace`.
 * Without an argument, of the bundle in build/weir. The modules of its parts lie beside it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const PLACE = /\b(\w+\.js):(\d+):(\d+)/g;

/** A function that replaces every place in a text; places of the engine itself stay as they are. */
export function symbolizer(bundle) {
  const maps = new Map();
  return (text) =>
    text.replace(PLACE, (place, module, line, column) => {
      if (!maps.has(module)) maps.set(module, mapOf(`${dirname(bundle)}/${module}.map`));
      const { originalSource, originalLine, originalColumn } =
        maps.get(module)?.findEntry(Number(line) - 1, Number(column) - 1) ?? {};
      if (originalSource === undefined) return place;
      const path = originalSource.replace(/^(\.\.\/)+/, '');
      return `${path}:${originalLine + 1}:${originalColumn + 1}`;
    });
}

/** The map of a module, or undefined for a name that is none of the bundle's. */
function mapOf(path) {
  return existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8'))) : undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const symbolize = symbolizer(process.argv[2] ?? 'build/bundle/src/cli/main.ts/bundle.js');
  process.stdout.write(symbolize(readFileSync(0, 'utf8')));
}
