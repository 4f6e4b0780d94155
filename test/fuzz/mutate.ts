/** Damage to bytes, the same for the same seed on every machine: what fuzz tests feed to parsers. */

/** Marsaglia's xorshift32: small, and good enough to choose where to break things. */
export class Random {
  private state: number;

  /** `seed` is any integer but 0. */
  constructor(seed: number) {
    this.state = seed | 0;
    if (this.state === 0) throw new RangeError('xorshift32 stays at 0 for ever when seeded with it');
  }

  /** An integer from 0 up to, but not including, `limit` (at most 2^32). */
  below(limit: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % limit;
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new RangeError('nothing to pick from');
    return choice;
  }
}

export interface MutationSources {
  /** Inserted as they are: the bytes that mean something to the parser. */
  readonly tokens?: readonly Uint8Array[];
  /** Other inputs, of which pieces are spliced in. */
  readonly donors?: readonly Uint8Array[];
}

type Mutation = (bytes: Uint8Array, random: Random, sources: MutationSources) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [flipBit, setByte, deleteRange, duplicateRange, insertToken, splice, truncate];

/** The result is at most this much longer than the input, however often ranges are duplicated. */
const LARGEST_GROWTH_BYTES = 4096;

/** A damaged copy of `bytes`: one change or a few, each a flipped bit, or a byte, range or token put in, taken out or repeated. */
export function mutate(bytes: Uint8Array, random: Random, sources: MutationSources = {}): Uint8Array {
  let result: Uint8Array = bytes.slice();
  // Half of all inputs get a single change: a parser that gives up at the first fault would see little else of the rest.
  do result = random.pick(MUTATIONS)(result, random, sources);
  while (random.below(2) === 0);
  return result.subarray(0, bytes.length + LARGEST_GROWTH_BYTES);
}

function flipBit(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length === 0) return bytes;
  const at = random.below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return bytes;
}

function setByte(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length === 0) return bytes;
  bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}

function deleteRange(bytes: Uint8Array, random: Random): Uint8Array {
  const [start, end] = range(bytes, random);
  return join(bytes.subarray(0, start), bytes.subarray(end));
}

function duplicateRange(bytes: Uint8Array, random: Random): Uint8Array {
  const [start, end] = range(bytes, random);
  return join(bytes.subarray(0, end), bytes.subarray(start));
}

function insertToken(bytes: Uint8Array, random: Random, { tokens = [] }: MutationSources): Uint8Array {
  if (tokens.length === 0) return setByte(bytes, random);
  const at = random.below(bytes.length + 1);
  return join(bytes.subarray(0, at), random.pick(tokens), bytes.subarray(at));
}

function splice(bytes: Uint8Array, random: Random, { donors = [] }: MutationSources): Uint8Array {
  const donor = donors.length === 0 ? bytes : random.pick(donors);
  const [start, end] = range(donor, random);
  const at = random.below(bytes.length + 1);
  return join(bytes.subarray(0, at), donor.subarray(start, end), bytes.subarray(at));
}

function truncate(bytes: Uint8Array, random: Random): Uint8Array {
  return bytes.slice(0, random.below(bytes.length + 1));
}

/** Mostly short: a range of half the input each time would leave little to parse. */
function range(bytes: Uint8Array, random: Random): [start: number, end: number] {
  const start = random.below(bytes.length + 1);
  const longest = random.below(8) === 0 ? bytes.length - start : Math.min(32, bytes.length - start);
  return [start, start + random.below(longest + 1)];
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
