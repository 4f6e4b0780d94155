/** The frames that test/lab/frames/random.c makes, made again from the same seed, and what must have been counted in sum. */
import { expected, type Frame, noSkb, type Program, type World } from './model.ts';

const BATCH_FRAMES = 200;
const LEAST_BYTES = 14;
const MOST_BYTES = 2048;
const HEADER_BYTES = 128;
const NOISE_BYTES = 200;
/** FNV-1a. */
const FNV_START = 2166136261;
const FNV_PRIME = 16777619;

export interface Sums {
  passed: number;
  dropped: number;
  forwarded: number;
  forwardedBytes: number;
  refused: number;
  priorities: number;
  /** A hash of all frames that came out otherwise than they went in. */
  changedBytes: number;
  /** A hash of packets and whose they were. */
  owners: number;
  wrongRoundTrips: number;
  counters: number[];
  /** Download and upload: bytes, packets, drops. */
  hosts: [number[], number[]];
}

/** Marsaglia, Xorshift RNGs (2003). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state ^ (state << 13)) >>> 0;
    state = (state ^ (state >>> 17)) >>> 0;
    state = (state ^ (state << 5)) >>> 0;
    return state;
  };
}

function hash(seed: number, bytes: Uint8Array): number {
  let value = seed;
  for (const byte of bytes) value = Math.imul(value ^ byte, FNV_PRIME);
  return value >>> 0;
}

function make(frames: readonly Frame[], next: () => number): Pick<Frame, 'bytes' | 'gsoSize'> {
  const base = frames[next() % frames.length];
  if (base === undefined) throw new Error('no frames');
  let bytes = base.bytes.slice(0, MOST_BYTES);
  if (next() % 8 === 0) {
    bytes = new Uint8Array(LEAST_BYTES + 1 + (next() % NOISE_BYTES));
    for (let i = 0; i < bytes.length; i++) bytes[i] = next() & 0xff;
  }
  const header = Math.min(bytes.length, HEADER_BYTES);
  for (let changes = next() % 6; changes > 0; changes--) {
    const at = next() % header;
    bytes[at] = next() & 0xff;
  }
  if (next() % 4 === 0) bytes = bytes.subarray(0, LEAST_BYTES + (next() % (bytes.length - LEAST_BYTES + 1)));
  return { bytes, gsoSize: base.gsoSize };
}

function addTo(sums: number[], values: readonly number[]): void {
  for (const [at, value] of values.entries()) sums[at] = (sums[at] ?? 0) + value;
}

export function sumsOf(
  program: Program,
  worlds: readonly World[],
  frames: readonly Frame[],
  count: number,
  seed: number,
): Sums {
  const next = generator(seed);
  const sums: Sums = {
    passed: 0,
    dropped: 0,
    forwarded: 0,
    forwardedBytes: 0,
    refused: 0,
    priorities: 0,
    changedBytes: 0,
    owners: 0,
    wrongRoundTrips: 0,
    counters: new Array<number>(8).fill(0),
    hosts: [
      [0, 0, 0],
      [0, 0, 0],
    ],
  };
  for (let i = 0; i < count; i++) {
    const world = worlds[Math.floor(i / BATCH_FRAMES) % worlds.length];
    if (world === undefined) throw new Error('no worlds');
    const frame = make(frames, next);
    if (program.startsWith('tc') && noSkb(frame.bytes)) {
      sums.refused++;
      continue;
    }
    const { fate, priority, bytes, counters, host } = expected(program, world, frame);
    sums[fate]++;
    sums.priorities += priority;
    if (fate === 'forwarded') sums.forwardedBytes += frame.bytes.length;
    if (bytes !== frame.bytes && Buffer.compare(bytes, frame.bytes) !== 0)
      sums.changedBytes = hash(sums.changedBytes, bytes);
    addTo(sums.counters, counters);
    if (host === undefined) continue;
    const { bytes: carried, packets, drops } = host.traffic;
    addTo(sums.hosts[host.upload ? 1 : 0], [carried, packets, drops]);
    const name = hash(FNV_START, host.address);
    sums.owners = (sums.owners + Math.imul(name, (packets + 3 * drops) * (host.upload ? 2 : 1))) >>> 0;
  }
  return sums;
}
