import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FakeHost } from '../host/fake.ts';
import type { FakeMap } from '../host/fake_bpf.ts';
import { KernelError } from '../host/refusal.ts';
import type { Prefix } from './codecs.ts';
import { bucketStartUs, percentileUs } from './hosts.ts';
import {
  MAPS,
  WEIR,
  weir_counters,
  weir_direction,
  weir_host,
  weir_rtt,
  weir_side,
  weir_traffic,
} from './layout_gen.ts';
import { BpfLoader } from './loader.ts';
import type { BpfMaps } from './maps.ts';

const NOT_STEERED = { classDownload: 0, classUpload: 0, cpu: WEIR.NO_CPU };

/** `entries` is what the kernel has of a map. */
function loaded(sizes = { steering: 100, hosts: 1000, vlans: 10 }): {
  machine: FakeHost;
  maps: BpfMaps;
  map(name: string): FakeMap;
} {
  const machine = new FakeHost();
  machine.bpfKernel.mount();
  machine.addFile('/lib/bpf/weir.bpf.o', Uint8Array.from(readFileSync('build/bpf/el/weir.bpf.o')));
  const loader = new BpfLoader(machine);
  loader.load(sizes, { reuseMaps: true });
  const map = (name: string): FakeMap => {
    const found = machine.bpfKernel.pinned(`/sys/fs/bpf/weir/maps/${name}`);
    return found?.kind === 'map' ? found : assert.fail(name);
  };
  return { machine, maps: loader.maps, map };
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

function ipv4(last: number): Uint8Array {
  return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, last);
}

const host = (last: number): Prefix => ({ bits: 128, address: ipv4(last) });

test('keys and values lie as the C structs do', () => {
  const { maps, map } = loaded();
  const only = (name: string): [string, string] => {
    const [entry = assert.fail()] = map(name).entries.values();
    return [hex(entry.key), hex(entry.value)];
  };
  maps.ports.set(2, {
    redirectTo: 3,
    maxFrameBytes: 1514,
    flags: 3,
    faces: 2,
    address: Uint8Array.of(2, 0, 0, 0, 0, 9),
  });
  assert.deepEqual(only('ports'), ['02000000', `03000000${'ea050000'}${'0300'}${'02'}00${'020000000009'}0000`]);
  maps.vlans.set({ ifindex: 2, vlanId: 4094 }, { vlanId: 3, faces: 1 });
  assert.deepEqual(only('vlans'), ['02000000fe0f0000', '03000100']);
  maps.setSteering({ bits: 120, address: ipv4(0) }, { classDownload: 0x10007, classUpload: 5, cpu: 1 });
  assert.deepEqual(only('steering'), [`78000000${hex(ipv4(0))}`, '070001000500000001000000']);
  maps.changeSettings({
    unknown: { classDownload: 1, classUpload: 2, cpu: 3 },
    generation: 4,
    objectId: '0123456789abcdef'.repeat(2),
  });
  assert.deepEqual(only('settings'), [
    '00000000',
    `010000000200000003000000${'04000000'}${'0123456789abcdef'.repeat(2)}`,
  ]);
});

test('what is set reads back, is listed, and can be deleted once', () => {
  const { maps } = loaded();
  const port = { redirectTo: 3, maxFrameBytes: 0, flags: 0, faces: 1, address: new Uint8Array(6) };
  maps.ports.set(2, port);
  assert.deepEqual(maps.ports.get(2), port);
  assert.equal(maps.ports.get(4), undefined);
  const vlan = { vlanId: 3, faces: 1 };
  maps.vlans.set({ ifindex: 2, vlanId: 4 }, vlan);
  assert.deepEqual(maps.vlans.entries(), [[{ ifindex: 2, vlanId: 4 }, vlan]]);
  // A devmap has no batches, so it is read key by key.
  for (const index of [5, 6, 7]) maps.targets.set(index, index);
  assert.deepEqual(maps.targets.entries(), [
    [5, 5],
    [6, 6],
    [7, 7],
  ]);
  assert.equal(maps.ports.delete(2), true);
  assert.equal(maps.ports.delete(2), false);
  assert.deepEqual(maps.ports.entries(), []);
});

