/** Options of a class or qdisc that follow from its rate where nobody gives them, so that the kernel has no reason to warn. */

import { bytePerSFromBitPerS, bytesInTime } from '../../lib/units.ts';
import type { LinkLayer } from '../../schema/link.ts';
import type { OptionSet, OptionValues } from '../../tc/kind.ts';
import { targetUsOf } from '../../tc/qdisc/cake.ts';

/** Bytes before the IP packet on Ethernet (ETH_HLEN), which a burst and a quantum count. */
const ETHERNET_HEADER_BYTES = 14;
export const DEFAULT_MTU_BYTES = 1500;

/**
 * A class with a quantum outside of this may starve others of its turn, or makes the kernel say `quantum of class is big` or `small`
 * (sch_htb.c, htb_change_class, from 200000 and below 1000).
 */
const LARGEST_QUANTUM_BYTES = 60000;
/** The kernel's own `r2q` (sch_htb.c, htb_init). */
const RATE_TO_QUANTUM = 10;

/** The time for which a class may send above its rate at once: as long as the router may take to look at it again. */
const BURST_US = 1000;

/**
 * What a class may send in its turn while several borrow from their parent, in bytes: in proportion to its rate, where the one with the rate
 * of the parent has the most. Without a parent's rate it is the rate in byte/s by `rateToQuantum`.
 */
export function quantumBytes(
  rateBitPerS: number,
  parentRateBitPerS: number | undefined,
  mtuBytes: number,
  rateToQuantum: number = RATE_TO_QUANTUM,
): number {
  const rateBytePerS = bytePerSFromBitPerS(rateBitPerS);
  const parentBytePerS = bytePerSFromBitPerS(parentRateBitPerS ?? 0);
  const share = parentBytePerS > 0 ? (rateBytePerS * LARGEST_QUANTUM_BYTES) / parentBytePerS : rateBytePerS;
  const quantum = Math.floor(Math.min(rateBytePerS / rateToQuantum, share));
  const smallest = mtuBytes + ETHERNET_HEADER_BYTES;
  return Math.max(smallest, Math.min(LARGEST_QUANTUM_BYTES, quantum));
}

/** Bytes that go by in the time at the rate; at least a packet of the largest size, which would not go out at all otherwise. */
export function burstBytes(rateBitPerS: number, durationUs: number | undefined, mtuBytes: number): number {
  return Math.max(mtuBytes + ETHERNET_HEADER_BYTES, bytesInTime(durationUs ?? BURST_US, rateBitPerS));
}

/** CAKE as tc(8) sets it up: the target follows from the rtt, and what the link adds is counted where it is given. */
export function completeCake(options: OptionValues, link: LinkLayer | undefined): OptionValues {
  const { rttUs, overheadBytes, mpuBytes, atm } = options;
  const isCounted = [link, overheadBytes, mpuBytes, atm].some((given) => given !== undefined);
  const ofLink =
    link === undefined
      ? { raw: !isCounted }
      : { raw: link.raw, overheadBytes: link.overheadBytes, mpuBytes: link.mpuBytes, atm: link.atm };
  const target = typeof rttUs === 'number' ? { targetUs: targetUsOf(rttUs) } : {};
  return { ...ofLink, ...options, ...target };
}

export function isCake({ kind }: OptionSet): boolean {
  return kind === 'cake' || kind === 'cake_mq';
}

/** The size table of a link by its names. The kernel has none for PTM's coding (tc-stab(8)). */
export function stabOf({ raw, overheadBytes, mpuBytes, atm }: LinkLayer): OptionValues {
  return raw ? {} : { overheadBytes, mpuBytes, linkLayer: atm === 'atm' ? 'atm' : 'ethernet' };
}
