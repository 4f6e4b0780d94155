/**
 * Trees of which a few classes have other options now: these are read, and everything else stays the same object, so that what comes of it
 * can be told by its identity. To read all of ten thousand sections takes a router seconds.
 */
import type { SectionChange, SectionText } from '../../schema/section.ts';
import { classRows } from '../../schema/tree.ts';
import { checkTrees } from './checks.ts';
import { OptionStore } from './options.ts';
import { rateBases } from './rate_bases.ts';
import { checkRates } from './rate_checks.ts';
import { Report } from './report.ts';
import type { SectionIndex } from './section_index.ts';
import type { ClassSection, Stand, TreeSection, TreesConfig } from './sections.ts';
import { parseClassAlone } from './standing.ts';
import { TreeRates } from './tree_rates.ts';

/** So many classes below those that changed are made anew one by one. */
const MOST_CLASSES = 256;

/**
 * `config` with these sections `class` as they are after their changes. Undefined where one changes its place or its numbers, where
 * a rate elsewhere is a share of one of its rates, or where there is something to say of it: then the file is to be read as a whole.
 */
export function withChangedClasses(
  config: TreesConfig,
  changes: readonly SectionChange[],
  file: string,
): TreesConfig | undefined {
  const report = new Report(file);
  const change = new Change(config, report);
  if (!changes.every((section) => change.replace(section)) || !change.replaceFollowing()) return undefined;
  const { sections, classes, store } = change;
  if (classes.some(({ name }) => config.rateSources.has(name))) return undefined;
  checkTrees(classes, [], report);
  const rates = new TreeRates({ sections, shaperRates: config.shaperRates }, { store });
  checkRates(classes, rates, report, 'without the link', change.siblings());
  if (report.issues.length > 0) return undefined;
  const bases = rateBases(classes);
  return {
    ...config,
    sections,
    // What no rate is a share of any more is only looked at as a whole.
    rateSources: new Set([...config.rateSources, ...bases.rateSources]),
    followsLink: config.followsLink || bases.followsLink,
    identity: {},
    change: { of: config.identity, classes },
  };
}

class Change {
  readonly sections: TreeSection[];
  /** Parents before what stands on them. */
  readonly classes: ClassSection[] = [];
  readonly store = new OptionStore();
  private readonly index: ReturnType<SectionIndex['of']>;
  private readonly report: Report;

  constructor({ sections, index }: TreesConfig, report: Report) {
    // A copy, for which the engine takes a tenth of the time that slice() does.
    this.sections = sections.toSpliced(0, 0);
    this.index = index.of(sections);
    this.report = report;
  }

  /** Puts a class as it is now in the place of what it was; false where more changes than the options of its kind, and of its leaf. */
  replace({ before, after }: SectionChange): boolean {
    const place = this.index.places.get(after.name) ?? -1;
    const old = this.sections[place];
    if (old?.type !== 'class' || old.stand.at !== 'section' || ownOptions(before) !== ownOptions(after)) return false;
    const section = parseClassAlone(after, old.stand.section, this.report, this.store);
    if (section === undefined) return false;
    this.put(place, { ...section, devices: old.devices, stand: old.stand });
    return true;
  }

  /** Has everything stand on the new classes that stood on the old, and sort into them; false where that is too much, or no class. */
  replaceFollowing(): boolean {
    const { sections, classes, index } = this;
    const done = new Set<ClassSection>();
    for (;;) {
      const parent = classes.find((section) => !done.has(section));
      if (parent === undefined) return true;
      done.add(parent);
      const stand: Stand = { at: 'section', section: parent };
      for (const place of index.standing.get(parent.name) ?? []) {
        const section = sections[place];
        if (section?.type !== 'class' || classes.length >= MOST_CLASSES) return false;
        this.put(place, onAnother(section, parent, stand, this.store));
      }
      for (const place of index.sorting.get(parent.name) ?? []) {
        const filter = sections[place];
        if (filter?.type === 'filter') sections[place] = { ...filter, target: stand };
      }
    }
  }

  /** The classes beside the new ones on the same parents. */
  siblings(): ClassSection[] {
    const own = new Set<TreeSection>(this.classes);
    const parents = new Set(this.classes.flatMap(({ stand }) => (stand.at === 'section' ? stand.section.name : [])));
    const children = [...parents].flatMap((name) => this.index.standing.get(name) ?? []);
    return children.flatMap((place) => {
      const section = this.sections[place];
      return section?.type === 'class' && !own.has(section) ? section : [];
    });
  }

  private put(place: number, section: ClassSection): void {
    const known = this.classes.findIndex(({ name }) => name === section.name);
    // Behind what it stands on now, so that what stands on it follows once more.
    if (known >= 0) this.classes.splice(known, 1);
    this.classes.push(section);
    this.sections[place] = section;
  }
}

/** The options of the type: its place, its numbers, and which leaf it has. */
function ownOptions({ options }: SectionText): string {
  const own = options.filter(({ name }) => Object.hasOwn(classRows, name));
  return JSON.stringify(own.map(({ name, value }) => [name, value]));
}

function onAnother(section: ClassSection, parent: ClassSection, stand: Stand, store: OptionStore): ClassSection {
  const { bearer: before, leaf } = section;
  const bearer = store.bearer(before.set, before.options, parent.bearer);
  const isLeafOnIt = leaf?.above === before;
  return {
    ...section,
    stand,
    bearer,
    leaf: leaf !== undefined && isLeafOnIt ? store.bearer(leaf.set, leaf.options, bearer) : leaf,
  };
}
