/**
 * Bundles TypeScript to the modules that LuCI's client loads: `luci-modules.mjs SOURCE OUTPUT [--most=BYTES] [--each]`.
 *
 * A LuCI module is the body of a function (luci.js: require, compileClass): directives `'require NAME';` make its parameters, and it
 * returns a class. A SOURCE/a/b.ts with a default export becomes OUTPUT/a/b.js, the module `a.b`:
 *
 * - `import rpc from 'luci/rpc'` is LuCI's module rpc. Other imports are bundled. What several classes need ships once, in a module of
 *   all that those same classes need, which has the name of one of its files: of SOURCE/c.ts OUTPUT/c.js, of src/lib/units.ts
 *   OUTPUT/weir/lib/units.js.
 * - A default export is the class; else the named exports become one, `baseclass.extend({ … })`.
 *
 * With `--each` every file of SOURCE is a module. Beside them lie source maps. Fails when all modules together have more than BYTES.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'acorn';
import { build } from 'esbuild';

const ELSEWHERE = 'src';
const SHARED = 'weir';

/** What every browser has since 2021; classes take more bytes in what is older. */
const TARGET = 'es2022';

/** @returns the modules' files below `source`, e.g. `view/weir/overview.ts` */
export function moduleFiles(source) {
  return readdirSync(source, { recursive: true })
    .filter((path) => path.endsWith('.ts') && !/\.(d|test)\.ts$/.test(path))
    .sort();
}

/**
 * The modules of `source`.
 * @returns {Promise<{ file: string, code: string, map: string, inputs: string[] }[]>}
 */
export async function luciModules(source, { minify, each = false }) {
  const all = new Map(moduleFiles(source).map((file) => [resolve(source, file), file]));
  const exportsOf = await exportedNames([...all.keys()]);
  const classes = new Map([...all].filter(([path]) => each || exportsOf.get(path).includes('default')));
  const nameOf = (path) => all.get(path) ?? join(SHARED, relative(ELSEWHERE, path));
  const groups = groupsOf([...classes.keys()], await importsOf([...classes.keys()]));
  const modules = await modulesOf(groups, classes, nameOf, minify);
  const inputs = modules.flatMap((module) => module.inputs);
  const twice = inputs.find((input, index) => inputs.indexOf(input) < index);
  if (twice !== undefined) throw new Error(`${twice} would ship twice`);
  return modules;
}

/** What each file imports, as far as it can be reached. */
async function importsOf(entries) {
  const { metafile } = await build({
    entryPoints: entries,
    outdir: 'out',
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    logLevel: 'warning',
    external: ['luci/*'],
  });
  const files = Object.entries(metafile.inputs).map(([path, { imports }]) => {
    return [resolve(path), imports.filter(({ external }) => !external).map((one) => resolve(one.path))];
  });
  return new Map(files);
}

/** The files of each module: of each class itself with what nothing else needs, and of what the same several classes need. */
function groupsOf(entries, imports) {
  const users = new Map();
  for (const entry of entries) {
    const visit = (path) => {
      const known = users.get(path) ?? new Set();
      if (known.has(entry)) return;
      users.set(path, known.add(entry));
      for (const one of imports.get(path)) if (!entries.includes(one)) visit(one);
    };
    visit(entry);
  }
  const groups = new Map();
  for (const [path, used] of users) {
    const key = [...used].sort().join(' ');
    groups.set(key, [...(groups.get(key) ?? []), path]);
  }
  return [...groups.values()];
}

/** A module of each group; of those that are no class, with no more exports than the others use. */
async function modulesOf(groups, classes, nameOf, minify) {
  const exportsOf = await exportedNames(groups.flat());
  const modules = groups.map((paths) => {
    const [first] = paths;
    const isClass = classes.has(first);
    const exporting = isClass ? [first] : paths;
    const exported = new Map(exporting.map((path) => [path, exportsOf.get(path)]));
    return { paths, file: nameOf(first), exported, isClass };
  });
  const build = () => Promise.all(modules.map((module) => luciModule(module, modules, minify)));
  const codes = (await build()).map(({ code }) => code).join('\n');
  for (const { file, exported, isClass } of modules) {
    if (isClass) continue;
    const matches = codes.matchAll(new RegExp(`\\b${identifierOf(moduleName(file))}\\.(\\w+)`, 'g'));
    const used = new Set(Array.from(matches, ([, name]) => name));
    for (const [path, names] of exported) exported.set(path, names.filter((name) => used.has(name)).sort());
    const all = [...exported.values()].flat();
    const twice = all.find((name, index) => all.indexOf(name) < index);
    if (twice !== undefined) throw new Error(`${file}: two of its files export ${twice}`);
  }
  return build();
}

