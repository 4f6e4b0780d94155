import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bridgeMap, countHost } from '../../test/kernel/bridge_hosts.ts';
import { BRIDGE_CONFIG, bridgeRouter, HOSTS } from '../../test/kernel/bridge_router.ts';
import type { Machine } from '../../test/kernel/machine.ts';
import { CONFIG_PATH, run } from '../../test/kernel/router.ts';
import { toHex } from '../../test/netlink/recording.ts';
import { weir_counters, weir_drop, weir_pass } from '../bpf/layout_gen.ts';
import { parsePrefix } from '../lib/address.ts';
import type { BridgeConfig } from '../model/bridge_config.ts';
import type { BridgeStatus } from '../model/bridge_status.ts';
import { BridgeControl } from './bridge_control.ts';
import { loadConfig } from './config_file.ts';
import { Kernel } from './kernel.ts';

const CONFIG = BRIDGE_CONFIG + HOSTS;
const STATUS: BridgeStatus = {
  state: 'forwarding',
  reason: null,
  ports: ['eth1', 'eth9'].map((device) => ({
    device,
    redirectTo: 'eth2',
    path: 'xdp',
    pathReason: '',
    inForce: true,
    reason: null,
    xdpProgramId: 1,
    xdpIsOurs: true,
  })),
};

function bridged(): { machine: Machine; control: BridgeControl; config: BridgeConfig } {
  const machine = bridgeRouter(CONFIG);
  assert.equal(run(machine, 'start').exit, 0);
  const config = loadConfig(machine, CONFIG_PATH).config?.bridge ?? assert.fail();
  return { machine, control: new BridgeControl(machine, new Kernel(machine)), config };
}

const prefixOf = (text: string) => parsePrefix(text) ?? assert.fail(text);
const TV = { classDownload: 0x10_0009, classUpload: 0x10_0009, cpu: undefined };

test('where nothing is loaded, there is nothing to tell and nothing to change', () => {
  const machine = bridgeRouter();
  const control = new BridgeControl(machine, new Kernel(machine));
  assert.equal(control.isLoaded(), false);
  assert.deepEqual(control.hosts(undefined, 'download', 10), { total: 0, hosts: [] });
  assert.deepEqual([control.entries(undefined), control.classRoundTrips()], [[], []]);
  assert.deepEqual([control.add(prefixOf('192.0.2.7'), TV), control.clear(), control.flush()], [false, false, false]);
  assert.equal(control.remove(prefixOf('192.0.2.7')), undefined);
  const { ports, programs, hostPlaces } = control.ports(STATUS);
  assert.deepEqual([programs, hostPlaces], [[], 0]);
  assert.deepEqual(
    ports.map(({ forwardedFrames, forwardedBytes }) => [forwardedFrames, forwardedBytes]),
    [
      [0, 0],
      [0, 0],
    ],
  );
});

/** The counters of a port, the same on each of two CPUs. */
function countFrames(machine: Machine, ifindex: number): void {
  const key = new Uint8Array(4);
  new DataView(key.buffer).setUint32(0, ifindex, machine.littleEndian);
  const value = new Uint8Array(2 * weir_counters.BYTES);
  const view = new DataView(value.buffer);
  for (const cpu of [0, 1]) {
    const put = (at: number, count: number): void =>
      view.setBigUint64(cpu * weir_counters.BYTES + at, BigInt(count), machine.littleEndian);
    put(weir_counters.forwarded_frames, 10);
    put(weir_counters.forwarded_bytes, 5000);
    put(weir_counters.dropped_frames + 8 * weir_drop.TOO_BIG, 1);
    put(weir_counters.dropped_frames + 8 * weir_drop.NO_TARGET, 2);
    put(weir_counters.passed_frames + 8 * weir_pass.CONTROL, 3);
    put(weir_counters.passed_frames + 8 * weir_pass.OWN, 4);
    put(weir_counters.passed_frames + 8 * weir_pass.NO_VLAN, 5);
  }
  bridgeMap(machine, 'counters').entries.set(toHex(key), { key, value });
}

