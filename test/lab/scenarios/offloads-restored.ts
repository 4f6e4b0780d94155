/**
 * Offloads that the configuration names are off from start to stop, and have their former values afterwards, also one of
 * several features behind a name that was off before, and after weir was run many times. `weir status` says what is off and
 * why. Left alone (`none`), or with `auto` while CAKE splits superpackets, nothing is touched.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boot } from '../boot.ts';
import type { LabRun } from '../labrun.ts';
import { assertSame } from '../life.ts';
import { command } from '../results.ts';
import { type Snapshot, snapshot } from '../snapshot.ts';

const config = (options: string, device = 'wan0') => `
weir_config <<END
config shaper 'wan'
option device '${device}'
option download '18500'
option upload '4750'
${options}
END
`;

/** Values of a device before the scenario: GRO on, as it is not on veth, and one of the four features of TSO off. */
const PREPARE = 'on router ethtool -K wan0 gro on tx-tcp6-segmentation off';

const GRO_AND_TSO = "list offloads 'gro'\nlist offloads 'tso'";

/** The features of a device that are on, by ethtool's names, of those that differ between two snapshots. */
function turned(before: Snapshot, after: Snapshot, device: string): Record<string, boolean> {
  const was = features(before, device);
  return Object.fromEntries([...features(after, device)].filter(([name, on]) => was.get(name) !== on));
}

function features(moment: Snapshot, device: string): Map<string, boolean> {
  const found = moment.features.flat().find(({ ifname }) => ifname === device) ?? {};
  return new Map(
    Object.entries(found).flatMap(([name, state]): [string, boolean][] =>
      typeof state === 'object' && state !== null && 'active' in state ? [[name, state.active === true]] : [],
    ),
  );
}

function snapshots(run: LabRun): Snapshot[] {
  return run.values('snapshot', snapshot);
}

/** What ethtool calls `tso` is on while one of its features is. */
const OFF = {
  'generic-receive-offload': false,
  'tcp-segmentation-offload': false,
  'tx-tcp-segmentation': false,
  'tx-tcp-ecn-segmentation': false,
  'tx-tcp-mangleid-segmentation': false,
};

test('named offloads are off until stop, and are then what they were', async () => {
  const run = await boot({
    script: `
topology_router
${PREPARE}
snapshot before
${config(GRO_AND_TSO)}
weir start
snapshot started
weir status
weir start
weir reload
weir plan
weir stop
snapshot stopped`,
  });
  const [before, started, stopped] = snapshots(run);
  assert.ok(before && started && stopped);
  assert.deepEqual(turned(before, started, 'wan0'), OFF);
  assertSame(before, stopped);
  const runs = run.values('weir', command);
  assert.deepEqual(
    runs.map(({ exit, stderr }) => `${exit} ${stderr}`),
    runs.map(() => '0 '),
  );
  assert.equal(
    runs[1]?.stdout,
    `wan: shaping on wan0
  download 18500kbit, cake on ifb-wan0
  upload   4750kbit, cake on wan0
  gro is off: the configuration says so
  tso is off: the configuration says so
`,
  );
});

test('what someone turns on again meanwhile is turned off by reload, and what is no longer named comes back', async () => {
  const run = await boot({
    script: `
topology_router
${PREPARE}
snapshot before
${config(GRO_AND_TSO)}
weir start
on router ethtool -K wan0 tx-tcp-segmentation on
weir reload
snapshot again
${config("option offloads 'sg'")}
weir reload
snapshot sg
${config("option offloads 'none'")}
weir reload
snapshot none
weir stop
snapshot stopped`,
  });
  const [before, again, sg, none, stopped] = snapshots(run);
  assert.ok(before && again && sg && none && stopped);
  assert.deepEqual(turned(before, again, 'wan0'), OFF);
  // Without scatter-gather the kernel switches off what builds on it, and on again with it (net/core/dev.c).
  const off = turned(before, sg, 'wan0');
  assert.equal(off['tx-scatter-gather'], false);
  assert.equal(off['generic-receive-offload'], undefined);
  assert.deepEqual(turned(before, none, 'wan0'), {});
  assertSame(before, stopped);
});

test('auto touches nothing while CAKE splits superpackets, and says why it does where CAKE does not', async () => {
  const run = await boot({
    script: `
topology_router
${PREPARE}
snapshot before
${config('')}
weir start
snapshot auto
weir status
${config("option split_gso '0'")}
weir reload
snapshot nosplit
weir status
weir stop
snapshot stopped`,
  });
  const [before, auto, nosplit, stopped] = snapshots(run);
  assert.ok(before && auto && nosplit && stopped);
  assert.deepEqual(turned(before, auto, 'wan0'), {});
  assert.deepEqual(turned(before, nosplit, 'wan0'), { 'generic-receive-offload': false });
  assertSame(before, stopped);
  const [split, whole] = run.values('weir', command).filter(({ args }) => args[0] === 'status');
  assert.doesNotMatch(split?.stdout ?? '', /is off/);
  assert.deepEqual(whole?.stdout.trimEnd().split('\n').slice(3), [
    '  gro is off: a superpacket takes 28.3 ms at 18500kbit, and split_gso is off',
  ]);
});

test('an offload that the driver keeps on is told', async () => {
  const run = await boot({
    script: `
topology_router
snapshot before
${config("option offloads 'sg'", 'lo')}
weir start
weir status
weir stop
snapshot stopped`,
  });
  const [before, stopped] = snapshots(run);
  assert.ok(before && stopped);
  assertSame(before, stopped);
  const [start, status] = run.values('weir', command);
  assert.equal(start?.exit, 0);
  assert.deepEqual(status?.stdout.trimEnd().split('\n').slice(3), [
    '  tx-scatter-gather should be off, but the driver keeps it on',
    '  tx-scatter-gather-fraglist should be off, but the driver keeps it on',
  ]);
});
