import assert from 'node:assert/strict';
import { test } from 'node:test';
import { device } from '../../test/devices.ts';
import { describeIssue, type Issue } from '../lib/issue.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { parseUci, UciSyntaxError } from '../wire/ucitext.ts';
import { type Config, parseConfig } from './config.ts';
import type { Device, FeatureState, Observed } from './observed.ts';
import { featureKey } from './resource/feature.ts';
import { keyOf } from './resource/registry.ts';
import { tunableKey } from './resource/tunable.ts';
import { MACHINE, type Resource } from './resource.ts';
import { NOTHING_SAVED } from './saved.ts';
import { type DesiredTuning, desiredTuning, refusedNow } from './tuning_desired.ts';
import { observedTunables, readingKey, type TunableReading } from './tuning_observed.ts';
import type { SavedTunable } from './tuning_saved.ts';
import { type TuningStatus, tuningStatuses } from './tuning_status.ts';

function config(...lines: readonly string[]): Config {
  const file = parseUci(
    encodeUtf8(`config tuning\n list device 'eth1'\n${lines.map((line) => ` ${line}\n`).join('')}`),
  );
  assert.ok(!(file instanceof UciSyntaxError));
  return parseConfig(file.sections, 'weir').config;
}

const ETH1 = device();

interface Found extends Partial<Pick<TunableReading, 'part' | 'most' | 'why'>> {
  readonly tunable: string;
  readonly value?: string;
}

const BUDGET: TunableReading = {
  tunable: 'tcp_limit_output_bytes',
  device: MACHINE,
  part: '',
  value: '1048576',
  most: undefined,
  why: undefined,
};

/** eth1 as it is, with what was read of it. */
function look(found: readonly Found[], device: Partial<Device> | null = {}, cpus = 1): Observed {
  const readings = [
    BUDGET,
    ...found.map(({ tunable, part = '', value, most, why }): TunableReading => {
      return { tunable, device: 'eth1', part, value, most, why };
    }),
  ];
  const features = [...(device?.features ?? [])].map(([feature, { on }]): Resource => {
    return { type: 'feature', device: 'eth1', feature, offload: '', on };
  });
  const resources: Resource[] = [...observedTunables({ cpus, readings }), ...features];
  return {
    devices: device === null ? new Map() : new Map([['eth1', { ...ETH1, ...device }]]),
    resources: new Map(resources.map((resource) => [keyOf(resource), { resource, owner: 'someone else' as const }])),
    capabilities: { cakeMq: false, matchall: true, withoutNativeXdp: new Set(), withoutXdp: new Set() },
    bpfAvailable: undefined,
    cpus,
    tunables: new Map(readings.map((reading) => [readingKey(reading), reading])),
  };
}

function want(wanted: Config, observed: Observed, saved: readonly SavedTunable[] = []) {
  const issues: Issue[] = [];
  const tuning = desiredTuning(wanted, observed, saved, issues);
  return { tuning, issues: issues.map(describeIssue) };
}

/** What is asked for, what becomes of it and why, of the items that are not only shown. */
const verdicts = ({ intents }: DesiredTuning): (readonly (string | undefined)[])[] =>
  intents
    .filter(({ state }) => state !== 'shown')
    .map(({ part, asked, value, state, reason }) => [part, asked, value, state, reason]);

const RING = { tunable: 'ring_rx', value: '256', most: 1024 };
const ENTRY: SavedTunable = {
  device: 'eth1',
  ifindex: 5,
  tunable: 'ring_rx',
  part: '',
  before: '256',
  wanted: '512',
  ours: ['256'],
};

test('a value that can be had is wanted', () => {
  const { tuning, issues } = want(config("option ring_rx '512'"), look([RING]));
  assert.deepEqual(tuning.resources, [{ type: 'tunable', device: 'eth1', tunable: 'ring_rx', part: '', value: '512' }]);
  assert.deepEqual(verdicts(tuning), [['', '512', '512', 'wanted', undefined]]);
  assert.deepEqual(issues, []);
});

test('a value above what the driver takes is clamped to that, and told of', () => {
  const { tuning, issues } = want(config("option ring_rx '4096'"), look([RING]));
  assert.deepEqual(verdicts(tuning), [['', '4096', '1024', 'clamped', 'the most is 1024']]);
  assert.deepEqual(issues, ['eth1 > ring_rx: ring_rx 4096 is clamped: the most is 1024']);
});

