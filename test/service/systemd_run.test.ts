/** The unit for systemd as systemd carries it out, in a container: what a daemon may do in it for a bridge, tuning and trees, and what it may not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FOR_A_BRIDGE, FOR_TUNING, run, skip, THERE } from './systemd_container.ts';

/** What the probe in the unit finds, and what is below /sys/fs/bpf then. */
function probe(...dropIns: string[]): string[] {
  return run({
    edit: (unit) =>
      unit
        .replace(/^ExecStart=.*/m, `ExecStart=/usr/bin/python3 ${THERE}/probe.py`)
        .replace(/^Type=.*/m, 'Type=oneshot')
        .replace(/^Restart=.*/m, ''),
    dropIns,
    files: ['test/service/systemd/probe.py'],
    look: 'cat /run/weir/out; find /sys/fs/bpf -path "*weir*"',
  });
}

/** What is forbidden in any case, and what only with tuning is not: files of queues, sysctls and interrupts. */
const notItsOwn = (tuning: 0 | 'EROFS'): string[] => [
  'write-sys EROFS',
  'write-proc EROFS',
  'write-etc EROFS',
  ...['write-queue', 'write-sysctl', 'open-irq'].map((name) => `${name} ${tuning}`),
  'read-kallsyms EACCES',
];
const NO_BPF = ['map EPERM', 'program EPERM', 'pin EROFS'];
/** Bits of linux/capability.h. */
const NET_ADMIN = 1n << 12n;
const PERFMON_AND_BPF = (1n << 38n) | (1n << 39n);
const capabilities = (bits: bigint): string => `capabilities ${bits.toString(16).padStart(16, '0')}`;

const WITH_BRIDGE = ['map 0', 'program 0', 'pin 0'];
const PINNED = ['/sys/fs/bpf/weir', '/sys/fs/bpf/weir/maps', '/sys/fs/bpf/weir/maps/one'];

test('with weir-bridge.conf programs are loaded, and pinned where everyone finds them; the rest stays forbidden', {
  skip,
}, () => {
  const bits = capabilities(NET_ADMIN | PERFMON_AND_BPF);
  assert.deepEqual(probe(FOR_A_BRIDGE), [...WITH_BRIDGE, ...notItsOwn('EROFS'), bits, ...PINNED]);
});

test('without it there is no bpf(2), and nothing of bpffs can be changed', { skip }, () => {
  assert.deepEqual(probe(), [...NO_BPF, ...notItsOwn('EROFS'), capabilities(NET_ADMIN)]);
});

test('with weir-tuning.conf files of queues, interrupts and sysctls are open, and nothing else; with both it is both', {
  skip,
}, () => {
  assert.deepEqual(probe(FOR_TUNING), [...NO_BPF, ...notItsOwn(0), capabilities(NET_ADMIN)]);
  const bits = capabilities(NET_ADMIN | PERFMON_AND_BPF);
  assert.deepEqual(probe(FOR_A_BRIDGE, FOR_TUNING), [...WITH_BRIDGE, ...notItsOwn(0), bits, ...PINNED]);
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
      dropIns: [FOR_A_BRIDGE],
      files: ['build/weir', 'build/weir.bridge', 'build/bpf/router/el/weir.bpf.o'],
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

const A_TREE = `config qdisc 'lan'
	option device 'eth1'
	option kind 'htb'
	option handle '1:'
config class 'all'
	option parent 'lan'
	option rate '50mbit'
`;

test('trees are loaded in it by a reload, with the rights that are left, once their file is there', { skip }, () => {
  const weir = `${THERE}/weir -c ${THERE}/config`;
  const lines = run({
    edit: (unit) => unit.replace(/^ExecStart=.*/m, `ExecStart=${weir} daemon`),
    dropIns: [],
    files: ['build/weir', 'build/weir.trees'],
    texts: {
      config: A_TREE,
      'before.sh': `ip link add eth1 type veth; ip link set eth1 up; mv ${THERE}/weir.trees /run/`,
    },
    look: `
root() { ip -o link show eth1 | grep -o 'qdisc [a-z]*'; }
wait_for() { tries=0; until [ $tries -gt 40 ] || $*; do tries=$((tries + 1)); sleep 0.05; done; }
is_on_the_bus() { ${weir} ubus list weir >/dev/null 2>&1; }
is_htb() { [ "$(root)" = 'qdisc htb' ]; }
wait_for is_on_the_bus
root
mv /run/weir.trees ${THERE}/
systemctl reload weir
wait_for is_htb
root
systemctl stop weir
root
`,
  });
  assert.deepEqual(lines, ['qdisc noqueue', 'qdisc htb', 'qdisc noqueue']);
});
