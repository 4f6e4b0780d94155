/**
 * What a chart shows: slots of time, the newest at the end, filled from `history` and then with each answer of `stats`.
 *
 * The slots are those of the daemon, on the router's monotonic clock: what is added here lands where the daemon itself puts it. A slot
 * without a reading is null.
 */
import type { ShaperHistory } from '../../../src/model/history.ts';
import type { DirectionHistory } from '../../../src/model/history_ring.ts';
import type { BriefDirection } from '../../../src/model/stats_brief.ts';

/** One number a slot, the newest last. */
export type Column = (number | null)[];

/** Readings that lie further apart tell nothing of the time between them, as in the daemon. */
const LONGEST_INTERVAL_MS = 5000;
const MS_PER_S = 1000;

/** What a direction did between two answers. */
export interface Reading {
  /** Monotonic time of its end. */
  readonly atMs: number;
  readonly elapsedMs: number;
  readonly rateBitPerS: number;
  readonly droppedPerS: number;
  readonly markedPerS: number;
  readonly peakDelayUs: number | null;
  readonly averageDelayUs: number | null;
  readonly tinNames: readonly string[];
  readonly tinRates: readonly (number | null)[];
}

/** Undefined where `now` is the same reading as `before`, of another qdisc, or too long after it. */
export function readingBetween(before: BriefDirection | null, now: BriefDirection): Reading | undefined {
  if (before === null || now.series !== before.series || now.rateBitPerS === null) return undefined;
  const elapsedMs = now.atMs - before.atMs;
  if (elapsedMs <= 0 || elapsedMs > LONGEST_INTERVAL_MS) return undefined;
  const perS = (added: number): number => (added * MS_PER_S) / elapsedMs;
  return {
    atMs: now.atMs,
    elapsedMs,
    rateBitPerS: now.rateBitPerS,
    droppedPerS: perS(now.droppedPackets - before.droppedPackets),
    markedPerS: perS(now.ecnMarkedPackets - before.ecnMarkedPackets),
    peakDelayUs: now.peakDelayUs,
    averageDelayUs: now.averageDelayUs,
    tinNames: now.tins.name,
    tinRates: now.tins.rateBitPerS,
  };
}

export class Series {
  readonly slotMs: number;
  readonly rateBitPerS: Column;
  readonly droppedPerS: Column;
  readonly markedPerS: Column;
  readonly peakDelayUs: Column;
  readonly averageDelayUs: Column;
  tins: readonly { readonly name: string; readonly rateBitPerS: Column }[] = [];
  /** Which slot the last one is; undefined while all are empty. */
  private newest: number | undefined;
  /** How much of the last slot is known, and how much was sent then, as the weight of its delay. */
  private knownMs = 0;
  private delayWeight = 0;

  constructor(slotS: number, slots: number) {
    this.slotMs = slotS * MS_PER_S;
    const empty = (): Column => Array.from({ length: slots }, () => null);
    this.rateBitPerS = empty();
    this.droppedPerS = empty();
    this.markedPerS = empty();
    this.peakDelayUs = empty();
    this.averageDelayUs = empty();
  }

  get slots(): number {
    return this.rateBitPerS.length;
  }

  /** Begins with what the daemon remembers; its last slot may be going on. */
  fill(answer: ShaperHistory, history: DirectionHistory | null): void {
    if (history === null || answer.slots === 0) return;
    this.newest = answer.lastSlot;
    this.knownMs = Math.min(Math.max(answer.lastBeganMsAgo, 1), this.slotMs);
    const perS = (numbers: Column): Column =>
      numbers.map((number, i) => {
        const ms = i === numbers.length - 1 ? this.knownMs : this.slotMs;
        return number === null ? null : (number * MS_PER_S) / ms;
      });
    this.setTins(history.tins.map(({ name }) => name));
    replaceEnd(this.rateBitPerS, history.rateBitPerS);
    replaceEnd(this.droppedPerS, perS(history.droppedPackets));
    replaceEnd(this.markedPerS, perS(history.ecnMarkedPackets));
    replaceEnd(this.peakDelayUs, history.peakDelayUs);
    replaceEnd(this.averageDelayUs, history.averageDelayUs);
    this.tins.forEach(({ rateBitPerS }, tin) => {
      replaceEnd(rateBitPerS, history.tins[tin]?.rateBitPerS ?? []);
    });
    this.closeShortGaps();
    this.delayWeight = (last(this.rateBitPerS) ?? 0) * this.knownMs;
  }

