import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cases } from '../../test/effort.ts';
import { FakeHost } from '../host/fake.ts';
import type { FakeMap, FakeProgram } from '../host/fake_bpf.ts';
import { KernelError } from '../host/refusal.ts';
import { BPF_CMD } from '../uapi/bpf.ts';
import { MAPS, WEIR } from './layout_gen.ts';
import { BpfLoader, PROGRAMS } from './loader.ts';
import { PINNED_MAPS } from './maps.ts';
import { parseObject } from './object.ts';

const OBJECT = Uint8Array.from(readFileSync('build/bpf/el/weir.bpf.o'));
const BIG = Uint8Array.from(readFileSync('build/bpf/eb/weir.bpf.o'));
const OBJECT_FILE = '/lib/bpf/weir.bpf.o';
const SIZES = { steering: 300, hosts: 400, vlans: 100 };
const { id: ID } = parseObject(OBJECT);

function machineWith(object: Uint8Array = OBJECT): FakeHost {
  const machine = new FakeHost();
  machine.bpfKernel.mount();
  machine.addFile(OBJECT_FILE, object);
  return machine;
}

function map(machine: FakeHost, name: string): FakeMap {
  const found = machine.bpfKernel.pinned(`/sys/fs/bpf/weir/maps/${name}`);
  return found?.kind === 'map' ? found : assert.fail(`no map ${name}`);
}

function program(machine: FakeHost, name: string): FakeProgram {
  const found = machine.bpfKernel.pinned(`/sys/fs/bpf/weir/programs/${name}`);
  return found?.kind === 'program' ? found : assert.fail(`no program ${name}`);
}

const pins = (machine: FakeHost): string[] =>
  [...machine.files.keys()].filter((path) => path.startsWith('/sys/fs/bpf/')).sort();

function refusal(act: () => void): KernelError {
  try {
    act();
  } catch (error) {
    if (error instanceof KernelError) return error;
    throw error;
  }
  return assert.fail('it was not refused');
}

test('nothing is loaded before, all of it after, and nothing is left when it is unloaded', () => {
  const machine = machineWith();
  const loader = new BpfLoader(machine);
  assert.equal(loader.loaded(), undefined);
  assert.throws(() => loader.maps, /no BPF programs are loaded/);
  assert.equal(loader.load(SIZES, { reuseMaps: true }), ID);
  assert.deepEqual(loader.loaded(), { objectId: ID, sizes: SIZES });
  assert.deepEqual(new BpfLoader(machine).loaded(), { objectId: ID, sizes: SIZES });
  assert.deepEqual(pins(machine), [
    ...PINNED_MAPS.map((name) => `/sys/fs/bpf/weir/maps/${name}`).sort(),
    ...PROGRAMS.map((name) => `/sys/fs/bpf/weir/programs/${name}`).sort(),
  ]);
  assert.deepEqual(map(machine, 'cpus').definition[3], 2, 'as many as there are CPUs');
  assert.equal(loader.programId('tc_forward'), program(machine, 'tc_forward').id);
  assert.deepEqual(loader.maps.settings.unknown, { classDownload: 0, classUpload: 0, cpu: WEIR.NO_CPU });
  loader.unload();
  assert.equal(loader.loaded(), undefined);
  assert.deepEqual(pins(machine), []);
  assert.deepEqual(machine.readDirectory('/sys/fs/bpf'), []);
  loader.unload();
});

class BigEndianHost extends FakeHost {
  override readonly littleEndian: boolean = false;
}

test('each program has the descriptors of its maps where the object refers to them, on CPUs of either byte order', () => {
  for (const [machine, object] of [
    [new FakeHost(), OBJECT],
    [new BigEndianHost(), BIG],
  ] as const) {
    machine.bpfKernel.mount();
    machine.addFile(OBJECT_FILE, object);
    const maps = new Map<number, string>();
    const loaded = new Map<string, Uint8Array>();
    const bpf = machine.bpf.bind(machine);
    machine.bpf = (command, attributes, pointers = []) => {
      const result = bpf(command, attributes, pointers);
      const nameAt = command === BPF_CMD.MAP_CREATE ? 28 : 48;
      const [name = ''] = String.fromCharCode(...attributes.subarray(nameAt)).split('\0');
      if (command === BPF_CMD.MAP_CREATE) maps.set(result, name);
      if (command === BPF_CMD.PROG_LOAD) loaded.set(name, pointers[0]?.[1] ?? assert.fail());
      return result;
    };
    const loader = new BpfLoader(machine);
    loader.load(SIZES, { reuseMaps: false });
    loader.holdAlive('tc_forward');
    assert.deepEqual([...loaded.keys()], [...PROGRAMS, 'tc_while_alive']);
    for (const { name, instructions, references } of parseObject(object).programs) {
      const sent = loaded.get(name)?.slice() ?? assert.fail(name);
      const view = new DataView(sent.buffer);
      for (const { instruction, map } of references) {
        const [at, littleEndian] = [8 * instruction, machine.littleEndian];
        // Destination and source registers share a byte; the source says that the number is a map's descriptor.
        const [destination, source] = littleEndian ? [0x0f, 0x10] : [0xf0, 0x01];
        assert.equal(view.getUint8(at + 1) & ~destination, source);
        if (map !== 'while_alive') assert.equal(maps.get(view.getInt32(at + 4, littleEndian)), map);
        // But for these, it is what clang made.
        view.setUint8(at + 1, view.getUint8(at + 1) & destination);
        view.setUint32(at + 4, 0);
      }
      assert.deepEqual(sent, instructions.slice(), name);
    }
  }
});

