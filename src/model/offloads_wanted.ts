/** Which offloads of a device are turned off, and why. */
import { formatRate, transmitTimeUs } from '../lib/units.ts';
import { featuresOf } from '../schema/offload.ts';
import type { CakeOptions } from '../tc/qdisc/cake.ts';
import type { DirectionName, ShaperConfig } from './config.ts';
import type { Device } from './observed.ts';
import type { FeatureResource } from './resource.ts';

export interface OffloadWish {
  readonly offload: string;
  readonly why: string;
}

/** A superpacket is at most 64 KiB; while it is sent, everything else waits. */
const SUPERPACKET_BYTES = 65536;
/** The most that a superpacket may hold up other packets; see docs/offloads.md for the measurements. */
const TOLERABLE_DELAY_US = 1000;

/**
 * `auto`: LRO always, since it merges packets so that they cannot be split again as they were. GRO where it makes superpackets for
 * a download that nothing splits before the shaped queue, and sending one takes long enough to be felt. GSO and TSO never: off,
 * they change nothing of what the qdisc gets to send.
 */
export function wantedOffloads(
  config: ShaperConfig,
  options: Readonly<Partial<Record<DirectionName, CakeOptions>>>,
): OffloadWish[] {
  if (config.offloads !== 'auto')
    return config.offloads.map((offload) => ({ offload, why: 'the configuration says so' }));
  const lro: OffloadWish = { offload: 'lro', why: 'merged packets cannot be split again as they were' };
  const { download } = options;
  if (download === undefined || download.splitGso || download.rateBitPerS === 0) return [lro];
  const delayUs = transmitTimeUs(SUPERPACKET_BYTES, download.rateBitPerS);
  if (delayUs <= TOLERABLE_DELAY_US) return [lro];
  const [ms, rate] = [(delayUs / 1000).toFixed(1), formatRate(download.rateBitPerS)];
  return [{ offload: 'gro', why: `a superpacket takes ${ms} ms at ${rate}, and split_gso is off` }, lro];
}

/** The features of a device behind the wishes, wanted off: those that the driver lets be switched, or that are off already. */
export function wantedFeatures(device: Device, wishes: readonly OffloadWish[]): FeatureResource[] {
  return wishes.flatMap(({ offload }) =>
    featuresOf(offload).flatMap((feature): FeatureResource[] => {
      const state = device.features.get(feature);
      if (state === undefined || (state.on && !state.changeable)) return [];
      return [{ type: 'feature', device: device.name, feature, offload, on: false }];
    }),
  );
}

/** Features behind the wishes that are on and that the driver does not let be switched. */
export function fixedFeatures(device: Device, wishes: readonly OffloadWish[]): string[] {
  return wishes.flatMap(({ offload }) =>
    featuresOf(offload).filter((feature) => {
      const state = device.features.get(feature);
      return state?.on === true && !state.changeable;
    }),
  );
}
