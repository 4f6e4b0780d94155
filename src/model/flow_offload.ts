/**
 * Which shapers the firewall's flow offloading leads connections past, as issues.
 *
 * Packets of a known connection are taken at the netfilter ingress of the lowest device that they come in by, if that is in the
 * flowtable, and are queued at the device that they leave by (net/netfilter/nf_flow_table_ip.c, nft_flow_offload.c: nft_dev_path_info).
 * So in software they bypass what stands on the first: the hook of a VLAN, a bridge, a PPPoE connection. A device that is in the
 * flowtable itself is shaped: tc's ingress comes before netfilter's, which skips what an IFB gives back (net/core/dev.c:
 * __netif_receive_skb_core). What the hardware forwards the kernel never sees. test/lab/scenarios/flow-offload.ts measures it.
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
    if (wanted === undefined || wanted === 'off') return [];
    const what = `${wanted} flow offloading is on, and can lead connections past the shaper: the kernel does not tell`;
    return [warning(FIREWALL_CONFIG, what, turnOff)];
  }
  const stacks = stacksOf(kernel);
  return kernel.flowtables.flatMap((flowtable) => {
    const bypassed = shaped.flatMap((device) => bypassedShaper(flowtable, device, stacks) ?? []);
    if (bypassed.length === 0) return [];
    const { family, table, name, hardware } = flowtable;
    const kind = hardware ? 'hardware' : 'software';
    const what = `${kind} flow offloading (flowtable ${family} ${table} ${name}) leads connections past ${bypassed.join(' and ')}`;
    const isFirewalls = wanted !== undefined && family === 'inet' && table === 'fw4' && name === 'ft';
    if (!isFirewalls) return [warning('nftables', what, `no rule 'flow add @${name}' in table ${family} ${table}`)];
    if (wanted !== 'off') return [warning(FIREWALL_CONFIG, what, turnOff)];
    return [warning(FIREWALL_CONFIG, `${what}, though it is off here`, 'service firewall restart')];
  });
}

/** `the shaper of eth1`, `the download shaper of pppoe-wan`; undefined where neither direction is bypassed. */
function bypassedShaper(flowtable: Flowtable, shaped: ShapedDevice, stacks: Stacks): string | undefined {
  const { name } = shaped;
  const bypass = flowtable.hardware ? bypassInHardware : bypassInSoftware;
  const { download, upload } = bypass(flowtable, name, stacks);
  const [isDownload, isUpload] = [download && shaped.download, upload && shaped.upload];
  if (!isDownload && !isUpload) return undefined;
  // Uploads are never bypassed alone.
  return isUpload || !shaped.upload ? `the shaper of ${name}` : `the download shaper of ${name}`;
}

/** Directions in which a device is bypassed. */
interface Bypass {
  readonly download: boolean;
  readonly upload: boolean;
}

/** With what stands on it, and with what it stands on. */
function bypassInHardware(flowtable: Flowtable, device: string, stacks: Stacks): Bypass {
  const isIn = memberOf(flowtable);
  const isAbove = [...stacks.lowers.keys()].some((name) => isIn(name) && stackOf(name, stacks).has(device));
  const isBypassed = isAbove || [...stackOf(device, stacks)].some(isIn);
  return { download: isBypassed, upload: isBypassed };
}

function bypassInSoftware(flowtable: Flowtable, device: string, stacks: Stacks): Bypass {
  const isIn = memberOf(flowtable);
  const below = [...stackOf(device, stacks)].filter((name) => name !== device);
  const isBypassed = below.some((name) => !stacks.lowers.has(name) && isIn(name));
  return { download: isBypassed, upload: isBypassed && (stacks.bridges.has(device) || stacks.sendsBelow) };
}

/**
 * Whether packets are queued at the lowest device that they leave by, with the headers of VLAN and PPPoE already on. Up to Linux
 * 6.18 it is the device that puts the header on (commits c653d5a78f34 and 18d27bed0880).
 */
function sendsBelow(release: string): boolean {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 19);
}

function memberOf({ devices, devicePrefixes }: Flowtable): (name: string) => boolean {
  return (name) => devices.includes(name) || devicePrefixes.some((prefix) => name.startsWith(prefix));
}

/** What devices stand on. */
interface Stacks {
  /** The next devices below; none for a device on which the kernel's way down ends. */
  readonly lowers: ReadonlyMap<string, readonly string[]>;
  readonly bridges: ReadonlySet<string>;
  readonly sendsBelow: boolean;
}

/** Of the kinds that the kernel looks through (ndo_fill_forward_path): VLANs, bridges, PPPoE. */
function stacksOf({ links, pppoeDevices, release }: KernelFlows): Stacks {
  const byIndex = new Map(links.map((link) => [link.ifindex, link]));
  const bridges = new Set(links.flatMap(({ kind, name }) => (kind === 'bridge' ? [name] : [])));
  const lowers = new Map<string, string[]>();
  const add = (name: string, lower: string): void => {
    const known = lowers.get(name);
    if (known === undefined) lowers.set(name, [lower]);
    else known.push(lower);
  };
  for (const { name, kind, hardwareType, lower, master } of links) {
    const bridge = byIndex.get(master ?? 0);
    if (bridge?.kind === 'bridge') add(bridge.name, name);
    if (hardwareType === ARPHRD.PPP) for (const device of pppoeDevices) add(name, device);
    const real = kind === 'vlan' ? byIndex.get(lower ?? 0) : undefined;
    if (real !== undefined) add(name, real.name);
  }
  return { lowers, bridges, sendsBelow: sendsBelow(release) };
}

/** The device, and everything that it stands on. */
function stackOf(device: string, { lowers }: Stacks): ReadonlySet<string> {
  const stack = new Set([device]);
  // What is added while the loop runs is visited too.
  for (const name of stack) for (const lower of lowers.get(name) ?? []) stack.add(lower);
  return stack;
}
