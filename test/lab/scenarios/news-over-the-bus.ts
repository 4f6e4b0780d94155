/**
 * The daemon on the bus over time: what subscribers are told and when; that nobody who wants to know means no wake-ups, and that
 * the history fills where it is wanted; that `weir status` says the same with the daemon and without; and that the object comes
 * back onto a bus that was killed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { answerOf, CABLE, ON_THE_BUS, outcome, stateNews, statsAnswer, statusAnswer, ubusRuns } from '../on_the_bus.ts';
import { command } from '../results.ts';

const CONFIG = `${ON_THE_BUS}${CABLE}
configure() {
  weir_config <<END
config globals
option on_exit 'keep'
\${1:-}
config shaper 'wan'
option device 'wan0'
option download '8mbit'
option upload '1mbit'
END
}
`;

/** With the guest's clock before each line. */
const SUBSCRIBE = `
subscribe() {
  command weir ubus subscribe weir > >(while read -r line; do echo "\${EPOCHREALTIME} $line"; done >/run/lab/out/told) &
  subscriber=$!
}
`;

interface Told {
  readonly atMs: number;
  readonly what: string;
  readonly data: unknown;
}

function toldIn(text: string): Told[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, at, what = '', data = ''] = /^([0-9.]+) \{ "(\w+)": (.*) \}$/.exec(line) ?? [];
      return { atMs: Number(at) * 1000, what, data: JSON.parse(data) };
    });
}

const QUIET_S = 600;
const HISTORY_S = 65;

test('subscribers are told each second and of each change, and when nobody wants to know nothing is done', async (t) => {
  const run = await boot({
    script: `${CONFIG}${SUBSCRIBE}
configure
daemon_start
subscribe
sleep 4.5
ip -n router link delete wan0
sleep 1
plug_in
sleep 2
kill $subscriber
wait $subscriber
call status
status_of wakes voluntary_ctxt_switches
sleep ${QUIET_S}
status_of wakes voluntary_ctxt_switches
call info
configure "option history '1'"
call reload
sleep ${HISTORY_S}
call history '{"shaper":"wan"}'
call info
weir status
weir status --json
ip -n router link delete wan0
sleep 2
plug_in
sleep 3.5
call history '{"shaper":"wan"}'
daemon_end
weir status
weir status --json
`,
  });
  const log = run.out.get('daemon') ?? '';
  const told = toldIn(run.out.get('told') ?? '');
  const stats = told.filter(({ what }) => what === 'stats');
  const gaps = stats.slice(1).map(({ atMs }, i) => Math.round(atMs - (stats[i]?.atMs ?? 0)));
  t.diagnostic(`told of ${told.map(({ what }) => what).join(', ')}; between two stats ${gaps.join(', ')} ms`);
  assert.equal(stats.length, 7);
  for (const gap of gaps) assert.ok(Math.abs(gap - 1000) <= 10, `${gap} ms`);
  const shapers = stats.map(({ data }) => statsAnswer.parse(data).shapers);
  assert.deepEqual(
    shapers.map((list) => list.map(({ upload }) => upload?.series ?? null)),
    [[1], [1], [1], [1], [], [2], [2]],
  );
  const states = told.filter(({ what }) => what === 'state').map(({ data }) => stateNews.parse(data));
  assert.deepEqual(
    states.map(({ name, state }) => [name, state]),
    [
      ['wan', 'waiting'],
      ['wan', 'shaping'],
    ],
  );
  const issues = told
    .filter(({ what }) => what === 'issue')
    .map(({ data }) => z.looseObject({ text: z.string() }).parse(data));
  assert.match(issues[0]?.text ?? '', /wan0.*waiting for it/);
  assert.equal(issues.length, 1, JSON.stringify(issues));

  const [before = 0, after = 0] = run.values('wakes', z.int());
  t.diagnostic(`${after - before} wake-ups in ${QUIET_S} s without anybody`);
  assert.ok(after - before <= 2, `${after - before} wake-ups`);
  const [status, info, reload, history, infoAfter, historyAfter] = ubusRuns(run);
  assert.equal(answerOf(status, statusAnswer).shapers[0]?.state, 'shaping');
  assert.ok(answerOf(reload, outcome).ok);
  const samples = z.looseObject({ work: z.looseObject({ samples: z.int() }) });
  const readings = answerOf(infoAfter, samples).work.samples - answerOf(info, samples).work.samples;
  assert.ok(Math.abs(readings - HISTORY_S) <= 1, `${readings} readings in ${HISTORY_S} s`);
  const past = z.looseObject({
    slots: z.int(),
    upload: z.looseObject({ rateBitPerS: z.array(z.nullable(z.number())) }),
  });
  const { slots } = answerOf(history, past);
  assert.ok(Math.abs(slots - HISTORY_S) <= 2, `${slots} slots`);
  const later = answerOf(historyAfter, past);
  assert.ok(later.slots >= slots + 4, `${later.slots} slots after the device was away`);
  const missing = later.upload.rateBitPerS.filter((rate) => rate === null).length;
  assert.ok(missing >= 2 && missing <= 4, `a gap of ${missing} s`);

  const [text, json, textAlone, jsonAlone] = run.values('weir', command).map(({ stdout }) => stdout);
  assert.match(text ?? '', /^wan: shaping on wan0 for 11 min\n/, log);
  assert.equal(text?.replace(' for 11 min', ''), textAlone);
  const [shared, alone] = [json, jsonAlone].map((one) => statusAnswer.parse(JSON.parse(one ?? '')));
  const stateForS = shared?.shapers[0]?.stateForS ?? 0;
  assert.ok(stateForS > QUIET_S, `${stateForS} s`);
  const withoutTime = (answer: typeof shared): unknown => ({
    ...answer,
    shapers: answer?.shapers.map((shaper) => ({ ...shaper, stateForS: null })),
  });
  assert.deepEqual(withoutTime(shared), alone);
});

test('the object comes back onto a bus that was killed, and nothing happens to the shaping meanwhile', async (t) => {
  const run = await boot({
    script: `${CONFIG}
configure "option bus 'system'"
start_bus() {
  command weir bus >>/run/lab/out/bus 2>&1 &
  bus=$!
}
start_bus
daemon_start
call set '{"shaper":"wan","upload":"2mbit"}'
for pause in 0.01 0.5 5; do
  kill -9 $bus
  wait $bus || true
  sleep $pause
  start_bus
  began=$(now_ms)
  until command weir ubus -t 30 wait_for weir; do sleep 0.01; done
  emit back "$(awk "BEGIN { print $(now_ms) - $began }")"
  call status
done
kill $bus
wait $bus
emit alone "$(command weir status --json)"
daemon_end
`,
  });
  t.diagnostic(run.out.get('daemon') ?? '');
  const back = run.values('back', z.number());
  t.diagnostic(`back ${back.map((ms) => ms.toFixed(0)).join(', ')} ms after the bus`);
  assert.equal(back.length, 3);
  const [set, ...told] = ubusRuns(run);
  assert.ok(answerOf(set, outcome).ok);
  for (const one of told) {
    const [shaper] = answerOf(one, statusAnswer).shapers;
    assert.deepEqual([shaper?.state, shaper?.upload?.rateBitPerS], ['shaping', 2e6]);
  }
  assert.equal(run.out.get('bus'), '');
});