test('a map that is full refuses with its name', () => {
  const { maps } = loaded();
  for (let i = 0; i < 10; i++) maps.vlans.set({ ifindex: 1, vlanId: i }, { vlanId: 1, faces: 0 });
  assert.throws(
    () => maps.vlans.set({ ifindex: 1, vlanId: 10 }, { vlanId: 1, faces: 0 }),
    (error: unknown) => error instanceof KernelError && /^map vlans: set: .*\(E2BIG\)$/.test(error.message),
  );
});

test('steering is brought to what is wanted by changing what differs, and hosts forget only then', () => {
  const { machine, maps } = loaded();
  const steering = (classDownload: number) => ({ classDownload, classUpload: 0, cpu: WEIR.NO_CPU });
  const updates: number[] = [];
  const bpf = machine.bpf.bind(machine);
  machine.bpf = (command, attributes, pointers) => {
    updates.push(command);
    return bpf(command, attributes, pointers);
  };
  const wanted = new Map([
    [host(1), steering(1)],
    [host(2), steering(2)],
    [host(3), steering(3)],
  ]);
  assert.deepEqual(maps.syncSteering(wanted, [], NOT_STEERED), { set: 3, deleted: 0 });
  const first = maps.settings.generation;
  assert.ok(first > 0);
  updates.length = 0;
  assert.deepEqual(maps.syncSteering(wanted, [], NOT_STEERED), { set: 0, deleted: 0 });
  const [UPDATE, DELETE] = [2, 3];
  assert.ok(!updates.includes(UPDATE) && !updates.includes(DELETE));
  assert.equal(maps.settings.generation, first);
  const next = [
    [host(2), steering(2)],
    [host(3), steering(4)],
    [host(4), steering(4)],
  ] as const;
  assert.deepEqual(maps.syncSteering(next, [], NOT_STEERED), { set: 2, deleted: 1 });
  assert.equal(maps.settings.generation, first + 1);
  const sorted = maps.steering
    .entries()
    .map(([{ address }, { classDownload }]) => [address[15], classDownload])
    .sort();
  assert.deepEqual(sorted, [
    [2, 2],
    [3, 4],
    [4, 4],
  ]);
  assert.deepEqual(maps.syncSteering(next, [], { ...NOT_STEERED, classUpload: 9 }), { set: 0, deleted: 0 });
  assert.deepEqual([maps.settings.generation, maps.settings.unknown.classUpload], [first + 2, 9]);
  assert.equal(maps.deleteSteering(host(9)), false);
  assert.equal(maps.settings.generation, first + 2);
  assert.equal(maps.deleteSteering(host(2)), true);
  maps.setSteering(host(2), steering(1));
  assert.equal(maps.settings.generation, first + 4);
});

test('where a change of classes breaks off, hosts look everything up, and the next one makes them remember anew', () => {
  const { machine, maps, map } = loaded();
  maps.syncSteering([[host(1), NOT_STEERED]], [], NOT_STEERED);
  const { generation } = maps.settings;
  const steering = { classDownload: 7, classUpload: 7, cpu: WEIR.NO_CPU };
  const changes: readonly (() => unknown)[] = [
    () => maps.syncSteering([[host(1), steering]], [], NOT_STEERED),
    () => maps.setSteering(host(1), steering),
    () => maps.deleteSteering(host(1)),
  ];
  for (const change of changes) {
    maps.changeSettings({ generation });
    let updates = 0;
    // The first change is that they forget, the second is carried out, and then that they remember is refused.
    machine.bpfKernel.refuse = (_count, command) =>
      (command === 2 || command === 3) && ++updates === 3 ? 'EIO' : undefined;
    assert.throws(change, KernelError);
    machine.bpfKernel.refuse = undefined;
    assert.equal(maps.settings.generation, 0);
    maps.syncSteering([[host(1), steering]], [], NOT_STEERED);
    assert.ok(maps.settings.generation > 0);
    assert.equal(map('steering').entries.size, 1);
  }
});

