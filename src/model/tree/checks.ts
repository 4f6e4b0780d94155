/** What is wrong with trees as a whole: two in one place, numbers given twice, and more than the kernel can have. */

import { minor as minorField } from '../../schema/kind_fields.ts';
import { formatHandle, makeHandle } from '../../tc/handle.ts';
import type { QdiscKind } from '../../tc/kind.ts';
import { SORTING } from './filters.ts';
import type { Report } from './report.ts';
import type { ClassSection, QdiscSection, ShaperOnDevice, TreeSection } from './sections.ts';

/** Minors from 1 to 0xffff. */
const MOST_CLASSES = 0xffff;
/** TC_HTB_MAXDEPTH (<linux/pkt_sched.h>): the levels of classes. */
const MOST_HTB_LEVELS = 8;
/** Kinds whose classes may stand on one another; those of all others stand on the qdisc (`change_class` in net/sched/sch_*.c). */
const NESTING: readonly string[] = ['htb', 'hfsc'];

const MINOR = minorField();

export function checkTrees(sections: readonly TreeSection[], shapers: readonly ShaperOnDevice[], report: Report): void {
  const qdiscs = sections.filter((section) => section.type === 'qdisc');
  const classes = sections.filter((section) => section.type === 'class');
  checkRoots(qdiscs, shapers, report);
  checkHandles(qdiscs, report);
  checkOccupants(sections, report);
  for (const qdisc of qdiscs) checkPlace(qdisc, report);
  for (const section of classes) checkClass(section, report);
  checkMinors(classes, report);
  checkDefaults(qdiscs, classes, report);
}

/** The root of a device, and its hook, are of one section each. */
function checkRoots(qdiscs: readonly QdiscSection[], shapers: readonly ShaperOnDevice[], report: Report): void {
  const uploads = uploadsOf(shapers);
  const owners = new Map<string, QdiscSection>();
  for (const qdisc of qdiscs) {
    const { at } = qdisc.stand;
    if (at !== 'root' && at !== 'ingress') continue;
    for (const device of qdisc.devices) {
      const shaper = at === 'root' ? uploads.get(device) : undefined;
      if (shaper !== undefined) {
        report.error(qdisc, `the root of ${device} belongs to shaper '${shaper}', for its upload`, 'another device');
      }
      const owner = owners.get(`${at} ${device}`);
      if (owner === undefined) owners.set(`${at} ${device}`, qdisc);
      else report.error(qdisc, `the ${at} of ${device} belongs to qdisc '${owner.name}'`, 'one qdisc there');
    }
  }
}

/** Shapers by the device whose root they have for their upload. */
function uploadsOf(shapers: readonly ShaperOnDevice[]): Map<string, string> {
  const uploads = new Map<string, string>();
  for (const { name, enabled, device, uploadBitPerS } of shapers) {
    if (enabled && device !== undefined && uploadBitPerS > 0) uploads.set(device, name);
  }
  return uploads;
}

/** Who has the root of a device, as a message says it. */
export function rootOwners(
  sections: readonly (QdiscSection | ClassSection)[],
  shapers: readonly ShaperOnDevice[],
): Map<string, string> {
  const owners = new Map<string, string>();
  for (const [device, name] of uploadsOf(shapers)) owners.set(device, `shaper '${name}', for its upload`);
  for (const section of sections) {
    if (section.type !== 'qdisc' || section.stand.at !== 'root') continue;
    for (const device of section.devices) owners.set(device, `qdisc '${section.name}'`);
  }
  return owners;
}

function checkHandles(qdiscs: readonly QdiscSection[], report: Report): void {
  const owners = new Map<string, QdiscSection>();
  for (const qdisc of qdiscs) {
    if (qdisc.handle === undefined) continue;
    for (const device of qdisc.devices) {
      const key = `${formatHandle(qdisc.handle)} ${device}`;
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, qdisc);
      else
        report.error(qdisc, `the handle ${formatHandle(qdisc.handle)} of ${device} is that of qdisc '${owner.name}'`);
    }
  }
}

