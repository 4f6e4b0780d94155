/** What other programs do next to a daemon: an offload turned on again, a root that cannot be taken over; and who reads its log. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { bootWithDaemon, linesOf, ONE_CABLE, wanConfig } from '../faults/daemon_lab.ts';

test('an offload that somebody turns on again is turned off again, and told in one line', async () => {
  const guest = await bootWithDaemon({
    hosts: ONE_CABLE,
    config: wanConfig("\tlist offloads 'tso'\n"),
    script: `
tso() { ethtool -k wan0 | while read -r name value; do [ $name != tcp-segmentation-offload: ] || emit tso "\\"$value\\""; done; }
tso
daemon_start
until_true log_has 1 'start: '
tso
ethtool -K wan0 tso on
until_true log_has 1 'repair: '
pause 0.1
tso
daemon_end
tso
emit log "$(traffic json "$(</tmp/daemon.log)")"
`,
  });
  assert.deepEqual(guest.values('tso', z.string()), ['on', 'off', 'off', 'on']);
  const repairs = linesOf(guest.value('log', z.string())).filter((line) => line.includes('repair: '));
  assert.equal(repairs.length, 1, repairs.join('\n'));
});

test('a root that could not be put back is left alone and told once; when it goes, the link is shaped again', async () => {
  const guest = await bootWithDaemon({
    hosts: ONE_CABLE,
    config: wanConfig(),
    script: `
daemon_start
until_true log_has 1 'start: add'
tc -batch - <<<'qdisc replace dev wan0 root handle 1: htb default 10
class add dev wan0 parent 1: classid 1:10 htb rate 5mbit
class add dev wan0 parent 1: classid 1:20 htb rate 5mbit
class add dev wan0 parent 1: classid 1:30 htb rate 5mbit'
pause 1
emit during "$(tc -j qdisc show dev wan0 root)"
tc qdisc del dev wan0 root
until_true log_has 1 'repair: add wan0 > cake'
pause 0.1
emit after "$(tc -j qdisc show dev wan0 root)"
daemon_end
emit log "$(traffic json "$(</tmp/daemon.log)")"
`,
  });
  const kinds = z.array(z.looseObject({ kind: z.string() }));
  assert.equal(guest.value('during', kinds)[0]?.kind, 'htb');
  assert.equal(guest.value('after', kinds)[0]?.kind, 'cake');
  const log = linesOf(guest.value('log', z.string()));
  assert.equal(log.filter((line) => line.includes('htb')).length, 1, log.join('\n'));
});

/** LOG_DAEMON, with the severities of RFC 3164. */
const [NOTICE, WARNING, ERROR] = [29, 28, 27];

test('where there is a syslog, it gets the messages and standard error none; a restarted one too', async () => {
  const guest = await bootWithDaemon({
    hosts: ONE_CABLE,
    config: wanConfig(),
    script: `
helper syslog >/tmp/syslog
daemon_start
until_true grep -q 'start: add' /tmp/syslog
ip link delete wan0
until_true grep -q 'waiting for it' /tmp/syslog
echo 'config shaper' >/etc/config/weir
echo "option ' broken" >>/etc/config/weir
kill -HUP $daemon
until_true grep -q 'stays in force' /tmp/syslog
helper_end
rm /tmp/syslog.ready
ip link add wan0 type veth peer name eth0 netns peer
pause 0.1
helper syslog >>/tmp/syslog
tc qdisc del dev wan0 root
until_true grep -q 'repair: add wan0 > cake' /tmp/syslog
daemon_end
helper_end
cat /tmp/syslog
emit log "$(traffic json "$(</tmp/daemon.log)")"
emit pid $daemon
`,
  });
  assert.equal(guest.value('log', z.string()), '');
  const pid = guest.value('pid', z.int());
  const lines = guest.values('syslog', z.string()).map((line) => line.replace(`weir[${pid}]: `, ''));
  const has = (start: string): boolean => lines.some((line) => line.startsWith(start));
  const seen = lines.join('\n');
  assert.ok(has(`<${NOTICE}>start: add ifb-wan0`), seen);
  assert.ok(has(`<${WARNING}>/etc/config/weir:1: shaper 'wan': device wan0 does not exist`), seen);
  assert.ok(has(`<${ERROR}>/etc/config/weir:2`), seen);
  assert.ok(has(`<${NOTICE}>stopping`), seen);
});
