/** The issues of trees, and which sections are left out for them. */
import type { Issue, Severity } from '../../lib/issue.ts';
import { hasErrors } from '../../lib/issue.ts';
import { nearNames } from '../../schema/section.ts';
import type { ClassSection, QdiscSection, Stand, TreeSection } from './sections.ts';

/** What of the sections that were left out is told by name. */
const MOST_NAMES = 5;
const MOST_SEARCHES = 20;

export class Report {
  readonly issues: Issue[] = [];
  private readonly broken = new Set<string>();
  /** Switched off, or for a reason that is told elsewhere. */
  private readonly quiet = new Set<string>();
  readonly file: string;
  private searches = 0;

  constructor(file: string) {
    this.file = file;
  }

  /** Issues of the section with this name; an error leaves it out. */
  add(name: string, issues: readonly Issue[]): void {
    this.issues.push(...issues);
    if (hasErrors(issues)) this.broken.add(name);
  }

  error(section: { readonly name: string; readonly where: string }, what: string, expected?: string): void {
    this.add(section.name, [issueOf('error', section.where, what, expected)]);
  }

  warning(section: { readonly where: string }, what: string, expected?: string): void {
    this.issues.push(issueOf('warning', section.where, what, expected));
  }

  /** See {@link nearNames}: a search through thousands, which is made for the first few of thousands of mistakes. */
  nearNames(name: string, known: Iterable<string>): string | undefined {
    this.searches++;
    return this.searches > MOST_SEARCHES ? undefined : nearNames(name, [...known]);
  }

  isBroken(name: string): boolean {
    return this.broken.has(name);
  }

  /** The issues by their lines. */
  inOrder(): Issue[] {
    const lineOf = ({ where }: Issue): number => Number(/^[0-9]*/.exec(where.slice(this.file.length + 1))?.[0] ?? 0);
    const lines = new Map(this.issues.map((issue) => [issue, lineOf(issue)]));
    return [...this.issues].sort((a, b) => (lines.get(a) ?? 0) - (lines.get(b) ?? 0));
  }

  /** Without an issue. */
  leaveOut(name: string): void {
    this.quiet.add(name);
  }

  /** The sections without those that have errors and what stands on them. `sections` has parents first. */
  holding<S extends TreeSection>(sections: readonly S[]): S[] {
    const gone = this.causes(sections);
    return sections.filter(({ name }) => !gone.has(name));
  }

  /** Says of each section with an error what is left out with it. */
  reportLeftOut(sections: readonly TreeSection[]): void {
    const causes = this.causes(sections);
    const leftOut = new Map<TreeSection, string[]>();
    for (const section of sections) {
      const cause = causes.get(section.name);
      if (cause === undefined || cause === section || !this.broken.has(cause.name)) continue;
      const names = leftOut.get(cause) ?? [];
      names.push(`${section.type} '${section.name}'`);
      leftOut.set(cause, names);
    }
    for (const [cause, names] of leftOut) {
      const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
      this.warning(cause, `left out, and so is what stands on it: ${names.slice(0, MOST_NAMES).join(', ')}${more}`);
    }
  }

  /** Each section that is left out, with the one that is to blame. */
  private causes(sections: readonly TreeSection[]): Map<string, TreeSection> {
    const causes = new Map<string, TreeSection>();
    for (const section of sections) {
      const above = standsOn(section).map((one) => causes.get(one.name));
      const isCause = this.broken.has(section.name) || this.quiet.has(section.name);
      const cause = isCause ? section : above.find((one) => one !== undefined);
      if (cause !== undefined) causes.set(section.name, cause);
    }
    return causes;
  }
}

function standsOn(section: TreeSection): (QdiscSection | ClassSection)[] {
  const stands: (Stand | undefined)[] = [section.stand, section.type === 'filter' ? section.target : undefined];
  return stands.flatMap((stand) => (stand?.at === 'section' ? [stand.section] : []));
}

function issueOf(severity: Severity, where: string, what: string, expected: string | undefined): Issue {
  return expected === undefined ? { severity, where, what } : { severity, where, what, expected };
}
