/**
 * Least privilege, as the kernel tells it in /proc: each command of root's has the capabilities it needs and no way to others, new
 * programs or processes; the daemon does its whole work so, beside a bus, a log and a state that belong to other users; and whoever
 * starts it may have taken the rest away already, as procd and systemd do.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import type { LabRun } from '../labrun.ts';
import { answerOf, CABLE, ON_THE_BUS, statusAnswer, ubusRuns } from '../on_the_bus.ts';

/**
 * `rights LABEL PID` tells what a process has, and `rights_at_end WORD …` what a command of weir has when it is about to end, for
 * which strace holds it up.
 */
const RIGHTS = `
rights() {
  local name value json=""
  while IFS=$':\\t' read -r name value; do
    case $name in Cap*|NoNewPrivs|Seccomp) json+=",\\"$name\\":\\"$value\\"" ;; esac
  done </proc/$2/status
  emit rights "{\\"label\\":\\"$1\\"$json}"
}
find_weir() {
  local stat name
  for stat in /proc/[0-9]*/stat; do
    if read -r pid name _ <$stat && [ "$name" = '(weir)' ]; then return; fi
  done 2>/dev/null
  return 1
}
rights_at_end() {
  on router strace -qq -o /dev/null -e trace=exit_group -e inject=exit_group:delay_enter=1s weir "$@" >/tmp/said 2>&1 &
  local tracer=$!
  sleep 0.5
  find_weir
  rights "$*" $pid
  emit said "$(traffic json "$(</tmp/said)")"
  wait $tracer || true
}
`;

const CONFIG = `
weir_config <<END
config shaper 'wan'
option device 'wan0'
option download '18mbit'
option upload '4mbit'
list offloads 'tso'
END
`;

const mask = z.string();
const rights = z.strictObject({
  label: z.string(),
  CapInh: mask,
  CapPrm: mask,
  CapEff: mask,
  CapBnd: mask,
  CapAmb: mask,
  NoNewPrivs: z.string(),
  Seccomp: z.string(),
});

const NOTHING = 0n;
const NET_ADMIN = 1n << 12n;
const DAC_READ_SEARCH = 1n << 2n;

/** Asserts that each process had just these capabilities, in every set that counts, and what can never be given back. */
function assertRights(run: LabRun, expected: readonly (readonly [label: string, capabilities: bigint])[]): void {
  const found = run.values('rights', rights);
  assert.deepEqual(
    found.map(({ label }) => label),
    expected.map(([label]) => label),
  );
  for (const [i, [label, capabilities]] of expected.entries()) {
    const { CapInh, CapPrm, CapEff, CapBnd, CapAmb, NoNewPrivs, Seccomp } = found[i] ?? assert.fail();
    const sets = { CapInh, CapPrm, CapEff, CapBnd, CapAmb };
    const should = {
      CapInh: NOTHING,
      CapPrm: capabilities,
      CapEff: capabilities,
      CapBnd: capabilities,
      CapAmb: NOTHING,
    };
    for (const [name, value] of Object.entries(should)) {
      assert.equal(BigInt(`0x${sets[name as keyof typeof sets]}`), value, `${label}: ${name}`);
    }
    assert.deepEqual([NoNewPrivs, Seccomp], ['1', '2'], label);
  }
}

/** Commands that end by themselves, in the order in which they are run. */
const COMMANDS: readonly (readonly [words: string, capabilities: bigint])[] = [
  ['check', NOTHING],
  ['plan', NET_ADMIN],
  ['start', NET_ADMIN],
  ['status', NET_ADMIN],
  ['show', NOTHING],
  ['metrics', NET_ADMIN],
  ['top --once', NET_ADMIN],
  ['reload', NET_ADMIN],
  ['uci show weir', DAC_READ_SEARCH],
  ['ubus list', NOTHING],
  ['-c /run/lab/files/other check', DAC_READ_SEARCH],
  ['-c /run/lab/files/other plan', DAC_READ_SEARCH | NET_ADMIN],
  ['stop', NET_ADMIN],
];

test('every command of root has the capabilities it needs, and no way back to the others', async () => {
  const run = await boot({
    script: `${RIGHTS}${CABLE}${CONFIG}
${COMMANDS.map(([words]) => `rights_at_end ${words}`).join('\n')}
command weir bus &
bus=$!
wait_until 1000 command weir ubus list
rights bus $bus
kill $bus
wait $bus
`,
    files: { other: '' },
  });
  assertRights(run, [...COMMANDS, ['bus', NOTHING]]);
  for (const said of run.values('said', z.string())) assert.doesNotMatch(said, /cannot give up|warning|bug/);
});

