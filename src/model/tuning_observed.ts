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

/** The readings of a tunable of a device, or of the machine, in the order of its queues or interrupts. */
export function readingsOf(
  readings: ReadonlyMap<string, TunableReading>,
  device: string,
  tunable: string,
): TunableReading[] {
  return [...readings.values()].filter((reading) => reading.device === device && reading.tunable === tunable);
}
