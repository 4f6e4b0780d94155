/**
 * Turns the places of a QuickJS stack trace (`bundle.js:1:1232`) into those of the source: `symbolize.mjs [BUNDLE.js] <trace`.
 * Without an argument, of the bundle in build/weir.
 */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

const PLACE = /\bbundle\.js:(\d+):(\d+)/g;

/** A function that replaces every place in a text; places of the engine itself stay as they are. */
export function symbolizer(bundle) {
  let map;
  return (text) =>
    text.replace(PLACE, (place, line, column) => {
      map ??= new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, 'utf8')));
      const { originalSource, originalLine, originalColumn } = map.findEntry(Number(line) - 1, Number(column) - 1);
      if (originalSource === undefined) return place;
      const path = originalSource.replace(/^(\.\.\/)+/, '');
      return `${path}:${originalLine + 1}:${originalColumn + 1}`;
    });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const symbolize = symbolizer(process.argv[2] ?? 'build/bundle/src/cli/main.ts/bundle.js');
  process.stdout.write(symbolize(readFileSync(0, 'utf8')));
}
