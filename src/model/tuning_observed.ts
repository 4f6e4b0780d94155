/** What was read of the tunables that somebody wants, or that were changed. */
import { tunableKey } from './resource/tunable.ts';
import type { TunableResource } from './resource.ts';

/** One value, or why there is none. A device without queues or interrupts has one with part ''. */
export interface TunableReading {
  readonly tunable: string;
  readonly device: string;
  readonly part: string;
  readonly value: string | undefined;
  /** The most that the driver takes, where it tells. */
  readonly most: number | undefined;
  readonly why: string | undefined;
}

export interface TunableDump {
  /** How many CPUs are online. */
  readonly cpus: number;
  /** In the order of queues and interrupts. */
  readonly readings: readonly TunableReading[];
}

export const NO_TUNABLES: TunableDump = { cpus: 1, readings: [] };

export const readingKey = ({ device, tunable, part }: TunableReading): string => tunableKey(device, tunable, part);

/** The resources that were read. */
export function observedTunables({ readings }: TunableDump): TunableResource[] {
  return readings.flatMap(({ tunable, device, part, value }) =>
    value === undefined ? [] : [{ type: 'tunable', device, tunable, part, value } as const],
  );
}

/** By {@link placeOf} the readings of a tunable of a device, or of the machine, in the order of its queues or interrupts. */
export function readingsByPlace(readings: Iterable<TunableReading>): Map<string, TunableReading[]> {
  const places = new Map<string, TunableReading[]>();
  for (const reading of readings) {
    const place = placeOf(reading);
    const known = places.get(place);
    if (known === undefined) places.set(place, [reading]);
    else known.push(reading);
  }
  return places;
}

export const placeOf = ({ device, tunable }: Pick<TunableReading, 'device' | 'tunable'>): string =>
  `${device} ${tunable}`;
