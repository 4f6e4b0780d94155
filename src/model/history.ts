/**
 * What the shapers did lately, in a fixed amount of memory: 5 minutes by the second, an hour by 10 seconds, a day by the minute;
 * 113 kB for both directions of a shaper with four tins.
 *
 * A slot of a ring, when it has ended, is added to one of the next ring, and rounded only where it is kept: sums are exact, and what
 * is rounded is rounded once. Time is the monotonic clock's: setting the clock moves nothing. A second in which nothing was read is
 * a gap, never a zero.
 */
import { MOST_TINS, TIN_COLUMN, TIN_COUNTERS } from '../tc/qdisc/cake_sample.ts';
import { cakeTinName } from '../tc/qdisc/cake_stats.ts';
import { DIRECTIONS, type DirectionName } from './config.ts';
import { type DirectionHistory, HistoryRing, NOTHING, type Sums } from './history_ring.ts';
import type { ShaperSeries } from './sampler.ts';
import { delaysOf } from './stats.ts';
import type { DirectionSeries } from './stats_series.ts';

/** Seconds a slot, and slots. */
export const HISTORY_RINGS = [
  { seconds: 1, slots: 300 },
  { seconds: 10, slots: 360 },
  { seconds: 60, slots: 1440 },
] as const;

/** Where the row of the sums over the tins begins. */
const SUMS = MOST_TINS * TIN_COUNTERS.length;

/** Readings that lie further apart tell nothing of the seconds between them: a gap. */
const LONGEST_INTERVAL_MS = 5000;

/** A slot gets its record at the reading after its end, and readings may be late: until then it is left out, and no gap. */
const SLOTS_STILL_TO_COME = 2;

export interface ShaperHistory {
  readonly name: string;
  readonly resolutionS: number;
  /** How long ago the last slot began; it may be going on. All series have as many slots, from the first that has anything. */
  readonly lastBeganMsAgo: number;
  /** The last slot began so many times `resolutionS` after 0 of the monotonic clock. */
  readonly lastSlot: number;
  readonly slots: number;
  readonly download: DirectionHistory | null;
  readonly upload: DirectionHistory | null;
}

class DirectionRecorder {
  readonly rings: readonly HistoryRing[];
  private mode: string;
  private tinCount: number;
  private readonly reading: Sums = { ...NOTHING };
  private readonly tinBytes = new Float64Array(MOST_TINS);

  constructor({ reading: { mode, tinCount } }: DirectionSeries) {
    this.mode = mode;
    this.tinCount = tinCount;
    let coarser: HistoryRing | undefined;
    this.rings = [...HISTORY_RINGS].reverse().map(({ seconds, slots }) => {
      coarser = new HistoryRing(seconds, slots, tinCount, coarser);
      return coarser;
    });
  }

  record(series: DirectionSeries): void {
    const { added, reading: now } = series;
    const { mode, tinCount } = now;
    if (mode !== this.mode || tinCount !== this.tinCount) {
      this.mode = mode;
      this.tinCount = tinCount;
      for (const ring of this.rings) ring.setTins(tinCount);
    }
    const { reading, tinBytes } = this;
    reading.watchedMs = series.elapsedMs;
    reading.sentBytes = series.addedBytes;
    reading.dropped = added[SUMS + TIN_COLUMN.droppedPackets] as number;
    reading.marked = added[SUMS + TIN_COLUMN.ecnMarkedPackets] as number;
    reading.backlogBytes = now.backlogBytes;
    const delays = delaysOf(series, series.addedPackets);
    reading.peakUs = delays?.peakUs ?? 0;
    reading.delaySumUs = delays?.sumUs ?? 0;
    reading.delayWeight = delays?.weight ?? 0;
    for (let tin = 0; tin < tinCount; tin++) {
      tinBytes[tin] = added[tin * TIN_COUNTERS.length + TIN_COLUMN.sentBytes] as number;
    }
    // The middle of the interval: a reading a little early or late belongs where it was meant to be.
    this.rings.at(-1)?.add(series.atMs - series.elapsedMs / 2, reading, tinBytes);
  }

  get tinNames(): string[] {
    return Array.from({ length: this.tinCount }, (_, tin) => cakeTinName(this.mode, tin));
  }
}

type Recorders = Partial<Record<DirectionName, DirectionRecorder>>;

export class History {
  private readonly shapers = new Map<string, Recorders>();

  /** Memory of the records. */
  get bytes(): number {
    let sum = 0;
    for (const recorders of this.shapers.values()) {
      for (const direction of DIRECTIONS) for (const ring of recorders[direction]?.rings ?? []) sum += ring.bytes;
    }
    return sum;
  }

  /** Forgets the shapers that are not among these; one whose device is away for a while keeps what it did. */
  keep(names: readonly string[]): void {
    for (const name of [...this.shapers.keys()]) if (!names.includes(name)) this.shapers.delete(name);
  }

  /** Takes down what the last dump brought. */
  record(shapers: readonly ShaperSeries[]): void {
    for (const shaper of shapers) {
      const recorders: Recorders = this.shapers.get(shaper.name) ?? {};
      this.shapers.set(shaper.name, recorders);
      for (const direction of DIRECTIONS) {
        const series = shaper[direction];
        if (series === undefined || series.reading.queues === 0) continue;
        recorders[direction] ??= new DirectionRecorder(series);
        if (!series.isFirst && series.elapsedMs <= LONGEST_INTERVAL_MS) recorders[direction].record(series);
      }
    }
  }

  /**
   * The last `most` slots of the ring with slots of `resolutionS`, up to `nowMs` of the monotonic clock; undefined where there is
   * no such ring, or nothing is known of the shaper.
   */
  of(
    name: string,
    resolutionS: number,
    nowMs: number,
    most: number = Number.POSITIVE_INFINITY,
  ): ShaperHistory | undefined {
    const index = HISTORY_RINGS.findIndex(({ seconds }) => seconds === resolutionS);
    const ringSize = HISTORY_RINGS[index]?.slots;
    const recorders = this.shapers.get(name);
    if (ringSize === undefined || recorders === undefined) return undefined;
    const now = Math.floor(nowMs / (resolutionS * 1000));
    const newest = Math.max(...DIRECTIONS.map((direction) => recorders[direction]?.rings.at(-1 - index)?.newest ?? 0));
    const last = now - newest <= SLOTS_STILL_TO_COME ? newest : now;
    const oldest = DIRECTIONS.map((direction) => recorders[direction]?.rings.at(-1 - index)?.oldest() ?? last);
    const first = Math.max(Math.min(...oldest), last - Math.min(ringSize, most) + 1);
    const historyOf = (direction: DirectionName): DirectionHistory | null => {
      const recorder = recorders[direction];
      return recorder?.rings.at(-1 - index)?.history(first, last, recorder.tinNames) ?? null;
    };
    return {
      name,
      resolutionS,
      lastBeganMsAgo: Math.round(nowMs - last * resolutionS * 1000),
      lastSlot: last,
      slots: last - first + 1,
      download: historyOf('download'),
      upload: historyOf('upload'),
    };
  }
}
