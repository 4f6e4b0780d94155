/** The sections `qdisc` and `class`: each with its kind, its options, and where it stands. */
import { linkLayer } from '../../schema/link.ts';
import { type SectionText, whereSection } from '../../schema/section.ts';
import { classRows, qdiscRows } from '../../schema/tree.ts';
import { place } from '../../schema/tree_fields.ts';
import { everyQdisc, QDISC_NAMES } from '../../tc/every_qdisc.ts';
import { formatHandle, majorOf, minorOf } from '../../tc/handle.ts';
import type { QdiscKind } from '../../tc/kind.ts';
import { stab } from '../../tc/stab.ts';
import { completeCake, isCake, stabOf } from './computed.ts';
import { givenMinor } from './given_minor.ts';
import { type Groups, parseGroups } from './groups.ts';
import { NO_OPTIONS, type OptionStore, UNREAD_OPTIONS } from './options.ts';
import { placesOf, textOf } from './places.ts';
import { type PrefixedSet, SectionReader } from './reading.ts';
import type { Report } from './report.ts';
import type { Bearer, ClassSection, GivenOptions, QdiscSection, Stand } from './sections.ts';
import { Stands } from './stands.ts';

const PLACE = place();
/** Of the options of a class that are those of its leaf. */
const LEAF_PREFIX = 'leaf_';
/** Of the options of a qdisc that are those of its size table. */
const STAB_PREFIX = 'stab_';

/** What another tool's class is a class of where nothing says it, as PyQoS has it. */
const FOREIGN_KIND = 'htb';

/** The qdiscs and classes of a file, parents first, those with errors among them. */
export interface Standing {
  readonly groups: Groups;
  readonly sections: readonly (QdiscSection | ClassSection)[];
  readonly byName: ReadonlyMap<string, QdiscSection | ClassSection>;
  /** All names that sections of these types have, also those that were not read. */
  readonly names: ReadonlySet<string>;
  devicesOf(section: SectionText): readonly string[];
}

export function parseStanding(
  texts: readonly SectionText[],
  file: string,
  report: Report,
  store: OptionStore,
): Standing {
  return new StandingParser(texts, file, report, store).parse();
}

/** One section `class` by itself, on what it stands on. Undefined where it cannot be read. */
export function parseClassAlone(
  text: SectionText,
  parent: QdiscSection | ClassSection,
  report: Report,
  store: OptionStore,
): ClassSection | undefined {
  return new StandingParser([text], report.file, report, store).klass(text, parent);
}

class StandingParser {
  private readonly texts: readonly SectionText[];
  private readonly file: string;
  private readonly report: Report;
  private readonly store: OptionStore;
  private readonly groups: Groups;
  /** Leaves of CAKE by what was written. */
  private readonly cakes = new Map<GivenOptions, GivenOptions>();
  private readonly reader: SectionReader;
  private readonly stands: Stands;
  private readonly byName = new Map<string, QdiscSection | ClassSection>();
  private readonly names: ReadonlySet<string>;

  constructor(texts: readonly SectionText[], file: string, report: Report, store: OptionStore) {
    this.texts = texts.filter(({ type }) => type === 'qdisc' || type === 'class');
    this.file = file;
    this.report = report;
    this.store = store;
    this.reader = new SectionReader(file, report, store);
    this.groups = parseGroups(texts, file, report.issues);
    this.names = new Set(this.texts.map(({ name }) => name));
    this.stands = new Stands(report, this.groups, this.names);
  }

