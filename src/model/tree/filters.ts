/** The sections `filter` and `action`: what looks at packets where, and what becomes of those that it finds. */
import { type SectionText, whereSection } from '../../schema/section.ts';
import { actionRows, filterRows } from '../../schema/tree.ts';
import { ALL_PROTOCOLS, type PlaceText } from '../../schema/tree_fields.ts';
import type { ActionKind } from '../../tc/action/kind.ts';
import { ACTION_NAMES, actionKind } from '../../tc/action/registry.ts';
import type { FilterKind } from '../../tc/filter/kind.ts';
import { FILTER_NAMES, filterKind } from '../../tc/filter/registry.ts';
import { formatHandle, majorOf, makeHandle } from '../../tc/handle.ts';
import type { OptionValues } from '../../tc/kind.ts';
import { impliedProtocol, problemsFor } from './filter_protocol.ts';
import { deviceProblem } from './groups.ts';
import type { OptionStore } from './options.ts';
import { textOf } from './places.ts';
import { SectionReader, type Self } from './reading.ts';
import type { Report } from './report.ts';
import type { ActionUse, ClassSection, FilterSection, GivenOptions, QdiscSection, Stand } from './sections.ts';
import type { Standing } from './standing.ts';

/** Qdiscs that filters can stand on (`tcf_block` in net/sched/sch_*.c). */
export const SORTING: readonly string[] = [
  ...['htb', 'hfsc', 'drr', 'qfq', 'prio', 'ets', 'fq_codel', 'fq_pie', 'sfq', 'cake', 'ingress', 'clsact'],
];

/** A section `action`. */
interface Action {
  readonly self: Self;
  readonly set: ActionKind;
  readonly options: GivenOptions;
}

export function parseFilters(
  texts: readonly SectionText[],
  file: string,
  standing: Standing,
  report: Report,
  store: OptionStore,
): FilterSection[] {
  return new FilterParser(file, standing, report, store).parse(texts);
}

class FilterParser {
  private readonly file: string;
  private readonly standing: Standing;
  private readonly report: Report;
  private readonly reader: SectionReader;
  private readonly store: OptionStore;
  /** Undefined for one that has an error, or is switched off. */
  private readonly actions = new Map<string, Action | undefined>();
  private readonly used = new Set<string>();
  private byHandle: ReadonlyMap<number, readonly (QdiscSection | ClassSection)[]> | undefined;

  constructor(file: string, standing: Standing, report: Report, store: OptionStore) {
    this.file = file;
    this.standing = standing;
    this.report = report;
    this.store = store;
    this.reader = new SectionReader(file, report, store);
  }

  parse(texts: readonly SectionText[]): FilterSection[] {
    for (const text of texts) if (text.type === 'action') this.actions.set(text.name, this.action(text));
    const filters = texts.flatMap((text) => (text.type === 'filter' ? this.filter(text) : []));
    for (const [name, action] of this.actions) {
      if (action !== undefined && !this.used.has(name)) this.report.warning(action.self, 'no filter has this action');
    }
    return filters;
  }

  private action(text: SectionText): Action | undefined {
    const kind = textOf(text, 'kind');
    const set = kind === undefined ? undefined : actionKind(kind);
    const before = this.report.issues.length;
    const { self, given } = this.reader.read<typeof actionRows>(text, actionRows, `action ${kind}`, [['', set]]);
    if (kind === undefined) this.report.error(self, 'no kind', "option 'kind', such as police");
    else if (set === undefined) this.unknownKind(text, 'action', kind, ACTION_NAMES);
    const [options] = given;
    const isRight = set !== undefined && options !== undefined && this.report.issues.length === before;
    return isRight ? { self, set, options } : undefined;
  }

