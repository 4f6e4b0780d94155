import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bridgeMap } from '../../test/kernel/bridge_hosts.ts';
import { Machine } from '../../test/kernel/machine.ts';
import { installBridge, OBJECT_PATH } from '../../test/kernel/set_up_bridge.ts';
import { parsePrefix } from '../lib/address.ts';
import type { Steering } from '../model/bridge_config.ts';
import type { BpfOperation, PortResource } from '../model/resource.ts';
import { BridgeKernel } from './bridge_kernel.ts';

const SIZES = { steering: 256, hosts: 256 };
const INDEXES: Readonly<Record<string, number>> = { eth1: 2, eth2: 3 };
const ALL = new Set(Object.values(INDEXES));
const indexOf = (device: string): number => INDEXES[device] ?? 0;

function installed(littleEndian = true): { machine: Machine; kernel: BridgeKernel } {
  const machine = new Machine(littleEndian);
  installBridge(machine);
  return { machine, kernel: new BridgeKernel(machine) };
}

function carryOut(kernel: BridgeKernel, ...operations: readonly BpfOperation[]): void {
  for (const operation of operations) assert.equal(kernel.carryOut(operation, indexOf), undefined, operation.what);
}

const LOAD: BpfOperation = { what: 'load', sizes: SIZES, reuseMaps: true };
const PORT: PortResource = {
  type: 'port',
  device: 'eth1',
  redirectTo: 'eth2',
  maxFrameBytes: 1514,
  address: '02:00:5e:10:00:02',
  scanVlans: true,
  controlFrames: false,
  faces: 'internet',
  vlans: [
    { tag: 3, redirectTo: 4, faces: 'auto' },
    { tag: 5, redirectTo: 5, faces: 'local' },
  ],
};

test('a port reads back as it was set, with its VLANs, on CPUs of either byte order', () => {
  for (const littleEndian of [true, false]) {
    const { kernel } = installed(littleEndian);
    carryOut(kernel, LOAD, { what: 'set-port', port: PORT });
    const { device: _device, redirectTo: _to, type: _type, ...rest } = PORT;
    assert.deepEqual(kernel.look(ALL).loaded?.ports, [{ ...rest, ifindex: 2, redirectTo: 3 }]);
    assert.deepEqual(kernel.maps?.targets.entries(), [[3, 3]]);
  }
});

test('VLANs that are not wanted any more go, those of other ports stay', () => {
  const { machine, kernel } = installed();
  const other: PortResource = { ...PORT, device: 'eth2', redirectTo: 'eth1', controlFrames: true, faces: 'local' };
  carryOut(kernel, LOAD, { what: 'set-port', port: PORT }, { what: 'set-port', port: other });
  carryOut(kernel, { what: 'set-port', port: { ...PORT, vlans: [{ tag: 5, redirectTo: 6, faces: 'auto' }] } });
  const ports = kernel.look(ALL).loaded?.ports ?? [];
  assert.deepEqual(
    ports.map(({ ifindex, vlans, controlFrames, faces }) => [ifindex, vlans, controlFrames, faces]),
    [
      [2, [{ tag: 5, redirectTo: 6, faces: 'auto' }], false, 'internet'],
      [3, other.vlans, true, 'local'],
    ],
  );
  carryOut(kernel, { what: 'delete-port', device: 'eth2' });
  assert.equal(bridgeMap(machine, 'vlans').entries.size, 1);
  assert.deepEqual(
    kernel.look(ALL).loaded?.ports.map(({ ifindex }) => ifindex),
    [2],
  );
});

test('what devices that are gone have left goes with the next port that is set', () => {
  const { machine, kernel } = installed();
  carryOut(kernel, LOAD, { what: 'set-port', port: PORT });
  assert.equal(kernel.look(new Set([3, 4])).loaded?.ports.length, 1, 'looking changes nothing');
  assert.equal(
    kernel.carryOut({ what: 'set-port', port: PORT }, (device) => (device === 'eth1' ? 4 : 3)),
    undefined,
  );
  assert.deepEqual(
    kernel.look(new Set([3, 4])).loaded?.ports.map(({ ifindex }) => ifindex),
    [4],
  );
  assert.equal(bridgeMap(machine, 'vlans').entries.size, 2);
});

const TV: Steering = { classDownload: 0x10_0007, classUpload: 0x20_0007, cpu: 1 };
const NONE: Steering = { classDownload: 0, classUpload: 0, cpu: undefined };

function steer(kernel: BridgeKernel, entries: readonly (readonly [string, Steering])[]): void {
  const steering = { type: 'steering', device: ':bridge', entries: new Map(entries), unknown: NONE } as const;
  carryOut(kernel, { what: 'steer', steering });
}