/** What LuCI requires it by. */
const moduleName = (file) => file.replace(/\.ts$/, '').replaceAll('/', '.');
/** What luci.js calls a module without an `as`. */
const identifierOf = (name) => name.replace(/[^a-zA-Z0-9_]/g, '_');

async function exportedNames(files) {
  const result = await build({
    entryPoints: files,
    outdir: 'out',
    outbase: '.',
    write: false,
    metafile: true,
    format: 'esm',
    logLevel: 'warning',
  });
  return new Map(Object.values(result.metafile.outputs).map((output) => [resolve(output.entryPoint), output.exports]));
}

async function luciModule({ paths, file, exported }, modules, minify) {
  const requires = new Map();
  const requireAs = (name) => {
    const identifier = identifierOf(name);
    requires.set(name, identifier);
    return identifier;
  };
  const lines = Array.from(exported, ([path, names]) => `export { ${names.join(', ')} } from ${JSON.stringify(path)};`);
  const result = await build({
    stdin: { contents: lines.join('\n'), resolveDir: '.', loader: 'ts' },
    outfile: 'module.js',
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: TARGET,
    charset: 'utf8',
    minify,
    sourcemap: 'external',
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [modulesOfLuci(requireAs), modulesOfOurs(paths, modules, requireAs)],
  });
  const [map, script] = result.outputFiles;
  const returned = returnExports(script.text, requireAs);
  const directives = ["'use strict';", ...[...requires.keys()].sort().map((name) => `'require ${name}';`)].join('');
  return {
    file,
    // One line, so that the source map holds when it is moved by one line.
    code: `${directives}\n${returned}`,
    map: movedByOneLine(map.text),
    inputs: Object.keys(result.metafile.inputs).filter((path) => !/^(<stdin>$|luci(-ours)?:)/.test(path)),
  };
}

/** `luci/rpc` is the parameter that the directive `'require rpc'` makes. */
function modulesOfLuci(requireAs) {
  return {
    name: 'modules of LuCI',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^luci\// }, ({ path }) => ({ path: path.slice(5), namespace: 'luci', sideEffects: false }));
      onLoad({ filter: /.*/, namespace: 'luci' }, ({ path }) => ({
        contents: `export default ${requireAs(path.replaceAll('/', '.'))};`,
      }));
    },
  };
}

/** What is in another module is a property of it. */
function modulesOfOurs(own, modules, requireAs) {
  const moduleOf = (path) => modules.find(({ paths }) => paths.includes(path));
  return {
    name: 'modules of ours',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
        const target = resolve(resolveDir, path);
        if (own.includes(target) || moduleOf(target) === undefined) return undefined;
        return { path: target, namespace: 'luci-ours', sideEffects: false };
      });
      onLoad({ filter: /.*/, namespace: 'luci-ours' }, ({ path }) => {
        const { file, exported } = moduleOf(path);
        const names = exported.get(path);
        if (names.includes('default')) throw new Error(`${path} is a class of LuCI's and cannot be imported`);
        const identifier = requireAs(moduleName(file));
        return {
          contents: names
            .map((one) => `export const ${one} = /* @__PURE__ */ (() => ${identifier}.${one})();`)
            .join('\n'),
        };
      });
    },
  };
}

/** An ES module's text with a `return` in place of its exports. */
function returnExports(text, requireAs) {
  const program = parse(text, { ecmaVersion: 'latest', sourceType: 'module' });
  const statements = program.body.filter(({ type }) => type.startsWith('Export'));
  const [last] = statements;
  if (statements.length !== 1 || last.type !== 'ExportNamedDeclaration' || last !== program.body.at(-1)) {
    throw new Error('one list of exports, at the end, was expected of esbuild');
  }
  const names = last.specifiers.map(({ local, exported }) => [exported.name, local.name]);
  const whole = names.find(([exported]) => exported === 'default');
  const pairs = names.map(([exported, local]) => `${exported}:${local}`).join(',');
  const value = whole === undefined ? `${requireAs('baseclass')}.extend({${pairs}})` : whole[1];
  return `${text.slice(0, last.start)}return ${value};\n`;
}

function movedByOneLine(map) {
  const parsed = JSON.parse(map);
  parsed.mappings = `;${parsed.mappings}`;
  return JSON.stringify(parsed);
}

async function main([source, output, ...options]) {
  const most = Number(options.find((option) => option.startsWith('--most='))?.slice(7) ?? Number.POSITIVE_INFINITY);
  const modules = await luciModules(source, { minify: true, each: options.includes('--each') });
  rmSync(output, { recursive: true, force: true });
  let bytes = 0;
  for (const { file, code, map } of modules) {
    const path = join(output, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, code);
    writeFileSync(`${path}.map`, map);
    bytes += Buffer.byteLength(code);
  }
  console.log(`${output}: ${modules.length} modules, ${bytes} bytes`);
  if (bytes > most) throw new Error(`${bytes} bytes are more than ${most}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
