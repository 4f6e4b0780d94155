/**
 * One ES module out of an entry and all that it imports, ready for qjsc: `bundle.mjs ENTRY OUTPUT.js`. Writes OUTPUT.js.map,
 * and OUTPUT.js.d for make. `bundle.mjs --tests OUTPUT.js` bundles every unit test with shims for the parts of Node they use,
 * `bundle.mjs --cpu-tests OUTPUT.js` those that depend on the CPU.
 *
 * Identifiers are kept: shorter ones save almost nothing in bytecode, and stack traces name functions.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { build } from 'esbuild';
import { rewriteRegexpLiterals } from './regexp-literals.mjs';
import { cpuTestFiles, quickjsTestFiles } from './test-files.mjs';

/** The package's version, and the commit where git knows it: `0.1.0-8171f74`. The Makefile writes it down. */
function version() {
  const { version: released } = JSON.parse(readFileSync('package.json', 'utf8'));
  const commit = readFileSync('build/stamps/commit', 'utf8').trim();
  return commit === '' ? released : `${released}-${commit}`;
}

/** What stands for an entry and is one of many test files. */
const TEST_FILES = { '--tests': quickjsTestFiles, '--cpu-tests': cpuTestFiles };

/** Bundles `entry`, or tests, and writes the module, its map and its dependencies. */
async function bundle(entry, output) {
  const testFiles = TEST_FILES[entry];
  const result = await build({
    ...(testFiles ? testEntry(testFiles()) : { entryPoints: [entry] }),
    outfile: output,
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
    sourcemap: 'external',
    define: { WEIR_VERSION: JSON.stringify(version()) },
    logLevel: 'warning',
  });
  const [map, module] = result.outputFiles;
  const rewritten = rewriteRegexpLiterals(module.text, map.text);
  mkdirSync(dirname(output), { recursive: true });
  writeIfChanged(output, rewritten.code);
  writeFileSync(`${output}.map`, rewritten.map);
  const inputs = Object.keys(result.metafile.inputs).filter((path) => path !== '<stdin>');
  // The empty rules let make go on when a file has been removed or renamed.
  writeFileSync(`${output}.d`, `${output}: ${inputs.join(' ')}\n${inputs.map((path) => `${path}:\n`).join('')}`);
  console.log(`${output}: ${inputs.length} files, ${rewritten.code.length} bytes, ${rewritten.count} RegExp literals`);
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
  console.error('usage: bundle.mjs ENTRY|--tests|--cpu-tests OUTPUT.js');
  process.exit(2);
}
await bundle(entry, output);
