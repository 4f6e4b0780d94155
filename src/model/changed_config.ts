/** A configuration of which a few sections say something else now. */
import type { Issue } from '../lib/issue.ts';
import { trees } from '../parts/trees.ts';
import type { SectionChange } from '../schema/section.ts';
import type { Config } from './config.ts';
import type { TreeSection } from './tree/sections.ts';

/**
 * The configuration with these sections as they are after their changes; undefined where that is not so simple, and the file is to be read as
 * a whole. `issues` are those of `config`, and of what comes of it too.
 */
export function withChangedSections(
  config: Config,
  changes: readonly SectionChange[],
  issues: readonly Issue[],
  file: string,
): Config | undefined {
  if (config.trees === undefined || !changes.every(({ after }) => after.type === 'class')) return undefined;
  const changed = trees().withChangedClasses(config.trees, changes, file);
  const classes = changed?.change?.classes ?? [];
  // Of a parent it may be said how much its classes have together.
  const touched = classes.flatMap((section) => [
    section,
    ...(section.stand.at === 'section' ? [section.stand.section] : []),
  ]);
  const isOld = issues.some(({ where }) => touched.some((section) => where.includes(labelOf(section))));
  return changed === undefined || isOld ? undefined : { ...config, trees: changed };
}

/** What every place of an issue about the section has in it: `: class 'voice'`. */
function labelOf({ where }: TreeSection): string {
  return where.slice(where.indexOf(': '));
}

/** Whether nothing but the trees differs. */
export function differsInTreesOnly(a: Config, b: Config): boolean {
  const others = ({ trees: _, ...rest }: Config): string => JSON.stringify(rest);
  return others(a) === others(b);
}
