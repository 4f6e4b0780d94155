import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/effort.ts';
import { BRIDGE_CONFIG, bridgeRouter, HOSTS, UPLOAD_SHAPER } from '../../test/kernel/bridge_router.ts';
import type { Machine } from '../../test/kernel/machine.ts';
import { CONFIG_PATH, run, wanFeatures } from '../../test/kernel/router.ts';
import { type Running, runService } from '../../test/kernel/service.ts';
import { bpfSnapshot, snapshot } from '../../test/kernel/snapshot.ts';
import type { FakeMap } from '../host/fake_bpf.ts';
import { FORWARD_PREFERENCE } from '../model/resource/forward.ts';
import { INGRESS_PARENT } from '../model/resource/redirect.ts';
import { RTM } from '../uapi/rtnetlink.ts';
import { linkSet } from '../wire/link.ts';
import { tcRequest } from '../wire/tcmsg.ts';

const stateOf = (machine: Machine): string[] => [...snapshot(machine.kernel), ...bpfSnapshot(machine)];

function mapOf(machine: Machine, name: string): FakeMap {
  const found = machine.bpfKernel.pinned(`/sys/fs/bpf/weir/maps/${name}`);
  return found?.kind === 'map' ? found : assert.fail(`no map ${name}`);
}

/** What `map_list` tells, `address class upload`, with a star where a reload would change it. */
function entriesOf({ service }: Running): string[] {
  return service
    .mapEntries()
    .map(
      ({ address, class: name, uploadClass, volatile }) => `${address} ${name} ${uploadClass}${volatile ? ' *' : ''}`,
    );
}

function reload(machine: Machine, running: Running, config: string): readonly string[] {
  machine.addFile(CONFIG_PATH, config);
  return running.daemon.reload().map(({ severity, where, what }) => `${severity}: ${where}: ${what}`);
}

const XDP = ['xdp native xdp_forward', 'xdp native xdp_forward'];
const xdpOf = ({ kernel }: Machine): string[] =>
  snapshot(kernel).flatMap((line) => (line.includes(' xdp ') ? [line.slice(line.indexOf('xdp'))] : []));

test('it bridges, and when it stops all is as before', () => {
  const machine = bridgeRouter();
  const before = stateOf(machine);
  const running = runService(machine);
  assert.deepEqual(xdpOf(machine), XDP);
  assert.equal(running.service.bridge()?.state, 'forwarding');
  assert.equal(running.daemon.finish(), 'done');
  assert.deepEqual(stateOf(machine), before);
});

test('with on_stop keep the bridge goes on forwarding, while its shaper goes', () => {
  const machine = bridgeRouter(
    BRIDGE_CONFIG.replace("bridge '1'", "bridge '1'\n\toption on_stop 'keep'") + UPLOAD_SHAPER,
  );
  const running = runService(machine);
  assert.equal(machine.kernel.named('eth2').root?.kind, 'cake');
  assert.equal(running.daemon.finish(), 'done');
  machine.killProgram();
  assert.equal(machine.kernel.named('eth2').root, undefined);
  assert.deepEqual(xdpOf(machine), XDP, 'nothing shapes any more, so that frames take the fast way');
  const { exit } = run(machine, 'stop');
  assert.equal(exit, 0);
  assert.deepEqual(bpfSnapshot(machine), []);
});

test('with on_crash stop the end of the process is the end of the forwarding, else it goes on', () => {
  for (const [option, xdp] of [
    ['stop', []],
    ['forward', XDP],
  ] as const) {
    const machine = bridgeRouter(BRIDGE_CONFIG.replace("bridge '1'", `bridge '1'\n\toption on_crash '${option}'`));
    runService(machine);
    assert.deepEqual(xdpOf(machine), XDP);
    machine.killProgram();
    assert.deepEqual(xdpOf(machine), xdp, option);
    assert.equal(runService(machine).service.bridge()?.state, 'forwarding');
    assert.deepEqual(xdpOf(machine), XDP);
  }
});

const ROUNDS = cases(100);

test(`a port that goes and comes back ${ROUNDS} times as another device is bridged again each time`, () => {
  for (const name of ['eth1', 'eth2']) {
    const machine = bridgeRouter(BRIDGE_CONFIG + HOSTS);
    const running = runService(machine);
    const { programs } = running.service.bridge() ?? assert.fail();
    for (let i = 0; i < ROUNDS; i++) {
      machine.kernel.unplug(name);
      running.pass(10);
      assert.deepEqual(xdpOf(machine), [], `round ${i}: alone a port has nowhere to send`);
      assert.equal(running.service.bridge()?.state, 'waiting');
      machine.kernel.plugIn({ name, kind: 'veth', features: wanFeatures() });
      running.pass(10);
      assert.deepEqual(xdpOf(machine), XDP, `round ${i}`);
      const { ports = [] } = running.service.bridge() ?? {};
      assert.ok(
        ports.every(({ inForce }) => inForce),
        `round ${i}: ${ports.map(({ reason }) => reason).join()}`,
      );
    }
    assert.equal(mapOf(machine, 'ports').entries.size, 2, 'entries of devices that are gone are not kept');
    assert.deepEqual(running.service.bridge()?.programs, programs, 'what is loaded stays, with what it has counted');
  }
});

