/** A map of the kernel as a table of typed keys and values. */
import { checked, isThere } from '../host/refusal.ts';
import { BPF_CMD } from '../uapi/bpf.ts';
import type { BpfCalls } from './calls.ts';
import type { MapDefinition } from './layout_gen.ts';

/** How a key or a value lies in memory. */
export interface Codec<T> {
  readonly bytes: number;
  /** Into `bytes` zeros at `at`. */
  write(view: DataView, at: number, value: T, littleEndian: boolean): void;
  read(view: DataView, at: number, littleEndian: boolean): T;
}

/** Where one entry of a batch lies; the views are used again, so a visitor copies what it keeps. */
export type Visitor = (keys: DataView, keyAt: number, values: DataView, valueAt: number) => void;

/** What `sync` did. */
export interface SyncCounts {
  readonly set: number;
  readonly deleted: number;
}

/** Of a batch; a bucket of a hash with more entries than fit makes it grow. */
const BATCH_BYTES = 32 << 10;
/**
 * Since Linux 6.15 a trie takes its nodes from a small store, which an interrupt that the CPU sends to itself fills again; CPUs that
 * cannot do so (MIPS, user-mode Linux) fill it at the next tick (kernel/bpf/memalloc.c: alloc_bulk; kernel/irq_work.c).
 */
const REFILL_MS = 10;
const REFILL_TRIES = 20;
const NO_DESCRIPTORS = new Int32Array(0);
/** union bpf_attr for BPF_MAP_*_BATCH: addresses, count, descriptor, then elem_flags and flags. */
const IN_BATCH_AT = 0;
const OUT_BATCH_AT = 8;
const KEYS_AT = 16;
const VALUES_AT = 24;
const COUNT_AT = 32;
const FD_AT = 36;
const BATCH_ATTRIBUTES_BYTES = 56;
/** And for one element. */
const KEY_AT = 8;
const VALUE_AT = 16;

export class BpfTable<K, V> {
  readonly maxEntries: number;
  private readonly path: string;
  private readonly fd: number;
  private readonly calls: BpfCalls;
  private readonly keyCodec: Codec<K>;
  private readonly valueCodec: Codec<V>;
  private readonly key: DataView;
  private readonly value: DataView;
  /** For commands with a value, and for those that must not have one. */
  private readonly element: (command: BPF_CMD) => number;
  private readonly keyOnly: (command: BPF_CMD) => number;

  constructor(
    calls: BpfCalls,
    name: string,
    { fd, definition }: { readonly fd: number; readonly definition: MapDefinition },
    codecs: { readonly key: Codec<K>; readonly value: Codec<V> },
  ) {
    this.calls = calls;
    this.path = `map ${name}`;
    this.fd = fd;
    this.maxEntries = definition.maxEntries;
    this.keyCodec = codecs.key;
    this.valueCodec = codecs.value;
    const [key, value] = [new Uint8Array(codecs.key.bytes), new Uint8Array(codecs.value.bytes)];
    this.key = new DataView(key.buffer);
    this.value = new DataView(value.buffer);
    this.element = calls.element(fd, [
      [KEY_AT, key],
      [VALUE_AT, value],
    ]);
    this.keyOnly = calls.element(fd, [[KEY_AT, key]]);
  }

  private get littleEndian(): boolean {
    return this.calls.host.littleEndian;
  }

  /** @throws KernelError */
  get(key: K): V | undefined {
    this.writeKey(key);
    const found = this.isThere(this.element(BPF_CMD.MAP_LOOKUP_ELEM), 'look up');
    return found ? this.valueCodec.read(this.value, 0, this.littleEndian) : undefined;
  }

  /** Adds it, or puts it in the place of what is there. @throws KernelError */
  set(key: K, value: V): void {
    this.writeKey(key);
    this.writeValue(value);
    this.setWritten();
  }

  private setWritten(): void {
    const { host } = this.calls;
    let result = this.element(BPF_CMD.MAP_UPDATE_ELEM);
    for (let tries = 0; -result === host.errno.ENOMEM && tries < REFILL_TRIES; tries++) {
      host.poll(NO_DESCRIPTORS, REFILL_MS);
      result = this.element(BPF_CMD.MAP_UPDATE_ELEM);
    }
    this.check(result, 'set');
  }

  /** Whether there was one. @throws KernelError */
  delete(key: K): boolean {
    this.writeKey(key);
    return this.deleteWritten();
  }

  private deleteWritten(): boolean {
    return this.isThere(this.keyOnly(BPF_CMD.MAP_DELETE_ELEM), 'delete');
  }

  /** All of it, in no order. @throws KernelError */
  entries(): (readonly [K, V])[] {
    const list: (readonly [K, V])[] = [];
    this.each((keys, keyAt, values, valueAt) => {
      const key = this.keyCodec.read(keys, keyAt, this.littleEndian);
      list.push([key, this.valueCodec.read(values, valueAt, this.littleEndian)]);
    });
    return list;
  }