test('where the bridge is installed, the commands that deal with it have what bpf(2) needs besides', async () => {
  const commands = ['check', 'plan', 'start', 'status', 'stop', 'show'];
  const run = await boot({
    script: `${RIGHTS}${CABLE}${CONFIG}
export WEIR_BPF_OBJECT=/proc/version
${commands.map((words) => `rights_at_end ${words}`).join('\n')}
`,
  });
  const BRIDGE = NET_ADMIN | (1n << 38n) | (1n << 39n);
  assertRights(
    run,
    commands.map((name) => [name, ['check', 'show'].includes(name) ? NOTHING : BRIDGE] as const),
  );
});

test('the daemon works with CAP_NET_ADMIN alone, beside a bus and a log of other users', async (t) => {
  const run = await boot({
    script: `${RIGHTS}${ON_THE_BUS}${CABLE}${CONFIG}
weir-faults syslog /run/ready >/run/lab/out/log 2>&1 &
log=$!
wait_until 1000 test -e /run/ready
chown 514:514 /dev/log
chmod 666 /dev/log
# As ubusd of OpenWrt: the directory and the socket belong to a user of its own.
for_others
mkdir /var/run/ubus
chown 65534:65534 /var/run/ubus
setpriv --reuid 65534 --regid 65534 --clear-groups weir bus &
bus=$!
wait_until 1000 command weir ubus list
emit owner "$(traffic json "$(stat -c %u /var/run/ubus/ubus.sock)")"
tso() { emit tso "$(traffic json "$(on router ethtool -k wan0 | grep '^tcp-segmentation-offload')")"; }
daemon_start
rights started $daemon
tc -n router qdisc del dev wan0 root
wait_until 1000 on router weir plan
tso
sed -i "s/4mbit/5mbit/" /etc/config/weir
weir reload
call status
rights reloaded $daemon
daemon_end
tso
emit qdiscs "$(tc -n router -j qdisc show dev wan0)"
kill $bus $log
`,
  });
  t.diagnostic(run.out.get('log') ?? '');
  assertRights(run, [
    ['started', NET_ADMIN],
    ['reloaded', NET_ADMIN],
  ]);
  assert.equal(run.value('owner', z.string()), '65534');
  const [shaper] = answerOf(ubusRuns(run)[0], statusAnswer).shapers;
  assert.deepEqual([shaper?.state, shaper?.upload?.rateBitPerS], ['shaping', 5e6]);
  assert.deepEqual(run.values('tso', z.string()), ['tcp-segmentation-offload: off', 'tcp-segmentation-offload: on']);
  assert.deepEqual(
    run.value('qdiscs', z.array(z.looseObject({ kind: z.string() }))).map(({ kind }) => kind),
    ['noqueue'],
  );
  const log = run.out.get('log') ?? '';
  assert.match(log, /start: add ifb-wan0/);
  assert.match(log, /repair: add wan0 > cake/);
  assert.doesNotMatch(log + (run.out.get('daemon') ?? ''), /cannot|error|bug/);
});

test('it gives up what there is where somebody has taken most of it away before', async () => {
  const run = await boot({
    script: `${RIGHTS}${ON_THE_BUS}${CABLE}${CONFIG}
on router setpriv --bounding-set -all,+net_admin --inh-caps -all --no-new-privs weir daemon 2>/run/lab/out/daemon &
job=$!
wait_until 3000 on_bus
read -r daemon _ </run/weir/lock
rights tamed $daemon
call status
daemon_end
`,
  });
  assertRights(run, [['tamed', NET_ADMIN]]);
  assert.equal(answerOf(ubusRuns(run)[0], statusAnswer).shapers[0]?.state, 'shaping');
  const said = run.out.get('daemon') ?? '';
  assert.match(said, /^notice: start: add ifb-wan0/);
  assert.doesNotMatch(said, /cannot|warning|error|bug/);
});

/** With weir's filter on its own calls, a process says what it can still do: its number, a file, a fork, a program, x32's getpid. */
const FILTERED = `
my $program = pack('H*', shift);
my $filter = pack('S x6 P', length($program) / 8, $program);
my ($GETPID, $PRCTL, $SECCOMP, $X32) = (39, 157, 317, 0x40000000);
syscall($PRCTL, 38, 1, 0, 0, 0) == 0 or die;
syscall($SECCOMP, 1, 4, $filter) == 0 or die "seccomp: $!";
my @can = (syscall($GETPID) == $$, -d '/proc', defined(fork) || $! + 0, syscall($X32 + $GETPID) > 0 || $! + 0);
exec '/bin/true';
print '[', join(',', map { $_ + 0 } @can, $! + 0), ']';
`;

test('the kernel holds what the filter of system calls says', async () => {
  const run = await boot({
    script: `emit filtered "$(perl -e "$(</run/lab/files/filtered)" "$(weir-faults filter)")"`,
    files: { filtered: FILTERED },
  });
  const EPERM = 1;
  assert.deepEqual(run.value('filtered', z.array(z.int())), [1, 1, EPERM, EPERM, EPERM]);
});