test('with on_crash stop no descriptor stays open of a port that is gone', () => {
  const machine = bridgeRouter(BRIDGE_CONFIG.replace("bridge '1'", "bridge '1'\n\toption on_crash 'stop'"));
  const running = runService(machine);
  const open = machine.openDescriptors;
  for (let i = 0; i < 5; i++) {
    machine.kernel.unplug('eth2');
    running.pass(10);
    machine.kernel.plugIn({ name: 'eth2', kind: 'veth' });
    running.pass(10);
  }
  assert.deepEqual(xdpOf(machine), XDP);
  assert.equal(machine.openDescriptors, open);
});

test('what failed is tried again when a port comes back as another device', () => {
  const machine = bridgeRouter(BRIDGE_CONFIG.replace("bridge '1'", "bridge '1'\n\toption path 'tc'"));
  const { kernel } = machine;
  kernel.filterKinds.delete('bpf');
  const running = runService(machine);
  running.pass(10);
  assert.equal(running.service.bridge()?.state, 'stopped');
  const { modifications } = kernel;
  kernel.carryOut(linkSet('eth1', { up: false }));
  running.pass(10);
  assert.equal(kernel.modifications, modifications, 'there is just that to do which failed');
  kernel.filterKinds.add('bpf');
  kernel.unplug('eth2');
  kernel.plugIn({ name: 'eth2', kind: 'veth' });
  running.pass(10);
  assert.equal(running.service.bridge()?.state, 'forwarding');
});

test('a program that undoes it again and again is not fought at full speed', () => {
  const machine = bridgeRouter(BRIDGE_CONFIG);
  const { kernel } = machine;
  const running = runService(machine);
  let undone = 0;
  const undo = (): void => {
    undone++;
    kernel.carryOut(linkSet('eth1', { promiscuous: false }));
  };
  kernel.afterModification = ({ type }) => {
    if (type === RTM.SETLINK && machine.clockMs < 60_000) machine.later(1, undo);
  };
  undo();
  running.pass(60_000);
  // Ten repairs at once, then a pause of ten seconds.
  assert.ok(undone >= 20 && undone <= 70, `${undone} times in a minute`);
  running.pass(20_000);
  assert.ok(kernel.named('eth1').promiscuous);
});

test('what another program undoes is repaired', () => {
  const machine = bridgeRouter(BRIDGE_CONFIG + UPLOAD_SHAPER);
  const running = runService(machine);
  const wanted = stateOf(machine);
  const { kernel } = machine;
  kernel.carryOut(linkSet('eth1', { promiscuous: false }));
  running.pass(10);
  assert.deepEqual(stateOf(machine), wanted);
  const { ifindex } = kernel.named('eth1');
  kernel.carryOut(tcRequest(RTM.DELTFILTER, 0, { ifindex, handle: 0, parent: INGRESS_PARENT, info: 0, kind: 'bpf' }));
  running.pass(10);
  assert.ok(snapshot(kernel).includes(`eth1 ingress bpf ${FORWARD_PREFERENCE.toString(16)}0300 tc_forward`));
  assert.deepEqual(stateOf(machine), wanted);
});

test('a class that was added for a while survives repairs, and not a reload', () => {
  const machine = bridgeRouter(BRIDGE_CONFIG + HOSTS);
  const running = runService(machine);
  const configured = ['192.0.2.128/25 10:3 10:3', '192.0.2.7 10:2a 20:2a'];
  assert.deepEqual(entriesOf(running), configured);
  assert.deepEqual(running.call('map_add', { ip: '192.0.2.9', classid: '10:9' }), { ok: true, issues: [] });
  assert.deepEqual(running.call('map_add', { ip: '192.0.2.7', classid: '10:7', upload: '20:7' }), {
    ok: true,
    issues: [],
  });
  const changed = ['192.0.2.128/25 10:3 10:3', '192.0.2.7 10:7 20:7 *', '192.0.2.9 10:9 10:9 *'];
  assert.deepEqual(entriesOf(running), changed);
  assert.equal(
    running.service.bridge()?.state,
    'forwarding',
    'that a class is not the configured one does not stop it',
  );
  machine.kernel.carryOut(linkSet('eth1', { promiscuous: false }));
  running.pass(10);
  assert.ok(machine.kernel.named('eth1').promiscuous, 'there was a repair');
  assert.deepEqual(entriesOf(running), changed);
  machine.kernel.unplug('eth2');
  running.pass(10);
  machine.kernel.plugIn({ name: 'eth2', kind: 'veth' });
  running.pass(10);
  assert.deepEqual(entriesOf(running), changed, 'nor is it lost when a device comes back');
  assert.deepEqual(running.daemon.reload(), []);
  assert.deepEqual(entriesOf(running), configured);
  assert.deepEqual(running.call('map_clear'), { ok: true, issues: [] });
  assert.deepEqual(entriesOf(running), []);
  running.daemon.reload();
  assert.deepEqual(entriesOf(running), configured);
});