  private filter(text: SectionText): FilterSection[] {
    const kind = textOf(text, 'kind');
    const set = kind === undefined ? undefined : filterKind(kind);
    const { values, self, given } = this.reader.read<typeof filterRows>(text, filterRows, `filter ${kind}`, [
      ['', set],
    ]);
    if (values.enabled === false) this.report.leaveOut(self.name);
    if (kind === undefined) this.report.error(self, 'no kind', "option 'kind', such as u32");
    else if (set === undefined) this.unknownKind(text, 'filter', kind, FILTER_NAMES);
    const options = given[0]?.values ?? {};
    const protocol = values.protocol ?? (set === undefined ? ALL_PROTOCOLS : impliedProtocol(set, options));
    if (set !== undefined) this.checkOptions(self, set, options, protocol);
    const { stand, devices } = this.stand(text, self, values.parent);
    const target = values.class === undefined ? undefined : this.target(self, values.class, stand, devices);
    if (set !== undefined && values.class === undefined && values.action === undefined && kind !== 'bpf') {
      this.report.warning(self, 'it does nothing with what it finds', "option 'class' or list 'action'");
    }
    return [
      {
        type: 'filter',
        ...self,
        devices,
        stand,
        kind: kind ?? '',
        options,
        protocol,
        chain: values.chain ?? 0,
        preference: values.preference,
        target,
        actions: (values.action ?? []).flatMap((name) => this.actionNamed(self, name, stand)),
      },
    ];
  }

  private checkOptions(self: Self, set: FilterKind, options: OptionValues, protocol: number): void {
    const problems = [...(set.check?.({ ...set.initial, ...options }) ?? []), ...problemsFor(set, options, protocol)];
    for (const what of problems) this.report.error(self, what);
  }

  private unknownKind(text: SectionText, what: string, kind: string, names: readonly string[]): void {
    const line = text.options.find(({ name }) => name === 'kind')?.line;
    const where = `${whereSection(this.file, text, line)}, option 'kind'`;
    const expected = this.report.nearNames(kind, names) ?? `one of ${names.join(' ')}`;
    this.report.error({ name: text.name, where }, `unknown kind of ${what} '${kind}'`, expected);
  }

  private actionNamed(self: Self, name: string, stand: Stand): ActionUse[] {
    const action = this.actions.get(name);
    if (action !== undefined) {
      this.used.add(name);
      const above = stand.at === 'section' ? stand.section.bearer : undefined;
      return [{ name, kind: action.set.kind, bearer: this.store.leafBearer(action.set, action.options, above) }];
    }
    if (this.actions.has(name)) {
      this.report.error(self, `left out, since action '${name}' has an error`);
    } else {
      const expected = this.report.nearNames(name, this.actions.keys()) ?? 'the name of a section action';
      this.report.error(self, `list 'action': there is no action '${name}'`, expected);
    }
    return [];
  }

  private stand(
    text: SectionText,
    self: Self,
    parent: PlaceText | undefined,
  ): { stand: Stand; devices: readonly string[] } {
    const own = this.standing.devicesOf(text);
    const problem = deviceProblem(text, this.standing.groups);
    if (problem !== undefined) this.report.error(self, problem.what, problem.expected);
    const nowhere = { stand: { at: 'root' } as const, devices: own };
    if (parent === undefined) {
      if (textOf(text, 'parent') === undefined)
        this.report.error(self, 'no parent', 'a qdisc, a class, ingress or egress');
      return nowhere;
    }
    // Without a device even `root` is the name of a section.
    const named = own.length === 0 ? this.standing.byName.get(textOf(text, 'parent') ?? '') : undefined;
    const section = named ?? this.sectionAt(parent, own);
    if (section !== undefined) return this.standOn(self, section, own);
    if (parent.at === 'section') {
      if (this.standing.names.has(parent.name)) this.report.error(self, `left out, since '${parent.name}' is`);
      else {
        const expected = this.report.nearNames(parent.name, this.standing.names) ?? 'the name of a qdisc or class';
        this.report.error(self, `option 'parent': there is no section '${parent.name}' of a qdisc or class`, expected);
      }
      return nowhere;
    }
    if (own.length === 0 && problem === undefined) {
      this.report.error(self, 'no device', "option 'device' or option 'group'");
      return nowhere;
    }
    if (parent.at === 'root') {
      this.report.error(self, "option 'parent': no section is at the root there", "another tool's qdisc by its handle");
      return nowhere;
    }
    return { stand: parent, devices: own };
  }

