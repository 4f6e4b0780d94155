/**
 * Places where weir cannot do its work: each time a message that says why, an exit code that fits, and nothing changed. Where
 * the kernel lacks a part that weir can do without, it does.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { bootWithDaemon, linesOf, ONE_CABLE, wanConfig } from '../faults/daemon_lab.ts';
import { FOREIGN_THINGS, hosts } from '../faults/series.ts';
import { command, udpSink } from '../results.ts';
import { snapshot, stable } from '../snapshot.ts';

const EXIT = { ok: 0, invalidConfig: 1, changes: 2, failed: 3, noPermission: 77 };

const outcome = z.strictObject({ name: z.string(), run: command });

/** In the guest: `attempt NAME COMMAND …` in the router, as @attempt. */
const ATTEMPT = `
attempt() {
  local name=$1
  shift
  emit attempt "{\\"name\\":\\"$name\\",\\"run\\":$(on router traffic run -- "$@" || true)}"
}
`;

test('without rights: it says so, touches nothing, and what only looks works', async () => {
  const guest = await boot({
    script: `${hosts()}${FOREIGN_THINGS}${ATTEMPT}
weir_config </run/lab/files/config
install -m 755 /run/lab/bin/weir /tmp/weir
chmod 755 /run
anybody() { attempt "$1" setpriv --reuid=65534 --regid=65534 --clear-groups /tmp/weir $1; }
tame_root() { attempt "$1" setpriv --bounding-set=-net_admin --inh-caps=-net_admin /tmp/weir $1; }
snapshot before
for command in start reload stop daemon check plan status show; do anybody $command; done
for command in start check plan status show; do tame_root $command; done
snapshot after
weir start
for command in start stop daemon status show; do anybody $command; done
for command in stop check status show; do tame_root $command; done
weir plan
`,
    files: { config: wanConfig() },
  });
  const [before, after] = guest.values('snapshot', snapshot);
  assert.ok(before && after);
  assert.deepEqual(stable(after), stable(before));
  const looks: Readonly<Record<string, number>> = {
    check: EXIT.ok,
    plan: EXIT.changes,
    status: EXIT.ok,
    show: EXIT.ok,
  };
  for (const { name, run } of guest.values('attempt', outcome)) {
    assert.equal(run.exit, looks[name] ?? EXIT.noPermission, `${name}: ${run.stderr}`);
    if (looks[name] === undefined) assert.match(run.stderr, /^error: .*must run as root/, name);
  }
  assert.equal(guest.values('weir', command)[1]?.exit, EXIT.ok);
});

/** In the guest: a command on a kernel that does not know these kinds and families. */
function lacking(command: string, ...lacks: string[]): string {
  const faults = JSON.stringify({ netlink: { mode: 'kernel', at: [], lacks } });
  return `WEIR_FAULTS='${faults}' attempt "${command} without ${lacks.join(' and ')}" weir-faults ${command}`;
}

/** What weir cannot do without; a kernel has the filters and actions in one package. */
const LACKS = [['cake'], ['ifb'], ['clsact'], ['matchall', 'u32'], ['mirred']];
const PACKAGES = ['kmod-sched-cake', 'kmod-ifb', 'kmod-sched-core', 'kmod-sched-core', 'kmod-sched-core'];

