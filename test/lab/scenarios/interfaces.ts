/**
 * Shapers that name an interface of netifd and no device: followed through netifd's events while it comes up, redials, moves to
 * another device and goes down; and what is known stays in force while netifd or the bus is away. netifd is weir-netifd.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { answerOf, CABLE, ON_THE_BUS, statusAnswer, ubusRuns } from '../on_the_bus.ts';
import { command } from '../results.ts';

/**
 * `ifup DEVICE` and `ifdown` tell netifd; `shaped DEVICE` and `clean DEVICE` say how a device is, and `look WHAT` prints it for all
 * three. Whatever is to happen after an event must have happened within 100 ms.
 */
const INTERFACES = `${ON_THE_BUS}${CABLE}
ip link add wan1 netns router type veth peer name eth1 netns peer
ip -n router link set wan1 up
ip -n peer link set eth1 up
weir_config <<END
config globals
option bus 'system'
config shaper 'line'
option interface 'wan'
option download '8mbit'
option upload '1mbit'
END
start_bus() {
  command weir bus >>/run/lab/out/bus 2>&1 &
  bus=$!
  until command weir ubus list; do sleep 0.01; done
}
end_bus() { kill -9 $bus; wait $bus || true; }
start_netifd() {
  weir-netifd wan lan >>/run/lab/out/netifd 2>&1 &
  netifd=$!
  command weir ubus -t 5 wait_for lab.netifd
}
end_netifd() { kill -9 $netifd; wait $netifd || true; }
ifup() { command weir ubus call lab.netifd change "{\\"interface\\":\\"wan\\",\\"l3_device\\":\\"$1\\"}"; }
ifdown() { command weir ubus call lab.netifd change '{"interface":"wan"}'; }
roots() { tc -n router qdisc show; }
shaped() { [[ $(roots) == *"cake 7e00: dev $1 root"*"clsact ffff: dev $1"* && $(roots) == *"cake 7e00: dev ifb-$1 root"* ]]; }
clean() { [[ $(roots) != *"cake 7e00: dev $1 "* && $(roots) != *"clsact ffff: dev $1 "* && $(roots) != *"ifb-$1"* ]]; }
`;

const ROOT = z.array(z.looseObject({ kind: z.string(), bytes: z.int() }));

test('a shaper follows its interface', async (t) => {
  const run = await boot({
    script: `${INTERFACES}
start_bus
daemon_start
clean wan0
call status
start_netifd
wait_until 100 clean wan0
call status
ifup wan0
wait_until 100 shaped wan0
call status

# A redial: the device goes, netifd tells of it, and another comes with its name.
ip -n router link delete wan0
ifdown
sleep 0.2
plug_in
ifup wan0
wait_until 100 shaped wan0
call status
# One that is so quick that netifd has nothing to tell but the end.
ip -n router link delete wan0
plug_in
ifup wan0
wait_until 100 shaped wan0

# It moves, and back.
ifup wan1
wait_until 100 shaped wan1
clean wan0
call status
ifup wan0
wait_until 100 shaped wan0
clean wan1

ifdown
wait_until 100 clean wan0
call status
ifup wan0
wait_until 100 shaped wan0
daemon_end
clean wan0
`,
  });
  const log = run.out.get('daemon') ?? '';
  t.diagnostic(log);
  const told = ubusRuns(run).map((one) => {
    const [shaper] = answerOf(one, statusAnswer).shapers;
    return [shaper?.state, shaper?.device, shaper?.reason];
  });
  assert.deepEqual(told, [
    ['waiting', null, 'interface wan: netifd has no such interface'],
    ['waiting', null, 'interface wan: it is down'],
    ['shaping', 'wan0', null],
    ['shaping', 'wan0', null],
    ['shaping', 'wan1', null],
    ['waiting', null, 'interface wan: it is down'],
  ]);
  assert.doesNotMatch(log, /^(error|bug)/m);
});

test('what is known stays in force while netifd or the bus is away, and is asked for when they are back', async (t) => {
  const run = await boot({
    script: `${INTERFACES}
start_bus
start_netifd
ifup wan0
daemon_start
wait_until 100 shaped wan0
start up peer udp-sink 6001 --count 60 --for-ms 5000
launch sent router udp-send 192.0.2.1 6001 --count 60 --interval-us 20000 --size 1000
collect
emit root "$(tc -n router -s -j qdisc show dev wan0 root)"
kill -9 $daemon
wait $job || true
daemon_start
emit root "$(tc -n router -s -j qdisc show dev wan0 root)"
end_netifd
sleep 2
end_bus
sleep 0.5
start_bus
command weir ubus -t 10 wait_for weir
sleep 1
call status
emit root "$(tc -n router -s -j qdisc show dev wan0 root)"
start_netifd
wait_until 100 clean wan0
ifup wan1
wait_until 100 shaped wan1
daemon_end
`,
  });
  t.diagnostic(run.out.get('daemon') ?? '');
  const [shaper] = answerOf(ubusRuns(run)[0], statusAnswer).shapers;
  assert.deepEqual([shaper?.state, shaper?.device], ['shaping', 'wan0']);
  const sent = run.values('root', ROOT).map(([root]) => root?.bytes ?? 0);
  assert.ok((sent[0] ?? 0) > 50_000);
  assert.deepEqual(sent, [sent[0], sent[0], sent[0]], 'it is the qdisc that it was');
});

test('commands that run once ask for the interface', async () => {
  const run = await boot({
    script: `${INTERFACES}
weir plan || true
weir start || true
weir status
start_bus
weir plan || true
start_netifd
weir plan || true
ifup wan0
weir plan || true
weir start
shaped wan0
weir plan
weir status
weir stop
clean wan0
`,
  });
  const ran = run.values('weir', command);
  assert.deepEqual(
    ran.map(({ args, exit }) => [args.join(' '), exit]),
    [
      ['plan', 0],
      ['start', 5],
      ['status', 0],
      ['plan', 0],
      ['plan', 0],
      ['plan', 2],
      ['start', 0],
      ['plan', 0],
      ['status', 0],
      ['stop', 0],
    ],
  );
  const said = ran.map(({ stdout, stderr }) => stdout + stderr);
  const waiting = "warning: /etc/config/weir:3: shaper 'line': interface wan: ";
  assert.ok(said[1]?.startsWith(`${waiting}there is no bus to ask netifd on`), said[1]);
  assert.match(said[2] ?? '', /^line: waiting: interface wan: there is no bus/);
  assert.ok(said[3]?.includes(`${waiting}netifd has no such interface`), said[3]);
  assert.ok(said[4]?.includes(`${waiting}it is down`), said[4]);
  assert.match(said[5] ?? '', /^tc qdisc add dev wan0 root .*bandwidth 1mbit/m);
  assert.equal(said[8], 'line: shaping on wan0\n  download 8mbit, cake on ifb-wan0\n  upload   1mbit, cake on wan0\n');
});