test('hosts by hardware address are steered too, and while no prefix is there hosts remember nothing', () => {
  const { maps } = loaded();
  const station = Uint8Array.from([2, 0, 0x5e, 0x10, 0, 1]);
  const steering = { classDownload: 5, classUpload: 6, cpu: WEIR.NO_CPU };
  assert.deepEqual(maps.syncSteering([], [[station, steering]], NOT_STEERED), { set: 1, deleted: 0 });
  assert.equal(maps.settings.generation, 0);
  assert.deepEqual(maps.stations.entries(), [[station, steering]]);
  maps.syncSteering([[host(1), steering]], [], NOT_STEERED);
  assert.ok(maps.settings.generation > 0);
  assert.deepEqual(maps.stations.entries(), []);
  maps.syncSteering([], [], NOT_STEERED);
  assert.equal(maps.settings.generation, 0);
});

test('a full map is emptied first, else entries go last', () => {
  const { machine, maps } = loaded({ steering: 4, hosts: 10, vlans: 1 });
  const commands: number[] = [];
  const bpf = machine.bpf.bind(machine);
  machine.bpf = (command, attributes, pointers) => {
    if (command === 2 || command === 3) commands.push(command);
    return bpf(command, attributes, pointers);
  };
  const some = (...lasts: number[]) => lasts.map((last) => [host(last), NOT_STEERED] as const);
  maps.syncSteering(some(1, 2), [], NOT_STEERED);
  commands.length = 0;
  maps.syncSteering(some(3, 4), [], NOT_STEERED);
  // The first of all is that hosts forget.
  assert.deepEqual(commands.slice(1, 5), [2, 2, 3, 3]);
  maps.syncSteering(some(3, 4, 5, 6), [], NOT_STEERED);
  commands.length = 0;
  maps.syncSteering(some(7, 8, 9, 10), [], NOT_STEERED);
  assert.deepEqual(commands.slice(1, 9), [3, 3, 3, 3, 2, 2, 2, 2]);
  assert.equal(maps.steering.entries().length, 4);
});

test('where the kernel fills its store of nodes at the next tick only, adding waits for it', () => {
  const { machine, maps } = loaded();
  const bpf = machine.bpf.bind(machine);
  let store = 4;
  let filledAtMs = 0;
  machine.bpf = (command, attributes, pointers) => {
    if (machine.clockMs > filledAtMs) [store, filledAtMs] = [4, machine.clockMs];
    if (command === 2 && store-- <= 0) return -(machine.errno.ENOMEM ?? 0);
    return bpf(command, attributes, pointers);
  };
  maps.syncSteering(
    Array.from({ length: 50 }, (_, i) => [host(i), NOT_STEERED] as const),
    [],
    NOT_STEERED,
  );
  assert.equal(maps.steering.entries().length, 50);
  machine.bpf = (command, ...rest) => (command === 2 ? -(machine.errno.ENOMEM ?? 0) : bpf(command, ...rest));
  assert.throws(() => maps.setSteering(host(99), NOT_STEERED), /\(ENOMEM\)/);
});

test('counters are the sum over all CPUs', () => {
  const { maps, map } = loaded();
  const value = new Uint8Array(2 * weir_counters.BYTES);
  const view = new DataView(value.buffer);
  view.setUint32(weir_counters.forwarded_frames, 5, true);
  view.setUint32(weir_counters.forwarded_bytes + 4, 1, true);
  view.setUint32(weir_counters.BYTES + weir_counters.forwarded_frames, 7, true);
  view.setUint32(weir_counters.BYTES + weir_counters.dropped_frames + 8, 3, true);
  view.setUint32(weir_counters.BYTES + weir_counters.passed_frames + 16, 2, true);
  map('counters').entries.set('02000000', { key: Uint8Array.of(2, 0, 0, 0), value });
  const counters = { forwardedFrames: 12, forwardedBytes: 2 ** 32, droppedFrames: [0, 3, 0], passedFrames: [0, 0, 2] };
  assert.deepEqual(maps.counters.entries(), [[2, counters]]);
  assert.deepEqual(maps.counters.get(2), counters);
});