/** A class has one qdisc in it, or classes below it. */
function checkOccupants(sections: readonly TreeSection[], report: Report): void {
  const occupants = new Map<ClassSection, TreeSection>();
  for (const section of sections) {
    if (section.type === 'filter' || section.stand.at !== 'section' || section.stand.section.type !== 'class') continue;
    const parent = section.stand.section;
    const before = occupants.get(parent);
    if (section.type === 'qdisc' && parent.leaf !== undefined) {
      report.error(section, `'${parent.name}' has a leaf already`, 'one of them');
    } else if (section.type === 'class' && parent.leaf !== undefined && before === undefined) {
      report.error(parent, `it has classes below it, such as '${section.name}', and so no leaf`, "no 'leaf'");
    } else if (before !== undefined && (section.type === 'qdisc' || before.type === 'qdisc')) {
      report.error(section, `'${before.name}' stands on '${parent.name}' already`, 'one qdisc, or classes');
    }
    if (before === undefined) occupants.set(parent, section);
  }
}

function checkPlace(qdisc: QdiscSection, report: Report): void {
  const { stand, qdiscKind } = qdisc;
  if (qdiscKind === undefined) return;
  const problem = placeProblem(qdiscKind, stand.at === 'root' || stand.at === 'ingress' ? stand.at : 'class');
  if (problem !== undefined) report.error(qdisc, `option 'parent': ${problem}`);
}

function placeProblem(
  { kind, place }: Pick<QdiscKind, 'kind' | 'place'>,
  at: 'root' | 'ingress' | 'class',
): string | undefined {
  if (place === 'hook') return at === 'ingress' ? undefined : `${kind} stands at ingress only`;
  if (at === 'ingress') return `${kind} cannot stand at ingress, where no packet waits`;
  return place === 'root' && at !== 'root' ? `${kind} stands at the root only` : undefined;
}

function checkClass(section: ClassSection, report: Report): void {
  const { kind, leaf, bearer, qdisc, minor, depth, existing } = section;
  const { set, options } = bearer;
  if (leaf?.set !== undefined) {
    const problem = placeProblem(leaf.set, 'class');
    if (problem !== undefined) report.error(section, `option 'leaf': ${problem}`);
  }
  if (section.mark !== undefined && qdisc?.qdiscKind !== undefined && !SORTING.includes(qdisc.kind)) {
    report.error(section, `option 'mark': ${qdisc.kind} takes no filters`, 'a class of another kind');
  }
  if (existing) return;
  if (depth > 1 && kind !== '' && !NESTING.includes(kind)) {
    report.error(section, `a class of ${kind} stands on the qdisc itself`, `'${qdisc?.name ?? 'a handle'}' as parent`);
  }
  if (kind === 'htb' && depth > MOST_HTB_LEVELS) {
    report.error(section, `it is the ${depth}th class one on the other`, `at most ${MOST_HTB_LEVELS} with htb`);
  }
  const rate = set?.rows.find(([, row]) => row.uci?.name === 'rate')?.[0];
  const isGiven = rate === undefined || options.values[rate] !== undefined || options.rates?.[rate] !== undefined;
  if (!isGiven && !options.incomplete) {
    report.error(section, 'no rate', "option 'rate', such as 10mbit or 40%");
  }
  const bands = qdisc?.qdiscKind?.bands;
  if (bands === undefined || qdisc === undefined) return;
  if (minor === undefined) {
    report.error(section, `no minor, and the classes of ${kind} are there by themselves`, "option 'minor'");
    return;
  }
  const count = bands({ ...qdisc.qdiscKind?.initial, ...qdisc.bearer.options.values });
  if (count !== undefined && minor > count) {
    report.error(section, `option 'minor': '${qdisc.name}' has ${count} classes`, `1 to ${count.toString(16)}`);
  }
}

/** The classes of a qdisc, by what is of one of them only. */
interface Taken {
  readonly minors: Map<number, ClassSection>;
  readonly marks: Map<string, ClassSection>;
  classes: number;
}

