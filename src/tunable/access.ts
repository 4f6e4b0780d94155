/** The tunables by where they are: ethtool's groups, sysfs, procfs, services. Man pages and kernel files are named at each. */
import { ETHTOOL_A_CHANNELS, ETHTOOL_A_COALESCE, ETHTOOL_A_RINGS } from '../uapi/ethtool.ts';
import type { Parameter, ParameterGroup } from '../wire/ethtool_parameters.ts';
import type { Tunable } from './tunable.ts';

type Place = Pick<Tunable, 'scope' | 'access' | 'loses'>;

const RESTARTS = 'packets in the rings, while the driver restarts them';

/** Numbers count the u32 of struct ethtool_ringparam (include/uapi/linux/ethtool.h). */
export const ring = {
  rx: ethtool('rings', 'rx', [ETHTOOL_A_RINGS.RX, 5], [ETHTOOL_A_RINGS.RX_MAX, 1]),
  tx: ethtool('rings', 'tx', [ETHTOOL_A_RINGS.TX, 8], [ETHTOOL_A_RINGS.TX_MAX, 4]),
};

/** struct ethtool_coalesce */
export const coalesce = {
  rxUsecs: ethtool('coalesce', 'rx-usecs', [ETHTOOL_A_COALESCE.RX_USECS, 1]),
  txUsecs: ethtool('coalesce', 'tx-usecs', [ETHTOOL_A_COALESCE.TX_USECS, 5]),
};

/** struct ethtool_channels */
export const channels = {
  rx: ethtool('channels', 'rx', [ETHTOOL_A_CHANNELS.RX_COUNT, 5], [ETHTOOL_A_CHANNELS.RX_MAX, 1]),
  tx: ethtool('channels', 'tx', [ETHTOOL_A_CHANNELS.TX_COUNT, 6], [ETHTOOL_A_CHANNELS.TX_MAX, 2]),
  combined: ethtool(
    'channels',
    'combined',
    [ETHTOOL_A_CHANNELS.COMBINED_COUNT, 8],
    [ETHTOOL_A_CHANNELS.COMBINED_MAX, 4],
  ),
};

type Names = readonly [attribute: number, word: number];

function ethtool(group: ParameterGroup, word: string, value: Names, most?: Names): Place {
  const parameter = ([attribute, number]: Names): Parameter => ({ attribute, word: number });
  const flag = { rings: '-G', coalesce: '-C', channels: '-L' }[group];
  const access = { via: 'ethtool', group, value: parameter(value), flag, word } as const;
  return {
    scope: 'device',
    access: most === undefined ? access : { ...access, most: parameter(most) },
    ...(group === 'coalesce' ? {} : { loses: RESTARTS }),
  };
}

/** A file of the machine. */
export function machineFile(path: string): Place {
  return { scope: 'machine', access: { via: 'file', path: () => path } };
}

/** A file of the device (Documentation/ABI/testing/sysfs-class-net). */
export function deviceFile(name: string): Place {
  return { scope: 'device', access: { via: 'file', path: (device) => `/sys/class/net/${device}/${name}` } };
}

/** A file of each queue of the device (Documentation/ABI/testing/sysfs-class-net-queues). */
export function queueFile(scope: 'rx-queue' | 'tx-queue', name: string): Place {
  const path = (device: string, part: string): string => `/sys/class/net/${device}/queues/${part}/${name}`;
  return { scope, access: { via: 'file', path } };
}

/** A file of each interrupt of the device (Documentation/core-api/irq/irq-affinity.rst). */
export function irqFile(name: string): Place {
  return { scope: 'irq', access: { via: 'file', path: (_device, part) => `/proc/irq/${part}/${name}` } };
}

/** Whether a service runs: `1` or `0`. */
export function service(name: string): Place {
  return { scope: 'machine', access: { via: 'service', service: name } };
}
