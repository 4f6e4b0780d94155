/**
 * The ticks that the kernel counts times and bursts in: 64 ns each (PSCHED_SHIFT in include/net/pkt_sched.h). A burst goes to it as the
 * ticks that its bytes take at their rate.
 *
 * The arithmetic is that of iproute2 (tc/tc_core.c), operation by operation in floating point, so that both come to the same tick.
 */

export const TICK_NS = 64;
const NS_PER_US = 1000;
const US_PER_S = 1e6;
const TICKS_PER_US = NS_PER_US / TICK_NS;
/** Ticks are u32 on the wire: 274 s. */
export const LARGEST_TICKS = 0xffffffff;

/** Whole ticks of µs, rounded down; at most {@link LARGEST_TICKS}. */
export function ticksFromUs(us: number): number {
  return Math.min(Math.floor(us * TICKS_PER_US), LARGEST_TICKS);
}

/** µs, not whole ones in general. */
export function usFromTicks(ticks: number): number {
  return ticks / TICKS_PER_US;
}

/** What `bytes` take at a rate, rounded up (tc_calc_xmittime). At most {@link LARGEST_TICKS}, with which tc refuses the burst. */
export function ticksFromBytes(bytes: number, rateBytePerS: number): number {
  return Math.min(Math.ceil(US_PER_S * (bytes / rateBytePerS) * TICKS_PER_US), LARGEST_TICKS);
}

/** Whole bytes that go by in a time, rounded down (tc_calc_xmitsize). */
export function bytesFromTicks(ticks: number, rateBytePerS: number): number {
  return Math.floor((rateBytePerS * usFromTicks(ticks)) / US_PER_S);
}

/** What is read back of a burst: a tick may be worth more than a byte. */
export function burstInWholeTicks(bytes: number, rateBytePerS: number): number {
  return bytesFromTicks(ticksFromBytes(bytes, rateBytePerS), rateBytePerS);
}

/** A rate as the kernel computes times with (struct psched_ratecfg). */
export interface LinkRate {
  readonly rateBytePerS: number;
  readonly overheadBytes: number;
  readonly mpuBytes: number;
  readonly linkLayer: string;
}

const ATM_CELL_BYTES = 53;
const ATM_PAYLOAD_BYTES = 48;
const NS_PER_S = BigInt(1e9);
/** 64 ns as a shift, PSCHED_SHIFT. */
const TICK_SHIFT = 6n;

/**
 * What the kernel makes of a size by itself (psched_ratecfg_precompute in net/sched/sch_generic.c, psched_l2t_ns in
 * include/net/sch_generic.h): overhead and cells counted, in ns by a multiplication and a shift, and told in whole ticks.
 */
export function ticksOfPacket(bytes: number, link: LinkRate): number {
  const onLink = Math.max(bytes + link.overheadBytes, link.mpuBytes);
  const atm = link.linkLayer === 'atm';
  const counted = atm ? Math.ceil(onLink / ATM_PAYLOAD_BYTES) * ATM_CELL_BYTES : onLink;
  const rate = BigInt(link.rateBytePerS);
  if (rate === 0n) return 0;
  let shift = 0n;
  let multiplier = NS_PER_S / rate;
  // Until the highest bit of the u32, or that of the u64 below it, is used.
  while (multiplier >> 31n === 0n && (NS_PER_S << shift) >> 63n === 0n) {
    shift += 1n;
    multiplier = (NS_PER_S << shift) / rate;
  }
  return Number(((BigInt(counted) * multiplier) >> shift) >> TICK_SHIFT);
}

/** A size for which {@link ticksOfPacket} gives `ticks`: the very one where a byte takes longer than a tick. */
export function packetOfTicks(ticks: number, link: LinkRate): number {
  const bytes = packetInNs(BigInt(ticks) * BigInt(TICK_NS), link);
  // The multiplier is rounded down, so that the first size may fall short by less than a ns.
  if (ticksOfPacket(bytes, link) >= ticks) return bytes;
  return packetInNs(BigInt(ticks) * BigInt(TICK_NS) + 1n, link);
}

function packetInNs(ns: bigint, link: LinkRate): number {
  const onLink = Number((ns * BigInt(link.rateBytePerS) + NS_PER_S - 1n) / NS_PER_S);
  const bytes = link.linkLayer === 'atm' ? Math.floor(onLink / ATM_CELL_BYTES) * ATM_PAYLOAD_BYTES : onLink;
  return Math.max(bytes - link.overheadBytes, 0);
}
