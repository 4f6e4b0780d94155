/**
 * The executables of the packages run: those of other CPUs under qemu-user, with the C library of that CPU as root. qemu-user passes on
 * dumps of devices and refuses those of qdiscs, so what is beyond that is tried by the tests that depend on the CPU, which are
 * linked with the very objects of the packages. Big-endian MIPS, where all unit tests run, is a suite of its own.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { CPUS, ipkOf, withFiles } from './ipk.ts';
import { HOST_CPU } from './router.ts';

interface Ran {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How `program` of that CPU is started here. */
function emulated(cpu: string, program: string): string[] {
  return [`qemu-${cpu}`, '-L', resolve(`build/libc/${cpu}/root`), program];
}

function run([command = '', ...words]: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(command, words, { encoding: 'utf8' });
  return { exit: status, stdout, stderr };
}

/** Some that are right and the three that are not, with the exit code. */
const FIXTURES: ReadonlyArray<readonly [string, number]> = [
  ['every-option', 0],
  ['interface-only', 0],
  ['two-shapers', 0],
  ['both-rates-zero', 0],
  ['bad-section-among-good', 1],
  ['bad-section-stops-shaping', 1],
];
const BAD_RATE = /^error: .*config:3: shaper 'bad', option 'upload': wrong value \(expected a rate .*, got 'fast'\)$/m;

for (const cpu of CPUS.keys()) {
  test(`weir for ${cpu} under qemu: version, check of good and bad configurations as on this machine, netlink`, () =>
    withFiles(ipkOf(cpu), (directory) => {
      const weir = emulated(cpu, join(directory, 'usr/sbin/weir'));
      const native = run(['build/weir', '--version']);
      assert.match(native.stdout, /^weir \d+\.\d+\.\d+(-|$)/);
      assert.deepEqual(run([...weir, '--version']), native);
      for (const [name, exit] of FIXTURES) {
        const check = ['-c', `test/cases/${name}/config`, 'check'];
        const ours = run([...weir, ...check]);
        assert.deepEqual(ours, run(['build/weir', ...check]), name);
        assert.equal(ours.exit, exit, name);
        if (name === 'bad-section-among-good') assert.match(ours.stderr, BAD_RATE);
      }
      // What the package itself brings.
      const own = run([...weir, '-c', join(directory, 'etc/config/weir'), 'check']);
      assert.deepEqual([own.exit, own.stderr], [0, '']);

      // The devices were listed when the qdiscs are refused. Not so on MIPS with kernels that end a device with an empty attribute,
      // the header of which qemu does not swap (linux-user/fd-trans.c).
      const plan = run([...weir, '-c', 'test/cases/two-shapers/config', 'plan']);
      const refused = [
        'error: list qdiscs: Not supported (EOPNOTSUPP)\n',
        'error: list devices: Bad message (EBADMSG)\n',
      ];
      assert.ok(
        refused.slice(0, cpu === 'mips' ? 2 : 1).includes(plan.stderr.replace('Operation not', 'Not')),
        plan.stderr,
      );
      assert.deepEqual([plan.exit, plan.stdout], [3, '']);
    }));
}

test(`weir for ${HOST_CPU}, with its own C library and without qemu, plans on this machine's kernel what the static one does`, () =>
  withFiles(ipkOf(HOST_CPU), (directory) => {
    const config = join(directory, 'config');
    writeFileSync(
      config,
      "config shaper 'wan'\n\toption device 'lo'\n\toption download '20mbit'\n\toption upload '5mbit'\n",
    );
    const loader = resolve(`build/libc/${HOST_CPU}/root/lib/ld-musl-${HOST_CPU}.so.1`);
    const [packaged, built] = [[loader, join(directory, 'usr/sbin/weir')], [resolve('build/weir')]].map((weir) =>
      run(['unshare', '--map-root-user', '--net', ...weir, '-c', config, 'plan']),
    );
    assert.equal(packaged?.exit, 2, packaged?.stderr);
    assert.match(packaged?.stdout ?? '', /^tc qdisc add dev lo root handle 7e00: cake bandwidth 5mbit /m);
    assert.deepEqual(packaged, built);
  }));

/** The tests on that CPU, to their end; on this machine's own without qemu. */
function runTests(cpu: string): Promise<Ran> {
  const tests = resolve(`build/cpu/${cpu}/tests`);
  const loader = resolve(`build/libc/${cpu}/root/lib/ld-musl-${cpu}.so.1`);
  const command = cpu === HOST_CPU ? [loader, tests] : emulated(cpu, tests);
  const directory = mkdtempSync(join(tmpdir(), 'weir-cpu-'));
  // A value that is not UTF-8 can only be set by another program than Node.
  const shell = ['-c', 'WEIR_TEST_BYTES=$(printf "caf\\351") exec "$@"', 'sh', ...command];
  return new Promise((done) => {
    const env = { ...process.env, WEIR_TEST_DIRECTORY: directory, WEIR_TEST_SHARE: '0.05' };
    const child = spawn('sh', shell, { env });
    const texts = { stdout: '', stderr: '' };
    child.stdout.on('data', (data) => (texts.stdout += data));
    child.stderr.on('data', (data) => (texts.stderr += data));
    child.on('close', (exit) => {
      rmSync(directory, { recursive: true });
      done({ exit, ...texts });
    });
  });
}

const TESTED = [...CPUS.keys()].filter((cpu) => cpu !== 'mips');

/** All of them, on as many processors as there are. */
function runAll(): ReadonlyMap<string, Promise<Ran>> {
  const free = Array.from({ length: availableParallelism() }, () => Promise.resolve<unknown>(undefined));
  return new Map(
    TESTED.map((cpu, i) => {
      const turn = i % free.length;
      const result = (free[turn] ?? Promise.resolve()).then(() => runTests(cpu));
      free[turn] = result;
      return [cpu, result];
    }),
  );
}

let results: ReadonlyMap<string, Promise<Ran>> | undefined;
for (const cpu of TESTED) {
  test(`the objects of weir for ${cpu} pass the tests of codecs, captures, cases and system calls`, async () => {
    results ??= runAll();
    const ran = await results.get(cpu);
    const counts = /(\d+) passed, (\d+) failed, (\d+) skipped\n$/.exec(ran?.stdout ?? '');
    const failures = ran?.stdout.slice(ran.stdout.indexOf('\nFailed:\n')) ?? '';
    assert.ok(counts !== null, `ended without counts: ${ran?.exit}\n${ran?.stderr}`);
    assert.deepEqual([ran?.exit, counts[2], counts[3]], [0, '0', '0'], failures);
    // As many as there are, so that none was left out.
    assert.ok(Number(counts[1]) > 250, counts[0]);
  });
}
