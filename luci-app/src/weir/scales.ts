/** Axes: round numbers for values, round times of day for time. */

export interface ValueScale {
  readonly top: number;
  /** Above 0, the top among them. */
  readonly ticks: readonly number[];
}

const ROUND = [1, 2, 2.5, 5, 10];

/** From 0 to at least `most`, with at most `parts` steps, each 1, 2, 2.5 or 5 times a power of ten. */
export function valueScale(most: number, parts: number): ValueScale {
  if (!(most > 0)) return { top: 1, ticks: [] };
  const rough = most / parts;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (ROUND.find((round) => round * power >= rough * (1 - 1e-9)) ?? 10) * power;
  const count = Math.ceil(most / step - 1e-9);
  return { top: count * step, ticks: Array.from({ length: count }, (_, i) => (i + 1) * step) };
}

const MINUTE_MS = 60_000;
const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720].map((minutes) => minutes * MINUTE_MS);

/**
 * Times within the `spanMs` before `endMs` (both as of Date) that are round where the clock is `offsetMs` ahead of UTC, at most
 * `most` of them.
 */
export function timeTicks(endMs: number, spanMs: number, most: number, offsetMs: number): number[] {
  const stepMs = STEPS_MS.find((step) => spanMs / step <= most) ?? spanMs;
  const ticks: number[] = [];
  for (let at = Math.floor((endMs + offsetMs) / stepMs) * stepMs - offsetMs; at > endMs - spanMs; at -= stepMs) {
    ticks.unshift(at);
  }
  return ticks;
}