test('a kernel without a part: what is missing is named, or done without, and really works', async (t) => {
  const guest = await boot({
    script: `
topology_router down=none up=none rtt_ms=2
${ATTEMPT}
weir_config </run/lab/files/config
tso() { on router ethtool -k wan0 | while read -r name value; do [ $name != tcp-segmentation-offload: ] || emit tso "\\"$value\\""; done; }
${lacking('stop')}
snapshot before
${LACKS.map((lacks) => lacking('start', ...lacks)).join('\n')}
snapshot after
${lacking('start', 'matchall', 'ethtool')}
${lacking('plan', 'matchall', 'ethtool')}
tso
emit filters "$(tc -n router -j filter show dev wan0 ingress)"
start down4 lan udp-sink 6001 --count 2000 --for-ms 4000 --from-ms 500 --to-ms 1500
start down6 lan udp-sink 6002 --count 2000 --for-ms 4000 --from-ms 500 --to-ms 1500
launch sent4 inet udp-send 10.0.0.2 6001 --count 2000 --interval-us 1000 --size 1000
launch sent6 inet udp-send fd00::2 6002 --count 2000 --interval-us 1000 --size 1000
collect
emit shaped "$(tc -n router -j -s qdisc show dev ifb-wan0)"
${lacking('stop', 'matchall', 'ethtool')}
tso
snapshot end
`,
    files: { config: wanConfig("\tlist offloads 'tso'\n") },
  });
  const [before, after, end] = guest.values('snapshot', snapshot);
  assert.ok(before && after && end);
  assert.deepEqual(stable(after), stable(before));
  assert.deepEqual(stable(end), stable(before));
  const runs = guest.values('attempt', outcome);
  PACKAGES.forEach((name, i) => {
    const one = runs[i + 1];
    assert.equal(one?.run.exit, EXIT.failed, one?.name);
    assert.match(
      one?.run.stderr ?? '',
      new RegExp(`'opkg install ${name}'; the link is as it was before\n$`),
      one?.name,
    );
    t.diagnostic(`${one?.name}: ${one?.run.stderr.trim()}`);
  });
  for (const { name, run } of runs.slice(PACKAGES.length + 1))
    assert.equal(run.exit, EXIT.ok, `${name}: ${run.stderr}`);
  assert.deepEqual(guest.values('tso', z.string()), ['off', 'on']);
  const filters = guest.value('filters', z.array(z.looseObject({ kind: z.optional(z.string()) })));
  assert.ok(filters.length > 0 && filters.every(({ kind }) => kind === 'u32'));
  // 16 Mbit/s of payload are offered, and the shaper lets 18.5 Mbit/s of frames pass.
  const rates = ['down4', 'down6'].map((key) => guest.value(key, udpSink).payload_bit_per_s / 1e6);
  t.diagnostic(`through u32: ${rates.map((rate) => rate.toFixed(2)).join(' and ')} Mbit/s over IPv4 and IPv6`);
  const [qdisc] = guest.value('shaped', z.array(z.looseObject({ packets: z.int(), drops: z.int() })));
  assert.ok((qdisc?.packets ?? 0) + (qdisc?.drops ?? 0) >= 4000);
});

test('a state directory that is read-only or full: nothing is touched', async () => {
  const guest = await boot({
    script: `${ONE_CABLE}${ATTEMPT}
weir_config </run/lab/files/config
mkdir -p /var/run/weir
snapshot before
mount -t tmpfs -o ro none /var/run/weir
for command in start reload stop daemon; do attempt "read-only $command" weir $command; done
umount /var/run/weir
mount -t tmpfs -o size=4k none /var/run/weir
echo full >/var/run/weir/filler
for command in start stop; do attempt "full $command" weir $command; done
snapshot after
emit files "$(traffic json "$(ls /var/run/weir)")"
`,
    files: { config: wanConfig() },
  });
  const [before, after] = guest.values('snapshot', snapshot);
  assert.ok(before && after);
  assert.deepEqual(stable(after), stable(before));
  for (const { name, run } of guest.values('attempt', outcome)) {
    const says =
      name === 'full start'
        ? /^error: .*cannot write \/var\/run\/weir\/saved.json: No space left on device; the link is as it was before\n$/
        : name === 'full stop'
          ? /^$/
          : /^error: cannot open \/var\/run\/weir\/lock: Read-only file system\n$/;
    assert.equal(run.exit, name === 'full stop' ? EXIT.ok : EXIT.failed, `${name}: ${run.stderr}`);
    assert.match(run.stderr, says, name);
  }
  assert.equal(guest.value('files', z.string()), 'filler\nlock');
});

test('a daemon that cannot save what it would overwrite waits until it can, and says so once', async () => {
  const guest = await bootWithDaemon({
    hosts: `${ONE_CABLE}
mkdir -p /var/run/weir
mount -t tmpfs -o size=4k none /var/run/weir
echo full >/var/run/weir/filler
`,
    config: wanConfig(),
    script: `
daemon_start
until_true log_has 1 'No space left'
pause 10
emit second "$(traffic run -- weir daemon || true)"
emit reload "$(traffic run -- weir reload || true)"
rm /var/run/weir/filler
pause 60
daemon_end
emit log "$(traffic json "$(</tmp/daemon.log)")"
`,
  });
  const lines = linesOf(guest.value('log', z.string()));
  assert.equal(lines.filter((line) => line.includes('No space left')).length, 1, lines.join('\n'));
  assert.ok(
    lines.some((line) => line.includes('repair: add ifb-wan0')),
    lines.join('\n'),
  );
  assert.equal(guest.value('daemon_exit', z.int()), EXIT.ok);
  // There was no room for the daemon's number either, so it is like a command that does not come to its end.
  for (const key of ['second', 'reload']) {
    const { exit, stderr } = guest.value(key, command);
    assert.equal(exit, EXIT.failed);
    assert.match(stderr, /^error: another weir .*\/var\/run\/weir\/lock/, key);
  }
});