  /** The slots that the reading was in: several where those before it were missed. */
  add(reading: Reading): void {
    const { slotMs } = this;
    const slot = Math.floor((reading.atMs - Math.min(reading.elapsedMs, slotMs) / 2) / slotMs);
    if (this.newest !== undefined && slot < this.newest) return;
    this.setTins(reading.tinNames);
    const covered = Math.max(Math.round(reading.elapsedMs / slotMs), 1);
    const first = Math.max(slot - covered + 1, this.newest ?? slot);
    for (let one = first; one <= slot; one++) {
      this.goTo(one);
      if (this.knownMs === 0 || one === slot) this.merge(reading);
    }
  }

  /**
   * A reading that came late is of several slots and lies in the middle one, so that those beside it look as if nothing was read:
   * they get the mean of their neighbours. Its drops and marks are counted where it lies.
   */
  private closeShortGaps(): void {
    const longest = Math.floor(LONGEST_INTERVAL_MS / this.slotMs) - 1;
    const gaps = runsOf(this.rateBitPerS.map((rate) => (rate === null ? 0 : null)));
    for (const [first, last] of gaps) {
      if (first === 0 || last === this.slots - 1 || last - first >= longest) continue;
      for (const column of this.columns()) {
        const isCount = column === this.droppedPerS || column === this.markedPerS;
        column.fill(isCount ? 0 : meanOf(column[first - 1], column[last + 1]), first, last + 1);
      }
    }
  }

  private goTo(slot: number): void {
    const gone = Math.min(slot - (this.newest ?? slot), this.slots);
    if (gone > 0) this.knownMs = this.delayWeight = 0;
    this.newest = slot;
    for (const column of this.columns()) {
      column.splice(0, gone);
      for (let i = 0; i < gone; i++) column.push(null);
    }
  }

  /** Adds to the last slot: means over time, the largest peak, and the mean delay over what was sent. */
  private merge(reading: Reading): void {
    const { knownMs } = this;
    const moreMs = Math.min(reading.elapsedMs, this.slotMs);
    const mean = (column: Column, value: number | null): void => {
      const before = last(column);
      if (value === null) return;
      setLast(column, before === null ? value : (before * knownMs + value * moreMs) / (knownMs + moreMs));
    };
    mean(this.rateBitPerS, reading.rateBitPerS);
    mean(this.droppedPerS, reading.droppedPerS);
    mean(this.markedPerS, reading.markedPerS);
    this.tins.forEach(({ rateBitPerS }, tin) => {
      mean(rateBitPerS, reading.tinRates[tin] ?? null);
    });
    if (reading.peakDelayUs !== null) {
      setLast(this.peakDelayUs, Math.max(last(this.peakDelayUs) ?? 0, reading.peakDelayUs));
    }
    if (reading.averageDelayUs !== null) {
      const weight = Math.max(reading.rateBitPerS * moreMs, 1);
      const before = last(this.averageDelayUs);
      const weightBefore = before === null ? 0 : this.delayWeight;
      const sum = (before ?? 0) * weightBefore + reading.averageDelayUs * weight;
      setLast(this.averageDelayUs, sum / (weightBefore + weight));
      this.delayWeight = weightBefore + weight;
    }
    this.knownMs += moreMs;
  }

  /** Of other tins before nothing is known. */
  private setTins(names: readonly string[]): void {
    if (names.length === this.tins.length && names.every((name, tin) => name === this.tins[tin]?.name)) return;
    this.tins = names.map((name) => ({ name, rateBitPerS: Array.from({ length: this.slots }, () => null) }));
  }

  private columns(): Column[] {
    const { rateBitPerS, droppedPerS, markedPerS, peakDelayUs, averageDelayUs, tins } = this;
    return [rateBitPerS, droppedPerS, markedPerS, peakDelayUs, averageDelayUs, ...tins.map((tin) => tin.rateBitPerS)];
  }
}

/** Slots with numbers, in a row: [first, last]. */
export function runsOf(column: Column): (readonly [number, number])[] {
  const runs: (readonly [number, number])[] = [];
  let first = -1;
  column.forEach((value, i) => {
    if (value !== null && first < 0) first = i;
    if (value !== null && column[i + 1] == null) {
      runs.push([first, i]);
      first = -1;
    }
  });
  return runs;
}

/** Of those that there are. */
function meanOf(a: number | null | undefined, b: number | null | undefined): number | null {
  if (a == null || b == null) return a ?? b ?? null;
  return (a + b) / 2;
}

function last(column: Column): number | null {
  return column.at(-1) ?? null;
}

function setLast(column: Column, value: number): void {
  column[column.length - 1] = value;
}

/** Puts the last of `numbers` at the end, as many as fit. */
function replaceEnd(column: Column, numbers: Column): void {
  const fitting = numbers.slice(-column.length);
  column.splice(column.length - fitting.length, fitting.length, ...fitting);
}
