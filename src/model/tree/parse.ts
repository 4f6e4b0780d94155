/**
 * From the sections `device_group`, `qdisc`, `class`, `filter` and `action` to trees, with every mistake as an issue.
 *
 * A section with an error is left out together with what stands on it, and the rest holds.
 */
import type { Issue } from '../../lib/issue.ts';
import type { SectionText } from '../../schema/section.ts';
import { checkTrees } from './checks.ts';
import { parseFilters } from './filters.ts';
import { GROUP_SECTION } from './groups.ts';
import { OptionStore } from './options.ts';
import { Report } from './report.ts';
import { Resolver } from './resolve.ts';
import type { ShaperRates, TreesConfig } from './sections.ts';
import { parseStanding } from './standing.ts';

export const QDISC_SECTION = 'qdisc';
export const CLASS_SECTION = 'class';
export const FILTER_SECTION = 'filter';
export const ACTION_SECTION = 'action';

export const TREE_SECTIONS: readonly string[] = [
  GROUP_SECTION,
  QDISC_SECTION,
  CLASS_SECTION,
  FILTER_SECTION,
  ACTION_SECTION,
];

/** What trees must know of a shaper: its rates, and where it has the root. */
export interface ShaperOnDevice extends ShaperRates {
  readonly name: string;
  readonly enabled: boolean;
  /** Undefined while it is not known. */
  readonly device: string | undefined;
}

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
  new Resolver({ sections: report.holding(all), shaperRates }, store, { report }).checkRates();
  report.reportLeftOut(all);
  issues.push(...report.issues);
  return { sections: report.holding(all), shaperRates };
}
