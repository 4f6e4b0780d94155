/**
 * One ring of a direction's history: a slot for each so many seconds, each a packed record (27 bytes for four tins):
 *
 * - the time that was watched in it, in ms (0: a gap), and the bytes sent, to the byte;
 * - packets dropped and marked, exact up to 2^24 - 1;
 * - the largest backlog, the largest peak delay, the mean delay over packets and the rate of each tin, to 1 in 4096.
 */
import { bitPerSOver } from '../lib/units.ts';
import { MOST_TINS } from '../tc/qdisc/cake_sample.ts';

/** A number of a record: where, and in how many bytes: the low 2 or 4, then the rest. */
type Field = readonly [offset: number, bytes: 2 | 3 | 5];
const WATCHED_MS: Field = [0, 2];
const SENT_BYTES: Field = [2, 5];
const DROPPED: Field = [7, 3];
const MARKED: Field = [10, 3];
const BACKLOG: Field = [13, 2];
const PEAK_DELAY: Field = [15, 2];
const AVERAGE_DELAY: Field = [17, 2];
const TINS_AT = 19;
const TIN_BYTES = 2;
const tinField = (tin: number): Field => [TINS_AT + tin * TIN_BYTES, TIN_BYTES];

/** By the number of bytes. */
const MOST_IN = [0, 1, 2, 3, 4, 5].map((bytes) => 256 ** bytes - 1);

/** In two packed bytes: there is no such number. */
const NONE = 0xffff;

/** Numbers of one slot after another, the oldest first; null in a gap, and for a delay while nothing was sent. */
export type Numbers = (number | null)[];

/** Drops and marks are counts, the backlog and the peak delay maxima in the slot, the average delay a mean over packets. */
export interface DirectionHistory {
  readonly rateBitPerS: Numbers;
  readonly droppedPackets: Numbers;
  readonly ecnMarkedPackets: Numbers;
  readonly backlogBytes: Numbers;
  readonly peakDelayUs: Numbers;
  readonly averageDelayUs: Numbers;
  readonly tins: readonly { readonly name: string; readonly rateBitPerS: Numbers }[];
}

/** What a reading brought, or was added up over a slot. */
export interface Sums {
  watchedMs: number;
  sentBytes: number;
  dropped: number;
  marked: number;
  /** The largest. */
  backlogBytes: number;
  peakUs: number;
  /** Of the average delays: packets times delay, and packets. */
  delaySumUs: number;
  delayWeight: number;
  /** False where some of it was of other tins. */
  tinsKnown: boolean;
}

export const NOTHING: Readonly<Sums> = {
  watchedMs: 0,
  sentBytes: 0,
  dropped: 0,
  marked: 0,
  backlogBytes: 0,
  peakUs: 0,
  delaySumUs: 0,
  delayWeight: 0,
  tinsKnown: true,
};

export class HistoryRing {
  readonly slots: number;
  private readonly slotMs: number;
  private readonly coarser: HistoryRing | undefined;
  private records: Uint8Array;
  private view: DataView;
  private recordBytes: number;
  private readonly sums: Sums = { ...NOTHING };
  private readonly tinBytes = new Float64Array(MOST_TINS);
  /** The slot that is added up; -1 before the first. */
  newest = -1;

  /** @param coarser gets each slot when it has ended */
  constructor(seconds: number, slots: number, tinCount: number, coarser: HistoryRing | undefined) {
    this.slotMs = seconds * 1000;
    this.slots = slots;
    this.coarser = coarser;
    this.recordBytes = TINS_AT + tinCount * TIN_BYTES;
    this.records = new Uint8Array(slots * this.recordBytes);
    this.view = new DataView(this.records.buffer);
  }

  get bytes(): number {
    return this.records.length;
  }

  /** Adds what happened around `atMs`; of `tinBytes` as many numbers as there are tins. */
  add(atMs: number, more: Sums, tinBytes: Float64Array): void {
    this.goTo(Math.floor(atMs / this.slotMs));
    const { sums } = this;
    sums.watchedMs += more.watchedMs;
    sums.sentBytes += more.sentBytes;
    sums.dropped += more.dropped;
    sums.marked += more.marked;
    if (more.backlogBytes > sums.backlogBytes) sums.backlogBytes = more.backlogBytes;
    if (more.peakUs > sums.peakUs) sums.peakUs = more.peakUs;
    sums.delaySumUs += more.delaySumUs;
    sums.delayWeight += more.delayWeight;
    sums.tinsKnown &&= more.tinsKnown;
    const tinCount = (this.recordBytes - TINS_AT) / TIN_BYTES;
    for (let tin = 0; tin < tinCount; tin++) {
      this.tinBytes[tin] = (this.tinBytes[tin] as number) + (tinBytes[tin] as number);
    }
  }

  /** Makes room for other tins: of the time before, their rates are not known. */
  setTins(tinCount: number): void {
    this.store();
    const { records: old, recordBytes: oldBytes, slots } = this;
    this.recordBytes = TINS_AT + tinCount * TIN_BYTES;
    this.records = new Uint8Array(slots * this.recordBytes).fill(0xff);
    this.view = new DataView(this.records.buffer);
    for (let i = 0; i < slots; i++) {
      this.records.set(old.subarray(i * oldBytes, i * oldBytes + TINS_AT), i * this.recordBytes);
    }
    this.sums.tinsKnown = false;
  }

