/** The unit for systemd in the eyes of systemd itself, without it running. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const UNIT = 'contrib/systemd/weir.service';

/** What systemd-analyze says of the unit, with the program that was built here. */
function analyze(...args: string[]): { exit: number | null; said: string } {
  const directory = mkdtempSync(join(tmpdir(), 'weir-unit-'));
  try {
    const path = join(directory, 'weir.service');
    writeFileSync(path, readFileSync(UNIT, 'utf8').replace('/usr/sbin/weir', resolve('build/weir')));
    const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, path], { encoding: 'utf8' });
    return { exit: status, said: stdout + stderr };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

test('systemd knows every setting of the unit', () => {
  assert.deepEqual(analyze('verify'), { exit: 0, said: '' });
});

test('what it exposes of the system is little', () => {
  // In tenths of what systemd calls the exposure level.
  const { exit, said } = analyze('security', '--offline=true', '--no-pager', '--threshold=19');
  assert.equal(exit, 0, said);
});