test('a thousand hosts are visited in batches, each once', () => {
  const { maps, map } = loaded();
  for (let i = 0; i < 1000; i++) {
    const key = Uint8Array.of(...ipv4(i & 0xff).subarray(0, 14), i >> 8, i & 0xff);
    const value = new Uint8Array(MAPS.hosts.valueBytes);
    const view = new DataView(value.buffer);
    view.setUint32(weir_host.traffic + weir_traffic.BYTES + weir_traffic.packets, i, true);
    view.setUint32(weir_host.last_seen_ns, 1000 + i, true);
    view.setUint32(weir_host.found, 7, true);
    view.setUint32(weir_host.generation, 3, true);
    view.setUint32(weir_host.is_steered, i & 1, true);
    map('hosts').entries.set(hex(key), { key, value });
  }
  const seen = new Set<string>();
  let packets = 0;
  maps.eachHost((one) => {
    seen.add(hex(one.address));
    packets += one.traffic(weir_direction.UPLOAD).packets;
    assert.equal(one.traffic(weir_direction.DOWNLOAD).packets, 0);
    assert.ok(one.lastSeenNs >= 1000);
    assert.deepEqual([one.found.classDownload, one.generation], [7, 3]);
    assert.equal(one.isSteered, one.traffic(weir_direction.UPLOAD).packets % 2 === 1);
  });
  assert.deepEqual([seen.size, packets], [1000, 499_500]);
  const [first = ''] = seen;
  assert.equal(maps.forgetHost(Uint8Array.from(first.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))), true);
  assert.equal(map('hosts').entries.size, 999);
});

test('round trips of one side are told by their buckets', () => {
  const { maps, map } = loaded();
  const value = new Uint8Array(MAPS.hosts.valueBytes);
  const view = new DataView(value.buffer);
  const side = weir_host.rtt + weir_side.SIDE_LOCAL * weir_rtt.BYTES;
  view.setUint32(side + weir_rtt.min_us, 3100, true);
  view.setUint32(side + weir_rtt.total, 12, true);
  view.setUint16(side + weir_rtt.buckets + 2 * 3, 10, true);
  map('hosts').entries.set(hex(ipv4(1)), { key: ipv4(1), value });
  maps.eachHost((one) => {
    assert.deepEqual(one.roundTrips(weir_side.SIDE_LOCAL), { minUs: 3100, p50Us: 3500, p90Us: 3900, total: 12 });
    assert.deepEqual(one.roundTrips(weir_side.SIDE_INTERNET), { minUs: 0, p50Us: 0, p90Us: 0, total: 0 });
  });
});

test('buckets are 1 ms wide below 16 ms, then a sixteenth of where they begin', () => {
  assert.deepEqual(
    [0, 1, 15, 16, 31, 32, 33, 48, 127, 128].map((i) => bucketStartUs(i) / 1000),
    [0, 1, 15, 16, 31, 32, 34, 64, 1984, 2048],
  );
  for (const delayMs of [10, 50, 200]) {
    const buckets = new Array<number>(WEIR.RTT_BUCKETS).fill(0);
    const index = buckets.findIndex((_, i) => bucketStartUs(i + 1) > delayMs * 1000);
    buckets[index] = 1024;
    const found = percentileUs(buckets, 0.5) / 1000;
    assert.ok(Math.abs(found - delayMs) <= Math.max(2, 0.05 * delayMs), `${delayMs} ms: ${found} ms`);
  }
});
