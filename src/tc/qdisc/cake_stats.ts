/** Statistics of CAKE (TCA_STATS_APP): the whole qdisc, then each tin. Types from `cake_dump_stats`, sch_cake.c. */
import type { Reader } from '../../lib/bytes.ts';
import { bitPerSFromBytePerS } from '../../lib/units.ts';
import { TCA_CAKE_STATS, TCA_CAKE_TIN_STATS } from '../../uapi/tc.ts';
import { eachAttribute, numberDecoder, s32, u32, u64, type WireType } from '../../wire/nla.ts';

/** Bytes per second there, bit/s here. */
export const rate64: WireType<number> = {
  encode: (w, rateBitPerS) => u64.encode(w, rateBitPerS),
  decode: (r) => bitPerSFromBytePerS(u64.decode(r)),
};

export const CAKE_STATS_ROWS = {
  capacityEstimateBitPerS: [TCA_CAKE_STATS.CAPACITY_ESTIMATE64, rate64],
  memoryLimitBytes: [TCA_CAKE_STATS.MEMORY_LIMIT, u32],
  /** The most that was ever used. */
  memoryUsedBytes: [TCA_CAKE_STATS.MEMORY_USED, u32],
  averageNetworkOffsetBytes: [TCA_CAKE_STATS.AVG_NETOFF, u32],
  smallestNetworkBytes: [TCA_CAKE_STATS.MIN_NETLEN, u32],
  largestNetworkBytes: [TCA_CAKE_STATS.MAX_NETLEN, u32],
  smallestAdjustedBytes: [TCA_CAKE_STATS.MIN_ADJLEN, u32],
  largestAdjustedBytes: [TCA_CAKE_STATS.MAX_ADJLEN, u32],
} as const;

/**
 * Bytes and packets are counted when a packet is taken in, and those that are dropped later stay counted (sch_cake.c: cake_enqueue).
 * The delays are moving averages over what leaves, so they stand still while nothing does.
 */
export const CAKE_TIN_ROWS = {
  thresholdRateBitPerS: [TCA_CAKE_TIN_STATS.THRESHOLD_RATE64, rate64],
  targetUs: [TCA_CAKE_TIN_STATS.TARGET_US, u32],
  intervalUs: [TCA_CAKE_TIN_STATS.INTERVAL_US, u32],
  sentBytes: [TCA_CAKE_TIN_STATS.SENT_BYTES64, u64],
  sentPackets: [TCA_CAKE_TIN_STATS.SENT_PACKETS, u32],
  droppedPackets: [TCA_CAKE_TIN_STATS.DROPPED_PACKETS, u32],
  ecnMarkedPackets: [TCA_CAKE_TIN_STATS.ECN_MARKED_PACKETS, u32],
  acksDroppedPackets: [TCA_CAKE_TIN_STATS.ACKS_DROPPED_PACKETS, u32],
  backlogBytes: [TCA_CAKE_TIN_STATS.BACKLOG_BYTES, u32],
  peakDelayUs: [TCA_CAKE_TIN_STATS.PEAK_DELAY_US, u32],
  averageDelayUs: [TCA_CAKE_TIN_STATS.AVG_DELAY_US, u32],
  baseDelayUs: [TCA_CAKE_TIN_STATS.BASE_DELAY_US, u32],
  sparseFlows: [TCA_CAKE_TIN_STATS.SPARSE_FLOWS, u32],
  bulkFlows: [TCA_CAKE_TIN_STATS.BULK_FLOWS, u32],
  // The kernel's counter can fall below 0 for a moment, and it is sent as it is.
  unresponsiveFlows: [TCA_CAKE_TIN_STATS.UNRESPONSIVE_FLOWS, s32],
  wayIndirectHits: [TCA_CAKE_TIN_STATS.WAY_INDIRECT_HITS, u32],
  wayMisses: [TCA_CAKE_TIN_STATS.WAY_MISSES, u32],
  wayCollisions: [TCA_CAKE_TIN_STATS.WAY_COLLISIONS, u32],
  largestPacketBytes: [TCA_CAKE_TIN_STATS.MAX_SKBLEN, u32],
  flowQuantumBytes: [TCA_CAKE_TIN_STATS.FLOW_QUANTUM, u32],
} as const;

const decodeQdisc = numberDecoder(CAKE_STATS_ROWS);
const decodeTin = numberDecoder(CAKE_TIN_ROWS);

/** Names as tc prints them (tc/q_cake.c), best last; other modes number their tins. */
const TIN_NAMES: Readonly<Record<string, readonly string[]>> = {
  diffserv3: ['Bulk', 'Best Effort', 'Voice'],
  diffserv4: ['Bulk', 'Best Effort', 'Video', 'Voice'],
};

export function cakeTinName(mode: string, tin: number): string {
  return TIN_NAMES[mode]?.[tin] ?? `Tin ${tin}`;
}

export type CakeTinStats = Readonly<ReturnType<typeof decodeTin>>;

/** `tins` come as the kernel orders them for people: Bulk first, then Best Effort, then what is better. */
export type CakeStats = Readonly<ReturnType<typeof decodeQdisc>> & { readonly tins: readonly CakeTinStats[] };

export function decodeCakeStats(r: Reader): CakeStats {
  const tins: CakeTinStats[] = [];
  const stats = decodeQdisc(r, (type, payload) => {
    if (type !== TCA_CAKE_STATS.TIN_STATS) return;
    // Tin i is nested at type i + 1, always in order.
    eachAttribute(payload, (_type, tin) => {
      tins.push(decodeTin(tin));
    });
  });
  return { ...stats, tins };
}
