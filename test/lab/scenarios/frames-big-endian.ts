/**
 * The bridge's programs as plain C for a CPU that is big-endian and has pointers of 32 bits, which no kernel of the lab runs on: the
 * same frames, the same model. What clang makes of them for BPF is not in it.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { corpus, encode, WORLDS } from '../frames/corpus.ts';
import { checkEach, failOn } from '../frames/lines.ts';

test('each frame, whole and cut off after every byte, on big-endian MIPS', (t) => {
  const frames = corpus();
  const directory = mkdtempSync(join(tmpdir(), 'weir-frames-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const [input, output] = [join(directory, 'corpus'), join(directory, 'each')];
  writeFileSync(input, encode(WORLDS, frames, 'be'));
  const { status, stderr } = spawnSync('qemu-mips', ['build/lab/frames-mips', 'each', input, output], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  const lines = readFileSync(output, 'utf8').trimEnd().split('\n');
  t.diagnostic(`${frames.length} frames, ${lines.length} runs`);
  failOn(checkEach(frames, lines).wrong);
});
