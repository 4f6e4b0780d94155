/**
 * Reading and writing binary data with a byte order chosen at run time.
 *
 * Netlink speaks the byte order of the CPU it runs on, ubus speaks big endian, and the tests decode captures of both orders
 * on one machine; so the order is a value given to the constructor, never a constant.
 */

/** A message ended before a value that it promised. `offset` is where the value should have begun. */
export class ShortReadError extends Error {
  readonly offset: number;
  constructor(offset: number, wanted: number, end: number) {
    super(`wanted ${wanted} bytes at offset ${offset}, but the data ends at ${end}`);
    this.name = 'ShortReadError';
    this.offset = offset;
  }
}

const CPU_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The bytes themselves where their order and place suit the CPU, else a copy. */
function wordsOf(data: Uint8Array, view: DataView, littleEndian: boolean): Uint32Array {
  const length = data.length >>> 2;
  if (littleEndian === CPU_IS_LITTLE_ENDIAN && data.byteOffset % 4 === 0) {
    return new Uint32Array(data.buffer, data.byteOffset, length);
  }
  const words = new Uint32Array(length);
  for (let index = 0; index < length; index++) words[index] = view.getUint32(index * 4, littleEndian);
  return words;
}

/**
 * A cursor over `bytes[start, end)`. Every read checks the bound and throws {@link ShortReadError} past it; nothing is copied
 * but by {@link bytes}.
 */
export class Reader {
  readonly data: Uint8Array;
  readonly view: DataView;
  readonly littleEndian: boolean;
  end: number;
  pos: number;
  private wordView: Uint32Array | undefined;

  constructor(data: Uint8Array, littleEndian: boolean, start = 0, end: number = data.length, view?: DataView) {
    if (start < 0 || end > data.length || start > end) throw new ShortReadError(start, end - start, data.length);
    this.data = data;
    this.view = view ?? new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.littleEndian = littleEndian;
    this.pos = start;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.pos;
  }

  /**
   * All data as u32, for loops over thousands of messages that cannot afford a call for each value: `words[at >>> 2]` is what
   * u32() gives at an `at` that is a multiple of 4. The caller minds the bounds.
   */
  get words(): Uint32Array {
    this.wordView ??= wordsOf(this.data, this.view, this.littleEndian);
    return this.wordView;
  }

  /** Claims `length` bytes and gives the offset at which they begin. */
  take(length: number): number {
    const at = this.pos;
    if (length < 0 || length > this.end - at) throw new ShortReadError(at, length, this.end);
    this.pos = at + length;
    return at;
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }
  u16(): number {
    return this.view.getUint16(this.take(2), this.littleEndian);
  }
  s16(): number {
    return this.view.getInt16(this.take(2), this.littleEndian);
  }
  u32(): number {
    return this.view.getUint32(this.take(4), this.littleEndian);
  }
  s32(): number {
    return this.view.getInt32(this.take(4), this.littleEndian);
  }
  /** A u64 as a number. Counters of bytes stay exact up to 2^53 (9 PB); larger values round. */
  u64(): number {
    const at = this.take(8);
    const first = this.view.getUint32(at, this.littleEndian);
    const second = this.view.getUint32(at + 4, this.littleEndian);
    return this.littleEndian ? second * 0x1_0000_0000 + first : first * 0x1_0000_0000 + second;
  }
  s64(): number {
    return Number(this.view.getBigInt64(this.take(8), this.littleEndian));
  }

  /** A copy of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    const at = this.take(length);
    return this.data.slice(at, at + length);
  }

  /** A reader of the next `length` bytes, sharing the data. */
  sub(length: number): Reader {
    const at = this.take(length);
    return new Reader(this.data, this.littleEndian, at, at + length, this.view);
  }
}

/** A growing buffer. `bytes()` shares memory with the writer: use or copy it before the next write or `reset()`. */
export class Writer {
  readonly littleEndian: boolean;
  private data: Uint8Array;
  private view: DataView;
  private length = 0;

  constructor(littleEndian: boolean, capacity = 1024) {
    this.littleEndian = littleEndian;
    this.data = new Uint8Array(capacity);
    this.view = new DataView(this.data.buffer);
  }

  get size(): number {
    return this.length;
  }

  bytes(): Uint8Array {
    return this.data.subarray(0, this.length);
  }

  reset(): void {
    this.length = 0;
  }

  /** Room for `length` bytes; may replace `data` and `view`, so they are looked up after it. */
  private grow(length: number): number {
    const at = this.length;
    const needed = at + length;
    if (needed > this.data.length) {
      const larger = new Uint8Array(Math.max(needed, this.data.length * 2));
      larger.set(this.data.subarray(0, at));
      this.data = larger;
      this.view = new DataView(larger.buffer);
    }
    this.length = needed;
    return at;
  }

  u8(value: number): void {
    const at = this.grow(1);
    this.view.setUint8(at, value);
  }
  u16(value: number): void {
    const at = this.grow(2);
    this.view.setUint16(at, value, this.littleEndian);
  }
  u32(value: number): void {
    const at = this.grow(4);
    this.view.setUint32(at, value, this.littleEndian);
  }
  s32(value: number): void {
    const at = this.grow(4);
    this.view.setInt32(at, value, this.littleEndian);
  }
  /** `value` must be a non-negative safe integer. */
  u64(value: number): void {
    const at = this.grow(8);
    const high = Math.floor(value / 0x1_0000_0000);
    const low = value % 0x1_0000_0000;
    this.view.setUint32(at, this.littleEndian ? low : high, this.littleEndian);
    this.view.setUint32(at + 4, this.littleEndian ? high : low, this.littleEndian);
  }
  raw(bytes: Uint8Array): void {
    const at = this.grow(bytes.length);
    this.data.set(bytes, at);
  }
  /** Appends `length` zero bytes. */
  zeros(length: number): void {
    const at = this.grow(length);
    this.data.fill(0, at, at + length);
  }
  /** Zero bytes up to the next multiple of `multiple`. */
  align(multiple: number): void {
    const over = this.length % multiple;
    if (over !== 0) this.zeros(multiple - over);
  }
  /** Writes a u16 or u32 over what is already there, as lengths are known only at the end. */
  patchU16(at: number, value: number): void {
    this.view.setUint16(at, value, this.littleEndian);
  }
  patchU32(at: number, value: number): void {
    this.view.setUint32(at, value, this.littleEndian);
  }
}