test('classes by prefix and hardware address read back, and their CPUs take frames', () => {
  const { kernel } = installed();
  carryOut(kernel, LOAD);
  const entries: readonly (readonly [string, Steering])[] = [
    ['192.0.2.7', TV],
    ['192.0.2.128/25', NONE],
    ['2001:db8::/32', { ...TV, cpu: undefined }],
    ['02:00:5e:10:00:01', TV],
  ];
  steer(kernel, entries);
  assert.deepEqual(kernel.currentSteering(), new Map(entries));
  assert.deepEqual(
    kernel.maps?.cpus.entries().map(([cpu]) => cpu),
    [1],
  );
});

test('classes are read again only when somebody has changed them', () => {
  const { machine, kernel } = installed();
  carryOut(kernel, LOAD);
  const many = Array.from({ length: 200 }, (_, i): readonly [string, Steering] => [`192.0.2.${i}`, TV]);
  steer(kernel, many);
  kernel.look(ALL);
  const callsOf = (act: () => void): number => {
    const before = machine.bpfKernel.calls;
    act();
    return machine.bpfKernel.calls - before;
  };
  // The tables steering and stations are two lists.
  const unchanged = callsOf(() => kernel.look(ALL));
  const another = new BridgeKernel(machine);
  another.maps?.setSteering({ bits: 128, address: addressOf('192.0.2.7') }, { ...TV, classUpload: 9, cpu: 0 });
  assert.equal(callsOf(() => kernel.look(ALL)) - unchanged, 2);
  assert.equal(kernel.currentSteering().get('192.0.2.7')?.classUpload, 9);
  assert.equal(
    callsOf(() => kernel.look(ALL)),
    unchanged,
  );
  // With nothing to remember the generation stands still, and they are read each time.
  steer(kernel, []);
  assert.equal(kernel.currentSteering().size, 0);
});

test('an object that is another, damaged or unreadable is told from one that is not installed, and costs the bridge only', () => {
  const { machine, kernel } = installed();
  const available = (): { id?: string; problem?: string } => kernel.look(ALL).available;
  const { id } = available();
  assert.match(id ?? '', /^[0-9a-f]{32}$/);
  installBridge(machine, 'another');
  assert.match(available().id ?? '', /^[0-9a-f]{32}$/);
  assert.notEqual(available().id, id);
  machine.addFile(OBJECT_PATH, 'no ELF');
  assert.match(available().problem ?? '', /^the BPF programs of the bridge cannot be used: .*weir\.bpf\.o/);
  machine.failures.set(`readFile ${OBJECT_PATH}`, machine.errno.EIO ?? 0);
  assert.match(available().problem ?? '', /cannot be used: .*\(EIO\)/);
  machine.failures.clear();
  machine.files.delete(OBJECT_PATH);
  assert.equal(available().problem, 'the BPF programs of the bridge are not installed');
});

test('what is pinned and not whole counts as not loaded, and is told', () => {
  const { machine, kernel } = installed();
  carryOut(kernel, LOAD);
  machine.unlink('/sys/fs/bpf/weir/programs/tc_forward');
  const { loaded, isInPart } = kernel.look(ALL);
  assert.deepEqual([loaded, isInPart], [undefined, true]);
  carryOut(kernel, { what: 'unload' });
  assert.equal(kernel.look(ALL).isInPart, false);
});

test('while nothing is loaded, what needs the maps is refused as the kernel would, and there is no program', () => {
  const { kernel } = installed();
  const needing: readonly BpfOperation[] = [
    { what: 'set-port', port: PORT },
    { what: 'delete-port', device: 'eth1' },
    { what: 'steer', steering: { type: 'steering', device: ':bridge', entries: new Map(), unknown: NONE } },
    {
      what: 'attach',
      xdp: { type: 'xdp', device: 'eth1', program: 'xdp_forward', mode: 'native', objectId: undefined, pinned: true },
    },
  ];
  for (const operation of needing) {
    const refusal = kernel.carryOut(operation, indexOf);
    assert.deepEqual(
      [refusal?.name, refusal?.extack],
      ['ENOENT', '/sys/fs/bpf/weir: no BPF programs are loaded'],
      operation.what,
    );
  }
  for (const program of ['xdp_forward', 'tc_while_alive']) assert.equal(kernel.programFd(program), -1);
  assert.deepEqual([kernel.maps, kernel.programIds().size, kernel.currentSteering().size], [undefined, 0, 0]);
});

test('tc_while_alive goes on with the programs that are loaded later, and ends with the process', () => {
  const { machine, kernel } = installed();
  carryOut(kernel, LOAD);
  const fd = kernel.programFd('tc_while_alive');
  const id = kernel.programIds().get('tc_while_alive');
  assert.equal(machine.bpfKernel.programOpenAs(fd)?.id, id);
  installBridge(machine, 'another');
  carryOut(kernel, { what: 'load', sizes: SIZES, reuseMaps: true });
  assert.equal(kernel.programFd('tc_while_alive'), fd, 'the filters keep it');
  kernel.close();
  assert.equal(machine.bpfKernel.programOpenAs(fd), undefined);
  assert.equal(machine.openDescriptors, 0);
});

function addressOf(ipv4: string): Uint8Array {
  return parsePrefix(ipv4)?.bytes ?? assert.fail(ipv4);
}
