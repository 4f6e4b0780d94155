/**
 * Which shaped devices are passed by where the firewall offloads connections, as issues.
 *
 * A packet of a known connection is taken at the netfilter ingress of the lowest device on its way that has one in the flowtable, and
 * queued at the device that it leaves by (net/netfilter/nf_flow_table_ip.c, nft_flow_offload.c: nft_dev_path_info). In software it
 * passes only what stands above those: the hooks of a VLAN, a bridge, a PPPoE connection over the device that it came in by. tc's
 * ingress is before netfilter's, and the packets that an IFB gives back skip it (net/core/dev.c: __netif_receive_skb_core), so that
 * a device in the flowtable is shaped itself. Hardware shows the kernel no packet at all. test/lab/scenarios/flow-offload.ts measures it.
 */
import type { Issue } from '../lib/issue.ts';
import type { SectionText } from '../schema/section.ts';
import { ARPHRD } from '../uapi/if_link.ts';
import type { LinkMessage } from '../wire/link.ts';
import type { Flowtable } from '../wire/nftables.ts';
import { isOn } from './conflicts.ts';

export const FIREWALL_CONFIG = '/etc/config/firewall';

export interface ShapedDevice {
  readonly name: string;
  readonly download: boolean;
  readonly upload: boolean;
}

/** What the kernel says of flowtables that are in use, and of the devices that they may be about. */
export interface KernelFlows {
  readonly flowtables: readonly Flowtable[];
  readonly links: readonly LinkMessage[];
  /** The devices that PPPoE connections go over (/proc/net/pppoe); which connection is which device is nowhere told. */
  readonly pppoeDevices: readonly string[];
  /** `6.6.86` */
  readonly release: string;
}

/** What the firewall's configuration asks for; hardware is asked for in addition to software (fw4: resolve_offload_devices). */
export type FlowOffloading = 'off' | 'software' | 'hardware';

export function flowOffloadingWanted(sections: readonly SectionText[]): FlowOffloading {
  const defaults = sections.find(({ type }) => type === 'defaults');
  if (defaults === undefined || !isOn(defaults, 'flow_offloading')) return 'off';
  return isOn(defaults, 'flow_offloading_hw') ? 'hardware' : 'software';
}

/** `wanted` is undefined where there is no such configuration, and `kernel` where the kernel does not tell. */
export function flowOffloadIssues(
  wanted: FlowOffloading | undefined,
  kernel: KernelFlows | undefined,
  shaped: readonly ShapedDevice[],
): Issue[] {
  const turnOff = "option flow_offloading '0'";
  const warning = (where: string, what: string, expected: string): Issue => ({
    severity: 'warning',
    where,
    what,
    expected,
  });
  if (kernel === undefined) {
    if (shaped.length === 0 || wanted === undefined || wanted === 'off') return [];
    const what = `${wanted} flow offloading is on, and can lead connections past the shaper: the kernel does not tell`;
    return [warning(FIREWALL_CONFIG, what, turnOff)];
  }
  return kernel.flowtables.flatMap((flowtable) => {
    const passed = shaped.flatMap((device) => passedShaper(flowtable, device, kernel) ?? []);
    if (passed.length === 0) return [];
    const { family, table, name, hardware } = flowtable;
    const kind = hardware ? 'hardware' : 'software';
    const what = `${kind} flow offloading (flowtable ${family} ${table} ${name}) leads connections past ${passed.join(' and ')}`;
    const isFirewalls = wanted !== undefined && family === 'inet' && table === 'fw4' && name === 'ft';
    if (!isFirewalls) return [warning('nftables', what, `no rule 'flow add @${name}' in table ${family} ${table}`)];
    if (wanted !== 'off') return [warning(FIREWALL_CONFIG, what, turnOff)];
    return [warning(FIREWALL_CONFIG, `${what}, though it is off here`, 'service firewall restart')];
  });
}

/** `the shaper of eth1`, `the download shaper of pppoe-wan`; undefined where the packets pass through. */
function passedShaper(flowtable: Flowtable, shaped: ShapedDevice, kernel: KernelFlows): string | undefined {
  const { download, upload } = flowtable.hardware
    ? isInHardware(flowtable, shaped.name, kernel)
    : passedInSoftware(flowtable, shaped.name, kernel);
  const [isDownload, isUpload] = [download && shaped.download, upload && shaped.upload];
  if (!isDownload && !isUpload) return undefined;
  if (isDownload === shaped.download && isUpload === shaped.upload) return `the shaper of ${shaped.name}`;
  return `the ${isDownload ? 'download' : 'upload'} shaper of ${shaped.name}`;
}

interface Passed {
  readonly download: boolean;
  readonly upload: boolean;
}

/** A device is passed with what stands on it, and with what it stands on. */
function isInHardware(flowtable: Flowtable, device: string, kernel: KernelFlows): Passed {
  const taken = takenBy(flowtable);
  const above = kernel.links.filter(({ name }) => taken(name)).some(({ name }) => stackOf(name, kernel).has(device));
  const isPassed = above || [...stackOf(device, kernel)].some(taken);
  return { download: isPassed, upload: isPassed };
}

function passedInSoftware(flowtable: Flowtable, device: string, kernel: KernelFlows): Passed {
  const taken = takenBy(flowtable);
  const isLowest = (name: string): boolean => lowersOf(name, kernel).length === 0;
  const isPassed = [...stackOf(device, kernel)].some((name) => name !== device && isLowest(name) && taken(name));
  const isBridge = linkNamed(device, kernel)?.kind === 'bridge';
  return { download: isPassed, upload: isPassed && (isBridge || sendsBelow(kernel.release)) };
}

/**
 * Whether packets are queued at the lowest device, with the headers of VLAN and PPPoE already on. Up to Linux 6.18 it is the device
 * that puts the header on (commits c653d5a78f34 and 18d27bed0880).
 */
function sendsBelow(release: string): boolean {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 19);
}

function takenBy({ devices, devicePrefixes }: Flowtable): (name: string) => boolean {
  return (name) => devices.includes(name) || devicePrefixes.some((prefix) => name.startsWith(prefix));
}

/** The device, and everything that it stands on. */
function stackOf(device: string, kernel: KernelFlows): ReadonlySet<string> {
  const stack = new Set([device]);
  // What is added while the loop runs is visited too.
  for (const name of stack) for (const lower of lowersOf(name, kernel)) stack.add(lower);
  return stack;
}

/** Of the kinds that the kernel looks through (ndo_fill_forward_path): VLANs, bridges, PPPoE. */
function lowersOf(device: string, kernel: KernelFlows): readonly string[] {
  const { links, pppoeDevices } = kernel;
  const link = linkNamed(device, kernel);
  if (link?.hardwareType === ARPHRD.PPP) return pppoeDevices;
  if (link?.kind === 'vlan') return links.filter(({ ifindex }) => ifindex === link.lower).map(({ name }) => name);
  if (link?.kind === 'bridge') return links.filter(({ master }) => master === link.ifindex).map(({ name }) => name);
  return [];
}

function linkNamed(device: string, { links }: KernelFlows): LinkMessage | undefined {
  return links.find(({ name }) => name === device);
}