  parse(): Standing {
    const devicesOf = (section: SectionText): readonly string[] => this.stands.devicesNamed(section);
    const { order, circles, parentOf } = placesOf(this.texts, devicesOf);
    for (const circle of circles) {
      const around = [...circle, ...circle.slice(0, 1)].map(({ name }) => `'${name}'`).join(' on ');
      for (const section of circle) {
        const where = whereSection(this.file, section);
        this.report.error({ name: section.name, where }, `it stands on itself: ${around}`);
      }
    }
    const isRead = new Set(order);
    const isOnCircle = new Set(circles.flat());
    for (const text of this.texts) {
      // What is on a circle, or stands on one, has options that can be wrong too.
      if (!isRead.has(text)) this.parseSection(text, undefined, true);
      if (!isRead.has(text) && !isOnCircle.has(text)) {
        const what = `left out, since what it stands on is`;
        this.report.warning({ where: whereSection(this.file, text) }, what);
      }
    }
    for (const text of order) {
      const parent = parentOf.get(text);
      this.parseSection(text, parent === undefined ? undefined : this.byName.get(parent.name), false);
    }
    return {
      groups: this.groups,
      sections: order.flatMap(({ name }) => this.byName.get(name) ?? []),
      byName: this.byName,
      names: this.names,
      devicesOf,
    };
  }

  private parseSection(text: SectionText, parent: QdiscSection | ClassSection | undefined, isLost: boolean): void {
    const section = text.type === 'qdisc' ? this.qdisc(text, parent) : this.klass(text, parent);
    if (!isLost && section !== undefined) this.byName.set(text.name, section);
  }

  private qdisc(text: SectionText, parent: QdiscSection | ClassSection | undefined): QdiscSection | undefined {
    const kind = textOf(text, 'kind');
    const qdiscKind = kind === undefined ? undefined : this.kindNamed(text, 'kind', kind);
    const sets: PrefixedSet[] = [
      [STAB_PREFIX, stab()],
      ['', qdiscKind],
    ];
    const { values, self, given } = this.reader.read<typeof qdiscRows>(text, qdiscRows, `qdisc ${kind}`, sets);
    const [sizes = NO_OPTIONS, own = NO_OPTIONS] = given;
    if (values.enabled === false) this.report.leaveOut(self.name);
    if (kind === undefined) this.report.error(self, 'no kind', "option 'kind', such as htb");
    const { stand, devices } = this.stands.of(
      text,
      self,
      parent,
      qdiscKind?.place === 'hook' ? 'ingress' : 'root',
      values.parent,
    );
    const link = values.link === undefined ? undefined : linkLayer(values.link);
    const takesLink = qdiscKind !== undefined && isCake(qdiscKind);
    const options = takesLink ? { ...own, values: this.store.shared(completeCake(own.values, link)) } : own;
    const ofLink = takesLink || link === undefined ? {} : stabOf(link);
    const table = this.store.shared({ ...ofLink, ...sizes.values });
    if (link?.atm === 'ptm' && !takesLink) {
      this.report.warning(
        self,
        "option 'link': the kernel counts no PTM for this kind; take 1/65 off its rate",
        'cake',
      );
    }
    const { handle } = values;
    if (handle !== undefined && minorOf(handle) !== 0) {
      this.report.error(self, `option 'handle': ${formatHandle(handle)} is that of a class`, 'a handle such as 1:');
    }
    return {
      type: 'qdisc',
      ...self,
      devices,
      stand,
      kind: kind ?? '',
      qdiscKind,
      bearer: this.store.bearer(qdiscKind, options, bearerAbove(stand)),
      handle,
      stab: isEmpty(table) ? undefined : table,
    };
  }

