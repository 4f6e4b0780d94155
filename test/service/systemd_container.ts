/** A container in which systemd is the first process, and carries out the unit for systemd, edited or with what is added to it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const DIRECTORY = 'contrib/systemd';
/** Where the files are in the container. */
export const THERE = '/run/units';
export const FOR_A_BRIDGE = 'weir-bridge.conf';
export const FOR_TUNING = 'weir-tuning.conf';

interface Trial {
  /** What is edited in the unit. */
  readonly edit: (unit: string) => string;
  /** What is added to it: names of files beside it. */
  readonly dropIns: readonly string[];
  /** Files that the unit uses, and others by name and content. */
  readonly files: readonly string[];
  readonly texts?: Readonly<Record<string, string>>;
  /** Shell that looks at it from outside. */
  readonly look: string;
}

/** The lines that `look` has printed. */
export function run({ edit, dropIns, files, texts = {}, look }: Trial): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'weir-systemd-'));
  try {
    const [there, out] = [join(directory, 'units'), join(directory, 'out')];
    mkdirSync(join(there, 'weir.service.d'), { recursive: true });
    writeFileSync(join(there, 'weir.service'), edit(readFileSync(join(DIRECTORY, 'weir.service'), 'utf8')));
    for (const name of dropIns) copyFileSync(join(DIRECTORY, name), join(there, 'weir.service.d', name));
    for (const path of files) copyFileSync(path, join(there, basename(path)));
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(there, name), text);
    const own = ['--mount', '--pid', '--fork', '--kill-child', '--cgroup', '--net', '--uts', '--ipc'];
    const boot = ['test/service/systemd/boot.sh', out, look, there];
    const { status, stdout, stderr } = spawnSync('unshare', [...own, ...boot], { encoding: 'utf8', timeout: 60_000 });
    assert.equal(status, 0, stdout + stderr);
    return readFileSync(out, 'utf8').trimEnd().split('\n');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** In a user's own namespace the kernel takes no programs, so there would be nothing to see. */
export const skip = process.getuid?.() === 0 ? false : 'only root boots systemd in a container';
