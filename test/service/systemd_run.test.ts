/** The unit for systemd as systemd carries it out, in a container: what a daemon of a bridge may do in it, and what it may not. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';

const UNIT = 'contrib/systemd/weir.service';
const FOR_A_BRIDGE = 'contrib/systemd/weir-bridge.conf';
/** Where the files are in the container. */
const THERE = '/run/units';

interface Trial {
  /** What is edited in the unit. */
  readonly edit: (unit: string) => string;
  readonly withBridge: boolean;
  /** Files that the unit uses, and others by name and content. */
  readonly files: readonly string[];
  readonly texts?: Readonly<Record<string, string>>;
  /** Shell that looks at it from outside. */
  readonly look: string;
}

/** The lines that `look` has printed. */
function run({ edit, withBridge, files, texts = {}, look }: Trial): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'weir-systemd-'));
  try {
    const [there, out] = [join(directory, 'units'), join(directory, 'out')];
    mkdirSync(join(there, 'weir.service.d'), { recursive: true });
    writeFileSync(join(there, 'weir.service'), edit(readFileSync(UNIT, 'utf8')));
    if (withBridge) copyFileSync(FOR_A_BRIDGE, join(there, 'weir.service.d/weir-bridge.conf'));
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
const skip = process.getuid?.() === 0 ? false : 'only root boots systemd in a container';

/** What the probe in the unit finds, and what is below /sys/fs/bpf then. */
function probe(withBridge: boolean): string[] {
  return run({
    edit: (unit) =>
      unit
        .replace(/^ExecStart=.*/m, `ExecStart=/usr/bin/python3 ${THERE}/probe.py`)
        .replace(/^Type=.*/m, 'Type=oneshot')
        .replace(/^Restart=.*/m, ''),
    withBridge,
    files: ['test/service/systemd/probe.py'],
    look: 'cat /run/weir/out; find /sys/fs/bpf -path "*weir*"',
  });
}

/** What is forbidden in either case. */
const NOT_ITS_OWN = ['write-sys EROFS', 'write-proc EROFS', 'write-etc EROFS', 'read-kallsyms EACCES'];
/** Bits of linux/capability.h. */
const NET_ADMIN = 1n << 12n;
const PERFMON_AND_BPF = (1n << 38n) | (1n << 39n);
const capabilities = (bits: bigint): string => `capabilities ${bits.toString(16).padStart(16, '0')}`;

test('with weir-bridge.conf programs are loaded, and pinned where everyone finds them; the rest stays forbidden', {
  skip,
}, () => {
  assert.deepEqual(probe(true), [
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
  assert.deepEqual(probe(false), ['map EPERM', 'program EPERM', 'pin EROFS', ...NOT_ITS_OWN, capabilities(NET_ADMIN)]);
});

const TWO_PORTS = `
config bridge
	option use_xdp_bridge '1'
	option path 'PATH'

config interface_mapping
	option name 'eth1'
	option redirect_to 'eth2'
	option faces 'local'
	option reciprocal '1'
`;

for (const path of ['xdp', 'tc']) {
  test(`${path}: the daemon in it forwards between two ports, and takes everything away when it is stopped`, {
    skip,
  }, () => {
    const weir = `${THERE}/weir -c ${THERE}/config`;
    const lines = run({
      edit: (unit) =>
        unit.replace(/^ExecStart=.*/m, `Environment=WEIR_BPF_OBJECT=${THERE}/weir.bpf.o\nExecStart=${weir} daemon`),
      withBridge: true,
      files: ['build/weir', 'build/bpf/router/el/weir.bpf.o'],
      texts: {
        config: TWO_PORTS.replace('PATH', path),
        // The ports of the bridge, each with a host at its other end. Only with GRO does that take what XDP sends (drivers/net/veth.c).
        'before.sh': `
for n in 1 2; do
  ip netns add host$n
  ip link add eth$n type veth peer name port netns host$n
  ip -n host$n address add 192.0.2.$n/24 dev port
  ip -n host$n link set port up
  ip netns exec host$n ethtool -K port gro on
  ip link set eth$n up
done
`,
      },
      // What is said while it comes up does not count.
      look: `
export WEIR_BPF_OBJECT=${THERE}/weir.bpf.o
tries=0
until [ $tries -gt 40 ] || ${weir} status 2>&1 | grep -q ^bridge:.forwarding; do tries=$((tries + 1)); sleep 0.05; done
${weir} status | sed 's/ (.*//'
ip netns exec host1 busybox ping -c 3 -W 2 192.0.2.2 | grep received
find /sys/fs/bpf/weir/programs -type f | sort
systemctl stop weir
find /sys/fs/bpf -path "*weir*"
`,
    });
    assert.deepEqual(lines, [
      'bridge: forwarding',
      `  eth1 to eth2: ${path}`,
      `  eth2 to eth1: ${path}`,
      '3 packets transmitted, 3 packets received, 0% packet loss',
      ...['tc_forward', 'xdp_forward', 'xdp_steer'].map((name) => `/sys/fs/bpf/weir/programs/${name}`),
    ]);
  });
}
