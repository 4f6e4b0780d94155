/**
 * What trees do to packets: HTB's classes share as the theory says, HFSC's guarantee holds to the millisecond, netem delays, drops and
 * holds what it was told, a policer lets through its rate, and an edit elsewhere in the tree loses nothing.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boot } from '../boot.ts';
import type { LabRun } from '../labrun.ts';
import { command, udpSend, udpSink } from '../results.ts';

const PAYLOAD_BYTES = 1000;
/** What a qdisc counts of it: with the headers of UDP, IP and Ethernet. */
const FRAME_BYTES = PAYLOAD_BYTES + 8 + 20 + 14;

const wire = (config: string): string => `
topology_wire
export WEIR_HOST=left

weir_config <<'END'
${config}
END
weir start
`;

const MS = 4000;

/**
 * Keeps the class behind the firewall mark full until the window is over, which it leaves at that rate: `@NAME` is what arrived of it. Not much
 * longer, since nothing goes on before the last packet is out.
 */
function full(name: string, mark: number, bitPerS: number): string {
  const count = Math.ceil((bitPerS * (MS + 1500)) / 1000 / 8 / FRAME_BYTES);
  return `
start ${name} right udp-sink ${6000 + mark} --from-ms 1000 --to-ms ${MS} --for-ms ${MS + 500}
launch ${name}_sent left udp-send 10.9.0.2 ${6000 + mark} --count ${count} --size ${PAYLOAD_BYTES} --mark ${mark}
`;
}

const HTB = `
config qdisc 'root'
	option device 'eth0'
	option kind 'htb'
config class 'all'
	option parent 'root'
	option rate '10mbit'
config class 'first'
	option parent 'all'
	option rate '2mbit'
	option ceil '100%'
	option prio '0'
	option mark '1'
	option leaf 'pfifo'
	option leaf_limit '20000'
config class 'second'
	option parent 'all'
	option rate '30%'
	option ceil '100%'
	option prio '1'
	option mark '2'
	option leaf 'pfifo'
	option leaf_limit '20000'
config class 'third'
	option parent 'all'
	option rate '1mbit'
	option ceil '100%'
	option prio '1'
	option mark '3'
	option leaf 'pfifo'
	option leaf_limit '20000'
`;

/** bit/s of the link that each took. */
function rates(run: LabRun, names: readonly string[]): number[] {
  return names.map((name) => (run.value(name, udpSink).payload_bit_per_s * FRAME_BYTES) / PAYLOAD_BYTES);
}

function assertRates(found: readonly number[], wanted: readonly number[]): void {
  wanted.forEach((rate, i) => {
    const is = found[i] ?? 0;
    assert.ok(Math.abs(is / rate - 1) < 0.02, `${(is / 1e6).toFixed(3)} Mbit/s in place of ${rate / 1e6}`);
  });
}

const END = 'collect\n';

test('of three classes of HTB the one that comes first borrows what is left', async (t) => {
  const script = `${wire(HTB)}${full('a', 1, 6e6)}${full('b', 2, 3e6)}${full('c', 3, 1e6)}${END}`;
  const found = rates(await boot({ script }), ['a', 'b', 'c']);
  t.diagnostic(found.map((rate) => (rate / 1e6).toFixed(3)).join(', '));
  assertRates(found, [6e6, 3e6, 1e6]);
});

test('two classes of one priority share what is left by their rates, and one alone has its ceiling', async (t) => {
  const ceiling = HTB.replace(/(?<=rate '1mbit'\n\toption ceil )'100%'/, "'4mbit'");
  const two = await boot({ script: `${wire(HTB)}${full('b', 2, 7.5e6)}${full('c', 3, 2.5e6)}${END}` });
  const one = await boot({ script: `${wire(ceiling)}${full('c', 3, 4e6)}${END}` });
  const found = [...rates(two, ['b', 'c']), ...rates(one, ['c'])];
  t.diagnostic(found.map((rate) => (rate / 1e6).toFixed(3)).join(', '));
  assertRates(found, [7.5e6, 2.5e6, 4e6]);
});

const HFSC = (guarantee: string): string => `
config qdisc 'root'
	option device 'eth0'
	option kind 'hfsc'
config class 'all'
	option parent 'root'
	option ls_m2 '2mbit'
	option ul_m2 '2mbit'
config class 'voice'
	option parent 'all'
	option mark '1'
	${guarantee}
	option ls_m2 '1kbit'
config class 'bulk'
	option parent 'all'
	option mark '2'
	option ls_m2 '1900kbit'
	option default '1'
	option leaf 'pfifo'
	option leaf_limit '20000'
`;

