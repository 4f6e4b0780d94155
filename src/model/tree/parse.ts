/**
 * From the sections `device_group`, `qdisc`, `class`, `filter`, `action`, `qos` and `queue` to trees, with every mistake as an issue.
 *
 * A section with an error is left out together with what stands on it, and the rest holds.
 */
import type { Issue } from '../../lib/issue.ts';
import type { SectionText } from '../../schema/section.ts';
import { TREE_SECTIONS } from '../tree_sections.ts';
import { checkDefaultsHeld, checkTrees, rootOwners } from './checks.ts';
import { parseFilters } from './filters.ts';
import { parseOpenVswitch, type QosConfig } from './open_vswitch.ts';
import { OptionStore } from './options.ts';
import { rateBases } from './rate_bases.ts';
import { checkRates } from './rate_checks.ts';
import { Report } from './report.ts';
import { SectionIndex } from './section_index.ts';
import type { ShaperOnDevice, TreeSection, TreesConfig } from './sections.ts';
import { parseStanding } from './standing.ts';
import { TreeRates } from './tree_rates.ts';

/** The trees in `sections` of the file named `file`, or undefined where there are none. */
export function parseTrees(
  sections: readonly SectionText[],
  file: string,
  shapers: readonly ShaperOnDevice[],
  issues: Issue[],
): TreesConfig | undefined {
  const own = sections.filter(({ type }) => TREE_SECTIONS.includes(type));
  if (own.length === 0) return undefined;
  const report = new Report(file);
  const store = new OptionStore();
  const standing = parseStanding(own, file, report, store);
  const filters = parseFilters(own, file, standing, report, store);
  const all = [...standing.sections, ...filters];
  checkTrees(all, shapers, report);
  const shaperRates = new Map(shapers.map((shaper) => [shaper.name, shaper]));
  const rates = new TreeRates({ sections: all, shaperRates }, { store });
  checkRates(all, rates, report, 'without the link');
  report.reportLeftOut(all);
  const held = report.holding(all);
  checkDefaultsHeld(held, report);
  const qos = parseOpenVswitch(own, file, standing.groups, rootOwners(standing.sections, shapers), report.issues);
  issues.push(...report.inOrder());
  return {
    sections: held,
    shaperRates,
    qos,
    devices: devicesOf(held, qos),
    ...rateBases(held),
    index: new SectionIndex(),
    identity: {},
    change: undefined,
  };
}

function devicesOf(sections: readonly TreeSection[], qos: readonly QosConfig[]): Set<string> {
  const devices = new Set<string>();
  for (const section of sections) for (const device of section.devices) devices.add(device);
  for (const one of qos) if (one.type !== 'linux-noop') for (const device of one.devices) devices.add(device);
  return devices;
}
