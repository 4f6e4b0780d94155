/** The probe's packets as a curve, and the figures that people compare. */

/** The probe: a voice call's packet every 20 ms. */
export const PROBE_INTERVAL_MS = 20;

export interface Sample {
  /** When it was sent, ms after the first one. */
  readonly atMs: number;
  readonly delayMs: number;
}

/** One direction of one run. */
export interface Recording {
  /** In the order of sending. What is missing was lost. */
  readonly samples: readonly Sample[];
  readonly sent: number;
  readonly goodputBitPerS: number;
}

export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Latency {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** 0 to 1. */
  readonly lost: number;
}

/** The samples of a series file of `traffic udp-sink`: lines of number, time and delay in µs. */
export function parseSeries(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [number, , delayUs] = line.split(' ').map(Number);
      if (number === undefined || delayUs === undefined) throw new Error(`not a line of a series: ${line}`);
      return { atMs: number * PROBE_INTERVAL_MS, delayMs: delayUs / 1000 };
    })
    .sort((a, b) => a.atMs - b.atMs);
}

/** Percentiles (nearest rank) and loss of what was sent in a period; undefined where nothing of it arrived. */
export function latencyIn(recording: Recording, period: Period): Latency | undefined {
  const firstSent = Math.ceil(period.fromMs / PROBE_INTERVAL_MS);
  const endSent = Math.min(Math.ceil(period.toMs / PROBE_INTERVAL_MS), recording.sent);
  const delays = recording.samples
    .filter(({ atMs }) => atMs >= firstSent * PROBE_INTERVAL_MS && atMs < endSent * PROBE_INTERVAL_MS)
    .map(({ delayMs }) => delayMs)
    .sort((a, b) => a - b);
  const rank = (percent: number) => delays[Math.max(Math.ceil((delays.length * percent) / 100), 1) - 1];
  const [p50Ms, p95Ms, p99Ms] = [rank(50), rank(95), rank(99)];
  if (p50Ms === undefined || p95Ms === undefined || p99Ms === undefined) return undefined;
  return { p50Ms, p95Ms, p99Ms, lost: 1 - delays.length / (endSent - firstSent) };
}

/** An axis from 0 to a round number not below `max`, with 3 to 5 steps: the step. */
export function axisStep(max: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(max / 3));
  for (const factor of [1, 2, 5]) if (max / (factor * magnitude) <= 5) return factor * magnitude;
  return 10 * magnitude;
}
