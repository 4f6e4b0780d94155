/**
 * Orders to the daemon over its bus: `set`, `reset`, `disable`, `enable` and `reload` are in force when they have been answered,
 * without a packet of a standing queue lost, and end by themselves to the millisecond. Wrong arguments are refused with a text, and
 * whoever is not root may only look.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { watched } from '../faults/daemon_lab.ts';
import { answerOf, CABLE, ON_THE_BUS, outcome, tcQdisc, ubusRuns } from '../on_the_bus.ts';
import { command, udpSink } from '../results.ts';

const CONFIG = `${ON_THE_BUS}${CABLE}
configure() {
  weir_config <<END
config shaper 'wan'
option device 'wan0'
option download '8mbit'
option upload '$1'
option rtt '1000s'
END
}
configure 1mbit
daemon_start
`;
const PACKETS = 300;
const MBIT = 1e6;
/** Timers are late by up to some jiffies of the guest. */
const LATE_MS = 5;

test('what is set is in force at once and in place, and ends when it should', async (t) => {
  const run = await boot({
    script: `${CONFIG}
on router weir-faults watch /tmp/ready & watcher=$!
wait_until 1000 test -e /tmp/ready
start up peer udp-sink 6001 --count ${PACKETS} --for-ms 30000
launch sent router udp-send 192.0.2.1 6001 --count ${PACKETS} --size 1000
sleep 0.2
call set '{"shaper":"wan","upload":"2mbit","for":1}'
tc_says
weir status
sleep 1.1
tc_says
call set '{"shaper":"wan","upload":4000,"upload_overhead":40}'
call set '{"shaper":"wan","download":"16mbit","for":86400}'
tc_says
weir status
call reset '{"shaper":"wan"}'
tc_says
collect
call disable '{"shaper":"wan","for":2}'
tc_says
sleep 2.1
tc_says
call disable '{"shaper":"wan"}'
tc_says
call enable '{"shaper":"wan"}'
tc_says
call reset
configure 3mbit
call reload
tc_says
echo "config shaper 'broken" >/etc/config/weir
u -S call weir reload
tc_says
kill $(pgrep -f "weir-faults watch")
wait $watcher
daemon_end
`,
  });
  t.diagnostic(run.out.get('daemon') ?? '');
  const ran = ubusRuns(run);
  assert.deepEqual(
    ran.slice(0, -1).map((one) => answerOf(one, outcome)),
    ran.slice(0, -1).map(() => ({ ok: true, issues: [] })),
  );
  const refused = answerOf(ran.at(-1), outcome);
  assert.equal(refused.ok, false);
  assert.match(refused.issues.join('\n'), /weir:1: Parse error(.|\n)*last good configuration stays in force/);

  const readings = run.values('tc', z.array(tcQdisc));
  const cakes = readings.map((qdiscs) => qdiscs.find(({ dev, kind }) => dev === 'wan0' && kind === 'cake'));
  assert.deepEqual(
    cakes.map((cake) => (8 * Number(cake?.options.bandwidth ?? 0)) / MBIT),
    [2, 1, 4, 1, 0, 1, 0, 1, 3, 3],
  );
  assert.deepEqual(
    cakes.slice(0, 4).map((cake) => [cake?.drops, cake?.options.overhead ?? 0]),
    [
      [0, 0],
      [0, 0],
      [0, 40],
      [0, 0],
    ],
  );
  for (const cake of cakes.slice(0, 3)) assert.ok((cake?.qlen ?? 0) > 0, 'the queue stands');
  const { received, reordered, duplicates } = run.value('up', udpSink);
  assert.deepEqual({ received, reordered, duplicates }, { received: PACKETS, reordered: 0, duplicates: 0 });
  for (const off of [readings[4], readings[6]])
    assert.equal(
      off?.find(({ kind }) => kind === 'cake'),
      undefined,
    );

  const [first, second] = run.values('weir', command);
  assert.match(first?.stdout ?? '', /^ {2}upload is set to 2mbit, for another 1 s$/m);
  assert.match(second?.stdout ?? '', /^ {2}upload is set to 4000, until reset$/m);
  assert.match(second?.stdout ?? '', /^ {2}download is set to 16mbit, for another (23 h 59 min|24 h 0 min|1 d 0 h)$/m);

  const changes = run.value('watch', watched).filter(([, what]) => /^(no )?qdisc wan0 cake /.test(what));
  assert.deepEqual(
    changes.map(([, what]) => what.startsWith('no ')),
    [false, false, false, false, true, false, true, false, false],
  );
  const at = (index: number): number => changes[index]?.[0] ?? Number.NaN;
  const lasted = [at(1) - at(0), at(5) - at(4)];
  t.diagnostic(`1 and 2 s lasted ${lasted.map((ms) => ms.toFixed(2)).join(', ')} ms`);
  [1000, 2000].forEach((wantedMs, i) => {
    assert.ok(Math.abs((lasted[i] ?? 0) - wantedMs) <= LATE_MS, `${lasted[i]} ms`);
  });
});

