/** `make lab`: runs the scenarios, two at a time, with a line each, and counts. Arguments: names of scenarios. */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const BUNDLES = 'build/lab/js/scenarios';
/** A guest is one busy thread; more than two would only wait for each other on a small machine. */
const AT_ONCE = 2;
/** Begun first, so that nobody waits for one of them alone at the end. */
const LONG: readonly string[] = ['bridge-faults', 'offloads-in-the-shaper', 'frames', 'plain-cake-latency', 'latency'];

interface Result {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** What the scenario wrote, as TAP. */
  readonly report: string;
}

const wanted = process.argv.slice(2);
const names = scenarioNames();
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`no such scenario: ${unknown.join(', ')}. There are: ${names.join(', ')}`);
  process.exit(2);
}
const results = await runAll(wanted.length > 0 ? wanted : names);
const sum = (of: (result: Result) => number) => results.reduce((total, result) => total + of(result), 0);
const [passed, failed, skipped] = [sum((r) => r.passed), sum((r) => r.failed), sum((r) => r.skipped)];
mkdirSync('build/results', { recursive: true });
writeFileSync('build/results/lab', `${passed} ${failed} ${skipped}\n`);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed > 0 ? 1 : 0);

/** Of the sources; a bundle whose source is gone is removed. */
function scenarioNames(): string[] {
  const sources = readdirSync('test/lab/scenarios').filter((file) => file.endsWith('.ts'));
  const known = new Set(sources.map((file) => basename(file, '.ts')));
  for (const file of readdirSync(BUNDLES)) if (!known.has(basename(file, '.js'))) rmSync(join(BUNDLES, file));
  const others = [...known].filter((name) => !LONG.includes(name)).sort();
  return [...LONG.filter((name) => known.has(name)), ...others];
}

async function runAll(queue: readonly string[]): Promise<Result[]> {
  const done: Result[] = [];
  let next = 0;
  async function work(): Promise<void> {
    for (let name = queue[next++]; name !== undefined; name = queue[next++]) {
      const result = await runOne(name);
      done.push(result);
      print(result, done.length, queue.length);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return done;
}

function runOne(name: string): Promise<Result> {
  const start = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--test-reporter=tap', join(BUNDLES, `${name}.js`)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let report = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (report += String(part)));
    child.on('close', (code) => {
      const counted = {
        passed: countOf(report, 'pass'),
        failed: countOf(report, 'fail'),
        skipped: countOf(report, 'skipped'),
      };
      // A bundle that does not even start reports nothing: that is a failure too.
      const failed = counted.failed === 0 && code !== 0 ? 1 : counted.failed;
      resolve({ name, ...counted, failed, seconds: (performance.now() - start) / 1000, report });
    });
  });
}

function countOf(report: string, what: string): number {
  return Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(report)?.[1] ?? 0);
}

function print(result: Result, done: number, all: number): void {
  const verdict = result.failed > 0 ? 'FAIL' : result.passed > 0 ? 'ok  ' : 'skip';
  console.log(`[${done}/${all}] ${verdict} ${result.name} (${result.seconds.toFixed(1)} s)`);
  for (const line of result.report.split('\n')) {
    // Notes of a scenario (t.diagnostic) and reasons to skip; all of it where something failed.
    if (result.failed > 0 || /^ *# (?!Subtest|tests|suites|pass|fail|cancelled|skipped|todo|duration)/.test(line))
      console.log(`    ${line}`);
    else if (/# SKIP/.test(line)) console.log(`    ${line.trim()}`);
  }
}