test('a guarantee of HFSC is kept to the millisecond', async (t) => {
  // Twenty packets at once every second, each of 200 bytes with its headers.
  const probes = [1, 2, 3].map(
    (n) => `
start voice right udp-sink ${6100 + n} --count 20 --for-ms 3000
launch sent left udp-send 10.9.0.2 ${6100 + n} --count 20 --size 158 --mark 1
sleep 1
`,
  );
  const worst = async (guarantee: string): Promise<number> => {
    const run = await boot({
      script: `${wire(HFSC(guarantee))}${full('bulk', 2, 2e6)}sleep 1\n${probes.join('')}${END}`,
    });
    const sinks = run.values('voice', udpSink);
    if (sinks.some(({ received }) => received < 20)) return Number.POSITIVE_INFINITY;
    return Math.max(...sinks.map(({ delay }) => delay?.max_us ?? 0)) / 1000;
  };
  // The first at once, the last of 20 after 19 more of 1600 bits at 64 kbit/s.
  const guaranteed = await worst("option rt_m2 '64kbit'");
  // Before the last go 800 bytes within 10 ms, and 15 packets at 64 kbit/s.
  const sooner = await worst("option rt_m1 '640kbit'\n\toption rt_d '10ms'\n\toption rt_m2 '64kbit'");
  const without = await worst('');
  t.diagnostic(`${guaranteed.toFixed(2)} ms, ${sooner.toFixed(2)} ms, ${without.toFixed(2)} ms without`);
  assert.ok(Math.abs(guaranteed - 19 * 25) < 1);
  assert.ok(Math.abs(sooner - (10 + 15 * 25)) < 1);
  assert.ok(without > guaranteed);
});

const NETEM = `
config qdisc 'root'
	option device 'eth0'
	option kind 'netem'
	option delay '50ms'
	option loss '10%'
	option limit '4000'
`;

test('netem delays, loses and holds what it was told', async (t) => {
  const send = (name: string, count: number, intervalUs: number): string => `
start ${name} right udp-sink 6001 --for-ms ${(count * intervalUs) / 1000 + 3000}
launch ${name}_sent left udp-send 10.9.0.2 6001 --count ${count} --interval-us ${intervalUs} --size 100
${END}`;
  const script = `${wire(NETEM)}start '' right echo 7
on left traffic ping 10.9.0.2 7 --count 3 --interval-us 0 >/dev/null
collect
${send('steady', 5000, 1000)}
sed -i "s/'4000'/'50'/; s/'10%'/'0%'/" /etc/config/weir
weir reload || weir start
${send('burst', 200, 0)}`;
  const run = await boot({ script });
  const steady = run.value('steady', udpSink);
  const burst = run.value('burst', udpSink);
  t.diagnostic(`${JSON.stringify(steady.delay)}; ${steady.received} of 5000; ${burst.received} of 200 at once`);
  // Four standard deviations of 5000 draws.
  assert.ok(Math.abs(steady.received - 4500) < 4 * Math.sqrt(5000 * 0.1 * 0.9));
  assert.ok(Math.abs((steady.delay?.min_us ?? 0) - 50_000) < 100 && (steady.delay?.max_us ?? 0) < 50_500);
  assert.equal(burst.received, 50);
});

const POLICER = `
config qdisc 'hook'
	option device 'eth0'
	option parent 'ingress'
	option kind 'clsact'
config filter 'limit'
	option device 'eth0'
	option parent 'egress'
	option kind 'matchall'
	list action 'police'
config action 'police'
	option kind 'police'
	option rate '1mbit'
	option burst '10kb'
`;

test('a policer lets through its rate within 1 % over ten seconds', async (t) => {
  const script = `${wire(POLICER)}
start through right udp-sink 6001 --for-ms 15000
launch sent left udp-send 10.9.0.2 6001 --count 2500 --interval-us 4000 --size ${PAYLOAD_BYTES}
${END}`;
  const run = await boot({ script });
  assert.equal(run.value('sent', udpSend).sent, 2500);
  const bits = run.value('through', udpSink).received * FRAME_BYTES * 8;
  t.diagnostic(`${bits} bits in 10 s`);
  // What the bucket holds at first goes through besides.
  assert.ok(Math.abs(bits - 10e6 - 10_000 * 8) < 0.01 * 10e6);
});

test('packets that wait in a class all arrive while the rest of the tree is edited', async () => {
  const slow = HTB.replace(
    "option rate '2mbit'\n\toption ceil '100%'",
    "option rate '400kbit'\n\toption ceil '400kbit'",
  );
  const edits = [
    '/config class .third/,/leaf/ s/1mbit/2mbit/',
    '/config class .third/,/leaf/ s/pfifo/sfq/',
    "/config class .third/,/leaf/ s/prio '1'/prio '3'/",
    '/config class .second/,$ d',
  ];
  const script = `${wire(slow)}
start queued right udp-sink 6001 --count 300 --for-ms 20000
on left traffic udp-send 10.9.0.2 6001 --count 300 --size 500 --mark 1 &
${edits.map((edit) => `sleep 0.5\nsed -i "${edit}" /etc/config/weir\nweir start\n`).join('')}
collect
wait
`;
  const run = await boot({ script });
  assert.deepEqual(
    run.values('weir', command).map(({ exit }) => exit),
    [0, 0, 0, 0, 0],
  );
  const { received, reordered } = run.value('queued', udpSink);
  assert.deepEqual({ received, reordered }, { received: 300, reordered: 0 });
});
