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

/** The latency of the full line must fall to a quarter at least, with less loss and most of the rate still there. */
const MAX_P99_RATIO = 1 / 4;
const MAX_LOST = 0.01;
const MIN_GOODPUT_RATIO = 0.75;

/** Why the promise does not hold; empty where it does. */
export function brokenPromises(comparison: Comparison): string[] {
  const broken: string[] = [];
  for (const direction of DIRECTIONS) {
    const { without, with: shaped } = comparison[direction];
    if (shaped.p99Ms > without.p99Ms * MAX_P99_RATIO) {
      broken.push(`${direction}: p99 fell from ${without.p99Ms.toFixed(0)} to ${shaped.p99Ms.toFixed(0)} ms only`);
    }
    if (shaped.lost > MAX_LOST) broken.push(`${direction}: ${(100 * shaped.lost).toFixed(1)} % of the call was lost`);
    if (shaped.goodputBitPerS < without.goodputBitPerS * MIN_GOODPUT_RATIO) {
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
