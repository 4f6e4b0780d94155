/** What a `--series` of udp-sink tells of the time between packets. */

/** The times between packets as they arrived, in ms; a line of the series is number, time of sending, ms, and delay, µs. */
export function gapsMs(series: string): number[] {
  const arrivals = series
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, sentMs = 0, delayUs = 0] = line.split(' ').map(Number);
      return sentMs + delayUs / 1000;
    });
  return arrivals.slice(1).map((arrival, i) => arrival - (arrivals[i] ?? 0));
}

/** The guest's clock is read in steps of 256 ns, and some processes read it at the same moment. */
export const CLOCK_MS = 0.005;
