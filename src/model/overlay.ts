/** What was set for a while over the options of a section, without a word of it in the file. */
import type { OptionText, SectionText } from '../schema/section.ts';
import { allShaperRows } from './config.ts';
import { TREE_SECTIONS } from './tree_sections.ts';

/** A value as UCI would have it. */
export type OverlayValue = string | readonly string[];

interface OverlaidOption {
  readonly value: OverlayValue;
  /** On the monotonic clock; infinite for what stays until it is reset. */
  readonly untilMs: number;
}

/** By the name of the section, then by option. */
export type Overlay = ReadonlyMap<string, ReadonlyMap<string, OverlaidOption>>;

/** What belongs to a place and not to a moment. */
const NOT_SETTABLE: readonly string[] = ['device', 'interface'];

/** The options of a shaper that can be set for a while. */
export const SETTABLE_OPTIONS: readonly string[] = Object.keys(allShaperRows).filter(
  (name) => !NOT_SETTABLE.includes(name),
);

/** What of a section of a tree belongs to its place in it. */
const PLACE_IN_TREE: readonly string[] = [...NOT_SETTABLE, 'group', 'parent', 'kind', 'handle', 'minor', 'existing'];

/** The types of sections that something can be set over for a while. */
const SETTABLE_SECTIONS: readonly string[] = ['shaper', ...TREE_SECTIONS];

/** What is wrong with setting an option of a section of a tree; whether its value is right, the section as a whole shows. */
export function treeOverlayProblem(option: string): string | undefined {
  return PLACE_IN_TREE.includes(option) ? `'${option}': only the configuration file can say it` : undefined;
}

/** What is wrong with a value for an option, naming it, what was expected and what came; undefined where nothing is. */
export function overlayProblem(option: string, value: OverlayValue): string | undefined {
  const row = Object.hasOwn(allShaperRows, option) ? allShaperRows[option] : undefined;
  if (row === undefined) return `'${option}': there is no such option of a shaper`;
  if (NOT_SETTABLE.includes(option)) return `'${option}': only the configuration file can say it`;
  const words = typeof value === 'string' ? (row.repeatable ? value.split(' ') : [value]) : value;
  if (typeof value !== 'string' && row.repeatable !== true) {
    return `'${option}': expected ${row.field.expected}, got a list`;
  }
  const wrong = words.find((word) => row.field.parse(word) === undefined);
  return wrong === undefined ? undefined : `'${option}': expected ${row.field.expected}, got '${wrong}'`;
}

/** The overlay with further options of one section. */
export function withOptions(
  overlay: Overlay,
  section: string,
  options: ReadonlyMap<string, OverlayValue>,
  untilMs: number,
): Overlay {
  const own = new Map(overlay.get(section));
  for (const [name, value] of options) own.set(name, { value, untilMs });
  return new Map([...overlay, [section, own]]);
}

/** The overlay without one section's options, or just without some of them. */
export function withoutOptions(overlay: Overlay, section: string, options?: readonly string[]): Overlay {
  const left = [...(overlay.get(section) ?? [])].filter(([name]) => options !== undefined && !options.includes(name));
  const others = [...overlay].filter(([name]) => name !== section);
  return new Map(left.length === 0 ? others : [...others, [section, new Map(left)]]);
}

/** The overlay without what was set until now or before. */
export function withoutExpired(overlay: Overlay, nowMs: number): Overlay {
  const left = [...overlay].map(
    ([section, options]) => [section, new Map([...options].filter(([, { untilMs }]) => untilMs > nowMs))] as const,
  );
  return new Map(left.filter(([, options]) => options.size > 0));
}

/** When the first of it expires; infinite where nothing does. */
export function firstExpiryMs(overlay: Overlay): number {
  const times = [...overlay.values()].flatMap((options) => [...options.values()].map(({ untilMs }) => untilMs));
  return Math.min(Number.POSITIVE_INFINITY, ...times);
}

/** The sections as if the overlay stood in the file. */
export function overlaid(sections: readonly SectionText[], overlay: Overlay): readonly SectionText[] {
  return overlay.size === 0 ? sections : sections.map((section) => overlaidSection(section, overlay));
}

/** A section as if the overlay stood in the file. */
export function overlaidSection(section: SectionText, overlay: Overlay): SectionText {
  const set = SETTABLE_SECTIONS.includes(section.type) ? overlay.get(section.name) : undefined;
  if (set === undefined) return section;
  const kept = section.options.filter(({ name }) => !set.has(name));
  const added = [...set].map(([name, { value }]): OptionText => ({ name, value, line: section.line, itemLines: [] }));
  return { ...section, options: [...kept, ...added] };
}
