import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentOn } from '../../test/cases.ts';
import { BRIDGE_CONFIG, bridgeRouter, HOSTS, UPLOAD_SHAPER } from '../../test/kernel/bridge_router.ts';
import type { Machine } from '../../test/kernel/machine.ts';
import { CONFIG_PATH, run } from '../../test/kernel/router.ts';
import { snapshot } from '../../test/kernel/snapshot.ts';
import type { Config } from '../model/config.ts';
import { subjectOf } from '../model/diff.ts';
import { disabled, loadConfig } from './config_file.ts';
import { Kernel } from './kernel.ts';

function configOf(machine: Machine): Config {
  return loadConfig(machine, CONFIG_PATH).config ?? assert.fail();
}

/** What is carried out, in this order, as `action type device`. */
function orderOf(machine: Machine, config: Config): string[] {
  const { applied, failures } = agentOn(machine).reconcile(config);
  assert.deepEqual(failures, []);
  return applied.map((change) => `${change.action} ${subjectOf(change).type} ${subjectOf(change).device}`);
}

const isOfShaper = (line: string): boolean => / (link|redirect) |qdisc eth2$|qdisc ifb-eth2$/.test(line);

test('what the bridge gets comes after the shapers, what it loses goes before them', () => {
  const machine = bridgeRouter(BRIDGE_CONFIG + UPLOAD_SHAPER);
  machine.kernel.named('eth1').features.clear();
  const config = configOf(machine);
  const start = orderOf(machine, config);
  assert.equal(start[0], 'add qdisc eth2', 'the queue is there before frames are sent through it');
  assert.deepEqual(start.slice(1, 3), ['add programs :bridge', 'add steering :bridge']);
  const stop = orderOf(machine, disabled(config));
  assert.equal(stop.at(-1), 'delete qdisc eth2', 'no frame is sent through a queue that is gone');
  assert.equal(stop.indexOf('delete programs :bridge'), stop.length - 2);
});

test('a download shaper that takes the place of the bridge comes when that is gone, and the other way round', () => {
  const shaper = "config shaper 'wan'\n\toption device 'eth2'\n\toption download '50mbit'\n";
  const bridge = BRIDGE_CONFIG.replace("bridge '1'", "bridge '1'\n\toption path 'tc'");
  const machine = bridgeRouter(bridge);
  orderOf(machine, configOf(machine));
  machine.addFile(CONFIG_PATH, shaper);
  const toShaper = orderOf(machine, configOf(machine));
  const gone = toShaper.indexOf('delete programs :bridge');
  assert.ok(gone > 0 && toShaper.findIndex((line) => line.startsWith('add ')) > gone, toShaper.join('\n'));
  assert.ok(!toShaper.includes('delete qdisc eth2'), 'the hook is used again');
  machine.addFile(CONFIG_PATH, bridge);
  const toBridge = orderOf(machine, configOf(machine));
  assert.ok(toBridge.indexOf('delete redirect eth2') < toBridge.indexOf('add forward eth2'), toBridge.join('\n'));
  assert.ok(toBridge.some(isOfShaper));
});

test('a bridge that cannot be had does not stop a shaper, nor the other way round', () => {
  const config = BRIDGE_CONFIG.replace("bridge '1'", "bridge '1'\n\toption path 'tc'") + UPLOAD_SHAPER;
  const withoutBpf = bridgeRouter(config);
  withoutBpf.kernel.filterKinds.delete('bpf');
  const first = run(withoutBpf, 'start');
  assert.equal(first.exit, 5);
  assert.match(first.stderr, /the kernel module cls_bpf may be missing: on OpenWrt 'apk add kmod-sched-bpf'/);
  assert.equal(withoutBpf.kernel.named('eth2').root?.kind, 'cake');
  assert.equal(withoutBpf.kernel.named('eth2').hook, undefined);
  const withoutCake = bridgeRouter(config);
  withoutCake.kernel.qdiscKinds.delete('cake');
  assert.equal(run(withoutCake, 'start').exit, 5);
  assert.ok(snapshot(withoutCake.kernel).some((line) => line.startsWith('eth1 ingress bpf')));
});

test('classes that were changed since stay where that is asked for, and all else is brought to what is wanted', () => {
  const machine = bridgeRouter(BRIDGE_CONFIG + HOSTS);
  const config = configOf(machine);
  const agent = agentOn(machine);
  agent.reconcile(config, { keepsSteering: true });
  const maps = new Kernel(machine).bridgeMaps() ?? assert.fail();
  assert.equal(maps.steering.entries().length, 2, 'where there are none yet, they are set');
  maps.syncSteering([], [], maps.settings.unknown);
  machine.kernel.named('eth1').promiscuous = false;
  const kept = agent.reconcile(config, { keepsSteering: true });
  assert.deepEqual(
    kept.applied.map((change) => subjectOf(change).type),
    ['promiscuous'],
  );
  assert.equal(maps.steering.entries().length, 0);
  agent.reconcile(config);
  assert.equal(maps.steering.entries().length, 2);
});

test('what drivers take is learned by trying, in a few rounds, and ends with a path', () => {
  const machine = bridgeRouter(BRIDGE_CONFIG.replace("bridge '1'", "bridge '1'\n\toption path 'xdp'"));
  const { kernel, bpfKernel } = machine;
  for (const name of ['eth1', 'eth2']) bpfKernel.genericOnly.add(kernel.named(name).ifindex);
  const agent = agentOn(machine);
  const { failures, desired } = agent.reconcile(configOf(machine));
  assert.deepEqual(failures, []);
  assert.deepEqual(
    desired.bridge.ports.map(({ path }) => path),
    ['xdp generic', 'xdp generic'],
  );
  // Somebody who comes later, as `weir start` by hand, finds it and does not try again.
  assert.deepEqual(agentOn(machine).reconcile(configOf(machine)).applied, []);
});
