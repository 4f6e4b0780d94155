/** A daemon's whole life, traced: it makes no call and opens no socket that the unit for systemd does not let pass. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { boot } from '../boot.ts';
import { answerOf, CABLE, ON_THE_BUS, statsAnswer, ubusRuns } from '../on_the_bus.ts';

const settings = readFileSync('contrib/systemd/weir.service', 'utf8').split('\n');
/** The words of a setting that may be given several times. */
const words = (name: string): string[] =>
  settings.filter((line) => line.startsWith(`${name}=`)).flatMap((line) => line.slice(name.length + 1).split(' '));

/** The calls in systemd's groups, and those that are named. */
function allowedCalls(): Set<string> {
  const groups = new Map<string, string[]>();
  const text = execFileSync('systemd-analyze', ['syscall-filter', '--no-pager'], { encoding: 'utf8', stdio: 'pipe' });
  for (const block of text.split('\n\n')) {
    const [name = '', ...members] = block.trim().split('\n');
    groups.set(
      name,
      members.map((line) => line.trim()).filter((line) => !line.startsWith('#')),
    );
  }
  const expanded = (word: string): string[] =>
    word.startsWith('@') ? (groups.get(word) ?? assert.fail(word)).flatMap(expanded) : [word];
  return new Set(words('SystemCallFilter').flatMap(expanded));
}

const CONFIG = `
configure() {
  weir_config <<END
config globals
option history '1'
config shaper 'wan'
option device 'wan0'
option download '18mbit'
option upload '$1'
list offloads 'tso'
END
}
traced_daemon() {
  on router strace -qq -f -o /run/lab/out/trace$1 weir daemon 2>>/run/lab/out/daemon &
  job=$!
  wait_until 3000 on_bus
  read -r daemon _ </run/weir/lock
}
`;

test('what the daemon calls is what the unit for systemd lets pass', async (t) => {
  const run = await boot({
    script: `${ON_THE_BUS}${CABLE}${CONFIG}
configure 4mbit
weir-faults syslog /run/ready >/run/lab/out/log 2>&1 &
log=$!
wait_until 1000 test -e /run/ready
traced_daemon 1
call stats
weir top --once
configure 5mbit
weir reload
ip -n router link delete wan0
plug_in
wait_until 3000 on router weir plan
tc -n router qdisc del dev wan0 root
wait_until 3000 on router weir plan
for_others
as_nobody call stats
call history '{"shaper":"wan"}'
kill -USR1 $daemon
kill -TERM $daemon
wait $job
traced_daemon 2
rm /etc/config/weir
kill -HUP $daemon
daemon_end
kill $log
`,
  });
  const [stats] = ubusRuns(run);
  assert.equal(answerOf(stats, statsAnswer).shapers.length, 1);
  assert.match(run.out.get('log') ?? '', /the link stays shaped/);
  assert.doesNotMatch(run.out.get('daemon') ?? '', /cannot|bug/);
  const trace = `${run.out.get('trace1')}${run.out.get('trace2')}`;
  const calls = new Set(Array.from(trace.matchAll(/^\d+ +([a-z0-9_]+)\(/gm), ([, name]) => name ?? ''));
  t.diagnostic(`${calls.size} calls: ${[...calls].sort().join(' ')}`);
  for (const name of ['execve', 'seccomp', 'sendto', 'signalfd4', 'rename', 'exit_group'])
    assert.ok(calls.has(name), name);
  const allowed = allowedCalls();
  assert.deepEqual(
    [...calls].filter((name) => !allowed.has(name)),
    [],
  );
  const families = new Set(Array.from(trace.matchAll(/ socket\((AF_[A-Z0-9]+),/g), ([, family]) => family ?? ''));
  assert.deepEqual([...families].sort(), ['AF_NETLINK', 'AF_UNIX']);
  for (const family of families) assert.ok(words('RestrictAddressFamilies').includes(family));
});
