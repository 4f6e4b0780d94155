/**
 * Runs the unit tests as bytecode, programs that end in every way a program can, and the test of the engine's memory:
 * `unit-quickjs.mjs COUNTS SHARE TESTS ENDINGS HEAP [EMULATOR ...]`; tests of random cases try this SHARE of them. The tests run on all
 * processors. Writes "passed failed skipped" into COUNTS.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

/** What may become of the file of a part, given its path beside the executable. */
const PART_FILES = {
  beside: () => {},
  installed: (path) => {
    const place = join(dirname(path), '../lib/weir');
    mkdirSync(place, { recursive: true });
    copyFileSync(path, join(place, 'filed'));
    rmSync(path);
  },
  none: (path) => rmSync(path),
  'of another build': (path) =>
    writeFileSync(
      path,
      readFileSync(path, 'latin1').replace(/[0-9a-f](?=\n)/, (digit) => (digit === '0' ? '1' : '0')),
      'latin1',
    ),
  'cut off': (path) => truncateSync(path, readFileSync(path).length - 1),
  empty: (path) => truncateSync(path, 0),
  'for a group to write': (path) => chmodSync(path, 0o664),
  'for all to write': (path) => chmodSync(path, 0o646),
  'of another user': (path) => chownSync(path, 1, 1),
  'a directory': (path) => {
    rmSync(path);
    mkdirSync(path);
  },
  'a pipe': (path) => {
    rmSync(path);
    spawnSync('mkfifo', [path]);
  },
};

/** An executable of its own in `directory`, with the file of a part as it is named. */
function putExecutable(directory, partFile) {
  const executable = join(directory, 'sbin/endings');
  mkdirSync(dirname(executable));
  copyFileSync(endings, executable);
  copyFileSync(`${endings}.filed`, `${executable}.filed`);
  PART_FILES[partFile](`${executable}.filed`);
  return executable;
}

/** How one program of test/quickjs/endings.ts ended. With `closeOutput` nobody reads what it prints. */
async function runEnding({ ending, closeOutput, partFile }) {
  const directory = mkdtempSync(join(tmpdir(), 'weir-ending-'));
  try {
    return await ended(partFile === undefined ? endings : putExecutable(directory, partFile), ending, closeOutput);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function ended(program, ending, closeOutput) {
  const [executable, ...args] = command(program, ending);
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
  const name = expected.ending + (expected.partFile === undefined ? '' : `, its file ${expected.partFile}`);
  // Nobody else can give a file to another user.
  if (expected.partFile === 'of another user' && process.getuid() !== 0) {
    totals.skipped++;
    console.log(`  skipped: a program that ends by ${name}: only root can make it`);
    continue;
  }
  const wrong = differenceOf(expected, await runEnding(expected));
  if (wrong === undefined) {
    totals.passed++;
    console.log(`  passed: a program that ends by ${name}`);
  } else {
    totals.failed++;
    console.log(`  FAILED: a program that ends by ${name}\n    ${wrong}`);
  }
}
const memory = spawnSync(command(heap)[0], command(heap).slice(1), { stdio: ['ignore', 'inherit', 'inherit'] });
if (memory.status === 0) totals.passed++;
else totals.failed++;
console.log(`  ${memory.status === 0 ? 'passed' : 'FAILED'}: the engine's memory under a million requests`);
writeFileSync(counts, `${totals.passed} ${totals.failed} ${totals.skipped}\n`);
process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0);