  /**
   * Makes it hold what is wanted and nothing else; entries that are right already are not touched. `onChange` is called before anything
   * is changed.
   *
   * @throws KernelError
   */
  sync(wanted: Iterable<readonly [K, V]>, onChange: () => void = () => {}): SyncCounts {
    const { bytes: keyBytes } = this.keyCodec;
    const { bytes: valueBytes } = this.valueCodec;
    const stale = new Map<string, string>();
    this.each((keys, keyAt, values, valueAt) => {
      stale.set(textOf(keys, keyAt, keyBytes), textOf(values, valueAt, valueBytes));
    });
    const before = stale.size;
    // Keys and values as text: there may be thousands, and whoever asks need not keep them.
    const different: string[] = [];
    let added = 0;
    for (const [wantedKey, wantedValue] of wanted) {
      this.writeKey(wantedKey);
      this.writeValue(wantedValue);
      const [key, value] = [textOf(this.key, 0, keyBytes), textOf(this.value, 0, valueBytes)];
      const found = stale.get(key);
      if (found === undefined) added++;
      else stale.delete(key);
      if (found !== value) different.push(key + value);
    }
    if (different.length + stale.size > 0) onChange();
    const set = (): void => {
      for (const text of different) {
        writeText(this.key, text, 0, keyBytes);
        writeText(this.value, text, keyBytes, valueBytes);
        this.setWritten();
      }
    };
    // Deleted last, so that what a longer prefix takes over is never without an entry; unless there is no room for that.
    const hasRoom = before + added <= this.maxEntries;
    if (hasRoom) set();
    for (const key of stale.keys()) {
      writeText(this.key, key, 0, keyBytes);
      this.deleteWritten();
    }
    if (!hasRoom) set();
    return { set: different.length, deleted: stale.size };
  }

  /** Visits every entry, in no order. @throws KernelError */
  each(visit: Visitor): void {
    const entryBytes = this.keyCodec.bytes + this.valueCodec.bytes;
    const most = Math.min(Math.ceil(BATCH_BYTES / entryBytes), this.maxEntries);
    if (!this.eachInBatches(visit, most)) this.eachByKey(visit);
  }

  /** False where the kernel has no batches for this type of map (devmap, or before Linux 5.6). */
  private eachInBatches(visit: Visitor, most: number): boolean {
    const { host } = this.calls;
    const { bytes: keyBytes } = this.keyCodec;
    const { bytes: valueBytes } = this.valueCodec;
    const { EINVAL, EOPNOTSUPP, ENOTSUPP, ENOSPC } = host.errno;
    // Where the next batch begins: for hashes the number of a bucket, else a key.
    const position = new Uint8Array(Math.max(keyBytes, 4));
    const keys = new DataView(new ArrayBuffer(most * keyBytes));
    const values = new DataView(new ArrayBuffer(most * valueBytes));
    const attributes = new Uint8Array(BATCH_ATTRIBUTES_BYTES);
    const view = new DataView(attributes.buffer);
    view.setUint32(FD_AT, this.fd, this.littleEndian);
    const outputs = [
      [OUT_BATCH_AT, position],
      [KEYS_AT, new Uint8Array(keys.buffer)],
      [VALUES_AT, new Uint8Array(values.buffer)],
    ] as const;
    for (let isFirst = true; ; isFirst = false) {
      view.setUint32(COUNT_AT, most, this.littleEndian);
      const begin = isFirst ? [] : [[IN_BATCH_AT, position] as const];
      const result = host.bpf(BPF_CMD.MAP_LOOKUP_BATCH, attributes, [...begin, ...outputs]);
      if (isFirst && (-result === EINVAL || -result === EOPNOTSUPP || -result === ENOTSUPP)) return false;
      if (isFirst && -result === ENOSPC && most < this.maxEntries) return this.eachInBatches(visit, 2 * most);
      const isLast = !this.isThere(result, 'list');
      const count = Math.min(view.getUint32(COUNT_AT, this.littleEndian), most);
      for (let i = 0; i < count; i++) visit(keys, i * keyBytes, values, i * valueBytes);
      if (isLast) return true;
    }
  }

  private eachByKey(visit: Visitor): void {
    const key = new Uint8Array(this.keyCodec.bytes);
    const next = this.calls.element(this.fd, [
      [KEY_AT, key],
      [VALUE_AT, new Uint8Array(this.key.buffer)],
    ]);
    const first = this.calls.element(this.fd, [[VALUE_AT, new Uint8Array(this.key.buffer)]]);
    let result = first(BPF_CMD.MAP_GET_NEXT_KEY);
    // A key that vanished meanwhile makes the kernel begin again: not for ever.
    for (let left = 2 * this.maxEntries; this.isThere(result, 'list') && left > 0; left--) {
      key.set(new Uint8Array(this.key.buffer));
      if (this.isThere(this.element(BPF_CMD.MAP_LOOKUP_ELEM), 'look up')) visit(this.key, 0, this.value, 0);
      result = next(BPF_CMD.MAP_GET_NEXT_KEY);
    }
  }

  private writeKey(key: K): void {
    new Uint8Array(this.key.buffer).fill(0);
    this.keyCodec.write(this.key, 0, key, this.littleEndian);
  }

  private writeValue(value: V): void {
    new Uint8Array(this.value.buffer).fill(0);
    this.valueCodec.write(this.value, 0, value, this.littleEndian);
  }

  private check(result: number, operation: string): void {
    checked(this.calls.host, result, operation, this.path);
  }

  private isThere(result: number, operation: string): boolean {
    return isThere(this.calls.host, result, operation, this.path);
  }
}

/** What {@link textOf} gave, from its character `from` on, back into bytes. */
function writeText(view: DataView, text: string, from: number, length: number): void {
  for (let i = 0; i < length; i++) view.setUint8(i, text.charCodeAt(from + i));
}

/** Bytes as the characters U+0000 to U+00FF: a key for a Map. */
function textOf(view: DataView, at: number, length: number): string {
  return Reflect.apply(String.fromCharCode, null, new Uint8Array(view.buffer, view.byteOffset + at, length));
}
