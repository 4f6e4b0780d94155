/** A rate out of what it follows from. */
import type { RelativeRate } from '../../schema/tree_fields.ts';

/** bit/s, and whether it would be another if the link of the device had another speed. */
export interface KnownRate {
  readonly rateBitPerS: number;
  readonly ofLink: boolean;
}

/** Why there is no rate, as a sentence for people; or nothing where it is only not known yet. */
export interface NoRate {
  readonly problem: string | undefined;
  /** The problem of the one that it follows from, where it is that one's. */
  readonly cause?: string | undefined;
  readonly ofLink: boolean;
}

export type RateResult = KnownRate | NoRate;

export const UNKNOWN: NoRate = { problem: undefined, ofLink: false };

export function isKnown(result: RateResult): result is KnownRate {
  return 'rateBitPerS' in result;
}

/**
 * The share of `base` within its limits. The most is what `base` is for a share of the parent, where nothing else is given: a class cannot
 * have more than its parent.
 */
export function followingRate(
  { of, factor }: RelativeRate,
  base: RateResult,
  least: number | undefined,
  most: number | undefined,
): RateResult {
  if (!isKnown(base)) return base;
  const upper = most ?? (of === 'parent' ? base.rateBitPerS : Number.MAX_SAFE_INTEGER);
  // 0.57 of 100 Mbit/s are 56999999.99999999 bit/s in binary floating point.
  const share = Math.floor(base.rateBitPerS * factor + 0.001);
  return { rateBitPerS: Math.min(Math.max(share, least ?? 0), upper), ofLink: base.ofLink };
}
