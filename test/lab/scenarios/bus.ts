/**
 * `weir bus` and `weir ubus` as processes on real sockets: calls, events and notifications; what root may and others may not; a
 * second bus; a client that reads nothing; a bus that is killed and one that is ended.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { command } from '../results.ts';

/** `as UID` runs as another user; `u` is the client, with its result as @ubus. */
const BUS = `
S=/tmp/bus/ubus.sock
mkdir -p /tmp/acl /tmp/bin
cp /run/lab/bin/weir /run/lab/bin/weir-faults /run/lab/bin/traffic /tmp/bin
chmod -R a+rx /tmp/bin
PATH=/tmp/bin:$PATH
as=()
u() { emit ubus "$("\${as[@]}" traffic run -- weir ubus -s $S "$@" || true)"; }
nobody() { local as=(setpriv --reuid 65534 --regid 65534 --clear-groups); "$@"; }
member() { local as=(setpriv --reuid 65534 --regid 65534 --groups 1); "$@"; }
stranger() { local as=(setpriv --reuid 4242 --regid 4242 --clear-groups); "$@"; }
answers() { command weir ubus -s $S list; }
start_bus() {
  command weir bus -s $S -A /tmp/acl >>/run/lab/out/bus 2>&1 &
  bus=$!
  wait_until 1000 answers
}
start_provider() {
  weir-faults provide $S &
  provider=$!
  command weir ubus -s $S -t 5 wait_for lab.thing
}
acl() { cat >/tmp/acl/lab.json; chmod 644 /tmp/acl/lab.json; }
rss() { emit rss "$(grep VmRSS /proc/$bus/status | grep -o '[0-9]*')"; }
`;

const OBJECT_LISTED = /^'lab\.thing' @[0-9a-f]{8}\n\t"greet":\{"name":"String"\}\n\t"write":\{\}\n/;

test('calls, events and notifications go through the bus', async () => {
  const run = await boot({
    script: `${BUS}
start_bus
start_provider
u -v list
u call lab.thing greet '{"name":"ann"}'
u -S call lab.thing greet '{"name":"ann"}'
u call lab.thing greet '{"name":5}'
u call lab.thing nothing
u call nothing x
u -t 1 call lab.thing never
command weir ubus -s $S listen 'a*' >/run/lab/out/events & listener=$!
command weir ubus -s $S subscribe lab.thing >/run/lab/out/notified & subscriber=$!
sleep 0.1
u send a.b '{"n":1}'
u send b '{"n":2}'
u call lab.thing poke
sleep 0.1
kill $listener $subscriber
wait $listener
wait $subscriber
kill $provider
wait $provider || true
u list
kill $bus
wait $bus
emit left "$(ls /tmp/bus | wc -l)"
`,
  });
  const ran = run.values('ubus', command);
  assert.deepEqual(
    ran.map(({ exit }) => exit),
    [0, 0, 0, 254, 253, 4, 249, 0, 0, 0, 0],
  );
  assert.match(ran[0]?.stdout ?? '', OBJECT_LISTED);
  assert.equal(ran[1]?.stdout, '{\n\t"reply": "hello ann",\n\t"user": "root"\n}\n');
  assert.equal(ran[2]?.stdout, '{"reply":"hello ann","user":"root"}\n');
  assert.equal(ran[6]?.stderr, 'Command failed: ubus call lab.thing never (Request timed out)\n');
  assert.ok(ran[6] !== undefined && ran[6].lasted_ms >= 1000 && ran[6].lasted_ms < 1100);
  assert.equal(run.out.get('events'), '{ "a.b": {"n":1} }\n');
  assert.equal(run.out.get('notified'), '{ "poked": {"by":"root"} }\n');
  assert.equal(ran[10]?.stdout, '');
  assert.equal(run.value('left', z.int()), 0);
  assert.equal(run.out.get('bus'), '');
});

test('others than root may what the lists grant, from when they are read, and a user without a name nothing', async () => {
  const run = await boot({
    script: `${BUS}
start_bus
start_provider
nobody u list
nobody u call lab.thing greet '{"name":"nobody"}'
nobody u send a.b
nobody u -t 1 listen
nobody u monitor
stranger u list
acl <<END
{"user": "nobody", "access": {"lab.*": {"methods": ["greet"]}}, "send": ["a.*"], "listen": ["a.*"], "subscribe": ["lab.thing"]}
END
kill -HUP $bus
sleep 0.1
nobody u -v list
nobody u call lab.thing greet '{"name":"nobody"}'
nobody u call lab.thing write
nobody u send a.b
nobody u send b
nobody u -t 1 listen a.b
nobody u -t 1 subscribe lab.thing
acl <<END
{"group": "$(grep :1: /etc/group | cut -d: -f1)", "send": ["b"]}
END
kill -HUP $bus
sleep 0.1
nobody u send b
member u send b
chmod 666 /tmp/acl/lab.json
kill -HUP $bus
sleep 0.1
nobody u call lab.thing greet '{"name":"nobody"}'
`,
  });
  const ran = run.values('ubus', command);
  assert.deepEqual(
    ran.map(({ exit }) => exit),
    [0, 252, 6, 255, 6, 255, 0, 0, 250, 0, 6, 0, 0, 6, 0, 252],
  );
  assert.equal(ran[0]?.stdout, '');
  assert.match(ran[6]?.stdout ?? '', /^'lab\.thing' @[0-9a-f]{8}\n\t"greet":\{"name":"String"\}\n$/);
  assert.equal(ran[7]?.stdout, '{\n\t"reply": "hello nobody",\n\t"user": "nobody"\n}\n');
  assert.match(run.out.get('bus') ?? '', /^warning: \/tmp\/acl\/lab\.json is left out: with mode 0666/);
});

test('a client that reads nothing costs the bus what it may queue for it, and the others nothing', async (t) => {
  const run = await boot({
    script: `${BUS}
start_bus
start_provider
command weir ubus -s $S call lab.thing big '{"bytes":500000}' >/dev/null
rss
for i in 1 2; do
  weir-faults deaf /tmp/ready.$i $S 30 &
  wait_until 1000 test -e /tmp/ready.$i
done
sleep 0.2
rss
u call lab.thing greet '{"name":"ann"}'
u call lab.thing big '{"bytes":3}'
`,
  });
  const [before = 0, after = 0] = run.values('rss', z.int());
  t.diagnostic(`the bus has ${before} kB before, ${after} kB with two such clients`);
  assert.ok(after - before < 2 * 1100 + 600, `${before} kB became ${after} kB`);
  for (const { exit, lasted_ms: lastedMs } of run.values('ubus', command)) {
    assert.equal(exit, 0);
    assert.ok(lastedMs < 100, `${lastedMs} ms`);
  }
});

test('after the bus was killed another takes its place, and all who were there come back', async () => {
  const run = await boot({
    script: `${BUS}
start_bus
start_provider
u call lab.thing greet '{"name":"ann"}'
emit second "$(traffic run -- weir bus -s $S || true)"
command weir ubus -s $S listen & listener=$!
sleep 0.1
kill -9 $bus
wait $bus || true
wait $listener
u list
start_bus
u -t 30 wait_for lab.thing
u call lab.thing greet '{"name":"ann"}'
`,
  });
  const second = run.value('second', command);
  assert.deepEqual([second.exit, second.stderr], [3, 'error: another bus answers at /tmp/bus/ubus.sock\n']);
  assert.deepEqual(
    run.values('ubus', command).map(({ exit }) => exit),
    [0, 255, 0, 0],
  );
});