/** Each class by its qdisc: that of a section, or another tool's on a device. */
function checkMinors(classes: readonly ClassSection[], report: Report): void {
  const taken = new Map<QdiscSection | string, Taken>();
  for (const section of classes) {
    const { qdisc, foreignMajor, devices } = section;
    for (const of of qdisc === undefined ? devices.map((device) => `${foreignMajor} ${device}`) : [qdisc]) {
      const own = taken.get(of) ?? { minors: new Map(), marks: new Map(), classes: 0 };
      taken.set(of, own);
      checkTaken(section, own, report);
      own.classes++;
      if (qdisc === undefined || own.classes !== MOST_CLASSES + 1) continue;
      report.error(qdisc, `more than ${MOST_CLASSES} classes, for which there are no numbers`);
    }
  }
}

function checkTaken(section: ClassSection, { minors, marks }: Taken, report: Report): void {
  const { minor, mark, foreignMajor } = section;
  if (minor !== undefined) {
    const owner = minors.get(minor);
    const shown = foreignMajor === undefined ? minor.toString(16) : formatHandle(makeHandle(foreignMajor, minor));
    if (owner === undefined) minors.set(minor, section);
    else report.error(section, `its number ${shown} is that of class '${owner.name}'`, 'another one');
  }
  if (mark === undefined) return;
  const key = `${mark.mark}/${mark.mask}`;
  const owner = marks.get(key);
  if (owner === undefined) marks.set(key, section);
  else report.error(section, `option 'mark': it is that of class '${owner.name}'`, 'another one');
}

/** What takes the packets that no filter sorts: one class of the qdisc. */
function checkDefaults(qdiscs: readonly QdiscSection[], classes: readonly ClassSection[], report: Report): void {
  const defaults = new Map<QdiscSection, ClassSection>();
  const byName = new Map(classes.map((section) => [section.name, section]));
  for (const section of classes) {
    const { qdisc } = section;
    if (!section.isDefault) continue;
    const owner = qdisc === undefined ? undefined : defaults.get(qdisc);
    if (qdisc === undefined || !hasDefault(qdisc)) {
      report.error(section, "option 'default': its qdisc has no such option", 'a filter');
    } else if (owner !== undefined) {
      report.error(section, `option 'default': '${owner.name}' is the default of '${qdisc.name}' already`, 'one class');
    } else defaults.set(qdisc, section);
  }
  for (const qdisc of qdiscs) {
    const chosen = defaults.get(qdisc);
    for (const [option, text] of Object.entries(qdisc.bearer.options.classes ?? {})) {
      const named = byName.get(text);
      const isChosen = named === chosen || (chosen?.minor !== undefined && MINOR.parse(text) === chosen.minor);
      if (chosen !== undefined && !isChosen) {
        report.error(chosen, `option 'default': '${qdisc.name}' has the default ${text}`, 'one class');
      }
      if (named !== undefined && named.qdisc !== qdisc) {
        report.error(qdisc, `option 'default': '${text}' is no class of it`, 'a class of it');
      }
      if (named === undefined && MINOR.parse(text) === undefined) {
        report.error(qdisc, `option '${option === 'defaultMinor' ? 'default' : option}': there is no class '${text}'`);
      }
    }
  }
}

function hasDefault({ qdiscKind }: QdiscSection): boolean {
  return qdiscKind?.rows.some(([, row]) => row.uci?.field.data.kind === 'minor') === true;
}

/** The defaults that went with the errors of others. `held` are the sections that are not left out. */
export function checkDefaultsHeld(held: readonly TreeSection[], report: Report): void {
  const names = new Set(held.map(({ name }) => name));
  for (const section of held) {
    if (section.type !== 'qdisc') continue;
    for (const text of Object.values(section.bearer.options.classes ?? {})) {
      if (names.has(text) || MINOR.parse(text) !== undefined) continue;
      report.warning(section, `option 'default': '${text}' is left out, and so nothing takes what no filter sorts`);
    }
  }
}
