/** The statistics of a shaper as plain data, for whoever asks over a bus, for pages and for people. */
import { MOST_TINS, QDISC_COLUMN, TIN_COLUMN, TIN_COLUMNS, TIN_COUNTERS } from '../tc/qdisc/cake_sample.ts';
import { cakeTinName } from '../tc/qdisc/cake_stats.ts';
import type { DirectionSeries } from './stats_series.ts';

/** What counts up, of a tin or of a direction; the direction's drops, marks and way counters are the sums over the tins. */
interface Counters {
  readonly sentBytes: number;
  readonly sentPackets: number;
  /** Null until there are two readings of the same qdisc. */
  readonly rateBitPerS: number | null;
  readonly droppedPackets: number;
  readonly ecnMarkedPackets: number;
  /** By the ACK filter; not among `droppedPackets`. */
  readonly acksDroppedPackets: number;
  readonly wayIndirectHits: number;
  readonly wayMisses: number;
  readonly wayCollisions: number;
}

/**
 * A tin. What it sent is what it took in, as the kernel counts it: packets that it dropped later are among it. The delays are
 * CAKE's moving averages, which stand still while the tin sends nothing: `active` tells whether it sent while the rate was measured.
 */
export interface TinStats extends Counters {
  /** `Voice`, or `Tin 0` in modes without names. */
  readonly name: string;
  readonly active: boolean;
  readonly thresholdRateBitPerS: number;
  readonly backlogBytes: number;
  readonly peakDelayUs: number;
  readonly averageDelayUs: number;
  /** Of sparse flows. */
  readonly baseDelayUs: number;
  readonly sparseFlows: number;
  readonly bulkFlows: number;
  readonly unresponsiveFlows: number;
}

/** A direction; its bytes, packets and rate are of what left. */
export interface DirectionStats extends Counters {
  /** The device whose root qdisc does the shaping. */
  readonly device: string;
  readonly kind: string;
  /** CAKEs that were added up; 1 but for cake_mq. */
  readonly queues: number;
  /** The mode of the tins, `diffserv4`. */
  readonly diffserv: string;
  /** Counts up whenever another qdisc takes the place: counters of different series do not belong together. */
  readonly series: number;
  /** Monotonic time of the reading. */
  readonly atMs: number;
  /** How long this series has been watched, and the time over which the rates were measured (0 where there are none yet). */
  readonly watchedMs: number;
  readonly rateIntervalMs: number;
  readonly backlogBytes: number;
  readonly backlogPackets: number;
  /** The most that was ever used, and how much may be. */
  readonly memoryUsedBytes: number;
  readonly memoryLimitBytes: number;
  /** CAKE's own estimate of what arrives (autorate_ingress); 0 where it makes none. */
  readonly capacityEstimateBitPerS: number;
  /** Of the tins that were active: the largest, and the mean over packets; null where none was. */
  readonly peakDelayUs: number | null;
  readonly averageDelayUs: number | null;
  readonly tins: readonly TinStats[];
}

/** Null for a direction that is not shaped, or whose qdisc could not be read. */
export interface ShaperStats {
  readonly name: string;
  readonly device: string;
  readonly download: DirectionStats | null;
  readonly upload: DirectionStats | null;
}

/** The direction as of its last reading; null where that found nothing. */
export function directionStats(series: DirectionSeries): DirectionStats | null {
  const { reading } = series;
  const { values, tinCount } = reading;
  if (reading.queues === 0) return null;
  const delays = delaysOf(series, series.ratePackets);
  return {
    device: series.device,
    kind: reading.kind,
    queues: reading.queues,
    diffserv: reading.mode,
    series: series.series,
    atMs: Math.round(series.atMs),
    watchedMs: Math.round(series.atMs - series.sinceMs),
    rateIntervalMs: Math.round(series.rateIntervalMs),
    ...counters(series, MOST_TINS),
    sentBytes: series.sentBytes,
    sentPackets: series.sentPackets,
    backlogBytes: reading.backlogBytes,
    backlogPackets: reading.backlogPackets,
    memoryUsedBytes: values[QDISC_COLUMN.memoryUsedBytes] as number,
    memoryLimitBytes: values[QDISC_COLUMN.memoryLimitBytes] as number,
    capacityEstimateBitPerS: values[QDISC_COLUMN.capacityEstimateBitPerS] as number,
    peakDelayUs: delays === undefined ? null : delays.peakUs,
    averageDelayUs: delays === undefined ? null : Math.round(delays.sumUs / delays.weight),
    tins: Array.from({ length: tinCount }, (_, tin) => tinStats(series, tin)),
  };
}

function tinStats(series: DirectionSeries, tin: number): TinStats {
  const { values, mode } = series.reading;
  const gauge = (column: number): number => values[tin * TIN_COLUMNS + column] as number;
  return {
    name: cakeTinName(mode, tin),
    active: series.isActive(tin, series.ratePackets),
    ...counters(series, tin),
    thresholdRateBitPerS: gauge(TIN_COLUMN.thresholdRateBitPerS),
    backlogBytes: gauge(TIN_COLUMN.backlogBytes),
    peakDelayUs: gauge(TIN_COLUMN.peakDelayUs),
    averageDelayUs: Math.round(gauge(TIN_COLUMN.averageDelayUs)),
    baseDelayUs: gauge(TIN_COLUMN.baseDelayUs),
    sparseFlows: gauge(TIN_COLUMN.sparseFlows),
    bulkFlows: gauge(TIN_COLUMN.bulkFlows),
    // An s32, which can fall below 0 for a moment.
    unresponsiveFlows: Math.max(gauge(TIN_COLUMN.unresponsiveFlows) | 0, 0),
  };
}

/** Row MOST_TINS of a series is the direction. */
function counters(series: DirectionSeries, row: number): Counters {
  const total = (column: number): number => series.totals[row * TIN_COUNTERS.length + column] as number;
  return {
    sentBytes: total(TIN_COLUMN.sentBytes),
    sentPackets: total(TIN_COLUMN.sentPackets),
    rateBitPerS: series.rateIntervalMs === 0 ? null : (series.rates[row] as number),
    droppedPackets: total(TIN_COLUMN.droppedPackets),
    ecnMarkedPackets: total(TIN_COLUMN.ecnMarkedPackets),
    acksDroppedPackets: total(TIN_COLUMN.acksDroppedPackets),
    wayIndirectHits: total(TIN_COLUMN.wayIndirectHits),
    wayMisses: total(TIN_COLUMN.wayMisses),
    wayCollisions: total(TIN_COLUMN.wayCollisions),
  };
}

/** Delays of the tins that were active, the averages weighted by `packets` of each. */
export function delaysOf(
  series: DirectionSeries,
  packets: Float64Array,
): { readonly peakUs: number; readonly sumUs: number; readonly weight: number } | undefined {
  const { values, tinCount } = series.reading;
  let peakUs = 0;
  let sumUs = 0;
  let weight = 0;
  for (let tin = 0; tin < tinCount; tin++) {
    if (!series.isActive(tin, packets)) continue;
    const own = Math.max(packets[tin] as number, 1);
    peakUs = Math.max(peakUs, values[tin * TIN_COLUMNS + TIN_COLUMN.peakDelayUs] as number);
    sumUs += own * (values[tin * TIN_COLUMNS + TIN_COLUMN.averageDelayUs] as number);
    weight += own;
  }
  return weight === 0 ? undefined : { peakUs, sumUs, weight };
}
