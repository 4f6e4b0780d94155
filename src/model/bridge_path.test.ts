import assert from 'node:assert/strict';
import { test } from 'node:test';
import { device } from '../../test/devices.ts';
import type { BridgeConfig, PortConfig } from './bridge_config.ts';
import { choosePath } from './bridge_path.ts';
import type { Capabilities, Device, Observed } from './observed.ts';
import { keyOf } from './resource/registry.ts';
import type { ObservedResource, Owner, Resource } from './resource.ts';

/** What is not ordinary of the devices, and what else there is. */
interface Situation {
  readonly path?: BridgeConfig['path'];
  readonly devices?: Readonly<Record<string, Partial<Device>>>;
  readonly found?: readonly (readonly [Resource, Owner])[];
  readonly wanted?: readonly Resource[];
  readonly withoutNativeXdp?: readonly string[];
  readonly withoutXdp?: readonly string[];
}

const NONE = { classDownload: 0, classUpload: 0, cpu: undefined };

function bridgeOf(ports: readonly (readonly [string, string])[], path: BridgeConfig['path']): BridgeConfig {
  return {
    where: 'bridge',
    path,
    onCrash: 'forward',
    onStop: 'unload',
    controlFrames: false,
    unknown: NONE,
    hostTable: 256,
    ports: ports.map(([device, redirectTo]): PortConfig => {
      return { device, redirectTo, where: device, scanVlans: false, faces: 'auto', vlans: [] };
    }),
    hosts: [],
    steering: new Map(),
    usesCpus: false,
  };
}

function observedOf(names: readonly string[], { devices = {}, found = [], ...lacks }: Situation): Observed {
  const { withoutNativeXdp = [], withoutXdp = [] } = lacks;
  const capabilities: Capabilities = {
    cakeMq: false,
    matchall: true,
    withoutNativeXdp: new Set(withoutNativeXdp),
    withoutXdp: new Set(withoutXdp),
  };
  return {
    devices: new Map(names.map((name, i) => [name, device({ name, ifindex: i + 2, ...devices[name] })])),
    resources: new Map(
      found.map(([resource, owner]): [string, ObservedResource] => [keyOf(resource), { resource, owner }]),
    ),
    capabilities,
    bpfAvailable: { id: 'id' },
    cpus: 1,
    tunables: new Map(),
  };
}

const TWO = [
  ['eth1', 'eth2'],
  ['eth2', 'eth1'],
] as const;

/** `path: reason` of each port, `none` where there is no path. */
function pathsOf(ports: readonly (readonly [string, string])[], situation: Situation): string[] {
  const bridge = bridgeOf(ports, situation.path ?? 'auto');
  const names = [...new Set(ports.flat())];
  const observed = observedOf(names, situation);
  const resources = new Map((situation.wanted ?? []).map((resource) => [keyOf(resource), resource]));
  return bridge.ports.map((port) => {
    const { path, reason, warnings } = choosePath(bridge, port, observed, resources);
    return [`${path ?? 'none'}: ${reason}`, ...warnings.map(({ what }) => what)].join('; ');
  });
}

const root = (device: string, kind: string): Resource => ({
  type: 'qdisc',
  device,
  parent: 'root',
  kind,
  handle: 0x10000,
});
const NOT_RUNNING = (device: string): string =>
  `tc: ${device} runs no XDP program of ours, without which drivers do not send such frames`;

test('from driver to driver, where nothing stands against it', () => {
  assert.deepEqual(pathsOf(TWO, {}), ['xdp: nothing shapes on eth2', 'xdp: nothing shapes on eth1']);
  assert.deepEqual(pathsOf([['eth1', 'eth1']], {}), ['xdp: nothing shapes on eth1']);
  assert.deepEqual(pathsOf(TWO, { path: 'xdp' }), ['xdp: the configuration says so', 'xdp: the configuration says so']);
  assert.deepEqual(pathsOf(TWO, { path: 'tc' }), ['tc: the configuration says so', 'tc: the configuration says so']);
});

test('through the queue where something shapes, ours or not; a root that only queues is none', () => {
  assert.deepEqual(pathsOf(TWO, { wanted: [root('eth2', 'cake')] }), ['tc: cake shapes on eth2', NOT_RUNNING('eth1')]);
  for (const kind of ['cake', 'cake_mq', 'htb', 'hfsc', 'tbf', 'drr', 'qfq', 'ets', 'prio', 'netem']) {
    const [first] = pathsOf(TWO, { found: [[root('eth2', kind), 'someone else']] });
    assert.equal(first, `tc: someone else's ${kind} is on eth2`);
  }
  for (const kind of ['fq_codel', 'fq', 'mq', 'pfifo_fast', 'noqueue']) {
    const [first] = pathsOf(TWO, { found: [[root('eth2', kind), 'someone else']] });
    assert.equal(first, 'xdp: nothing shapes on eth2', kind);
  }
  const tree = { found: [[root('eth2', 'mq'), 'someone else']], devices: { eth2: { rootIsTree: true } } } as const;
  assert.equal(pathsOf(TWO, tree)[0], "tc: someone else's mq is on eth2");
  // Ours that is not wanted any more goes.
  assert.equal(pathsOf(TWO, { found: [[root('eth2', 'cake'), 'weir']] })[0], 'xdp: nothing shapes on eth2');
});