test('what the driver or the kernel has not is unsupported, and stops nothing else', () => {
  const wanted = config("option ring_rx '512'", "option ring_tx '512'", "option txqueuelen '9'");
  const { tuning, issues } = want(
    wanted,
    look([
      { tunable: 'ring_rx', why: 'the driver does not have it' },
      { tunable: 'ring_tx', value: '0', most: 0 },
      { tunable: 'txqueuelen', value: '1000' },
    ]),
  );
  assert.deepEqual(verdicts(tuning), [
    ['', '512', undefined, 'unsupported', 'the driver does not have it'],
    ['', '512', undefined, 'unsupported', 'the driver has none'],
    ['', '9', '9', 'wanted', undefined],
  ]);
  assert.equal(tuning.resources.length, 1);
  assert.equal(issues.length, 2);
});

test('what was refused is not tried again while the circumstances are the same', () => {
  const refused = { errno: 'EINVAL', reason: 'Invalid argument (EINVAL)', circumstances: 'up' };
  const wanted = config("option ring_rx '512'");
  const { tuning, issues } = want(wanted, look([RING]), [{ ...ENTRY, refused }]);
  assert.deepEqual(verdicts(tuning), [['', '512', undefined, 'refused', 'Invalid argument (EINVAL)']]);
  assert.deepEqual(issues, ['eth1 > ring_rx: ring_rx 512 is refused: Invalid argument (EINVAL)']);
  const unknown = { ...refused, errno: 'EOPNOTSUPP' };
  assert.equal(verdicts(want(wanted, look([RING]), [{ ...ENTRY, refused: unknown }]).tuning)[0]?.[3], 'unsupported');
  for (const [lines, device] of [
    ["option ring_rx '512'", { up: false }],
    ["option ring_rx '128'", {}],
  ] as const) {
    const again = want(config(lines), look([RING], device), [{ ...ENTRY, refused }]).tuning;
    assert.equal(verdicts(again)[0]?.[3], 'wanted', `${lines} ${JSON.stringify(device)}`);
  }
});

test('what was refused just now is told as it will be from then on', () => {
  const wanted = config("option ring_rx '512'");
  const refused = { errno: 'EINVAL', reason: 'Invalid argument (EINVAL)', circumstances: 'up' };
  const { tuning } = want(wanted, look([RING]));
  const later = want(wanted, look([RING]), [{ ...ENTRY, refused }]).issues;
  const now = refusedNow(tuning.intents, new Map([[tunableKey('eth1', 'ring_rx', ''), refused]]));
  assert.deepEqual(now.map(describeIssue), later);
  assert.deepEqual(refusedNow(tuning.intents, new Map()), []);
});

test('what the driver makes of a value is in force then, but not where somebody else has set it', () => {
  const wanted = config("option ring_rx '500'");
  const settled = { ...ENTRY, wanted: '500', ours: ['512'] };
  const { tuning } = want(wanted, look([{ ...RING, value: '512' }]), [settled]);
  assert.deepEqual(verdicts(tuning), [['', '500', '512', 'clamped', 'the driver makes it 512']]);
  const other = want(wanted, look([{ ...RING, value: '300' }]), [settled]).tuning;
  assert.deepEqual(verdicts(other), [['', '500', '500', 'wanted', undefined]]);
});

test('a value is asked of each queue, and one issue tells of all that have the same trouble', () => {
  const queues = ['tx-0', 'tx-1'].map((part) => ({ tunable: 'bql_limit_max', part, value: '100' }));
  const { tuning } = want(config("option bql_limit_max '3028'"), look(queues));
  assert.deepEqual(
    verdicts(tuning).map(([part, , value]) => `${part} ${value}`),
    ['tx-0 3028', 'tx-1 3028'],
  );
  const unshaped = want(config("option bql_limit_max 'auto'"), look(queues));
  assert.deepEqual(
    verdicts(unshaped.tuning).map(([, asked, , state]) => `${asked} ${state}`),
    ['undefined unsupported', 'undefined unsupported'],
  );
  assert.deepEqual(unshaped.issues, [
    'eth1 > bql_limit_max: bql_limit_max is unsupported: a time needs a shaper with an upload rate on the device',
  ]);
});

test('queues that go with fewer channels are left alone', () => {
  const queues = ['tx-0', 'tx-1', 'tx-2'].map((part) => ({ tunable: 'bql_limit_max', part, value: '100' }));
  const channels = { tunable: 'channels_combined', value: '3', most: 4 };
  const parts = (count: number) =>
    verdicts(
      want(config("option bql_limit_max '3028'", `option channels_combined '${count}'`), look([...queues, channels]))
        .tuning,
    )
      .map(([part]) => part)
      .filter((part) => part !== '');
  assert.deepEqual(parts(2), ['tx-0', 'tx-1']);
  assert.deepEqual(parts(4), ['tx-0', 'tx-1', 'tx-2']);
});

