/** What holds while the package of the bridge is not there, or is not of this version: weir on a machine that has a bridge in force. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BRIDGE_CONFIG, bridgeRouter, HOSTS } from '../../test/kernel/bridge_router.ts';
import type { Machine } from '../../test/kernel/machine.ts';
import { CONFIG, CONFIG_PATH, type Run, run } from '../../test/kernel/router.ts';
import { runService } from '../../test/kernel/service.ts';
import { bpfSnapshot, snapshot } from '../../test/kernel/snapshot.ts';
import { withBridgeFile } from '../parts/bridge.ts';

const NEEDS = `error: ${CONFIG_PATH}:1: bridge: it needs the package weir-bridge`;
const SAVED = '/var/run/weir/saved.json';
const ON_TC = BRIDGE_CONFIG.replace("bridge '1'", "bridge '1'\n\toption path 'tc'");

const stateOf = (machine: Machine): string[] => [...snapshot(machine.kernel), ...bpfSnapshot(machine)];
const savedOf = (machine: Machine): string | undefined =>
  machine.files.has(SAVED) ? machine.fileText(SAVED) : undefined;
const without = (machine: Machine, ...args: readonly string[]): Run =>
  withBridgeFile('missing', () => run(machine, ...args));

/** A machine with the bridge in force. */
function inForce(config: string): Machine {
  const machine = bridgeRouter(config);
  assert.deepEqual(run(machine, 'start'), { exit: 0, stdout: '', stderr: '' });
  assert.notDeepEqual(bpfSnapshot(machine), []);
  return machine;
}

test('sections of a bridge are told of once, with what to install, and a shaper is in force', () => {
  const machine = bridgeRouter(`${BRIDGE_CONFIG}${HOSTS}\n${CONFIG.replace("\toption download '20mbit'\n", '')}`);
  const { stderr } = without(machine, 'start');
  assert.equal(stderr, `${NEEDS} (expected opkg install weir-bridge, or apk add weir-bridge)\n`);
  assert.match(snapshot(machine.kernel).join('\n'), /^eth1 root cake 7e00: /m);
  assert.deepEqual(bpfSnapshot(machine), []);
  assert.match(without(machine, 'status').stdout, /^bridge: waiting: it needs the package weir-bridge$/m);
  assert.deepEqual(run(machine, 'reload'), { exit: 0, stdout: '', stderr: '' });
  assert.notDeepEqual(bpfSnapshot(machine), []);
});

test('a file that is no good is told apart from none', () => {
  const said = (['of another build', 'not trusted', 'unreadable'] as const).map((file) =>
    withBridgeFile(file, () => run(bridgeRouter(), 'start').stderr),
  );
  assert.deepEqual(
    said.map((text) => text.replace(`${NEEDS}`, '')),
    [
      ' of this very version of weir (expected weir and weir-bridge of the same version)\n',
      ', whose file others than root may write to (expected root as its owner, and mode 644)\n',
      ', whose file cannot be read (expected weir-bridge installed again)\n',
    ],
  );
});

test('without a bridge nobody asks for the package', () => {
  const machine = bridgeRouter(CONFIG);
  assert.deepEqual(without(machine, 'start'), { exit: 0, stdout: '', stderr: '' });
  assert.equal(without(machine, 'check').exit, 0);
});

for (const [path, config] of [
  ['XDP', BRIDGE_CONFIG + HOSTS],
  ['tc', ON_TC + HOSTS],
] as const) {
  test(`when the package has gone, a reload takes away what is left of a bridge by ${path}, and so does a stop`, () => {
    for (const command of ['reload', 'stop']) {
      const before = stateOf(bridgeRouter(config));
      const machine = inForce(config);
      assert.equal(without(machine, command).exit, 0);
      assert.deepEqual(stateOf(machine), before, command);
      assert.equal(savedOf(machine), undefined);
    }
  });

  test(`with the package of another version a bridge by ${path} goes on as it is, and is ours again with the right one`, () => {
    const machine = inForce(config);
    const [before, saved] = [stateOf(machine), savedOf(machine)];
    const { stderr } = withBridgeFile('of another build', () => run(machine, 'reload'));
    assert.match(stderr, /^error: .* of this very version of weir .*\n$/);
    assert.deepEqual(stateOf(machine), before);
    assert.equal(savedOf(machine), saved);
    assert.deepEqual(run(machine, 'reload'), { exit: 0, stdout: '', stderr: '' });
    assert.deepEqual(stateOf(machine), before);
    withBridgeFile('of another build', () => run(machine, 'stop'));
    assert.deepEqual(stateOf(machine), stateOf(bridgeRouter(config)));
  });
}

test('with on_stop keep a bridge whose package is of another version outlives the daemon', () => {
  const config = BRIDGE_CONFIG.replace("bridge '1'", "bridge '1'\n\toption on_stop 'keep'");
  const machine = inForce(config);
  const before = stateOf(machine);
  withBridgeFile('of another build', () => assert.equal(runService(machine).daemon.finish(), 'done'));
  assert.deepEqual(stateOf(machine), before);
});

test('the bus answers without the package as without a bridge, and says why', () => {
  const machine = bridgeRouter(BRIDGE_CONFIG + HOSTS);
  withBridgeFile('missing', () => {
    const { call, daemon } = runService(machine);
    const reason = 'it needs the package weir-bridge';
    assert.deepEqual(call('bridge')?.bridge, { state: 'waiting', reason, ports: [], programs: [], hostPlaces: 0 });
    assert.deepEqual([call('hosts')?.total, call('map_list')?.entries], [0, []]);
    assert.match(JSON.stringify(call('status')?.issues), /it needs the package weir-bridge/);
    assert.equal(daemon.finish(), 'done');
  });
});

test('the commands say that no bridge is loaded', () => {
  const machine = inForce(BRIDGE_CONFIG + HOSTS);
  for (const words of [['map'], ['pping'], ['top', 'hosts', '--once']]) {
    const told = without(machine, ...words);
    assert.deepEqual([told.exit, told.stderr], [3, 'error: no bridge is loaded; see weir status\n'], words[0]);
    assert.equal(run(machine, ...words).exit, 0, words[0]);
  }
});
