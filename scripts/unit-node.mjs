/**
 * Runs the unit tests on Node, or with `--NAME` those of the suite test/NAME: `unit-node.mjs COUNTS [--NAME] [FILTER]`. Writes
 * "passed failed skipped" into COUNTS.
 */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { build } from 'esbuild';
import { nodeTestFiles, suiteTestFiles } from './test-files.mjs';

const suite = process.argv.find((word) => word.startsWith('--'))?.slice(2);
const [counts, filter = ''] = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const directory = `build/${suite ?? 'unit'}-tests`;

const files = (suite === undefined ? nodeTestFiles() : suiteTestFiles(suite)).filter((path) => path.includes(filter));
rmSync(directory, { recursive: true, force: true });
await build({
  entryPoints: files,
  outdir: directory,
  outbase: '.',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  external: ['esbuild'],
  target: 'node18',
  sourcemap: 'linked',
  define: { WEIR_VERSION: '"test"' },
  logLevel: 'warning',
});
console.log(`${suite ?? 'unit'}: ${files.length} test files on Node ${process.version}`);

const bundles = files.map((path) => `${directory}/${path.replace(/\.ts$/, '.js')}`);
const tap = `${directory}/tests.tap`;
const reporters = ['spec', 'stdout', 'tap', tap].map((value, i) =>
  i % 2 === 0 ? `--test-reporter=${value}` : `--test-reporter-destination=${value}`,
);
// Node by itself leaves a processor alone, which on two of them halves the speed; before 20.10 it could not be asked not to.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const asked = major > 20 || (major === 20 && minor >= 10) ? [`--test-concurrency=${availableParallelism()}`] : [];
const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...asked, ...reporters, ...bundles], {
  stdio: 'inherit',
});

const { readFileSync } = await import('node:fs');
const report = readFileSync(tap, 'utf8');
/** The last "# name N" of the report: the runner's totals. */
const total = (name) => Number([...report.matchAll(new RegExp(`^# ${name} (\\d+)$`, 'gm'))].at(-1)?.[1] ?? Number.NaN);
const failed = total('fail') + total('cancelled');
const skipped = total('skipped') + total('todo');
writeFileSync(counts, `${total('pass')} ${failed} ${skipped}\n`);
if (run.status !== 0 || failed > 0 || !(total('pass') > 0)) process.exit(1);
