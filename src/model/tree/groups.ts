/** Devices by the names of their groups, and the devices that a section names. */
import type { Issue } from '../../lib/issue.ts';
import { nearNames, parseSection, type SectionText, whereSection } from '../../schema/section.ts';
import { deviceGroupRows } from '../../schema/tree.ts';
import { textOf } from './places.ts';

export type Groups = ReadonlyMap<string, readonly string[]>;

/** The groups; one with an error is there all the same, so that what names it has no second error. */
export function parseGroups(sections: readonly SectionText[], file: string, issues: Issue[]): Groups {
  const groups = new Map<string, readonly string[]>();
  for (const section of sections) {
    if (section.type !== 'device_group') continue;
    const parsed = parseSection(section, deviceGroupRows, file);
    issues.push(...parsed.issues);
    const devices = [...new Set(parsed.values.device ?? [])];
    if (devices.length === 0 && parsed.issues.length === 0) {
      const where = whereSection(file, section);
      issues.push({ severity: 'error', where, what: 'no device', expected: "list device 'lan1'" });
    }
    groups.set(section.name, devices);
  }
  return groups;
}

/** The devices that a section names itself; the same object for all of a group. */
export function devicesNamed(
  section: SectionText,
  groups: Groups,
  single: Map<string, readonly string[]>,
): readonly string[] {
  const device = textOf(section, 'device');
  const group = textOf(section, 'group');
  if (device === undefined) return group === undefined ? NONE : (groups.get(group) ?? NONE);
  const known = single.get(device) ?? [device];
  single.set(device, known);
  return known;
}

const NONE: readonly string[] = [];

/** What is wrong with how it names them. */
export function deviceProblem(section: SectionText, groups: Groups): Pick<Issue, 'what' | 'expected'> | undefined {
  const group = textOf(section, 'group');
  if (group === undefined) return undefined;
  if (textOf(section, 'device') !== undefined) {
    return { what: "'device' and 'group' are both given", expected: 'one of them' };
  }
  if (groups.has(group)) return undefined;
  const expected = nearNames(group, [...groups.keys()]) ?? 'the name of a section device_group';
  return { what: `there is no device_group '${group}'`, expected };
}