test('path xdp passes a shaper by, and says so', () => {
  assert.deepEqual(pathsOf(TWO, { path: 'xdp', wanted: [root('eth2', 'cake')] }), [
    'xdp: the configuration says so; cake shapes on eth2, and what the bridge sends there passes no queue',
    'xdp: the configuration says so',
  ]);
});

test('what a driver lacks at either end counts for both directions', () => {
  const generic = 'the driver of eth2 takes no XDP program';
  assert.deepEqual(pathsOf(TWO, { withoutNativeXdp: ['eth2'] }), [`tc: ${generic}`, `tc: ${generic}`]);
  assert.deepEqual(pathsOf(TWO, { path: 'xdp', withoutNativeXdp: ['eth2'] }), [
    `xdp generic: ${generic}`,
    `xdp generic: ${generic}`,
  ]);
  const none = "none: eth2 takes no XDP program, and 'path' is xdp";
  assert.deepEqual(pathsOf(TWO, { path: 'xdp', withoutXdp: ['eth2'] }), [none, none]);
});

test('a program of others stays: on the port itself it leaves no XDP, on the other one it may send for us', () => {
  const others = (mode: 'native' | 'generic') => ({ devices: { eth2: { xdp: { mode, programId: 77 } } } });
  assert.deepEqual(pathsOf(TWO, others('native')), [
    'xdp: nothing shapes on eth2',
    "tc: someone else's XDP program (number 77) is on eth2; someone else's XDP program (number 77) is on eth2, and stays: it sees frames before the bridge does",
  ]);
  assert.deepEqual(pathsOf(TWO, others('generic')), [
    NOT_RUNNING('eth2'),
    "tc: someone else's XDP program (number 77) is on eth2; someone else's XDP program (number 77) is on eth2, and stays: it sees frames before the bridge does",
  ]);
  assert.match(
    pathsOf(TWO, { path: 'xdp', ...others('native') })[1] ?? '',
    /^none: someone else's XDP program .*'path' is xdp$/,
  );
});

test('in a circle of ports each sends only while the next one runs a program', () => {
  const circle = [
    ['eth1', 'eth2'],
    ['eth2', 'eth3'],
    ['eth3', 'eth1'],
  ] as const;
  assert.ok(pathsOf(circle, {}).every((path) => path.startsWith('xdp: ')));
  const broken = pathsOf(circle, { withoutNativeXdp: ['eth3'] });
  assert.deepEqual(broken, [
    NOT_RUNNING('eth2'),
    'tc: the driver of eth3 takes no XDP program',
    'tc: the driver of eth3 takes no XDP program',
  ]);
  const refused = pathsOf(circle, { devices: { eth3: { master: 'br-lan' } } });
  assert.equal(refused[0], NOT_RUNNING('eth2'));
  assert.deepEqual(pathsOf([['eth1', 'eth2']], {}), [NOT_RUNNING('eth2')]);
});

test('a driver that cannot be told to leave frames alone gets tc, or a warning', () => {
  const devices = { eth1: { features: new Map([['rx-lro', { on: true, changeable: false }]]) } };
  const keeps = 'the driver of eth1 keeps rx-lro on, and merged frames are none that could be sent on';
  assert.equal(pathsOf(TWO, { devices })[0], `tc: ${keeps}`);
  assert.equal(pathsOf(TWO, { devices, path: 'xdp' })[0], `xdp: the configuration says so; ${keeps}`);
  const changeable = { eth1: { features: new Map([['rx-lro', { on: true, changeable: true }]]) } };
  assert.equal(pathsOf(TWO, { devices: changeable })[0], 'xdp: nothing shapes on eth2');
});

test('who finds generic programs of ours on both does not try anew what a driver has refused before', () => {
  const generic = (device: string): readonly [Resource, Owner] => [
    { type: 'xdp', device, program: 'xdp_forward', mode: 'generic', objectId: 'id', pinned: true },
    'weir',
  ];
  const found = [generic('eth1'), generic('eth2')];
  assert.deepEqual(pathsOf(TWO, { path: 'xdp', found }), [
    'xdp generic: a driver of eth1 and eth2 takes no XDP program',
    'xdp generic: a driver of eth2 and eth1 takes no XDP program',
  ]);
  assert.deepEqual(pathsOf(TWO, { path: 'xdp', found: [generic('eth1')] }), [
    'xdp: the configuration says so',
    'xdp: the configuration says so',
  ]);
});
