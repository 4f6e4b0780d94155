/**
 * bpf(2) of the fake host: maps, programs, links and pins in memory, as kernel/bpf/syscall.c has them, but for what programs do.
 * A pin is a file whose content, as an object, is known here: so it is renamed and removed as files are.
 */
import { decodeUtf8 } from '../lib/utf8.ts';
import type { PointerPatch } from './host.ts';

export interface FakeMap {
  readonly kind: 'map';
  readonly name: string;
  /** type, key_size, value_size, max_entries, map_flags */
  readonly definition: readonly number[];
  /** By the key in hexadecimal, the oldest first. */
  readonly entries: Map<string, { readonly key: Uint8Array; readonly value: Uint8Array }>;
}

export interface FakeProgram {
  readonly kind: 'program';
  readonly name: string;
  readonly type: number;
  readonly id: number;
  /** With the descriptors of maps in them. */
  readonly instructions: Uint8Array;
}

export interface FakeLink {
  readonly kind: 'link';
  program: FakeProgram;
  /** 0 once it is detached or its device is gone. */
  ifindex: number;
  readonly native: boolean;
}

type Thing = FakeMap | FakeProgram | FakeLink;

/** What it needs of the machine. */
interface Machine {
  littleEndian(): boolean;
  readonly files: Map<string, Uint8Array>;
  addFile(path: string, content: string): void;
  addDirectory(path: string): void;
  newDescriptor(): number;
  fail(name: string): number;
}

/** linux/bpf.h: enum bpf_cmd, enum bpf_map_type; linux/if_link.h: XDP_FLAGS_DRV_MODE */
const CMD = {
  MAP_CREATE: 0,
  LOOKUP: 1,
  UPDATE: 2,
  DELETE: 3,
  NEXT_KEY: 4,
  PROG_LOAD: 5,
  PIN: 6,
  GET: 7,
  INFO: 15,
  LOOKUP_BATCH: 24,
  LINK_CREATE: 28,
  LINK_UPDATE: 29,
  LINK_DETACH: 34,
} as const;
const TYPE = { ARRAY: 2, PERCPU_HASH: 5, LRU_HASH: 9, CPUMAP: 16, DEVMAP_HASH: 25 } as const;
const DRV_MODE = 4;
const MOUNTED_AT = '/sys/fs/bpf';
const POSSIBLE_CPUS = '/sys/devices/system/cpu/possible';

export class FakeBpf {
  cpus = 2;
  /** Programs that the verifier refuses, by name, with what it says. */
  readonly refused = new Map<string, string>();
  /** Devices without native XDP, and those that take no XDP program at all, by index. */
  readonly genericOnly = new Set<number>();
  readonly withoutXdp = new Set<number>();
  /** Programs that others have put on devices, by the index of the device. */
  readonly others = new Map<number, { readonly programId: number; readonly mode: 'native' | 'generic' }>();
  /** Error numbers for commands, by their number: one that is in it fails. */
  readonly failures = new Map<number, number>();
  /** Called before each command, counted from 1; the name of an errno makes it fail. */
  refuse: ((count: number, command: number) => string | undefined) | undefined;
  calls = 0;
  private readonly machine: Machine;
  private readonly open = new Map<number, Thing>();
  private readonly pins = new WeakMap<Uint8Array, Thing>();
  private readonly links = new Set<FakeLink>();
  private readonly programs = new Map<number, FakeProgram>();
  private lastId = 0;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** The file system and what the kernel says of its CPUs. */
  mount(): void {
    this.machine.addDirectory(MOUNTED_AT);
    this.machine.addFile(POSSIBLE_CPUS, `0-${this.cpus - 1}\n`);
  }

  /** What is pinned there. */
  pinned(path: string): Thing | undefined {
    const content = this.machine.files.get(path);
    return content === undefined ? undefined : this.pins.get(content);
  }

  /** The link that runs on a device. */
  linkOn(ifindex: number): FakeLink | undefined {
    return [...this.links].find((link) => link.ifindex === ifindex && this.isHeld(link));
  }

  /** What the kernel tells of a device. */
  xdpOn(ifindex: number): { readonly programId: number; readonly mode: 'native' | 'generic' } | undefined {
    const link = this.linkOn(ifindex);
    if (link === undefined) return this.others.get(ifindex);
    return { programId: link.program.id, mode: link.native ? 'native' : 'generic' };
  }

  /** The program that a descriptor stands for, or that has a number. */
  programOpenAs(fd: number): FakeProgram | undefined {
    const thing = this.open.get(fd);
    return thing?.kind === 'program' ? thing : undefined;
  }

  /** `xdp_forward`, and whether it is one that was since replaced; `someone else's 77` for one that was not loaded here. */
  describeProgram(id: number): string {
    const program = this.programs.get(id);
    if (program === undefined) return `someone else's ${id}`;
    return this.isHeld(program) ? program.name : `${program.name} of before`;
  }

