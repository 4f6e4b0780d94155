/** Whether devices can be ports of the bridge, and what of them is likely a mistake. */
import { formatMac } from '../lib/address.ts';
import type { Issue } from '../lib/issue.ts';
import { ARPHRD } from '../uapi/if_link.ts';
import type { LinkMessage } from '../wire/link.ts';
import type { BridgeConfig, PortConfig } from './bridge_config.ts';
import type { Observed } from './observed.ts';

/** What a port needs to be known of. */
export interface PortDevice {
  readonly name: string;
  readonly kind: string | undefined;
  readonly mtu: number;
  /** Undefined for devices without Ethernet frames. */
  readonly address: string | undefined;
  /** The bridge or bond that it is a port of. */
  readonly master: string | undefined;
}

export interface DeviceProblem {
  readonly what: string;
  readonly expected: string;
  /** Whether the port cannot be one because of it. */
  readonly refuses: boolean;
}

/** The hardware address of an Ethernet device. */
export function ethernetAddress({ hardwareType, address }: LinkMessage): string | undefined {
  return hardwareType === ARPHRD.ETHER && address?.length === 6 ? formatMac(address) : undefined;
}

/** What is wrong with the devices of a port, those that refuse it first. */
export function deviceProblems(device: PortDevice, target: PortDevice): DeviceProblem[] {
  const problems: DeviceProblem[] = [];
  const add = (refuses: boolean, what: string, expected: string): void => {
    problems.push({ what, expected, refuses });
  };
  for (const { name, address, master } of device.name === target.name ? [device] : [device, target]) {
    if (address === undefined) add(true, `device ${name} has no Ethernet frames`, 'an Ethernet device');
    if (master !== undefined) {
      const free = `a device that is in no bridge: ip link set dev ${name} nomaster`;
      add(true, `device ${name} belongs to ${master}, which forwards its frames as well`, free);
    }
  }
  if (device.kind === 'vlan') {
    const physical = 'the physical device, with scan_vlans';
    add(false, `${device.name} is a VLAN device, where frames have lost their tag`, physical);
  }
  if (device.mtu > target.mtu) {
    const [largest, taken] = [`frames of up to ${device.mtu} bytes arrive on ${device.name}`, target.mtu];
    add(false, `${largest}, and ${target.name} takes ${taken}: larger ones are dropped`, 'the same MTU on both');
  }
  return problems;
}

/** Why the devices of a port cannot be used, the first reason. */
export interface PortRefusal {
  readonly what: string;
  readonly expected: string | undefined;
  /** That one is not there, and may come. */
  readonly isMissing: boolean;
}

export function portRefusal({ device, redirectTo }: PortConfig, { devices }: Observed): PortRefusal | undefined {
  const [source, target] = [devices.get(device), devices.get(redirectTo)];
  if (source === undefined || target === undefined) {
    const what = `device ${source === undefined ? device : redirectTo} does not exist; waiting for it`;
    return { what, expected: undefined, isMissing: true };
  }
  const ours = [source, target].find((one) => one.ours);
  if (ours !== undefined) {
    return { what: `device ${ours.name} is weir's own`, expected: 'the device of a link', isMissing: false };
  }
  const refusing = deviceProblems(source, target).find(({ refuses }) => refuses);
  return refusing === undefined ? undefined : { ...refusing, isMissing: false };
}

/** What of the devices of a port that is not refused is likely a mistake. */
export function portProblems({ device, redirectTo }: PortConfig, { devices }: Observed): DeviceProblem[] {
  const [source, target] = [devices.get(device), devices.get(redirectTo)];
  return source === undefined || target === undefined ? [] : deviceProblems(source, target);
}

/** What `check` says of the devices that are there; those that are not may come. */
export function bridgeDeviceIssues(bridge: BridgeConfig, links: readonly LinkMessage[]): Issue[] {
  const names = new Map(links.map(({ ifindex, name }) => [ifindex, name]));
  const devices = new Map(
    links.map((link): [string, PortDevice] => {
      const master = link.master === undefined ? undefined : names.get(link.master);
      return [link.name, { name: link.name, kind: link.kind, mtu: link.mtu, address: ethernetAddress(link), master }];
    }),
  );
  return bridge.ports.flatMap((port: PortConfig): Issue[] => {
    const [device, target] = [devices.get(port.device), devices.get(port.redirectTo)];
    if (device === undefined || target === undefined) return [];
    return deviceProblems(device, target).map(({ what, expected }) => ({
      severity: 'warning',
      where: port.where,
      what,
      expected,
    }));
  });
}
