/** Times that the kernel keeps in jiffies, rounded up to whole ones (`usecs_to_jiffies`); how long one is, CONFIG_HZ says, and nobody tells. */

/** At 100 Hz, the slowest that kernels of today are built with. */
const LONGEST_JIFFY_US = 10_000;

/** What a dump shows for `sentUs`: what was found, where that can be `sentUs` in whole jiffies, and else `sentUs`. */
export function keptInJiffies(sentUs: number, foundUs: unknown): number {
  if (typeof foundUs !== 'number') return sentUs;
  // Of a jiffy that is no whole number of µs, as at 300 Hz, the fraction is lost.
  const lengthened = foundUs - Math.floor(sentUs);
  return lengthened >= -1 && lengthened < LONGEST_JIFFY_US ? foundUs : sentUs;
}
