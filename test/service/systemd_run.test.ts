/** The unit for systemd as systemd carries it out, in a container: what a daemon of a bridge may do in it, and what it may not. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const UNIT = 'contrib/systemd/weir.service';
const FOR_A_BRIDGE = 'contrib/systemd/weir-bridge.conf';

/** What the probe in the unit, and a look from outside, have found. */
function probe(...units: readonly string[]): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'weir-systemd-'));
  try {
    const out = join(directory, 'out');
    const own = ['--mount', '--pid', '--fork', '--kill-child', '--cgroup', '--net', '--uts', '--ipc'];
    const boot = ['test/service/systemd/boot.sh', 'test/service/systemd/probe.py', out, ...units];
    const { status, stdout, stderr } = spawnSync('unshare', [...own, ...boot], { encoding: 'utf8', timeout: 60_000 });
    assert.equal(status, 0, stdout + stderr);
    return readFileSync(out, 'utf8').trimEnd().split('\n');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** In a user's own namespace the kernel takes no programs, so there would be nothing to see. */
const skip = process.getuid?.() === 0 ? false : 'only root boots systemd in a container';

/** What is forbidden in either case. */
const NOT_ITS_OWN = ['write-sys EROFS', 'write-proc EROFS', 'write-etc EROFS', 'read-kallsyms EACCES'];
/** Bits of linux/capability.h. */
const NET_ADMIN = 1n << 12n;
const PERFMON_AND_BPF = (1n << 38n) | (1n << 39n);
const capabilities = (bits: bigint): string => `capabilities ${bits.toString(16).padStart(16, '0')}`;

test('with weir-bridge.conf the daemon loads programs, and pins where everyone finds them; the rest stays forbidden', {
  skip,
}, () => {
  assert.deepEqual(probe(UNIT, FOR_A_BRIDGE), [
    'map 0',
    'program 0',
    'pin 0',
    ...NOT_ITS_OWN,
    capabilities(NET_ADMIN | PERFMON_AND_BPF),
    '/sys/fs/bpf/weir',
    '/sys/fs/bpf/weir/maps',
    '/sys/fs/bpf/weir/maps/one',
  ]);
});

test('without it there is no bpf(2), and nothing of bpffs can be changed', { skip }, () => {
  assert.deepEqual(probe(UNIT), ['map EPERM', 'program EPERM', 'pin EROFS', ...NOT_ITS_OWN, capabilities(NET_ADMIN)]);
});
