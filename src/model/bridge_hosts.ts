/** The hosts of the bridge: from the sections `host` to addresses and classes. */
import { formatMac, formatPrefix } from '../lib/address.ts';
import { hasErrors, type Issue } from '../lib/issue.ts';
import { hostRows } from '../schema/bridge.ts';
import { parseSection, whereSection } from '../schema/section.ts';
import type { HostConfig, PlacedSection, Steering } from './bridge_config.ts';

/** Hosts from their sections. */
export function parseHosts(sections: readonly PlacedSection[], issues: Issue[]): HostConfig[] {
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

/** The classes of all hosts, by prefix and hardware address as text. */
export function steeringOf(hosts: readonly HostConfig[]): Map<string, Steering> {
  const entries = new Map<string, Steering>();
  for (const host of hosts) {
    const { classDownload, classUpload, cpu } = host;
    for (const key of keysOf(host)) entries.set(key, { classDownload, classUpload, cpu });
  }
  return entries;
}
