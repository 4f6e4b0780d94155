/**
 * From the sections `bridge`, `interface_mapping`, `vlan_mapping` and `host` to what the bridge is to do, with every mistake as an issue.
 */
import type { Prefix } from '../lib/address.ts';
import { hasErrors, type Issue } from '../lib/issue.ts';
import { bridgeRows } from '../schema/bridge.ts';
import { parseSection, type SectionText, whereSection } from '../schema/section.ts';
import { type ParsedHosts, parseHost, steeringOf } from './bridge_hosts.ts';
import { parseMappings, portsOf } from './bridge_ways.ts';

export type Faces = 'auto' | 'internet' | 'local';

/** What becomes of frames that arrive with this VLAN id outermost. */
export interface VlanMapping {
  readonly tag: number;
  readonly redirectTo: number;
  readonly faces: Faces;
}

/** A device where frames arrive, and where they leave. */
export interface PortConfig {
  readonly device: string;
  readonly where: string;
  readonly redirectTo: string;
  readonly scanVlans: boolean;
  readonly faces: Faces;
  readonly vlans: readonly VlanMapping[];
}

/** The class of a host for either direction, 0 for none, and the CPU for its frames, if any. */
export interface Steering {
  readonly classDownload: number;
  readonly classUpload: number;
  readonly cpu: number | undefined;
}

export interface HostConfig extends Steering {
  readonly name: string;
  readonly where: string;
  readonly prefixes: readonly Prefix[];
  readonly macs: readonly Uint8Array[];
}

export interface BridgeConfig {
  readonly where: string;
  readonly path: 'auto' | 'xdp' | 'tc';
  readonly onCrash: 'forward' | 'stop';
  readonly onStop: 'unload' | 'keep';
  readonly controlFrames: boolean;
  /** For hosts that no section names. */
  readonly unknown: Steering;
  /** How many hosts are counted at a time. */
  readonly hostTable: number;
  readonly ports: readonly PortConfig[];
  readonly hosts: readonly HostConfig[];
  /** The same as classes by prefix and hardware address, as text. */
  readonly steering: ReadonlyMap<string, Steering>;
  /** Whether any host has a CPU of its own. */
  readonly usesCpus: boolean;
}

export const HOST_SECTION = 'host';
export const BRIDGE_SECTIONS: readonly string[] = ['bridge', 'interface_mapping', 'vlan_mapping', HOST_SECTION];

const SMALLEST_HOST_TABLE = 256;
const LARGEST_HOST_TABLE = 65536;

/** The further files that sections `bridge` name for hosts. */
export function hostFilesOf(sections: readonly SectionText[]): string[] {
  const named = sections.filter(({ type }) => type === 'bridge').flatMap(({ options }) => options);
  const values = named.filter(({ name }) => name === 'host_file').flatMap(({ value }) => value);
  const { parse } = bridgeRows.host_file.field;
  return [...new Set(values.flatMap((value) => value.split(' ')))].filter((path) => parse(path) !== undefined);
}

/** The bridge in `sections` of the file named `file`, or undefined where none is configured or it is off. `further` hosts come after its own. */
export function parseBridge(
  sections: readonly SectionText[],
  file: string,
  further: readonly ParsedHosts[],
  issues: Issue[],
): BridgeConfig | undefined {
  const of = (type: string): SectionText[] => sections.filter((section) => section.type === type);
  const own = of(HOST_SECTION).flatMap((section) => parseHost(section, file, issues) ?? []);
  issues.push(...further.flatMap((parsed) => parsed.issues));
  const mappings = parseMappings(of('interface_mapping'), of('vlan_mapping'), file, issues);
  const [first, second] = of('bridge');
  if (second !== undefined) {
    const where = whereSection(file, second);
    issues.push({ severity: 'error', where, what: 'there is another section bridge already; this one is ignored' });
  }
  if (first === undefined) {
    const [lonely] = [...of('interface_mapping'), ...of('vlan_mapping'), ...of(HOST_SECTION)];
    if (lonely !== undefined) {
      const where = whereSection(file, lonely);
      const what = 'it is for a bridge, and there is none';
      issues.push({ severity: 'warning', where, what, expected: "a section bridge with option use_xdp_bridge '1'" });
    }
    return undefined;
  }
  const where = whereSection(file, first);
  const parsed = parseSection(first, bridgeRows, file);
  issues.push(...parsed.issues);
  if (hasErrors(parsed.issues)) return undefined;
  const { values } = parsed;
  const ports = portsOf(where, mappings, values, issues);
  if (!(values.use_xdp_bridge ?? bridgeRows.use_xdp_bridge.default)) return undefined;
  if (ports.length === 0) {
    const what = 'nothing is mapped, so nothing is forwarded';
    issues.push({ severity: 'warning', where, what, expected: 'sections interface_mapping' });
  }
  const classDownload = values.default_class ?? 0;
  const hosts = [...own, ...further.flatMap((parsed) => parsed.hosts)];
  const steering = steeringOf(hosts, issues);
  return {
    where,
    path: values.path ?? bridgeRows.path.default,
    onCrash: values.on_crash ?? bridgeRows.on_crash.default,
    onStop: values.on_stop ?? bridgeRows.on_stop.default,
    controlFrames: values.control_frames ?? bridgeRows.control_frames.default,
    unknown: { classDownload, classUpload: values.default_upload_class ?? classDownload, cpu: undefined },
    hostTable: values.host_table ?? tableFor(steering.size),
    ports,
    hosts,
    steering,
    usesCpus: hosts.some(({ cpu }) => cpu !== undefined),
  };
}

/** Places for `entries` and some more, in few steps, since a table of another size begins empty. */
export function tableFor(entries: number): number {
  let places = SMALLEST_HOST_TABLE;
  while (places < LARGEST_HOST_TABLE && places < entries + entries / 4) places *= 4;
  return Math.min(places, LARGEST_HOST_TABLE);
}
