/**
 * The file of trees comes and goes while the daemon runs, which has given up its rights by then: a reload with it puts the tree in force, and
 * one without it takes the tree away again. The shaper beside it keeps every packet of its queue. Without a daemon that has it loaded, what
 * stands at a root of weir's goes all the same.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import type { LabRun } from '../labrun.ts';
import { command, udpSink } from '../results.ts';

const PACKETS = 300;

/** With an rtt at which CAKE drops nothing, so that what is lost would have been lost by weir. */
const CONFIG = `config shaper 'wan'
	option device 'wan0'
	option upload '1mbit'
	option rtt '1000s'
config qdisc 'lan'
	option device 'lan0'
	option kind 'htb'
	option handle '1:'
	option default 'rest'
config class 'rest'
	option parent 'lan'
	option rate '5mbit'
	option leaf 'fq_codel'
`;

/** weir without its file of trees, which `trees_come` puts there; `roots WHEN` tells what is at the roots of both devices. */
const ROUTER = `
topology_router down=none up=none rtt_ms=2
mkdir -p /tmp/bin
cp /run/lab/bin/weir /run/lab/bin/traffic /tmp/bin
PATH=/tmp/bin:$PATH
kind() { tc -n router qdisc show dev $1 root | cut -d' ' -f2,3; }
roots() { emit roots "$(printf '{"when":"%s","wan":"%s","lan":"%s"}' $1 "$(kind wan0)" "$(kind lan0)")"; }
wan_is() { [ "$(kind wan0)" = "$1" ]; }
lan_is() { [ "$(kind lan0)" = "$1" ]; }
reload() { kill -HUP $(cat /run/weir/lock); }
trees_come() { cp /run/lab/bin/weir.trees /tmp/bin; }
trees_go() { rm /tmp/bin/weir.trees; }
weir_config </run/lab/files/config
on router weir daemon >>/run/lab/out/daemon 2>&1 &
daemon=$!
`;

const roots = z.object({ when: z.string(), wan: z.string(), lan: z.string() });
const rootsOf = (run: LabRun): string[] =>
  run.values('roots', roots).map(({ when, wan, lan }) => `${when}: ${wan}, ${lan}`);

test('trees come and go with their file while the daemon runs, and a standing queue of the shaper loses nothing', async () => {
  const run = await boot({
    script: `${ROUTER}
wait_until 3000 wan_is 'cake 7e00:'
roots without
start up inet udp-sink 6001 --count ${PACKETS} --for-ms 30000
launch sent lan udp-send 192.0.2.1 6001 --count ${PACKETS} --size 1000
sleep 0.2
trees_come
reload
wait_until 1000 lan_is 'htb 1:'
roots with
trees_go
reload
wait_until 1000 lan_is 'noqueue 0:'
roots gone
collect
weir stop
wait $daemon
roots stopped
`,
    files: { config: CONFIG },
  });
  assert.deepEqual(rootsOf(run), [
    'without: cake 7e00:, noqueue 0:',
    'with: cake 7e00:, htb 1:',
    'gone: cake 7e00:, noqueue 0:',
    'stopped: noqueue 0:, noqueue 0:',
  ]);
  const { received, reordered, duplicates } = run.value('up', udpSink);
  assert.deepEqual({ received, reordered, duplicates }, { received: PACKETS, reordered: 0, duplicates: 0 });
  const log = run.out.get('daemon') ?? '';
  const needs = /^error: \/etc\/config\/weir:5: qdisc 'lan': these sections need the package weir-trees \(/gm;
  assert.equal([...log.matchAll(needs)].length, 2, log);
  assert.match(log, /^notice: reload: delete lan0 > htb /m);
});

test('without the file a tree that was left in force goes when weir stops', async () => {
  const run = await boot({
    script: `${ROUTER}
trees_come
wait_until 3000 wan_is 'cake 7e00:'
reload
wait_until 1000 lan_is 'htb 1:'
kill -KILL $daemon
wait $daemon || true
trees_go
roots killed
weir stop
roots stopped
`,
    files: { config: CONFIG },
  });
  assert.deepEqual(rootsOf(run), ['killed: cake 7e00:, htb 1:', 'stopped: noqueue 0:, noqueue 0:']);
  assert.equal(run.value('weir', command).exit, 0);
});
