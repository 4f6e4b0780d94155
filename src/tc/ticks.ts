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