  private standOn(
    self: Self,
    section: QdiscSection | ClassSection,
    own: readonly string[],
  ): { stand: Stand; devices: readonly string[] } {
    const other = own.find((device) => !section.devices.includes(device));
    if (other !== undefined)
      this.report.error(self, `'${section.name}' is not on ${other}`, section.devices.join(', '));
    if (section.type === 'qdisc' && section.qdiscKind !== undefined && !SORTING.includes(section.kind)) {
      this.report.error(self, `option 'parent': ${section.kind} takes no filters`, 'a qdisc with classes');
    }
    return { stand: { at: 'section', section }, devices: own.length > 0 ? own : section.devices };
  }

  /** The section that a place is, where it is one. */
  private sectionAt(place: PlaceText, devices: readonly string[]): QdiscSection | ClassSection | undefined {
    const { byName, sections } = this.standing;
    if (place.at === 'section') return byName.get(place.name);
    const isOn = (section: QdiscSection | ClassSection): boolean =>
      devices.every((device) => section.devices.includes(device));
    if (place.at === 'root')
      return sections.find((one) => one.stand.at === 'root' && one.type === 'qdisc' && isOn(one));
    if (place.at !== 'handle') return undefined;
    const found = (this.handles().get(place.handle) ?? []).filter(isOn);
    return devices.length > 0 || found.length === 1 ? found[0] : undefined;
  }

  /** The sections by the handles that they were given, worked out when the first filter asks. */
  private handles(): ReadonlyMap<number, readonly (QdiscSection | ClassSection)[]> {
    if (this.byHandle !== undefined) return this.byHandle;
    const byHandle = new Map<number, (QdiscSection | ClassSection)[]>();
    for (const section of this.standing.sections) {
      const handle = handleOf(section);
      if (handle === undefined) continue;
      const known = byHandle.get(handle);
      if (known === undefined) byHandle.set(handle, [section]);
      else known.push(section);
    }
    this.byHandle = byHandle;
    return byHandle;
  }

  private target(self: Self, place: PlaceText, stand: Stand, devices: readonly string[]): Stand | undefined {
    const option = "option 'class'";
    if (place.at !== 'section' && place.at !== 'handle') {
      this.report.error(self, `${option}: ${place.at} is no class`, 'the name of a class');
      return undefined;
    }
    const section = this.sectionAt(place, devices);
    if (section === undefined && place.at === 'section') {
      if (this.standing.names.has(place.name)) this.report.error(self, `left out, since '${place.name}' is`);
      else {
        const expected = this.report.nearNames(place.name, this.standing.names) ?? 'the name of a class';
        this.report.error(self, `${option}: there is no class '${place.name}'`, expected);
      }
      return undefined;
    }
    const sorts = sortedBy(stand);
    if (section === undefined) {
      const handle = place.at === 'handle' ? place.handle : 0;
      if (sorts !== majorOf(handle))
        this.report.error(self, `${option}: ${formatHandle(handle)} is no class of its parent`);
      return { at: 'handle', handle };
    }
    const isItsClass = section.type === 'class' && (section.qdisc ?? section.foreignMajor) === sorts;
    const isThere = devices.every((device) => section.devices.includes(device));
    if (!isItsClass || !isThere) {
      this.report.error(self, `${option}: '${section.name}' is no class of the qdisc that it stands on`);
    }
    return { at: 'section', section };
  }
}

/** Whose classes a filter there can sort into: a qdisc, or the major of another tool's; nobody's at a hook. */
function sortedBy(stand: Stand): QdiscSection | number | undefined {
  if (stand.at === 'handle') return majorOf(stand.handle);
  if (stand.at !== 'section') return undefined;
  const { section } = stand;
  return section.type === 'qdisc' ? section : (section.qdisc ?? section.foreignMajor);
}

/** The handle that a section was given. */
function handleOf(section: QdiscSection | ClassSection): number | undefined {
  if (section.type === 'qdisc') return section.handle;
  const major = section.qdisc?.handle === undefined ? section.foreignMajor : majorOf(section.qdisc.handle);
  if (major === undefined || section.minor === undefined) return undefined;
  return makeHandle(major, section.minor);
}
