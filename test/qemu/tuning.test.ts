/**
 * `config tuning` on cards with real drivers, and two CPUs: rings, coalescing, channels and with them the spreading of what arrives,
 * byte queue limits, steering, interrupts and threads. One machine, three configurations; what is in force is read by ethtool and
 * from sysfs. The first is started and stopped; the second is a daemon's, which is killed, then started and stopped; the third has every
 * option, for the table of docs/tuning.md.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { command } from '../lab/results.ts';
import { type Item, statusWithTuning, type Values } from '../tuning_items.ts';
import { assertPageHas, optionTables } from '../tuning_table.ts';
import { boot } from './boot.ts';
import { CARDS_TUNED, FIRST, FIRST_CHANGES, SECOND, SECOND_CHANGES, THIRD } from './configurations.ts';
import { changes, type State, state, valuesOf } from './state.ts';
import { keyOf, shown } from './status.ts';

const SCRIPT = `
other_end
reachable
state before
weir_config <<'EOF'
${FIRST}
EOF
weir start
weir status --json
weir status
state first
reachable
weir plan
weir stop
state stopped
weir_config <<'EOF'
${SECOND}
EOF
daemon
state daemon
killed
weir start
weir status --json
state second
reachable
spread
ethtool -G e1000e rx 320
weir stop
state ended
reachable
ethtool -G e1000e rx 256
weir_config <<'EOF'
${THIRD}
EOF
weir start
weir status --json
weir stop
state third
emit kernel "$(traffic json "$(dmesg)")"
`;

const run = await boot({ script: SCRIPT });

function stateNamed(name: string): State {
  return run.values('state', state).find((one) => one.name === name) ?? assert.fail(`no state ${name}`);
}

const values = (name: string): Values => valuesOf(stateNamed(name));

/** The items of the n-th `weir status --json`. */
function items(index: number): Item[] {
  const reports = run.values('weir', command).filter(({ args }) => args[1] === '--json');
  return statusWithTuning.parse(JSON.parse(reports[index]?.stdout ?? '')).tuning;
}

/** Items that are not as asked, with the reason. */
function shortfalls(list: readonly Item[]): string[] {
  return list
    .filter(({ state }) => !['applied', 'already', 'shown'].includes(state))
    .map(({ device, tunable, wanted, state, inForce, reason }) =>
      [device ?? 'machine', tunable, wanted ?? '-', state, inForce ?? '-', reason ?? '-'].join(' | '),
    );
}

/** Asserts that an independent reader finds each item as status has it, and as it was asked for where status says so. */
function assertHolds(list: readonly Item[], { interrupts, ...now }: State): void {
  const found = valuesOf({ interrupts, ...now });
  const told = list.filter(({ inForce, state }) => inForce !== null && state !== 'shown');
  for (const item of told) {
    const key = keyOf(item, interrupts);
    assert.equal(shown(found.get(key)), item.inForce, key);
    if (item.state === 'applied' || item.state === 'already') assert.equal(item.inForce, item.wanted, key);
  }
  assert.ok(told.length > 30, `${told.length} items`);
}

test('what is configured is in force, and nothing else has changed', () => {
  assert.deepEqual(changes(values('before'), values('first')), FIRST_CHANGES);
  assertHolds(items(0), stateNamed('first'));
});

test('status tells what a driver does not do, and what it makes of a value', () => {
  assert.deepEqual(shortfalls(items(0)), [
    'e1000e | tx_usecs | 20 | unsupported | - | the driver does not have it',
    'e1000e | channels_combined | 2 | unsupported | - | the driver does not have it',
    'igb | ring_rx | 8192 | clamped | 4096 | the most is 4096',
    'igb | ring_tx | 100 | clamped | 104 | the driver makes it 104',
    'virtio | rx_usecs | 20 | unsupported | 0 | Not supported (EOPNOTSUPP)',
    'virtio | channels_combined | 4 | clamped | 1 | the most is 1',
    'gone0 |  | - | waiting | - | device gone0 does not exist',
  ]);
});

test('status has one line for all queues and interrupts with the same value', () => {
  const [, shown] = run.values('weir', command).filter(({ args }) => args[0] === 'status');
  const lines = shown?.stdout.split('\n').filter((line) => line.includes('smp_affinity')) ?? [];
  assert.deepEqual(
    lines.map((line) => line.replaceAll(/\b\d\d\b/g, 'N')),
    [
      '  smp_affinity of N N N: applied 2 CPUs',
      '  smp_affinity of N N: applied 1 CPUs',
      '  smp_affinity of N: applied 2 CPUs',
      '  smp_affinity of N N: applied 1 CPUs',
      '  smp_affinity of N: applied 2 CPUs',
    ],
  );
});

test('stop puts back all of it, and a second look changes nothing', () => {
  const [plan] = run.values('weir', command).filter(({ args }) => args[0] === 'plan');
  assert.equal(plan?.stdout, '# nothing to change\n');
  assert.deepEqual(changes(values('before'), values('stopped')), {});
});

test('a daemon does the same with more queues, and what it leaves behind when killed is kept by a start', () => {
  assert.deepEqual(changes(values('before'), values('daemon')), SECOND_CHANGES);
  assert.deepEqual(changes(values('daemon'), values('second')), {});
  assertHolds(items(1), stateNamed('second'));
  assert.deepEqual(shortfalls(items(1)), [
    'e1000e | rx_usecs | 7000 | clamped | 7142 | the driver makes it 7142',
    'e1000e | ring_rx | 20 | clamped | 64 | the driver makes it 64',
    'e1000e | bql_limit_max | - | unsupported | 1879048192 | a time needs a shaper with an upload rate on the device',
    'igb | tx_usecs | 40 | refused | 0 | Invalid argument (EINVAL)',
  ]);
});

test('the card spreads what arrives over the channels that it was given', () => {
  const { answers, queues } = run.value('spread', z.strictObject({ answers: z.int(), queues: z.int() }));
  assert.equal(answers, 16);
  assert.ok(queues > 2 && queues <= 8, `${queues} queues`);
});

test('a stop after that puts back all but what somebody else has changed meanwhile, and says so', () => {
  assert.deepEqual(changes(values('before'), values('ended')), { 'e1000e rings rx': '256 -> 320' });
  const [, stop] = run.values('weir', command).filter(({ args }) => args[0] === 'stop');
  assert.match(stop?.stderr ?? '', /e1000e > ring_rx: it is 320 by somebody else's doing, and stays so/);
});

test('docs/tuning.md says what becomes of each option', () => {
  const devices = new Map(CARDS_TUNED.map((name) => [name, name]));
  assertPageHas('Real cards', optionTables(devices, items(2)));
  assert.deepEqual(changes(values('before'), values('third')), {});
});

test('the kernel has nothing to complain of', () => {
  assert.doesNotMatch(
    run.value('kernel', z.string()),
    /Call Trace|WARNING:|BUG:|NETDEV WATCHDOG|transmit queue .* timed out|Hang/,
  );
});