  /** Pins what is pinned at `from` at `to` too. */
  pinAs(to: string, from: string): void {
    const thing = this.pinned(from);
    const content = new Uint8Array();
    if (thing !== undefined) this.pins.set(content, thing);
    this.machine.files.set(to, content);
  }

  /** A device that goes takes its links along, a descriptor that is closed what nothing else holds. */
  closed(fd: number): void {
    this.open.delete(fd);
  }
  deviceGone(ifindex: number): void {
    const link = this.linkOn(ifindex);
    if (link !== undefined) link.ifindex = 0;
    this.others.delete(ifindex);
    // kernel/bpf/devmap.c: dev_map_notification
    for (const content of this.machine.files.values()) {
      const thing = this.pins.get(content);
      if (thing?.kind !== 'map' || thing.definition[0] !== TYPE.DEVMAP_HASH) continue;
      for (const [key, { value }] of thing.entries) {
        const target = new DataView(value.buffer, value.byteOffset).getUint32(0, this.machine.littleEndian());
        if (target === ifindex) thing.entries.delete(key);
      }
    }
  }

  private isHeld(thing: Thing): boolean {
    const isPinned = [...this.machine.files.values()].some((content) => this.pins.get(content) === thing);
    return isPinned || [...this.open.values()].includes(thing);
  }

  private opened(thing: Thing): number {
    const fd = this.machine.newDescriptor();
    this.open.set(fd, thing);
    return fd;
  }

  /** bpf(2). */
  call(command: number, attributes: Uint8Array, pointers: readonly PointerPatch[]): number {
    const failure = this.failures.get(command);
    if (failure !== undefined) return -failure;
    this.calls += 1;
    const refusal = this.refuse?.(this.calls, command);
    if (refusal !== undefined) return this.machine.fail(refusal);
    const view = new DataView(attributes.buffer, attributes.byteOffset, attributes.byteLength);
    const u32 = (at: number): number => view.getUint32(at, this.machine.littleEndian());
    const buffer = (at: number): Uint8Array => pointers.find(([offset]) => offset === at)?.[1] ?? new Uint8Array();
    const thing = this.open.get(u32(0));
    switch (command) {
      case CMD.MAP_CREATE:
        return this.createMap([0, 4, 8, 12, 16].map(u32), nameAt(attributes, 28));
      case CMD.PROG_LOAD:
        return this.loadProgram(u32(0), nameAt(attributes, 48), buffer(8), buffer(32));
      case CMD.PIN:
        return this.pin(textOf(buffer(0)), u32(8));
      case CMD.GET: {
        const found = this.pinned(textOf(buffer(0)));
        return found === undefined ? this.machine.fail('ENOENT') : this.opened(found);
      }
      case CMD.INFO:
        return this.info(thing, buffer(8));
      case CMD.LINK_CREATE:
        return thing?.kind === 'program' ? this.createLink(thing, u32(4), u32(12)) : this.machine.fail('EBADF');
      case CMD.LINK_UPDATE: {
        const program = this.open.get(u32(4));
        if (thing?.kind !== 'link' || program?.kind !== 'program') return this.machine.fail('EBADF');
        thing.program = program;
        return 0;
      }
      case CMD.LINK_DETACH:
        if (thing?.kind !== 'link') return this.machine.fail('EBADF');
        thing.ifindex = 0;
        return 0;
      case CMD.LOOKUP_BATCH: {
        const map = this.open.get(u32(36));
        if (map?.kind !== 'map') return this.machine.fail('EBADF');
        const from = buffer(0).length === 0 ? 0 : (buffer(0)[0] ?? 0) * 256 + (buffer(0)[1] ?? 0);
        return this.batch(map, from, u32(32), [8, 16, 24].map(buffer), (count) =>
          view.setUint32(32, count, this.machine.littleEndian()),
        );
      }
      default:
        return thing?.kind === 'map' ? this.element(command, thing, buffer(8), buffer(16)) : this.machine.fail('EBADF');
    }
  }

  private createMap(definition: readonly number[], name: string): number {
    const [type, , valueBytes = 0, maxEntries = 0] = definition;
    if (maxEntries === 0) return this.machine.fail('EINVAL');
    if (type === TYPE.CPUMAP && maxEntries > this.cpus) return this.machine.fail('E2BIG');
    const map: FakeMap = { kind: 'map', name, definition, entries: new Map() };
    for (let i = 0; type === TYPE.ARRAY && i < maxEntries; i++) {
      const key = new Uint8Array(4);
      new DataView(key.buffer).setUint32(0, i, this.machine.littleEndian());
      map.entries.set(hexOf(key), { key, value: new Uint8Array(valueBytes) });
    }
    return this.opened(map);
  }

