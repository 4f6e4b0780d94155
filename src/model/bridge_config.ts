/**
 * From the sections `bridge`, `interface_mapping`, `vlan_mapping` and `host` to what the bridge is to do, with every mistake as an issue.
 */

import { formatMac, formatPrefix, type Prefix } from '../lib/address.ts';
import { hasErrors, type Issue } from '../lib/issue.ts';
import { bridgeRows, hostRows, interfaceMappingRows, vlanMappingRows } from '../schema/bridge.ts';
import { parseSection, type SectionText, type SectionValues, whereSection } from '../schema/section.ts';

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

/** A section with where it is from, since hosts may stand in further files. */
export interface PlacedSection {
  readonly section: SectionText;
  readonly file: string;
}

/** The further files that sections `bridge` name for hosts. */
export function hostFilesOf(sections: readonly SectionText[]): string[] {
  const named = sections.filter(({ type }) => type === 'bridge').flatMap(({ options }) => options);
  const values = named.filter(({ name }) => name === 'host_file').flatMap(({ value }) => value);
  const { parse } = bridgeRows.host_file.field;
  return [...new Set(values.flatMap((value) => value.split(' ')))].filter((path) => parse(path) !== undefined);
}

/** The bridge, or undefined where none is configured or it is off. */
export function parseBridge(sections: readonly PlacedSection[], issues: Issue[]): BridgeConfig | undefined {
  const of = (type: string): PlacedSection[] => sections.filter(({ section }) => section.type === type);
  const bridges = of('bridge');
  const hosts = parseHosts(of('host'), issues);
  const mapped = of('interface_mapping').flatMap((placed) => parsePort(placed, issues));
  const vlans = of('vlan_mapping').flatMap((placed) => parseVlan(placed, issues));
  const [first, second] = bridges;
  if (second !== undefined) {
    const where = whereSection(second.file, second.section);
    issues.push({ severity: 'error', where, what: 'there is another section bridge already; this one is ignored' });
  }
  if (first === undefined) {
    const [lonely] = [...of('interface_mapping'), ...of('vlan_mapping'), ...of('host')];
    if (lonely !== undefined) {
      const where = whereSection(lonely.file, lonely.section);
      const what = 'it is for a bridge, and there is none';
      issues.push({ severity: 'warning', where, what, expected: "a section bridge with option use_xdp_bridge '1'" });
    }
    return undefined;
  }
  const where = whereSection(first.file, first.section);
  const parsed = parseSection(first.section, bridgeRows, first.file);
  issues.push(...parsed.issues);
  if (hasErrors(parsed.issues)) return undefined;
  const { values } = parsed;
  const ports = portsOf(where, mapped, vlans, values, issues);
  if (!(values.use_xdp_bridge ?? bridgeRows.use_xdp_bridge.default)) return undefined;
  if (ports.length === 0) {
    const what = 'nothing is mapped, so nothing is forwarded';
    issues.push({ severity: 'warning', where, what, expected: 'sections interface_mapping' });
  }
  const classDownload = values.default_class ?? 0;
  const steering = steeringOf(hosts);
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

// ---- Ports and VLANs ----

interface ParsedPort extends Omit<PortConfig, 'vlans'> {
  readonly reciprocal: boolean;
}

interface ParsedVlan extends VlanMapping {
  readonly where: string;
  readonly parent: string;
  readonly reciprocal: boolean;
}

function parsePort({ section, file }: PlacedSection, issues: Issue[]): ParsedPort[] {
  const where = whereSection(file, section);
  const parsed = parseSection(section, interfaceMappingRows, file);
  const own = [...parsed.issues, ...missing(['name', 'redirect_to'], parsed.values, section, where)];
  issues.push(...own);
  const { name, redirect_to: redirectTo, ...values } = parsed.values;
  if (hasErrors(own) || name === undefined || redirectTo === undefined) return [];
  const { scan_vlans: scanVlans = false, faces = 'auto', reciprocal = false } = values;
  return [{ device: name, where, redirectTo, scanVlans, faces, reciprocal }];
}

function parseVlan({ section, file }: PlacedSection, issues: Issue[]): ParsedVlan[] {
  const where = whereSection(file, section);
  const parsed = parseSection(section, vlanMappingRows, file);
  const own = [...parsed.issues, ...missing(['parent', 'tag', 'redirect_to'], parsed.values, section, where)];
  issues.push(...own);
  const { parent, tag, redirect_to: redirectTo, ...values } = parsed.values;
  if (hasErrors(own) || parent === undefined || tag === undefined || redirectTo === undefined) return [];
  return [{ where, parent, tag, redirectTo, faces: values.faces ?? 'auto', reciprocal: values.reciprocal ?? false }];
}

/** Errors for options without which the section means nothing; one that was given wrongly has its own already. */
function missing(names: readonly string[], values: object, section: SectionText, where: string): Issue[] {
  const isGiven = (name: string): boolean => name in values || section.options.some((option) => option.name === name);
  return names
    .filter((name) => !isGiven(name))
    .map((name) => ({ severity: 'error', where, what: `no ${name}`, expected: `option '${name}'` }));
}

function portsOf(
  where: string,
  mapped: readonly ParsedPort[],
  vlans: readonly ParsedVlan[],
  bridge: SectionValues<typeof bridgeRows>,
  issues: Issue[],
): PortConfig[] {
  const ports = withWaysBack(mapped, issues);
  const isStick = bridge.on_a_stick ?? false;
  const given = isStick ? stickVlans(where, ports, bridge, issues) : vlans;
  if (isStick && vlans.length > 0 && given.length > 0) {
    const [first] = vlans;
    const what = "with 'on_a_stick' the VLANs are stick_vlan_a and stick_vlan_b; this section is ignored";
    if (first !== undefined) issues.push({ severity: 'warning', where: first.where, what });
  }
  const all = withVlansBack(given, ports);
  for (const vlan of all) checkVlan(vlan, ports, issues);
  const result = ports.map(({ reciprocal: _, ...port }): PortConfig => {
    const own = uniqueVlans(
      all.filter(({ parent }) => parent === port.device),
      issues,
    );
    return { ...port, scanVlans: port.scanVlans || (isStick && own.length > 0), vlans: own };
  });
  for (const port of result) checkWays(port, result, issues);
  return result;
}

/** Each device arrives in one mapping: the first that names it keeps it. */
function withWaysBack(mapped: readonly ParsedPort[], issues: Issue[]): ParsedPort[] {
  const ports = new Map<string, ParsedPort>();
  for (const port of mapped) {
    const other = ports.get(port.device);
    if (other === undefined) ports.set(port.device, port);
    else {
      const what = `what arrives on ${port.device} goes to ${other.redirectTo} already; this section is ignored`;
      issues.push({ severity: 'error', where: port.where, what });
    }
  }
  for (const port of [...ports.values()]) {
    if (!port.reciprocal || port.redirectTo === port.device || ports.has(port.redirectTo)) continue;
    const { where, scanVlans } = port;
    const back = { device: port.redirectTo, redirectTo: port.device, faces: opposite(port.faces) };
    ports.set(port.redirectTo, { where, scanVlans, reciprocal: true, ...back });
  }
  return [...ports.values()];
}

function withVlansBack(vlans: readonly ParsedVlan[], ports: readonly ParsedPort[]): ParsedVlan[] {
  return vlans.flatMap((vlan) => {
    const parent = ports.find(({ device }) => device === vlan.parent)?.redirectTo;
    if (!vlan.reciprocal || parent === undefined) return [vlan];
    const back = { ...vlan, parent, tag: vlan.redirectTo, redirectTo: vlan.tag, faces: opposite(vlan.faces) };
    const isGiven = vlans.some((other) => other.parent === parent && other.tag === back.tag);
    return isGiven ? [vlan] : [vlan, back];
  });
}

function stickVlans(
  where: string,
  ports: readonly ParsedPort[],
  { stick_vlan_a: a, stick_vlan_b: b }: SectionValues<typeof bridgeRows>,
  issues: Issue[],
): ParsedVlan[] {
  const problem = (what: string, expected: string): ParsedVlan[] => {
    issues.push({ severity: 'error', where, what, expected });
    return [];
  };
  const [port, another] = ports;
  if (port === undefined || another !== undefined || port.device !== port.redirectTo) {
    return problem(
      "'on_a_stick' is set",
      'one section interface_mapping, with the same interface as name and redirect_to',
    );
  }
  if (a === undefined || b === undefined) {
    return problem("'on_a_stick' is set, and not both VLANs are", "options 'stick_vlan_a' and 'stick_vlan_b'");
  }
  if (a === b) return problem(`both VLANs on the stick are ${a}`, 'two different ones');
  return [{ where, parent: port.device, tag: a, redirectTo: b, faces: 'local', reciprocal: true }];
}

function uniqueVlans(vlans: readonly ParsedVlan[], issues: Issue[]): VlanMapping[] {
  const byTag = new Map<number, VlanMapping>();
  for (const { where, parent, tag, redirectTo, faces } of vlans) {
    if (!byTag.has(tag)) byTag.set(tag, { tag, redirectTo, faces });
    else
      issues.push({
        severity: 'error',
        where,
        what: `VLAN ${tag} of ${parent} is mapped already; this section is ignored`,
      });
  }
  return [...byTag.values()];
}

function checkVlan({ where, parent }: ParsedVlan, ports: readonly ParsedPort[], issues: Issue[]): void {
  const port = ports.find(({ device }) => device === parent);
  if (port === undefined) {
    const expected = "the 'name' of an interface_mapping";
    issues.push({ severity: 'warning', where, what: `nothing is mapped on ${parent}`, expected });
  } else if (!port.scanVlans && port.where !== where && port.device !== port.redirectTo) {
    const what = `VLANs of ${parent} are not looked at`;
    issues.push({ severity: 'warning', where, what, expected: `option scan_vlans '1' in ${port.where}` });
  }
}

/** Warns of frames that would go round in a circle, and of ways that lead in one direction only. */
function checkWays(port: PortConfig, ports: readonly PortConfig[], issues: Issue[]): void {
  const { device, redirectTo, where, vlans } = port;
  const warn = (what: string, expected: string): void => {
    issues.push({ severity: 'warning', where, what, expected });
  };
  if (device === redirectTo) {
    if (!port.scanVlans || vlans.length === 0) {
      warn(
        `${device} is mapped to itself and no VLAN changes, so nothing is forwarded`,
        'VLANs that are mapped to others',
      );
    }
    for (const { tag, redirectTo: to } of vlans) {
      if (tag === to)
        warn(`VLAN ${tag} of ${device} is mapped to itself: frames would go back where they come from`, 'another VLAN');
    }
  }
  const back = ports.find((other) => other.device === redirectTo);
  if (back === undefined || back.redirectTo !== device) {
    warn(
      `frames go from ${device} to ${redirectTo}, and none come back`,
      `a mapping of ${redirectTo} to ${device}, or option reciprocal '1'`,
    );
    return;
  }
  for (const { tag, redirectTo: to } of vlans) {
    const returns = back.vlans.find((other) => other.tag === to);
    if (returns?.redirectTo === tag || (tag === to && returns === undefined)) continue;
    warn(
      `VLAN ${tag} of ${device} becomes ${to}, and ${to} of ${redirectTo} does not become ${tag}`,
      "a vlan_mapping for the way back, or option reciprocal '1'",
    );
  }
}

function opposite(side: Faces): Faces {
  return side === 'auto' ? 'auto' : side === 'internet' ? 'local' : 'internet';
}

// ---- Hosts ----

function parseHosts(sections: readonly PlacedSection[], issues: Issue[]): HostConfig[] {
  const owners = new Map<string, string>();
  return sections.flatMap(({ section, file }) => {
    const where = whereSection(file, section);
    const parsed = parseSection(section, hostRows, file);
    issues.push(...parsed.issues);
    if (hasErrors(parsed.issues)) return [];
    const { values } = parsed;
    const [prefixes, macs] = [values.ip ?? [], values.mac ?? []];
    if (prefixes.length + macs.length === 0) {
      issues.push({ severity: 'error', where, what: 'no address', expected: "option 'ip' or option 'mac'" });
      return [];
    }
    for (const key of keysOf({ prefixes, macs })) {
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, where);
      else
        issues.push({
          severity: 'warning',
          where,
          what: `${key} belongs to another section already; the last one counts`,
          got: owner,
        });
    }
    const classDownload = values.class ?? 0;
    const classUpload = values.upload_class ?? classDownload;
    return [{ name: values.name ?? section.name, prefixes, macs, classDownload, classUpload, cpu: values.cpu }];
  });
}

/** The texts by which a host is known. */
function keysOf({ prefixes, macs }: Pick<HostConfig, 'prefixes' | 'macs'>): string[] {
  return [...prefixes.map(formatPrefix), ...macs.map(formatMac)];
}

function steeringOf(hosts: readonly HostConfig[]): Map<string, Steering> {
  const entries = new Map<string, Steering>();
  for (const host of hosts) {
    const { classDownload, classUpload, cpu } = host;
    for (const key of keysOf(host)) entries.set(key, { classDownload, classUpload, cpu });
  }
  return entries;
}