test('a configuration that is missing, a directory, too big, not UCI, or wrong: said by every command, with nothing changed', async () => {
  const files: Readonly<Record<string, string>> = {
    good: wanConfig(),
    empty: '',
    warning: `${wanConfig()}config unheard_of 'x'\n`,
    wrong: wanConfig("\toption isolation 'none'\n"),
    broken: "config shaper 'wan\n",
    big: `${'#'.repeat(79)}\n`.repeat(65536),
    bytes: '\u0000\u0001\u0002config shaper',
  };
  const guest = await boot({
    script: `${ONE_CABLE}${ATTEMPT}
mkdir /tmp/directory
printf 'config shaper x\\n\\toption device \\377\\376\\n\\toption upload 1mbit\\n' >/tmp/octets
snapshot before
for file in /nowhere /tmp/directory /tmp/octets ${Object.keys(files)
      .map((name) => `/run/lab/files/${name}`)
      .join(' ')}; do
  attempt "check \${file##*/}" weir check -c $file
done
for file in /nowhere /tmp/directory /run/lab/files/big /run/lab/files/broken; do
  for command in start reload plan status daemon; do attempt "$command \${file##*/}" weir $command -c $file; done
done
attempt "stop nowhere" weir stop -c /nowhere
attempt "stop directory" weir stop -c /tmp/directory
snapshot after
`,
    files,
  });
  const [before, after] = guest.values('snapshot', snapshot);
  assert.ok(before && after);
  assert.deepEqual(stable(after), stable(before));
  const wanted: Readonly<Record<string, readonly [exit: number, says: RegExp]>> = {
    nowhere: [EXIT.invalidConfig, /^error: \/nowhere: there is no such file/],
    directory: [EXIT.failed, /^error: cannot read \/tmp\/directory: Is a directory\n$/],
    big: [EXIT.failed, /^error: cannot read .*\/big: File too large\n$/],
    broken: [EXIT.invalidConfig, /^error: .*\/broken:1/],
    'check good': [EXIT.ok, /^$/],
    'check empty': [EXIT.ok, /^$/],
    'check warning': [EXIT.ok, /^warning: .*\/warning:\d+: .*unheard_of/],
    'check wrong': [EXIT.invalidConfig, /^error: .*\/wrong:\d+: .*isolation/],
    'check bytes': [EXIT.ok, /^$/],
    'check octets': [EXIT.ok, /^$/],
    'stop nowhere': [EXIT.ok, /^$/],
    'stop directory': [EXIT.ok, /^$/],
  };
  for (const { name, run } of guest.values('attempt', outcome)) {
    const [exit, says] = wanted[name] ?? wanted[name.split(' ')[1] ?? ''] ?? [];
    assert.ok(says, name);
    assert.equal(run.exit, exit, `${name}: ${run.stderr}`);
    assert.match(run.stderr, says, name);
  }
});

test('where standard output or error is closed, nothing else is taken for it', async () => {
  const guest = await bootWithDaemon({
    hosts: ONE_CABLE,
    config: wanConfig(),
    script: `
command weir -v start 2>&-
emit started "$(traffic json "$(</var/run/weir/lock)")"
command weir stop <&- >&- 2>&-
command weir -v daemon 2>&- &
daemon=$!
pause 0.2
emit running "$(traffic json "$(</var/run/weir/lock)")"
kill -HUP $daemon
pause 0.2
emit reload "$(traffic run -- weir reload || true)"
emit pid $daemon
daemon_end
`,
  });
  assert.equal(guest.value('started', z.string()).trim(), '');
  assert.equal(guest.value('running', z.string()).trim(), String(guest.value('pid', z.int())));
  assert.equal(guest.value('reload', command).exit, EXIT.ok);
});
