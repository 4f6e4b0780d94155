/** What a model's outcome looks like in the lines of the tool (test/lab/frames/each.c and live.c). */
import { equal, type Outcome } from './model.ts';

/** `same`, or the bytes that are not as they were. */
export function bytesOf({ bytes }: Outcome, before: Uint8Array): string {
  return equal(bytes, before) ? 'same' : Buffer.from(bytes).toString('hex');
}

/** The port's counters and the host's entry. */
export function countedOf({ counters, host }: Outcome): string {
  if (host === undefined) return counters.join(' ');
  const { bytes, packets, drops } = host.traffic;
  const mine = `${bytes} ${packets} ${drops}`;
  const watched = `${host.watched.state}:${host.watched.tsval}`;
  const entry = host.upload ? ['0 0 0', mine, watched, '0:0'] : [mine, '0 0 0', '0:0', watched];
  return [...counters, Buffer.from(host.address).toString('hex'), ...entry].join(' ');
}

/** Ends a test with the first of what differs. */
export function failOn(wrong: readonly string[]): void {
  if (wrong.length > 0) throw new Error(`${wrong.length} wrong:\n${wrong.slice(0, 20).join('\n')}`);
}
