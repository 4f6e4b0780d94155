/** The hosts of the bridge: from the sections `host` to addresses and classes. */
import { formatMac, formatPrefix } from '../lib/address.ts';
import { hasErrors, type Issue } from '../lib/issue.ts';
import { hostRows } from '../schema/bridge.ts';
import { parseSection, type SectionText, whereSection } from '../schema/section.ts';
import type { HostConfig, Steering } from './bridge_config.ts';

/** What became of a file's sections. */
export interface ParsedHosts {
  readonly hosts: readonly HostConfig[];
  readonly issues: readonly Issue[];
}

/** A host from its section, or nothing where that is wrong. */
export function parseHost(section: SectionText, file: string, issues: Issue[]): HostConfig | undefined {
  const where = whereSection(file, section);
  const parsed = parseSection(section, hostRows, file);
  issues.push(...parsed.issues);
  if (hasErrors(parsed.issues)) return undefined;
  const { values } = parsed;
  const [prefixes, macs] = [values.ip ?? [], values.mac ?? []];
  if (prefixes.length + macs.length === 0) {
    issues.push({ severity: 'error', where, what: 'no address', expected: "option 'ip' or option 'mac'" });
    return undefined;
  }
  const classDownload = values.class ?? 0;
  const classUpload = values.upload_class ?? classDownload;
  return { name: values.name ?? section.name, where, prefixes, macs, classDownload, classUpload, cpu: values.cpu };
}

/** The classes of all hosts, by prefix and hardware address as text. */
export function steeringOf(hosts: readonly HostConfig[], issues: Issue[]): Map<string, Steering> {
  const entries = new Map<string, HostConfig>();
  for (const host of hosts) {
    for (const key of [...host.prefixes.map(formatPrefix), ...host.macs.map(formatMac)]) {
      const owner = entries.get(key);
      if (owner !== undefined) {
        const what = `${key} belongs to another section already; the last one counts`;
        issues.push({ severity: 'warning', where: host.where, what, got: owner.where });
      }
      // A host says everything that its classes do.
      entries.set(key, host);
    }
  }
  return entries;
}
