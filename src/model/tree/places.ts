/** Which section of a tree stands on which, by name or by handle, and an order in which all come after what they stand on. */

import { minor as minorField } from '../../schema/kind_fields.ts';
import type { SectionText } from '../../schema/section.ts';
import { handle as handleField, type PlaceText, place } from '../../schema/tree_fields.ts';
import { majorOf, makeHandle, minorOf } from '../../tc/handle.ts';

const PLACE = place();
const HANDLE = handleField();
const MINOR = minorField();

/** The value of an option that is no list, as it stands in the file. */
export function textOf(section: SectionText, option: string): string | undefined {
  const { options } = section;
  for (let i = 0; i < options.length; i++) {
    const found = options[i];
    if (found?.name === option) return typeof found.value === 'string' ? found.value : undefined;
  }
  return undefined;
}

export interface Places {
  /** Parents before what stands on them. Those of a circle, and what stands on one, are not in it. */
  readonly order: readonly SectionText[];
  /** Sections whose parents lead back to themselves, as one list for each circle. */
  readonly circles: readonly (readonly SectionText[])[];
  /** What a section stands on, where that is a section of the file. */
  readonly parentOf: ReadonlyMap<SectionText, SectionText>;
}

/**
 * The places of the qdiscs and classes in `texts`. A handle is a section of the file where one has it on the device that is named, or where
 * no device is named and only one has it; else it is another tool's.
 */
export function placesOf(
  texts: readonly SectionText[],
  devicesOf: (section: SectionText) => readonly string[],
): Places {
  const byName = new Map(texts.map((text) => [text.name, text]));
  const parentOf = new Map<SectionText, SectionText>();
  const known = new Map<string, PlaceText>();
  const byHandle: (readonly [section: SectionText, handle: number])[] = [];
  for (const text of texts) {
    const given = textOf(text, 'parent') ?? '';
    const parsed = known.get(given) ?? PLACE.parse(given);
    if (parsed !== undefined) known.set(given, parsed);
    if (parsed?.at === 'handle') byHandle.push([text, parsed.handle]);
    // A class cannot stand at a device's root, so that there `root` can only be the name of a section.
    const isName = parsed?.at === 'section' || text.type === 'class';
    const parent = isName ? byName.get(given) : undefined;
    if (parent !== undefined) parentOf.set(text, parent);
  }
  const named = ordered(texts, parentOf);
  if (byHandle.length === 0) return { ...named, parentOf };
  const owners = handlesOf(named.order, parentOf, devicesOf);
  for (const [text, handle] of byHandle) {
    const owner = ownerOf(owners.get(handle) ?? [], devicesOf(text));
    if (owner !== undefined) parentOf.set(text, owner);
  }
  return { ...ordered(texts, parentOf), parentOf };
}

type Owners = ReadonlyMap<number, readonly Owner[]>;

interface Owner {
  readonly section: SectionText;
  readonly devices: readonly string[];
}

function ownerOf(owners: readonly Owner[], devices: readonly string[]): SectionText | undefined {
  const fitting = owners.filter((owner) => devices.every((device) => owner.devices.includes(device)));
  return fitting.length === 1 || devices.length > 0 ? fitting[0]?.section : undefined;
}

/** The sections by the handles that they are given. */
function handlesOf(
  order: readonly SectionText[],
  parentOf: ReadonlyMap<SectionText, SectionText>,
  devicesOf: (section: SectionText) => readonly string[],
): Owners {
  const owners = new Map<number, Owner[]>();
  const known = new Map<SectionText, { readonly devices: readonly string[]; readonly major: number }>();
  for (const section of order) {
    const parent = parentOf.get(section);
    const above = parent === undefined ? undefined : known.get(parent);
    const own = devicesOf(section);
    const devices = own.length > 0 || above === undefined ? own : above.devices;
    const given = HANDLE.parse(textOf(section, 'handle') ?? '');
    const isQdisc = section.type === 'qdisc';
    const major = given === undefined ? (isQdisc ? 0 : (above?.major ?? 0)) : majorOf(given);
    known.set(section, { devices, major });
    const minor = isQdisc
      ? 0
      : given === undefined
        ? (MINOR.parse(textOf(section, 'minor') ?? '') ?? 0)
        : minorOf(given);
    if (major === 0 || (minor === 0 && !isQdisc)) continue;
    const handle = makeHandle(major, minor);
    const others = owners.get(handle);
    if (others === undefined) owners.set(handle, [{ section, devices }]);
    else others.push({ section, devices });
  }
  return owners;
}

/** Without recursion: a file may have a chain of any length. */
function ordered(
  texts: readonly SectionText[],
  parentOf: ReadonlyMap<SectionText, SectionText>,
): Omit<Places, 'parentOf'> {
  const order: SectionText[] = [];
  const circles: SectionText[][] = [];
  const state = new Map<SectionText, 'open' | 'done' | 'circle'>();
  for (const start of texts) {
    const path: SectionText[] = [];
    let at: SectionText | undefined = start;
    while (at !== undefined && !state.has(at)) {
      state.set(at, 'open');
      path.push(at);
      at = parentOf.get(at);
    }
    const met = at === undefined ? undefined : state.get(at);
    if (at !== undefined && met === 'open') circles.push(path.slice(path.indexOf(at)));
    const isCut = met === 'open' || met === 'circle';
    for (const section of path.reverse()) {
      state.set(section, isCut ? 'circle' : 'done');
      if (!isCut) order.push(section);
    }
  }
  return { order, circles };
}
