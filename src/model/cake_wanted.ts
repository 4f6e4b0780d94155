/** Which options CAKE gets for one direction: what was written, over defaults that suit a home router which does NAT. */
import { RAW_LINK } from '../schema/link.ts';
import { type CakeOptions, cake, targetUsOf } from '../tc/qdisc/cake.ts';
import type { DirectionConfig, DirectionName } from './config.ts';

/**
 * The hosts of one's own network are the sources of upload and the destinations of download, and lie behind NAT. DSCP that
 * arrives from the internet is rarely meant for us, so download is one tin unless asked. Shaping download happens behind the
 * bottleneck, which is what CAKE's ingress mode is for.
 */
const DEFAULTS: Readonly<Record<DirectionName, Partial<CakeOptions>>> = {
  upload: { nat: true, isolation: 'dual-srchost' },
  download: { nat: true, isolation: 'dual-dsthost', diffserv: 'besteffort', ingress: true },
};

/** Those, and what CAKE itself has where weir has nothing to say; for documentation and forms too. */
export const DEFAULT_OPTIONS: Readonly<Record<DirectionName, CakeOptions>> = {
  upload: withInitialOptions('upload'),
  download: withInitialOptions('download'),
};

function withInitialOptions(direction: DirectionName): CakeOptions {
  // One value for each row of the table, with the type of that row.
  return { ...(cake.initial as CakeOptions), ...DEFAULTS[direction] };
}

/** Every option of CAKE for one direction. */
export function wantedCakeOptions(direction: DirectionName, config: DirectionConfig): CakeOptions {
  const given = config.options;
  const says = [config.link, given.overheadBytes, given.atm, given.mpuBytes].some((value) => value !== undefined);
  const link = config.link ?? { ...RAW_LINK, raw: !says };
  const options: CakeOptions = {
    ...DEFAULT_OPTIONS[direction],
    raw: link.raw,
    overheadBytes: link.overheadBytes,
    atm: link.atm,
    mpuBytes: link.mpuBytes,
    ...given,
    rateBitPerS: config.rateBitPerS,
  };
  // tc sends no overhead with raw either; the kernel would keep a number that means nothing.
  const counted = options.raw ? { overheadBytes: 0, atm: 'none' } : {};
  return { ...options, ...counted, targetUs: targetUsOf(options.rttUs) };
}
