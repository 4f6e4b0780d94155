/**
 * Runs the unit tests as bytecode, programs that end in every way a program can, and the test of the engine's memory:
 * `unit-quickjs.mjs COUNTS SHARE TESTS ENDINGS HEAP [EMULATOR ...]`; tests of random cases try this SHARE of them. The tests run on all
 * processors. Writes "passed failed skipped" into COUNTS.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { symbolizer } from './symbolize.mjs';

const [counts, share, tests, endings, heap, ...emulator] = process.argv.slice(2);
const command = (...words) => [...emulator, ...words];
const totals = { passed: 0, failed: 0, skipped: 0 };

/** Every `of`-th test from the one with number `part` on; the executable's last line has the counts. */
function runTests(part, of) {
  const directory = mkdtempSync(join(tmpdir(), 'weir-unit-'));
  // A value that is not UTF-8 can only be set by another program than Node.
  const shell = ['-c', 'WEIR_TEST_BYTES=$(printf "caf\\351") exec "$@"', 'sh', ...command(tests)];
  const env = {
    ...process.env,
    WEIR_TEST_DIRECTORY: directory,
    WEIR_TEST_SHARE: share,
    WEIR_TEST_PART: `${part}/${of}`,
  };
  return new Promise((resolve) => {
    const run = spawn('sh', shell, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const symbolize = symbolizer('build/bundle/--tests/bundle.js');
    let output = '';
    createInterface({ input: run.stdout }).on('line', (line) => {
      console.log(symbolize(line));
      output = line;
    });
    run.on('close', (code, signal) => {
      rmSync(directory, { recursive: true, force: true });
      const last = /(\d+) passed, (\d+) failed, (\d+) skipped$/.exec(output);
      totals.passed += Number(last?.[1] ?? 0);
      totals.failed += Number(last?.[2] ?? 0);
      totals.skipped += Number(last?.[3] ?? 0);
      if (last === null || (code !== 0 && last[2] === '0')) {
        totals.failed++;
        console.log(`${tests} ended without its counts, or after them: ${signal ?? `exit code ${code}`}`);
      }
      resolve();
    });
  });
}

/** How one program of test/quickjs/endings.ts ended. With `closeOutput` nobody reads what it prints. */
function runEnding({ ending, closeOutput }) {
  const [executable, ...args] = command(endings, ending);
  return new Promise((resolve) => {
    const run = spawn(executable, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
    const result = { code: null, stdout: '', stderr: '' };
    if (closeOutput) run.stdout.destroy();
    else run.stdout.on('data', (data) => (result.stdout += data));
    run.stderr.on('data', (data) => (result.stderr += data));
    run.on('close', (code) => resolve({ ...result, code }));
  });
}

/** Undefined when it ended as it must, else what differs. */
function differenceOf({ code, stdout, stderr }, result) {
  const texts = new RegExp(stdout ?? '').test(result.stdout) && new RegExp(stderr ?? '').test(result.stderr);
  if (result.code === code && texts) return undefined;
  return `expected ${JSON.stringify({ code, stdout, stderr })}\n    got      ${JSON.stringify(result)}`;
}

console.log(`unit-quickjs: ${command(tests).join(' ')}`);
const parts = availableParallelism();
await Promise.all(Array.from({ length: parts }, (_, part) => runTests(part, parts)));
console.log(`unit-quickjs: ${command(endings).join(' ')}`);
for (const expected of JSON.parse(readFileSync('test/quickjs/endings.json', 'utf8'))) {
  const wrong = differenceOf(expected, await runEnding(expected));
  if (wrong === undefined) {
    totals.passed++;
    console.log(`  passed: a program that ends by ${expected.ending}`);
  } else {
    totals.failed++;
    console.log(`  FAILED: a program that ends by ${expected.ending}\n    ${wrong}`);
  }
}
const memory = spawnSync(command(heap)[0], command(heap).slice(1), { stdio: ['ignore', 'inherit', 'inherit'] });
if (memory.status === 0) totals.passed++;
else totals.failed++;
console.log(`  ${memory.status === 0 ? 'passed' : 'FAILED'}: the engine's memory under a million requests`);
writeFileSync(counts, `${totals.passed} ${totals.failed} ${totals.skipped}\n`);
process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0);