  /** The oldest slot that is no gap; undefined where all are. */
  oldest(): number | undefined {
    this.store();
    for (let slot = Math.max(this.newest - this.slots + 1, 0); slot <= this.newest; slot++) {
      if (this.get(slot, WATCHED_MS) > 0) return slot;
    }
    return undefined;
  }

  /** Slots `first` to `last`. */
  history(first: number, last: number, tinNames: readonly string[]): DirectionHistory {
    const oldest = Math.max(this.newest - this.slots + 1, 0);
    const numbers = (read: (slot: number) => number | null): Numbers =>
      Array.from({ length: last - first + 1 }, (_, i) => {
        const slot = first + i;
        return slot < oldest || slot > this.newest || this.get(slot, WATCHED_MS) === 0 ? null : read(slot);
      });
    const plain = (field: Field): Numbers => numbers((slot) => this.get(slot, field));
    const packed = (field: Field): Numbers => numbers((slot) => unpack(this.get(slot, field)));
    return {
      rateBitPerS: numbers((slot) => bitPerSOver(this.get(slot, SENT_BYTES), this.get(slot, WATCHED_MS))),
      droppedPackets: plain(DROPPED),
      ecnMarkedPackets: plain(MARKED),
      backlogBytes: packed(BACKLOG),
      peakDelayUs: packed(PEAK_DELAY),
      averageDelayUs: packed(AVERAGE_DELAY),
      tins: tinNames.map((name, tin) => ({ name, rateBitPerS: packed(tinField(tin)) })),
    };
  }

  /** Ends the slot that is added up when `slot` is a later one; those between are gaps. */
  private goTo(slot: number): void {
    if (slot <= this.newest) return;
    this.store();
    if (this.newest >= 0) this.coarser?.add(this.newest * this.slotMs, this.sums, this.tinBytes);
    const { records, recordBytes, slots } = this;
    for (let gap = Math.max(this.newest + 1, slot - slots + 1); gap <= slot; gap++) {
      const at = (gap % slots) * recordBytes;
      records.fill(0, at, at + recordBytes);
    }
    this.newest = slot;
    Object.assign(this.sums, NOTHING);
    this.tinBytes.fill(0);
  }

  /** Writes what was added up so far. */
  private store(): void {
    const { sums, newest } = this;
    if (newest < 0 || (sums.watchedMs === 0 && sums.sentBytes === 0)) return;
    const watchedMs = Math.max(Math.round(sums.watchedMs), 1);
    this.set(newest, WATCHED_MS, watchedMs);
    this.set(newest, SENT_BYTES, sums.sentBytes);
    this.set(newest, DROPPED, sums.dropped);
    this.set(newest, MARKED, sums.marked);
    this.set(newest, BACKLOG, pack(sums.backlogBytes));
    const sent = sums.delayWeight > 0;
    this.set(newest, PEAK_DELAY, sent ? pack(sums.peakUs) : NONE);
    this.set(newest, AVERAGE_DELAY, sent ? pack(sums.delaySumUs / sums.delayWeight) : NONE);
    for (let tin = 0; tinField(tin)[0] < this.recordBytes; tin++) {
      const rate = bitPerSOver(this.tinBytes[tin] as number, watchedMs);
      this.set(newest, tinField(tin), sums.tinsKnown ? pack(rate) : NONE);
    }
  }

  /** As much as fits. */
  private set(slot: number, [offset, bytes]: Field, value: number): void {
    const { view } = this;
    const at = (slot % this.slots) * this.recordBytes + offset;
    const fitting = Math.min(value, MOST_IN[bytes] as number);
    if (bytes === 5) {
      view.setUint32(at, fitting);
      view.setUint8(at + 4, fitting / 2 ** 32);
    } else {
      view.setUint16(at, fitting);
      if (bytes === 3) view.setUint8(at + 2, fitting >>> 16);
    }
  }

  private get(slot: number, [offset, bytes]: Field): number {
    const { view } = this;
    const at = (slot % this.slots) * this.recordBytes + offset;
    if (bytes === 5) return view.getUint8(at + 4) * 2 ** 32 + view.getUint32(at);
    return view.getUint16(at) + (bytes === 3 ? view.getUint8(at + 2) * 2 ** 16 : 0);
  }
}

/** 12 bits of a number and how far they are shifted, in order: exact below 4096, to 1 in 4096 up to 4 * 10^12. */
const MANTISSAS = 2048;

export function pack(value: number): number {
  let shift = 0;
  let mantissa = value;
  for (; mantissa >= 256 * MANTISSAS; shift += 8) mantissa /= 256;
  while (mantissa >= 2 * MANTISSAS) {
    mantissa /= 2;
    shift += 1;
  }
  return Math.min(shift * MANTISSAS + Math.round(mantissa), NONE - 1);
}

/** Null of NONE. */
export function unpack(code: number): number | null {
  if (code === NONE) return null;
  if (code < 2 * MANTISSAS) return code;
  const shift = Math.floor(code / MANTISSAS) - 1;
  return (code - shift * MANTISSAS) * 2 ** shift;
}
