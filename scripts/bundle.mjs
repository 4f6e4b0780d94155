/**
 * ES modules out of an entry and all that it imports, ready for qjsc: `bundle.mjs ENTRY DIRECTORY/bundle.js`. Writes the maps of
 * the modules too, bundle.js.d for make, and for the parts that the program loads when it needs them (see parts.mjs) a module
 * each, `qjsc-options`, which name them, `part-files`, those of them that lie in files of their own, and `chunks.c`, the table of all
 * modules that native/chunks.c reads.
 * `bundle.mjs --tests DIRECTORY/bundle.js` bundles every unit test with shims for the parts of Node they use, `--cpu-tests` those
 * that depend on the CPU; there everything is one module.
 *
 * Identifiers are kept: shorter ones save almost nothing in bytecode, and stack traces name functions.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { partsIn, partsPlugin } from './parts.mjs';
import { rewriteRegexpLiterals } from './regexp-literals.mjs';
import { cpuTestFiles, quickjsTestFiles } from './test-files.mjs';

/** The package's version, and the commit where git knows it: `0.1.0-8171f74`. The Makefile writes it down. */
function version() {
  const { version: released } = JSON.parse(readFileSync('package.json', 'utf8'));
  const commit = readFileSync('build/stamps/commit', 'utf8').trim();
  return commit === '' ? released : `${released}-${commit}`;
}

/** Inputs of esbuild that are no files. */
const MADE_UP = /^(<stdin>|part:.*)$/;

/** What stands for an entry and is one of many test files. */
const TEST_FILES = { '--tests': quickjsTestFiles, '--cpu-tests': cpuTestFiles };

const OPTIONS = {
  write: false,
  bundle: true,
  metafile: true,
  format: 'esm',
  target: 'es2023',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  external: ['weir:native'],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  define: { WEIR_VERSION: JSON.stringify(version()) },
  logLevel: 'warning',
};

/** Bundles `entry`, or tests, and writes the modules, their maps, and what make and the compilers are told of them. */
async function bundle(entry, output) {
  const directory = dirname(output);
  const testFiles = TEST_FILES[entry];
  // What the program reaches with everything in one module tells which parts there are.
  const parts = testFiles ? [] : partsIn(entry, await build({ ...OPTIONS, entryPoints: [entry], outdir: directory }));
  const options = testFiles ? { ...testEntry(testFiles()), outfile: output } : entries(entry, parts, directory);
  const result = await build({ ...OPTIONS, ...options, sourcemap: 'external' });
  mkdirSync(directory, { recursive: true });
  const files = result.outputFiles.map(({ path, text }) => ({ name: basename(path), text }));
  const isProgram = ({ name }) => name === basename(output);
  const modules = files.filter(({ name }) => name.endsWith('.js')).sort((a, b) => isProgram(b) - isProgram(a));
  removeOthers(directory, modules);
  const identity = createHash('sha256');
  let bytes = 0;
  let literals = 0;
  for (const { name, text } of modules) {
    const map = files.find((file) => file.name === `${name}.map`);
    const rewritten = rewriteRegexpLiterals(text, map.text);
    writeIfChanged(join(directory, name), rewritten.code);
    identity.update(`${name}\0${rewritten.code}\0`);
    writeFileSync(join(directory, `${name}.map`), rewritten.map);
    bytes += rewritten.code.length;
    literals += rewritten.count;
  }
  writeFileSync(join(directory, 'qjsc-options'), parts.map(({ name }) => `-D ${name}.js`).join(' '));
  const inFiles = parts.filter(({ inFile }) => inFile).map(({ name }) => name);
  writeFileSync(join(directory, 'part-files'), inFiles.map((name) => `${name}\n`).join(''));
  const names = modules.map(({ name }) => name);
  writeFileSync(join(directory, 'chunks.c'), chunkTable(names, inFiles, identity.digest('hex')));
  const inputs = Object.keys(result.metafile.inputs).filter((path) => !MADE_UP.test(path));
  // The empty rules let make go on when a file has been removed or renamed.
  writeFileSync(`${output}.d`, `${output}: ${inputs.join(' ')}\n${inputs.map((path) => `${path}:\n`).join('')}`);
  const what = modules.length === 1 ? '' : ` in ${modules.length} modules`;
  console.log(`${output}: ${inputs.length} files, ${bytes} bytes${what}, ${literals} RegExp literals`);
}

/** The program and its parts as entries; what several of them import goes into modules of their own. */
function entries(entry, parts, outdir) {
  return {
    entryPoints: [{ in: entry, out: 'bundle' }, ...parts.map(({ name }) => ({ in: `part:${name}`, out: name }))],
    outdir,
    splitting: true,
    chunkNames: 'shared_[hash]',
    plugins: [partsPlugin(parts)],
  };
}

/**
 * C that stands behind the arrays that qjsc writes, whose names it makes of those of the files. A part that lies in a file has no bytecode
 * in the executable; `identity`, a hash of all modules, tells that a file is of the same build.
 */
function chunkTable(names, inFiles, identity) {
  const array = (stem) => `qjsc_${stem.replace(/[^0-9A-Za-z]/g, '_')}`;
  const row = (name) => {
    const stem = name.replace(/\.js$/, '');
    const file = inFiles.includes(stem);
    const bytecode = file ? `IN_A_FILE(${array(stem)})` : array(stem);
    return `  {"${name}", ${bytecode}, sizeof(${array(stem)}), ${file ? `"${stem}"` : 0}, 0},\n`;
  };
  return `#include "chunks.h"

const char weir_part_header[] = "weir part ${identity.slice(0, IDENTITY_DIGITS)}\\n";
struct chunk weir_chunks[] = {
${names.map(row).join('')}};
const size_t weir_chunk_count = ${names.length};
`;
}

/** Of a hash, enough that no two builds have the same. */
const IDENTITY_DIGITS = 32;

/** Modules of an earlier bundle that this one has not. */
function removeOthers(directory, modules) {
  for (const name of readdirSync(directory)) {
    if (/\.js(\.map)?$/.test(name) && !modules.some((module) => name.startsWith(module.name)))
      rmSync(join(directory, name));
  }
}

/** An entry that imports the test files; each tells the shim its name before its tests. */
function testEntry(files) {
  const shim = (name) => `${process.cwd()}/test/quickjs/${name}.ts`;
  return {
    stdin: {
      contents: [
        ...files.map((file) => `import './${file}';`),
        "import { runTests } from 'node:test'; runTests();",
      ].join('\n'),
      resolveDir: process.cwd(),
    },
    alias: {
      'node:test': shim('node-test'),
      'node:assert/strict': shim('node-assert'),
      'node:fs': shim('node-fs'),
    },
    plugins: [
      {
        name: 'test-file-names',
        setup({ onLoad }) {
          onLoad({ filter: /\.test\.ts$/ }, ({ path }) => {
            const name = path.slice(process.cwd().length + 1);
            return { contents: `beginTestFile(${JSON.stringify(name)});${readFileSync(path, 'utf8')}`, loader: 'ts' };
          });
        },
      },
    ],
  };
}

/** Leaves the file's time alone when nothing changed, so that make does not compile it again. */
function writeIfChanged(path, content) {
  try {
    if (readFileSync(path, 'utf8') === content) return;
  } catch {
    // There is none yet.
  }
  writeFileSync(path, content);
}

const [entry, output] = process.argv.slice(2);
if (!entry || !output) {
  console.error('usage: bundle.mjs ENTRY|--tests|--cpu-tests DIRECTORY/bundle.js');
  process.exit(2);
}
await bundle(entry, output);
