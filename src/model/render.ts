/** A plan for people: what changes and why, what is lost by it, and the same as lines of ip(8), tc(8) and ethtool(8). */
import { type Change, subjectOf } from './diff.ts';
import { commandsOf, pathOf } from './resource/registry.ts';

/** One change as data, for `--json` and for scripts. */
export interface RenderedChange {
  readonly action: string;
  readonly path: string;
  readonly differences: readonly { readonly what: string; readonly found: string; readonly wanted: string }[];
  /** Traffic that is lost by it, in words. */
  readonly loses: readonly string[];
  readonly commands: readonly string[];
}

export function renderChange(change: Change): RenderedChange {
  const subject = subjectOf(change);
  return {
    action: change.action,
    path: pathOf(subject),
    differences: change.differences.map(({ what, found, wanted }) => ({ what, found, wanted })),
    loses: lossesOf(change),
    commands: commandsOf(change.action, subject),
  };
}

/** Traffic that is lost by a change, each loss once. */
export function lossesOf(change: Change): readonly string[] {
  return [...new Set([...change.differences.flatMap(({ loses }) => loses ?? []), ...lossesOfTree(change)])];
}

/** What is lost with a class or its qdisc, and what the kernel ends with it. */
function lossesOfTree({ action, found, takes = [] }: Change): string[] {
  const hasQueue = found?.type === 'class' || (found?.type === 'qdisc' && typeof found.parent === 'number');
  const own = action === 'delete' && hasQueue ? ['packets queued in it'] : [];
  if (takes.length === 0) return own;
  const counts = TREE_WORDS.flatMap(([type, one, many]) => {
    const count = takes.filter((resource) => resource.type === type).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  });
  return [...own, `what stands on it: ${counts.join(', ')}`];
}

const TREE_WORDS = [
  ['qdisc', 'qdisc', 'qdiscs'],
  ['class', 'class', 'classes'],
  ['filter', 'filter', 'filters'],
] as const;

/** The plan as a script with comments; empty for no changes. */
export function formatPlan(changes: readonly Change[]): string {
  return changes.map((change) => `${formatChange(renderChange(change))}\n`).join('');
}

function formatChange(change: RenderedChange): string {
  const lines = [`# ${change.action} ${change.path}`];
  for (const { what, found, wanted } of change.differences) lines.push(`#   ${what}: ${found} -> ${wanted}`);
  for (const loss of change.loses) lines.push(`#   loses ${loss}`);
  return [...lines, ...change.commands].join('\n');
}