const HOST_FILE = '/etc/weir/hosts';
const WITH_FILE = BRIDGE_CONFIG.replace("bridge '1'", `bridge '1'\n\tlist host_file '${HOST_FILE}'`);
const hostSection = (name: string, ip: string, classid: string): string =>
  `config host '${name}'\n\tlist ip '${ip}'\n\toption class '${classid}'\n`;

test('a file of hosts is read at the start and with each reload, and one that is missing or wrong costs only its hosts', () => {
  const machine = bridgeRouter(WITH_FILE + hostSection('tv', '192.0.2.1', '10:1'));
  machine.addFile(HOST_FILE, hostSection('camera', '192.0.2.2', '10:2'));
  const running = runService(machine);
  assert.deepEqual(entriesOf(running), ['192.0.2.1 10:1 10:1', '192.0.2.2 10:2 10:2']);

  machine.addFile(HOST_FILE, hostSection('camera', '192.0.2.2', '10:3') + hostSection('phone', '192.0.2.3', '10:4'));
  assert.deepEqual(running.daemon.reload(), []);
  assert.deepEqual(entriesOf(running), ['192.0.2.1 10:1 10:1', '192.0.2.2 10:3 10:3', '192.0.2.3 10:4 10:4']);

  machine.unlink(HOST_FILE);
  const [missing] = running.daemon.reload();
  assert.deepEqual([missing?.severity, missing?.where], ['error', HOST_FILE]);
  assert.deepEqual(entriesOf(running), ['192.0.2.1 10:1 10:1']);
  assert.equal(running.service.bridge()?.state, 'forwarding');

  machine.addFile(HOST_FILE, "config host 'camera\n");
  const [wrong] = running.daemon.reload();
  assert.deepEqual([wrong?.severity, wrong?.where], ['error', `${HOST_FILE}:1`]);
  assert.deepEqual(entriesOf(running), ['192.0.2.1 10:1 10:1']);

  machine.addFile(HOST_FILE, hostSection('camera', '192.0.2.300', '10:2') + hostSection('phone', '192.0.2.3', '10:4'));
  const [section] = running.daemon.reload();
  assert.match(section?.where ?? '', /^\/etc\/weir\/hosts:2: host 'camera', option 'ip'/);
  assert.deepEqual(entriesOf(running), ['192.0.2.1 10:1 10:1', '192.0.2.3 10:4 10:4']);
});

test('a reload changes classes where they are: hosts forget, and nothing else is touched', () => {
  const machine = bridgeRouter(BRIDGE_CONFIG + HOSTS);
  const running = runService(machine);
  const { modifications } = machine.kernel;
  const links = [...machine.files].filter(([path]) => path.includes('/links/') || path.includes('/programs/'));
  assert.deepEqual(reload(machine, running, BRIDGE_CONFIG + HOSTS.replace('10:3', '10:5')), []);
  assert.deepEqual(entriesOf(running), ['192.0.2.128/25 10:5 10:5', '192.0.2.7 10:2a 20:2a']);
  assert.equal(machine.kernel.modifications, modifications);
  for (const [path, content] of links) assert.equal(machine.files.get(path), content, path);
});

test('a shaper that comes moves the frames to the queue, and back when it goes', () => {
  const machine = bridgeRouter();
  const running = runService(machine);
  const before = stateOf(machine);
  assert.deepEqual(reload(machine, running, BRIDGE_CONFIG + UPLOAD_SHAPER), []);
  assert.deepEqual(xdpOf(machine), []);
  assert.deepEqual(
    running.service.bridge()?.ports.map(({ device, path, inForce }) => [device, path, inForce]),
    [
      ['eth1', 'tc', true],
      ['eth2', 'tc', true],
    ],
  );
  reload(machine, running, BRIDGE_CONFIG);
  assert.deepEqual(stateOf(machine), before);
});
