/**
 * What RED's user gives, and what of that the kernel takes: logarithms, and a table by which the average falls while nothing is sent.
 * The arithmetic is that of iproute2 (tc/tc_red.c, tc/q_red.c), after Sally Floyd's recommendations.
 */
import { bytePerSFromBitPerS } from '../lib/units.ts';
import { ticksFromBytes } from './ticks.ts';

/** RED_STAB_SIZE */
export const IDLE_TABLE_BYTES = 256;
/** What the kernel takes in the table (`red_check_params` in include/net/red.h). */
const LARGEST_SHIFT = 31;
const LARGEST_CELLS = 512;

export interface RedInput {
  readonly limitBytes: number;
  readonly minBytes?: number | undefined;
  readonly maxBytes?: number | undefined;
  readonly averagePacketBytes: number;
  readonly burstPackets?: number | undefined;
  readonly probability: number;
}

export interface RedParameters {
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly burstPackets: number;
  /** Wlog: a packet counts for 2^-Wlog of the average. Undefined where the burst is too small, see {@link smallestBurstPackets}. */
  readonly ewmaLog: number | undefined;
  /** Plog, which a kernel reads that is given no probability. Undefined where the thresholds are too far apart for it. */
  readonly probabilityLog: number | undefined;
}

/** Everything that is not given, and the logarithms. */
export function redParameters(input: RedInput): RedParameters {
  const { limitBytes, averagePacketBytes } = input;
  const maxBytes = input.maxBytes ?? (input.minBytes === undefined ? Math.floor(limitBytes / 4) : input.minBytes * 3);
  const minBytes = input.minBytes ?? Math.floor(maxBytes / 3);
  const burstPackets = input.burstPackets ?? Math.floor((2 * minBytes + maxBytes) / (3 * averagePacketBytes));
  return {
    minBytes,
    maxBytes,
    burstPackets,
    ewmaLog: ewmaLogOf(minBytes, burstPackets, averagePacketBytes),
    probabilityLog: probabilityLogOf(minBytes, maxBytes, input.probability),
  };
}

export function smallestBurstPackets(minBytes: number, averagePacketBytes: number): number {
  return 1 + Math.floor(minBytes / averagePacketBytes);
}

/** The first W for which burst + 1 - min/avpkt is at most (1 - (1 - W)^burst) / W. */
function ewmaLogOf(minBytes: number, burstPackets: number, averagePacketBytes: number): number | undefined {
  const above = burstPackets + 1 - minBytes / averagePacketBytes;
  if (!(above >= 1)) return undefined;
  for (let log = 1; log <= LARGEST_SHIFT; log++) {
    const weight = 2 ** -log;
    if (above <= (1 - (1 - weight) ** burstPackets) / weight) return log;
  }
  return undefined;
}

/** Of the probability for each byte between the thresholds. */
function probabilityLogOf(minBytes: number, maxBytes: number, probability: number): number | undefined {
  if (maxBytes === minBytes) return 0;
  let each = probability / (maxBytes - minBytes);
  for (let log = 0; each > 0 && log <= LARGEST_SHIFT; log++) {
    if (each > 1) return log;
    each *= 2;
  }
  return undefined;
}

/** By how many bits the average is shifted after a time without packets: `table[ticks >> cellLog]`. */
export interface IdleTable {
  readonly cellLog: number;
  readonly table: Uint8Array;
}

/** Undefined where packets take longer on the link than the table reaches. */
export function idleTable(
  ewmaLog: number,
  averagePacketBytes: number,
  bandwidthBitPerS: number,
): IdleTable | undefined {
  const packetTicks = ticksFromBytes(averagePacketBytes, bytePerSFromBitPerS(bandwidthBitPerS));
  const perTick = -Math.log(1 - 2 ** -ewmaLog) / packetTicks;
  const longestTicks = LARGEST_SHIFT / perTick;
  let cellLog = 0;
  while (cellLog <= LARGEST_SHIFT && longestTicks / 2 ** cellLog >= LARGEST_CELLS) cellLog++;
  if (cellLog > LARGEST_SHIFT) return undefined;
  const table = new Uint8Array(IDLE_TABLE_BYTES);
  for (let cell = 1; cell < IDLE_TABLE_BYTES; cell++) {
    table[cell] = Math.min(Math.floor(cell * 2 ** cellLog * perTick), LARGEST_SHIFT);
  }
  table[IDLE_TABLE_BYTES - 1] = LARGEST_SHIFT;
  return { cellLog, table };
}
