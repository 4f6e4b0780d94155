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
  const loses = new Set(change.differences.flatMap((difference) => difference.loses ?? []));
  return {
    action: change.action,
    path: pathOf(subject),
    differences: change.differences.map(({ what, found, wanted }) => ({ what, found, wanted })),
    loses: [...loses],
    commands: commandsOf(change.action, subject),
  };
}

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
