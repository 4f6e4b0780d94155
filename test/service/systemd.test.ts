/** The unit for systemd in the eyes of systemd itself, without it running. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const UNIT = 'contrib/systemd/weir.service';
const FOR_A_BRIDGE = 'weir-bridge.conf';
const FOR_TUNING = 'weir-tuning.conf';

/** What systemd-analyze says of the unit, with the program that was built here, and with the files that are added to it. */
function analyze(dropIns: readonly string[], ...args: string[]): { exit: number | null; said: string } {
  const directory = mkdtempSync(join(tmpdir(), 'weir-unit-'));
  try {
    const path = join(directory, 'weir.service');
    writeFileSync(path, readFileSync(UNIT, 'utf8').replace('/usr/sbin/weir', resolve('build/weir')));
    mkdirSync(`${path}.d`);
    for (const name of dropIns) copyFileSync(`contrib/systemd/${name}`, `${path}.d/${name}`);
    const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, path], { encoding: 'utf8' });
    return { exit: status, said: stdout + stderr };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

for (const [what, dropIns, mostTenths] of [
  ['the unit', [], 19],
  ['the unit with what a bridge needs', [FOR_A_BRIDGE], 21],
  ['the unit with what tuning needs', [FOR_TUNING], 21],
  ['the unit with what both need', [FOR_A_BRIDGE, FOR_TUNING], 21],
] as const) {
  test(`systemd knows every setting of ${what}`, () => {
    assert.deepEqual(analyze(dropIns, 'verify'), { exit: 0, said: '' });
  });

  test(`what ${what} exposes of the system is little`, () => {
    // In tenths of what systemd calls the exposure level.
    const { exit, said } = analyze(dropIns, 'security', '--offline=true', '--no-pager', `--threshold=${mostTenths}`);
    assert.equal(exit, 0, said);
  });
}