  klass(text: SectionText, parent: QdiscSection | ClassSection | undefined): ClassSection | undefined {
    const qdisc = parent?.type === 'class' ? parent.qdisc : parent;
    const named = textOf(text, 'kind');
    const isForeign = parent === undefined && PLACE.parse(textOf(text, 'parent') ?? '1:')?.at === 'handle';
    const kind = qdisc?.kind ?? parent?.kind ?? named ?? (isForeign ? FOREIGN_KIND : undefined);
    const qdiscKind =
      kind === undefined || parent !== undefined
        ? (qdisc?.qdiscKind ?? everyQdisc(kind ?? ''))
        : this.kindNamed(text, 'kind', kind);
    const set = qdiscKind?.classes;
    const leafName = textOf(text, 'leaf');
    const leafKind = leafName === undefined ? undefined : this.kindNamed(text, 'leaf', leafName);
    const sets: PrefixedSet[] = [['', set]];
    if (leafName !== undefined) sets.unshift([LEAF_PREFIX, leafKind]);
    const kinds = `class ${kind} ${leafName}`;
    const { values, self, given } = this.reader.read<typeof classRows>(text, classRows, kinds, sets);
    const own = given[given.length - 1] ?? NO_OPTIONS;
    if (values.enabled === false) this.report.leaveOut(self.name);
    const existing = values.existing === true;
    const { stand, devices } = existing
      ? { stand: { at: 'handle', handle: values.handle ?? 0 } as const, devices: this.stands.devicesOf(text, self) }
      : this.stands.of(text, self, parent, undefined, values.parent);
    if (named !== undefined && parent !== undefined && named !== kind) {
      this.report.error(self, `option 'kind': its qdisc '${qdisc?.name ?? parent.name}' is ${kind}`, `'${kind}'`);
    }
    const isClassless =
      qdiscKind !== undefined && set === undefined && (qdiscKind.bands === undefined || parent?.type === 'class');
    if (isClassless) {
      const on = parent === undefined ? 'it' : `'${parent.name}' (${kind})`;
      const what = parent?.type === 'class' ? `${on} has no classes below it` : `${on} has no classes`;
      this.report.error(self, what, 'a qdisc with classes such as htb');
    }
    const foreignMajor =
      stand.at === 'handle' ? majorOf(stand.handle) : parent?.type === 'class' ? parent.foreignMajor : undefined;
    const minor = givenMinor(self, values, { qdisc, foreignMajor }, this.report);
    if (existing && (values.handle === undefined || values.parent !== undefined)) {
      this.report.error(
        self,
        "another tool's class is named by its handle alone",
        "option 'handle' such as 1:10, and no 'parent'",
      );
    }
    const isLost = parent === undefined && stand.at !== 'handle';
    const bearer = this.store.bearer(set, set === undefined ? NO_OPTIONS : own, isLost ? LOST : bearerAbove(stand));
    const leaf =
      leafKind === undefined
        ? undefined
        : this.store.leafBearer(leafKind, this.completed(leafKind, given[0] ?? NO_OPTIONS), bearer);
    return {
      type: 'class',
      ...self,
      devices,
      stand,
      kind: kind ?? '',
      qdisc,
      foreignMajor,
      bearer,
      minor,
      existing,
      isDefault: values.default === true,
      mark: values.mark,
      leaf,
      depth: parent?.type === 'class' ? parent.depth + 1 : 1,
    };
  }

  /** A leaf of CAKE, as tc(8) would set it up. */
  private completed(kind: QdiscKind, options: GivenOptions): GivenOptions {
    if (!isCake(kind)) return options;
    const known = this.cakes.get(options) ?? {
      ...options,
      values: this.store.shared(completeCake(options.values, undefined)),
    };
    this.cakes.set(options, known);
    return known;
  }

  private kindNamed(text: SectionText, option: string, kind: string): QdiscKind | undefined {
    const found = everyQdisc(kind);
    if (found !== undefined) return found;
    const line = text.options.find(({ name }) => name === option)?.line;
    const where = `${whereSection(this.file, text, line)}, option '${option}'`;
    const expected = this.report.nearNames(kind, QDISC_NAMES) ?? `one of ${QDISC_NAMES.join(' ')}`;
    this.report.error({ name: text.name, where }, `unknown kind of qdisc '${kind}'`, expected);
    return undefined;
  }
}

/** On what was meant to be there, and is not. */
const LOST: Bearer = { set: undefined, options: UNREAD_OPTIONS, above: undefined };

function bearerAbove(stand: Stand): Bearer | undefined {
  return stand.at === 'section' ? stand.section.bearer : undefined;
}

function isEmpty(values: object): boolean {
  return Object.keys(values).length === 0;
}
