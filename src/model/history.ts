/**
 * What the shapers did lately, in a fixed amount of memory: 5 minutes by the second, an hour by 10 seconds, a day by the minute;
 * 113 kB for both directions of a shaper with four tins.
 *
 * The slots of every ring are made from the readings themselves, so sums are exact, and what is rounded is rounded once. Time is
 * the monotonic clock's: setting the clock moves nothing. A second in which nothing was read is a gap, never a zero.
 */
import { cakeTinName } from '../tc/qdisc/cake_stats.ts';
import { DIRECTIONS, type DirectionName } from './config.ts';
import { HistoryRing, type Numbers } from './history_ring.ts';
import type { ShaperSeries } from './sampler.ts';
import type { DirectionSeries } from './stats_series.ts';

/** Seconds a slot, and slots. */
export const HISTORY_RINGS = [
  { seconds: 1, slots: 300 },
  { seconds: 10, slots: 360 },
  { seconds: 60, slots: 1440 },
] as const;

/** Readings that lie further apart tell nothing of the seconds between them: a gap. */
const LONGEST_INTERVAL_MS = 5000;

/** A slot gets its record at the reading after its end, and readings may be late: until then it is left out, and no gap. */
const SLOTS_STILL_TO_COME = 2;

/** One number for each slot, the oldest first. Drops and marks are counts, the backlog and the peak delay maxima in the slot. */
export interface DirectionHistory {
  readonly rateBitPerS: Numbers;
  readonly droppedPackets: Numbers;
  readonly ecnMarkedPackets: Numbers;
  readonly backlogBytes: Numbers;
  readonly peakDelayUs: Numbers;
  readonly averageDelayUs: Numbers;
  readonly tins: readonly { readonly name: string; readonly rateBitPerS: Numbers }[];
}

export interface ShaperHistory {
  readonly name: string;
  readonly resolutionS: number;
  /** How long ago the last slot began; it may be going on. All series have as many slots, from the first that has anything. */
  readonly lastBeganMsAgo: number;
  readonly slots: number;
  readonly download: DirectionHistory | null;
  readonly upload: DirectionHistory | null;
}

class DirectionRecorder {
  readonly rings: readonly HistoryRing[];
  private mode: string;
  private tinCount: number;

  constructor({ reading }: DirectionSeries) {
    this.mode = reading.mode;
    this.tinCount = reading.tinCount;
    this.rings = HISTORY_RINGS.map(({ seconds, slots }) => new HistoryRing(seconds, slots, reading.tinCount));
  }

  record(series: DirectionSeries): void {
    const { mode, tinCount } = series.reading;
    if (mode !== this.mode || tinCount !== this.tinCount) {
      this.mode = mode;
      this.tinCount = tinCount;
      for (const ring of this.rings) ring.setTins(tinCount);
    }
    for (const ring of this.rings) ring.add(series);
  }

  history(ring: HistoryRing, first: number, last: number): DirectionHistory {
    return {
      rateBitPerS: ring.rates(first, last),
      droppedPackets: ring.dropped(first, last),
      ecnMarkedPackets: ring.marked(first, last),
      backlogBytes: ring.backlogs(first, last),
      peakDelayUs: ring.peakDelays(first, last),
      averageDelayUs: ring.averageDelays(first, last),
      tins: Array.from({ length: this.tinCount }, (_, tin) => ({
        name: cakeTinName(this.mode, tin),
        rateBitPerS: ring.tinRates(tin, first, last),
      })),
    };
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

  /** Takes down what the last dump brought; shapers that are not in `shapers` any more are forgotten. */
  record(shapers: readonly ShaperSeries[]): void {
    for (const name of [...this.shapers.keys()]) {
      if (!shapers.some((shaper) => shaper.name === name)) this.shapers.delete(name);
    }
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
    const newest = Math.max(...DIRECTIONS.map((direction) => recorders[direction]?.rings[index]?.newest ?? 0));
    const last = now - newest <= SLOTS_STILL_TO_COME ? newest : now;
    const oldest = DIRECTIONS.map((direction) => recorders[direction]?.rings[index]?.oldest() ?? last);
    const first = Math.max(Math.min(...oldest), last - Math.min(ringSize, most) + 1);
    const historyOf = (direction: DirectionName): DirectionHistory | null => {
      const ring = recorders[direction]?.rings[index];
      return ring === undefined ? null : (recorders[direction]?.history(ring, first, last) ?? null);
    };
    return {
      name,
      resolutionS,
      lastBeganMsAgo: Math.round(nowMs - last * resolutionS * 1000),
      slots: last - first + 1,
      download: historyOf('download'),
      upload: historyOf('upload'),
    };
  }
}
