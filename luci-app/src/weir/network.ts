/** Where a shaper can be: netifd's interfaces and the kernel's devices. */
import rpc from 'luci/rpc';

export interface NetworkInterface {
  readonly interface: string;
  readonly up: boolean;
  readonly proto?: string;
  /** Where its addresses are: of PPPoE the device pppoe-wan; absent while it is down. */
  readonly l3_device?: string;
  readonly device?: string;
}

export const callInterfaces = rpc.declare<[], readonly NetworkInterface[]>({
  object: 'network.interface',
  method: 'dump',
  expect: { interface: [] },
  reject: true,
});

/** By name. */
export const callDevices = rpc.declare<[], Readonly<Record<string, unknown>>>({
  object: 'luci-rpc',
  method: 'getNetworkDevices',
  reject: true,
});

export interface NetworkFacts {
  readonly interfaces: readonly NetworkInterface[];
  readonly devices: readonly string[];
  /** What could not be asked. */
  readonly problems: readonly string[];
}

/** Interfaces that may lead to the internet, the likeliest first. */
export function sortedInterfaces(all: readonly NetworkInterface[]): readonly NetworkInterface[] {
  const rank = ({ interface: name, up }: NetworkInterface): number => {
    if (name === 'wan') return 0;
    const likely = /^w?wan|^(lte|modem|internet)/.test(name) ? 1 : /^lan|guest/.test(name) ? 5 : 3;
    return up ? likely : likely + 1;
  };
  return all
    .filter(({ interface: name }) => name !== 'loopback')
    .sort((a, b) => rank(a) - rank(b) || (a.interface < b.interface ? -1 : 1));
}

/** Devices that may be shaped: not the loopback, and not what weir makes. */
export function shapeableDevices(names: readonly string[]): readonly string[] {
  return names.filter((name) => name !== 'lo' && !/^ifb/.test(name)).sort();
}