test('a port is told with its counters, those of a device that is gone with none', () => {
  const { machine, control } = bridged();
  countFrames(machine, machine.kernel.named('eth1').ifindex);
  const { ports, programs, hostPlaces } = control.ports(STATUS);
  const [eth1, eth9] = ports;
  assert.deepEqual([eth1?.forwardedFrames, eth1?.forwardedBytes], [20, 10_000]);
  assert.deepEqual(eth1?.dropped, { tooBig: 2, noTarget: 4 });
  assert.deepEqual(eth1?.passed, { control: 6, own: 8, noVlan: 10 });
  assert.deepEqual([eth9?.forwardedFrames, eth9?.dropped], [0, { tooBig: 0, noTarget: 0 }]);
  assert.deepEqual(
    programs.map(({ name }) => name),
    ['xdp_forward', 'xdp_steer', 'tc_forward'],
  );
  assert.equal(hostPlaces, 256);
});

test('hosts have the name of the section with the longest prefix', () => {
  const { machine, control, config } = bridged();
  for (const address of ['192.0.2.7', '192.0.2.200', '192.0.2.8']) countHost(machine, address, {});
  const { hosts } = control.hosts(config, 'address', 10);
  assert.deepEqual(
    hosts.map(({ address, name }) => `${address} ${name}`),
    ['192.0.2.7 tv', '192.0.2.8 null', '192.0.2.200 guests'],
  );
  const { hosts: nameless } = control.hosts(undefined, 'address', 1);
  assert.equal(nameless[0]?.name, null);
});

test('round trips of a class are those of its hosts together', () => {
  const { machine, control } = bridged();
  const [a, b] = [
    [0x10_0001, 0x20_0001],
    [0x10_0002, 0],
  ] as const;
  countHost(machine, '192.0.2.1', { classes: a, rttMs: [[3, 3], [1]] });
  countHost(machine, '192.0.2.2', { classes: a, rttMs: [[9, 9], []] });
  countHost(machine, '192.0.2.3', { classes: b });
  countHost(machine, '192.0.2.4', { rttMs: [[], [2]] });
  const classes = control.classRoundTrips().map(({ name, internet, local }) => ({
    name,
    internet: internet === null ? null : [internet.minUs, internet.total],
    local: local === null ? null : [local.minUs, local.total],
  }));
  assert.deepEqual(classes, [
    { name: '10:1', internet: [3000, 4], local: [1000, 1] },
    { name: '10:2', internet: null, local: null },
    { name: null, internet: null, local: [2000, 1] },
  ]);
});

test('classes are changed one by one, and entries tell which are not as configured', () => {
  const { control, config } = bridged();
  const told = (): string[] =>
    control.entries(config).map((entry) => `${entry.address} ${entry.class} ${entry.cpu} ${entry.volatile}`);
  const configured = ['192.0.2.128/25 10:3 null false', '192.0.2.7 10:2a null false'];
  assert.deepEqual(told(), configured);
  assert.equal(control.add(prefixOf('192.0.2.9'), { ...TV, cpu: 1 }), true);
  assert.deepEqual(told(), [...configured, '192.0.2.9 10:9 1 true']);
  assert.equal(control.remove(prefixOf('192.0.2.10')), false);
  assert.equal(control.remove(prefixOf('192.0.2.9')), true);
  assert.deepEqual(told(), configured);
  assert.equal(control.clear(), true);
  assert.deepEqual(told(), []);
});

test('each change makes hosts look up anew, and so does flush, which changes nothing', () => {
  const { machine, control } = bridged();
  const maps = new Kernel(machine).bridgeMaps() ?? assert.fail();
  const seen = new Set([maps.settings.generation]);
  const changes: readonly (() => unknown)[] = [
    () => control.flush(),
    () => control.add(prefixOf('192.0.2.9'), TV),
    () => control.remove(prefixOf('192.0.2.9')),
  ];
  for (const change of changes) {
    change();
    const { generation } = maps.settings;
    assert.ok(!seen.has(generation) && generation !== 0);
    seen.add(generation);
  }
  assert.equal(control.entries(undefined).length, 2);
});
