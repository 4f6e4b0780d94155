/** The ways that frames take through the bridge: from the sections `interface_mapping` and `vlan_mapping`, with what is likely a mistake. */
import { hasErrors, type Issue } from '../lib/issue.ts';
import { type bridgeRows, interfaceMappingRows, vlanMappingRows } from '../schema/bridge.ts';
import { parseSection, type SectionText, type SectionValues, whereSection } from '../schema/section.ts';
import type { Faces, PortConfig, VlanMapping } from './bridge_config.ts';

interface ParsedPort extends Omit<PortConfig, 'vlans'> {
  readonly reciprocal: boolean;
}

interface ParsedVlan extends VlanMapping {
  readonly where: string;
  readonly parent: string;
  readonly reciprocal: boolean;
}

/** The sections, each by itself. */
export interface Mappings {
  readonly mapped: readonly ParsedPort[];
  readonly vlans: readonly ParsedVlan[];
}

export function parseMappings(
  interfaces: readonly SectionText[],
  vlans: readonly SectionText[],
  file: string,
  issues: Issue[],
): Mappings {
  return {
    mapped: interfaces.flatMap((section) => parsePort(section, file, issues)),
    vlans: vlans.flatMap((section) => parseVlan(section, file, issues)),
  };
}

function parsePort(section: SectionText, file: string, issues: Issue[]): ParsedPort[] {
  const where = whereSection(file, section);
  const parsed = parseSection(section, interfaceMappingRows, file);
  const own = [...parsed.issues, ...missing(['name', 'redirect_to'], parsed.values, section, where)];
  issues.push(...own);
  const { name, redirect_to: redirectTo, ...values } = parsed.values;
  if (hasErrors(own) || name === undefined || redirectTo === undefined) return [];
  const { scan_vlans: scanVlans = false, faces = 'auto', reciprocal = false } = values;
  return [{ device: name, where, redirectTo, scanVlans, faces, reciprocal }];
}

function parseVlan(section: SectionText, file: string, issues: Issue[]): ParsedVlan[] {
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

/** The ports with their VLANs and the ways back, as far as they were given rightly. `bridge` are the options of the section `bridge`. */
export function portsOf(
  where: string,
  { mapped, vlans }: Mappings,
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