test('maps stay with what is in them where they are as they should be, or go', () => {
  const machine = machineWith();
  const loader = new BpfLoader(machine);
  loader.load(SIZES, { reuseMaps: true });
  const port = { redirectTo: 3, maxFrameBytes: 1514, flags: 1, faces: 2, address: Uint8Array.of(2, 0, 0, 0, 0, 1) };
  loader.maps.ports.set(2, port);
  const before = PINNED_MAPS.map((name) => map(machine, name));
  const programs = PROGRAMS.map((name) => program(machine, name));
  loader.load({ ...SIZES, vlans: 200 }, { reuseMaps: true });
  assert.deepEqual(loader.loaded()?.sizes, { ...SIZES, vlans: 200 });
  PINNED_MAPS.forEach((name, i) => {
    assert.equal(map(machine, name) === before[i], name !== 'vlans', name);
  });
  PROGRAMS.forEach((name, i) => {
    assert.notEqual(program(machine, name), programs[i], name);
  });
  assert.deepEqual(loader.maps.ports.entries(), [[2, port]]);
  loader.load(SIZES, { reuseMaps: false });
  assert.deepEqual(loader.maps.ports.entries(), []);
});

test('a map of another kind, as another version has it, is no map of ours', () => {
  const machine = machineWith();
  const loader = new BpfLoader(machine);
  loader.load(SIZES, { reuseMaps: true });
  machine.files.set('/sys/fs/bpf/weir/maps/hosts', machine.files.get('/sys/fs/bpf/weir/maps/ports') ?? assert.fail());
  machine.bpfKernel.pinAs('/sys/fs/bpf/weir/maps/old_map', '/sys/fs/bpf/weir/maps/ports');
  const next = new BpfLoader(machine);
  assert.equal(next.loaded(), undefined);
  next.load(SIZES, { reuseMaps: true });
  assert.equal(map(machine, 'hosts').definition[2], MAPS.hosts.valueBytes);
  assert.ok(!pins(machine).includes('/sys/fs/bpf/weir/maps/old_map'));
});

test('what the verifier refuses leaves all as it was, and has the end of what it says', () => {
  const machine = machineWith();
  const loader = new BpfLoader(machine);
  loader.load(SIZES, { reuseMaps: true });
  const before = pins(machine);
  const programs = PROGRAMS.map((name) => program(machine, name));
  const lines = Array.from({ length: 20 }, (_, i) => `line ${i}`);
  machine.bpfKernel.refused.set('tc_forward', `${lines.join('\n')}\nR9 !read_ok\n`);
  const open = machine.openDescriptors;
  const error = refusal(() => loader.load({ ...SIZES, hosts: 500 }, { reuseMaps: true }));
  assert.deepEqual([error.path, error.operation, error.errnoName], ['program tc_forward', 'load', 'EACCES']);
  assert.equal(error.extack, [...lines.slice(-7), 'R9 !read_ok'].join(' | '));
  assert.deepEqual(pins(machine), before);
  assert.deepEqual(
    PROGRAMS.map((name) => program(machine, name)),
    programs,
  );
  assert.deepEqual(loader.loaded(), { objectId: ID, sizes: SIZES });
  assert.equal(machine.openDescriptors, open);
});