test('a device that is not there is waited for, and one of our own is left alone', () => {
  for (const [device, reason] of [
    [null, 'device eth1 does not exist'],
    [{ ours: true }, "device eth1 is weir's own"],
  ] as const) {
    const { tuning, issues } = want(config("option txqueuelen '9'"), look([], device));
    assert.deepEqual(verdicts(tuning), [['', undefined, undefined, 'waiting', reason]]);
    assert.deepEqual(tuning.resources, []);
    assert.deepEqual(issues, [`weir:1: tuning: ${reason}; waiting for it`]);
  }
});

test('an offload is turned off in each of its features, but for those that the driver keeps on or has not', () => {
  const features = new Map<string, FeatureState>([
    ['rx-gro', { on: true, changeable: true }],
    ['tx-tcp-segmentation', { on: false, changeable: true }],
    ['tx-tcp6-segmentation', { on: true, changeable: false }],
  ]);
  const lines = ['gro', 'tso', 'no-such-offload'].map((name) => `list disable_offload '${name}'`);
  const observed = look([], { features });
  const { tuning, issues } = want(config(...lines), observed);
  assert.deepEqual(verdicts(tuning), [
    ['rx-gro', '0', '0', 'wanted', undefined],
    ['tx-tcp-segmentation', '0', '0', 'wanted', undefined],
    ['tx-tcp6-segmentation', '0', undefined, 'unsupported', 'the driver keeps it on'],
    ['', '0', undefined, 'unsupported', 'this kernel has no such offload'],
  ]);
  assert.deepEqual(issues, [
    'eth1 > tso: disable_offload is unsupported: the driver keeps it on',
    'eth1 > no-such-offload: disable_offload is unsupported: this kernel has no such offload',
  ]);
  assert.deepEqual(tuning.resources.map(keyOf).includes(featureKey('eth1', 'rx-gro')), true);
});

test('what TCP may leave waiting is shown where anything is tuned, and set only when asked', () => {
  const shown = (...lines: readonly string[]) =>
    want(config(...lines), look([{ tunable: 'txqueuelen', value: '1000' }])).tuning.intents.filter(
      ({ tunable }) => tunable === 'tcp_limit_output_bytes',
    );
  assert.deepEqual(
    shown("option txqueuelen '9'").map(({ state, value }) => [state, value]),
    [['shown', undefined]],
  );
  assert.deepEqual(
    shown("option tcp_limit_output_bytes '65536'").map(({ state, value }) => [state, value]),
    [['wanted', '65536']],
  );
  assert.deepEqual(want({ ...config(), tuning: [] }, look([])).tuning.intents, []);
});

const statuses = (lines: string, observed: Observed, saved: readonly SavedTunable[] = []): TuningStatus[] => {
  const { tuning } = want(config(lines), observed, saved);
  return tuningStatuses(tuning, observed, { ...NOTHING_SAVED, tunables: saved });
};

test('status tells what is in force, and whether it is by our doing', () => {
  const state = (value: string, saved: readonly SavedTunable[] = []): string | undefined =>
    statuses("option ring_rx '512'", look([{ ...RING, value }]), saved).find(({ tunable }) => tunable === 'ring_rx')
      ?.state;
  assert.equal(state('512'), 'already');
  assert.equal(state('512', [{ ...ENTRY, ours: ['512'] }]), 'applied');
  assert.equal(state('256'), 'pending');
});

test('status of what is clamped, missing or only shown', () => {
  const [shown, ring] = statuses("option ring_rx '4096'", look([{ ...RING, value: '1024' }]));
  assert.deepEqual(ring, {
    option: 'ring_rx',
    tunable: 'ring_rx',
    device: 'eth1',
    part: null,
    wanted: '4096',
    inForce: '1024',
    unit: 'descriptors',
    state: 'clamped',
    reason: 'the most is 1024',
  });
  assert.deepEqual([shown?.device, shown?.wanted, shown?.inForce, shown?.state], [null, null, '1048576', 'shown']);
  const features = new Map<string, FeatureState>([['rx-gro', { on: true, changeable: true }]]);
  const gro = statuses("list disable_offload 'gro'", look([], { features })).at(-1);
  assert.deepEqual([gro?.part, gro?.wanted, gro?.inForce, gro?.state], ['rx-gro', '0', '1', 'pending']);
  const missing = statuses("option ring_rx '512'", look([{ tunable: 'ring_rx', why: 'no' }])).at(-1);
  assert.deepEqual([missing?.inForce, missing?.state, missing?.reason], [null, 'unsupported', 'no']);
});
