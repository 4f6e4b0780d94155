/** What the two runs come to, and whether that keeps the promise. */
import { type Latency, latencyIn } from './latency.ts';
import { type DemoRun, DIRECTIONS, type Direction } from './run.ts';

export interface LoadedFigures extends Latency {
  readonly goodputBitPerS: number;
}

export interface DirectionFigures {
  readonly idle: Latency;
  readonly without: LoadedFigures;
  readonly with: LoadedFigures;
}

export type Comparison = Readonly<Record<Direction, DirectionFigures>>;

/** Throws where no packet of the call arrived in one of the periods. */
export function compare(without: DemoRun, shaped: DemoRun): Comparison {
  const of = (direction: Direction): DirectionFigures => ({
    idle: figuresOf(without, direction, 'idle'),
    without: figuresOf(without, direction, 'full'),
    with: figuresOf(shaped, direction, 'full'),
  });
  return { download: of('download'), upload: of('upload') };
}

/** What weir is held to on the full line. */
export interface Promised {
  readonly percentile: 'p95Ms' | 'p99Ms';
  /** Of the latency without weir. */
  readonly maxLatencyRatio: number;
  readonly maxLost: number;
  /** Of the goodput without weir. */
  readonly minGoodputRatio: number;
}

export const PROMISE: Promised = { percentile: 'p99Ms', maxLatencyRatio: 1 / 4, maxLost: 0.01, minGoodputRatio: 0.75 };

/** In real time a busy machine stops the whole lab for moments: they are one packet in a hundred, and cost goodput. */
export const REAL_TIME_PROMISE: Promised = {
  percentile: 'p95Ms',
  maxLatencyRatio: 1 / 3,
  maxLost: 0.02,
  minGoodputRatio: 0.6,
};

/** Why the promise does not hold; empty where it does. */
export function brokenPromises(comparison: Comparison, promise: Promised): string[] {
  const broken: string[] = [];
  for (const direction of DIRECTIONS) {
    const { without, with: shaped } = comparison[direction];
    const [beforeMs, afterMs] = [without[promise.percentile], shaped[promise.percentile]];
    if (afterMs > beforeMs * promise.maxLatencyRatio) {
      const name = promise.percentile.replace('Ms', '');
      broken.push(`${direction}: ${name} fell from ${beforeMs.toFixed(0)} to ${afterMs.toFixed(0)} ms only`);
    }
    if (shaped.lost > promise.maxLost) {
      broken.push(`${direction}: ${(100 * shaped.lost).toFixed(1)} % of the call was lost`);
    }
    if (shaped.goodputBitPerS < without.goodputBitPerS * promise.minGoodputRatio) {
      broken.push(`${direction}: goodput fell to ${(shaped.goodputBitPerS / 1e6).toFixed(1)} Mbit/s`);
    }
  }
  return broken;
}

function figuresOf(run: DemoRun, direction: Direction, period: 'idle' | 'full'): LoadedFigures {
  const recording = run.recordings[direction];
  const latency = latencyIn(recording, run[period]);
  if (latency === undefined) throw new Error(`not one packet of the call arrived: ${direction}, ${period} line`);
  return { ...latency, goodputBitPerS: recording.goodputBitPerS };
}