  private loadProgram(type: number, name: string, instructions: Uint8Array, log: Uint8Array): number {
    const said = this.refused.get(name);
    if (said !== undefined) {
      for (let i = 0; i < Math.min(said.length, log.length); i++) log[i] = said.charCodeAt(i);
      return this.machine.fail('EACCES');
    }
    const program: FakeProgram = {
      kind: 'program',
      name,
      type,
      id: ++this.lastId,
      instructions: instructions.slice(),
    };
    this.programs.set(program.id, program);
    return this.opened(program);
  }

  private pin(path: string, fd: number): number {
    const thing = this.open.get(fd);
    if (thing === undefined) return this.machine.fail('EBADF');
    if (!path.startsWith(`${MOUNTED_AT}/`) || path.slice(MOUNTED_AT.length).includes('.'))
      return this.machine.fail('EPERM');
    if (this.machine.files.has(path)) return this.machine.fail('EEXIST');
    this.machine.addFile(path, '');
    const content = new Uint8Array();
    this.machine.files.set(path, content);
    this.pins.set(content, thing);
    return 0;
  }

  private info(thing: Thing | undefined, info: Uint8Array): number {
    if (thing === undefined) return this.machine.fail('EBADF');
    const view = new DataView(info.buffer, info.byteOffset, info.byteLength);
    const words = (values: readonly number[]): void => {
      for (const [i, value] of values.entries()) view.setUint32(4 * i, value, this.machine.littleEndian());
    };
    if (thing.kind === 'map') words([thing.definition[0] ?? 0, 1, ...thing.definition.slice(1)]);
    else if (thing.kind === 'program') words([thing.type, thing.id]);
    else words([6, 1, thing.program.id, 0, thing.ifindex]);
    return 0;
  }

  private createLink(program: FakeProgram, ifindex: number, flags: number): number {
    const native = (flags & DRV_MODE) !== 0;
    const there = this.xdpOn(ifindex);
    // net/core/dev.c: dev_xdp_attach
    if (there !== undefined) return this.machine.fail(native === (there.mode === 'native') ? 'EBUSY' : 'EEXIST');
    if (this.withoutXdp.has(ifindex)) return this.machine.fail('EOPNOTSUPP');
    if (native && this.genericOnly.has(ifindex)) return this.machine.fail('EOPNOTSUPP');
    const link: FakeLink = { kind: 'link', program, ifindex, native };
    this.links.add(link);
    return this.opened(link);
  }

  private element(command: number, map: FakeMap, key: Uint8Array, value: Uint8Array): number {
    const [type, , , maxEntries = 0] = map.definition;
    const found = map.entries.get(hexOf(key));
    switch (command) {
      case CMD.LOOKUP:
        if (found !== undefined) value.set(found.value);
        return found === undefined ? this.machine.fail('ENOENT') : 0;
      case CMD.UPDATE: {
        const isFull = found === undefined && map.entries.size >= maxEntries;
        if (isFull && type !== TYPE.LRU_HASH) return this.machine.fail('E2BIG');
        const [oldest] = map.entries.keys();
        if (isFull && oldest !== undefined) map.entries.delete(oldest);
        map.entries.set(hexOf(key), { key: key.slice(), value: value.slice() });
        return 0;
      }
      case CMD.DELETE:
        // The kernel wants what a command does not use to be zero (kernel/bpf/syscall.c: CHECK_ATTR).
        if (type === TYPE.ARRAY || value.length > 0) return this.machine.fail('EINVAL');
        return map.entries.delete(hexOf(key)) ? 0 : this.machine.fail('ENOENT');
      case CMD.NEXT_KEY: {
        const keys = [...map.entries.values()];
        const next = keys[key.length === 0 ? 0 : keys.findIndex((entry) => hexOf(entry.key) === hexOf(key)) + 1];
        if (next !== undefined) value.set(next.key);
        return next === undefined ? this.machine.fail('ENOENT') : 0;
      }
      default:
        return this.machine.fail('EINVAL');
    }
  }

  private batch(
    map: FakeMap,
    from: number,
    most: number,
    [position, keys, values]: readonly Uint8Array[],
    setCount: (count: number) => void,
  ): number {
    if (map.definition[0] === TYPE.DEVMAP_HASH || map.definition[0] === TYPE.CPUMAP)
      return this.machine.fail('ENOTSUPP');
    const part = [...map.entries.values()].slice(from, from + most);
    let [keyAt, valueAt] = [0, 0];
    for (const { key, value } of part) {
      keys?.set(key, keyAt);
      values?.set(value, valueAt);
      keyAt += key.length;
      valueAt += value.length;
    }
    position?.set([(from + part.length) >> 8, (from + part.length) & 0xff]);
    setCount(part.length);
    return from + part.length >= map.entries.size ? this.machine.fail('ENOENT') : 0;
  }
}

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Up to the NUL. */
const textOf = (bytes: Uint8Array): string => decodeUtf8(bytes, 0, bytes.indexOf(0));

/** A map's or program's name: 16 bytes. */
const nameAt = (attributes: Uint8Array, at: number): string => textOf(attributes.subarray(at, at + 16));