test('at whichever call it fails, it is loaded as before, or not at all, and the next attempt loads it', () => {
  // Some sixty calls; a slow machine tries some of them.
  const step = Math.round(60 / cases(60));
  for (let at = 0; ; at += step) {
    const machine = machineWith();
    const before = new BpfLoader(machine);
    before.load(SIZES, { reuseMaps: true });
    before.close();
    const other = new Uint8Array(OBJECT.length + 1);
    other.set(OBJECT);
    machine.addFile(OBJECT_FILE, other);
    let calls = 0;
    const failing = (): boolean => calls++ === at;
    const { bpf, rename, unlink, mkdir } = machine;
    machine.bpf = (...args) => (failing() ? -(machine.errno.ENOMEM ?? 0) : bpf.apply(machine, args));
    machine.rename = (...args) => (failing() ? -(machine.errno.EIO ?? 0) : rename.apply(machine, args));
    machine.mkdir = (...args) => (failing() ? -(machine.errno.EIO ?? 0) : mkdir.apply(machine, args));
    let failed = false;
    const loader = new BpfLoader(machine);
    try {
      loader.load({ ...SIZES, hosts: 500 }, { reuseMaps: true });
    } catch (error) {
      assert.ok(error instanceof KernelError, String(error));
      failed = true;
    }
    Object.assign(machine, { bpf, rename, unlink, mkdir });
    loader.close();
    assert.equal(machine.openDescriptors, 0, `${at}`);
    const now = new BpfLoader(machine);
    const { id } = parseObject(other);
    if (!failed) {
      assert.equal(now.loaded()?.objectId, id);
      if (calls <= at) break;
      continue;
    }
    const loaded = now.loaded();
    assert.ok(loaded === undefined || (loaded.objectId === ID && loaded.sizes.hosts === SIZES.hosts), `${at}`);
    now.load(SIZES, { reuseMaps: true });
    assert.deepEqual(now.loaded(), { objectId: id, sizes: SIZES });
    assert.ok(
      pins(machine).every((path) => !path.endsWith('_new')),
      `${at}`,
    );
  }
});

test('without an object, with a broken one, or one for other CPUs, nothing is loaded', () => {
  const cases: readonly (readonly [object: Uint8Array | undefined, message: RegExp])[] = [
    [undefined, /^\/lib\/bpf\/weir\.bpf\.o: read: .*\(ENOENT\)$/],
    [Uint8Array.of(1, 2, 3), /\(ENOEXEC\): it is no ELF file/],
    [BIG, /\(ENOEXEC\): it is for CPUs of the other byte order/],
    [new Uint8Array((1 << 20) + 1), /\(EFBIG\)/],
    [renamed('tc_forward', 'tc_backward'), /\(ENOEXEC\): it has no program tc_forward/],
    [
      renamed('steering', 'stearing'),
      /\(ENOEXEC\): xdp_forward refers to stearing, a map that this version does not know/,
    ],
  ];
  for (const [object, message] of cases) {
    const machine = machineWith(object);
    if (object === undefined) machine.files.delete(OBJECT_FILE);
    const error = refusal(() => new BpfLoader(machine).load(SIZES, { reuseMaps: true }));
    assert.match(error.message, message);
    assert.deepEqual(pins(machine), []);
    assert.equal(machine.openDescriptors, 0);
  }
});

/** The object with another name for a program or map. */
function renamed(from: string, to: string): Uint8Array {
  const bytes = OBJECT.slice();
  const text = String.fromCharCode;
  for (let at = 0; at + from.length < bytes.length; at++) {
    const isName = bytes[at - 1] === 0 && bytes[at + from.length] === 0;
    if (!isName || text(...bytes.subarray(at, at + from.length)) !== from) continue;
    for (let i = 0; i < from.length; i++) bytes[at + i] = to.charCodeAt(i);
  }
  return bytes;
}

test('tc_while_alive is loaded once a process, never pinned, and goes on with another program', () => {
  const machine = machineWith();
  const loader = new BpfLoader(machine);
  loader.load(SIZES, { reuseMaps: true });
  assert.equal(loader.heldAlive, undefined);
  const held = loader.holdAlive('tc_forward');
  assert.deepEqual(loader.heldAlive, held);
  loader.load(SIZES, { reuseMaps: true });
  assert.deepEqual(loader.holdAlive('tc_forward'), held);
  const other = new BpfLoader(machine).holdAlive('tc_forward');
  assert.notEqual(other.id, held.id);
  assert.ok(pins(machine).every((path) => !path.includes('alive')));
  const open = machine.openDescriptors;
  loader.releaseAlive();
  loader.releaseAlive();
  assert.equal(machine.openDescriptors, open - 2);
  assert.equal(loader.heldAlive, undefined);
});

test('what CPUs are possible is read, or nothing is loaded', () => {
  for (const [text, cpus] of [
    ['0\n', 1],
    ['0-3\n', 4],
    ['0,2-3\n', 4],
  ] as const) {
    const machine = machineWith();
    machine.bpfKernel.cpus = 4;
    machine.addFile('/sys/devices/system/cpu/possible', text);
    new BpfLoader(machine).load(SIZES, { reuseMaps: true });
    assert.equal(map(machine, 'cpus').definition[3], cpus);
  }
  for (const text of ['', 'all', '0-', '-1', '1-x']) {
    const machine = machineWith();
    machine.addFile('/sys/devices/system/cpu/possible', text);
    assert.equal(refusal(() => new BpfLoader(machine).load(SIZES, { reuseMaps: true })).errnoName, 'EINVAL');
  }
});
