/**
 * The bridge's BPF programs on single frames, in the kernel (BPF_PROG_TEST_RUN): what becomes of each, what its bytes are then, and
 * what is counted, held against a model that reads frames in its own way (test/lab/frames).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { corpus, encode, WORLDS } from '../frames/corpus.ts';
import { checkEach, failOn } from '../frames/lines.ts';
import { expected, PROGRAMS, type Program } from '../frames/model.ts';
import { type Sums, sumsOf } from '../frames/random.ts';
import { cakeMqKernel, type Kernel, labKernel } from '../kernel.ts';
import type { LabRun } from '../labrun.ts';

const FRAMES = corpus();
/** Each is run by both programs that forward. With the two kernels that the lab has, a million. */
const RANDOM_FRAMES = Number(process.env.WEIR_LAB_FRAMES ?? 250_000);
const SEED = Number(process.env.WEIR_LAB_SEED ?? 1);
const TIMEOUT_MS = 600_000;

const count = z.int().check(z.nonnegative());
const traffic = z.array(count);
const sumsSchema = z.strictObject({
  passed: count,
  dropped: count,
  forwarded: count,
  forwardedBytes: count,
  refused: count,
  priorities: count,
  changedBytes: count,
  owners: count,
  wrongRoundTrips: count,
  counters: traffic,
  hosts: z.tuple([traffic, traffic]),
});
const loadedSchema = z.strictObject({ name: z.string(), stackBytes: count, verified: count });

/** BPF_PROG_LOAD's, linux/bpf.h. */
const FLAGS = { strictAlignment: 1, xdpHasFrags: 32 };
/** The kernel gives up at a million; a slow router takes some 10 µs for each. */
const MOST_VERIFIED = 200_000;

const mq = cakeMqKernel();
const KERNELS: readonly Kernel[] = mq === undefined ? [labKernel()] : [labKernel(), mq];

function run(kernel: Kernel, commands: string): Promise<LabRun> {
  return boot({
    kernel,
    timeoutMs: TIMEOUT_MS,
    script: `
emit kernel "$(traffic json "$(uname -r)")"
sleep 1
${commands}
`,
    files: { object: readFileSync('build/bpf/el/weir.bpf.o'), corpus: encode(WORLDS, FRAMES) },
  });
}

const OBJECT = '/run/lab/files/object';
const CORPUS = '/run/lab/files/corpus';

for (const [which, kernel] of KERNELS.entries()) {
  const seed = SEED * KERNELS.length + which;

  test('the kernel takes the programs, of a process with three capabilities', async (t) => {
    const guest = await run(
      kernel,
      `
cp ${OBJECT} /tmp/object
for flags in ${FLAGS.strictAlignment} ${FLAGS.xdpHasFrags}; do
  setpriv --bounding-set=-all,+net_admin,+bpf,+perfmon --inh-caps=-all frames load /tmp/object $flags
done
`,
    );
    const loaded = guest.values('loaded', loadedSchema);
    assert.equal(loaded.length, 2 * PROGRAMS.length);
    for (const { name, stackBytes, verified } of loaded.slice(0, PROGRAMS.length)) {
      t.diagnostic(`${name}: ${stackBytes} bytes of stack, ${verified} instructions verified`);
      assert.ok(verified > 0 && verified < MOST_VERIFIED, name);
    }
    // What is called stands on the caller's stack, and an interpreter may take that literally.
    const stack = (program: Program) => loaded.find(({ name }) => name === program)?.stackBytes ?? 0;
    assert.ok(stack('tc_forward') <= stack('tc_while_alive'));
  });

  test('a host keeps its class until the programs are told of a change', async () => {
    const number = FRAMES.findIndex(
      ({ world, name }) => WORLDS[world]?.name.startsWith('facing the hosts') && name === 'IPv4 UDP to lan',
    );
    const guest = await run(kernel, `frames remember ${OBJECT} ${CORPUS} ${number}`);
    const frame = FRAMES[number];
    const world = WORLDS[frame?.world ?? 0];
    assert.ok(frame && world);
    const known = expected('tc_forward', world, frame).priority;
    const unknown = expected('tc_forward', { ...world, prefixes: [] }, frame).priority;
    assert.notEqual(known, unknown);
    assert.deepEqual(guest.value('classes', z.array(count)), [known, known, unknown]);
  });

  test('each frame, whole and cut off after every byte', async (t) => {
    const guest = await run(kernel, `frames each ${OBJECT} ${CORPUS} /run/lab/out/each`);
    const lines = guest.out.get('each')?.trimEnd().split('\n') ?? [];
    const { wrong, refused } = checkEach(FRAMES, lines);
    t.diagnostic(
      `${guest.value('kernel', z.string())}: ${FRAMES.length} frames, ${lines.length} runs, ${refused} of which the kernel takes no test`,
    );
    assert.ok(FRAMES.length >= 300);
    failOn(wrong);
  });

  test('many random frames: no sum is wrong', async (t) => {
    const guest = await run(kernel, `frames random ${OBJECT} ${CORPUS} ${RANDOM_FRAMES} ${seed}`);
    const paths = { xdp: 'xdp_forward', tc: 'tc_forward' } as const;
    for (const [key, program] of Object.entries(paths)) {
      const sums: Sums = guest.value(key, sumsSchema);
      const due = sumsOf(program, WORLDS, FRAMES, RANDOM_FRAMES, seed);
      t.diagnostic(
        `${guest.value('kernel', z.string())}: ${program}: ${due.forwarded} forwarded, ${due.dropped} dropped, ${due.passed} passed`,
      );
      assert.deepEqual(sums, due);
    }
    t.diagnostic(`${(guest.hostMs / 1000).toFixed(1)} s`);
  });
}