const WRONG: readonly (readonly [method: string, args: string, text: RegExp])[] = [
  ['set', '{"shaper":"wan","upload":"fast"}', /^'upload': expected a rate from .*, got 'fast'$/],
  ['set', '{"shaper":"lan","upload":"1mbit"}', /^'shaper': expected wan, got 'lan'$/],
  ['set', '{"shaper":"wan","upload":"1mbit","for":0}', /^'for': expected a whole number from 1 to \d+, got 0$/],
  ['disable', '{"shaper":"wan","for":"an hour"}', /^'for': .*, got 'an hour'$/],
  ['stats', '{"shaper":7}', /^'shaper': expected text, got 7$/],
  ['history', '{"shaper":"wan","resolution":7}', /^'resolution': expected 1 or 10 or 60, got 7$/],
  ['status', '{"file":"/etc/shadow"}', /^'file': expected no arguments$/],
];
const READ = ['status', 'stats', 'plan', 'check', 'config', 'info', 'metrics', 'log', 'bridge', 'hosts', 'map_list'];
/** Those that take what they are asked for. */
const ASKED = [
  ['history', '{"shaper":"wan"}'],
  ['tree', '{"device":"wan0"}'],
  ['options', '{"section":"qdisc","kind":"htb"}'],
] as const;
const WRITE = ['reload', 'set', 'set_section', 'reset', 'disable', 'enable', 'map_add', 'map_del', 'map_clear'];
/** As the real ubus ends: 256 less the status. */
const INVALID_ARGUMENT = 254;
const PERMISSION_DENIED = 250;

test('wrong arguments are refused with a text that names them, and others than root may only look', async () => {
  const run = await boot({
    script: `${CONFIG}
tc_says
${WRONG.map(([method, args]) => `u call weir ${method} '${args}'`).join('\n')}
for_others
as_nobody u -v list
for method in ${READ.join(' ')}; do as_nobody u call weir $method; done
${ASKED.map(([method, args]) => `as_nobody u call weir ${method} '${args}'`).join('\n')}
for method in ${WRITE.join(' ')}; do as_nobody u call weir $method '{"shaper":"wan","upload":"5mbit"}'; done
as_nobody u subscribe weir
tc_says
daemon_end
`,
  });
  const ran = ubusRuns(run);
  WRONG.forEach(([method, args, text], i) => {
    const { exit, stdout = '' } = ran[i] ?? {};
    assert.equal(exit, INVALID_ARGUMENT, `${method} ${args}: ${stdout}`);
    assert.match(z.object({ error: z.string() }).parse(JSON.parse(stdout)).error, text);
  });
  const [listed, ...others] = ran.slice(WRONG.length);
  const methods = (listed?.stdout ?? '').split('\n').flatMap((line) => /^\t"(\w+)"/.exec(line)?.[1] ?? []);
  assert.deepEqual(methods.sort(), [...ASKED.map(([method]) => method), ...READ].sort());
  assert.deepEqual(
    others.map(({ exit }) => exit),
    [...[...READ, ...ASKED].map(() => 0), ...WRITE.map(() => PERMISSION_DENIED), 255],
  );
  const [before, after] = run.values('tc', z.array(tcQdisc));
  const optionsOf = (qdiscs: typeof before): unknown[] => (qdiscs ?? []).map(({ options }) => options);
  assert.deepEqual(optionsOf(after), optionsOf(before));
});
