/**
 * Trees as the test means them: what is written into the configuration, and what another program must then read from the kernel.
 * Nothing here is weir's own, so that a mistake there is none here.
 */

/** What tc -j must show of a qdisc's options, among others. */
export type Shown = Readonly<Record<string, unknown>>;

/** A qdisc without classes of its own. */
export interface LeafSpec {
  readonly kind: string;
  /** By their names in UCI. */
  readonly options: Readonly<Record<string, string>>;
  readonly shown: Shown;
}

export interface ClassSpec {
  readonly section: string;
  /** Given to some; the others get theirs from weir. */
  readonly minor: number | undefined;
  readonly options: Readonly<Record<string, string>>;
  /** What tc shows of the class, word by word: `{ rate: 1000000, prio: 3 }`. */
  readonly shown: Shown;
  readonly marks: readonly number[];
  readonly ports: readonly number[];
  readonly classes: readonly ClassSpec[];
  readonly below: QdiscSpec | LeafSpec | undefined;
}

/** A qdisc with classes: made one by one, or so many that are there with it, of which `bands` has what hangs on them by their minors. */
export interface QdiscSpec {
  readonly section: string;
  readonly major: number | undefined;
  readonly kind: string;
  readonly options: Readonly<Record<string, string>>;
  readonly shown: Shown;
  readonly classes: readonly ClassSpec[];
  readonly bandCount: number;
  readonly bands: ReadonlyMap<number, LeafSpec | QdiscSpec>;
}

export interface TreeSpec {
  readonly device: string;
  readonly root: QdiscSpec | LeafSpec;
}

export function isClassful(spec: QdiscSpec | LeafSpec): spec is QdiscSpec {
  return 'bands' in spec;
}

/** The sections of a configuration with these trees. */
export function uciOf(trees: readonly TreeSpec[]): string {
  return trees.flatMap(({ device, root }) => qdiscSections(root, device, undefined)).join('\n');
}

function section(type: string, name: string, options: Readonly<Record<string, string | undefined>>): string {
  const lines = Object.entries(options).flatMap(([key, value]) =>
    value === undefined ? [] : [`\toption ${key} '${value}'`],
  );
  return [`config ${type} '${name}'`, ...lines, ''].join('\n');
}

function qdiscSections(spec: QdiscSpec | LeafSpec, device: string, parent: string | undefined): string[] {
  const where = { device: parent === undefined ? device : undefined, parent, kind: spec.kind };
  if (!isClassful(spec)) return [section('qdisc', `${parent ?? device}_only`, { ...where, ...spec.options })];
  const handle = spec.major === undefined ? undefined : `${spec.major.toString(16)}:`;
  return [
    section('qdisc', spec.section, { ...where, handle, ...spec.options }),
    ...spec.classes.flatMap((child) => classSections(child, device, spec.section, spec.section)),
    ...[...spec.bands].flatMap(([minor, below]) => bandSections(spec.section, minor, below, device)),
  ];
}

/** A class that is there with its qdisc, for what hangs on it. */
function bandSections(parent: string, minor: number, below: LeafSpec | QdiscSpec, device: string): string[] {
  const name = `${parent}_${minor}`;
  const own = { parent, minor: minor.toString(16) };
  return isClassful(below)
    ? [section('class', name, own), ...qdiscSections(below, device, name)]
    : [section('class', name, { ...own, ...leafOptions(below) })];
}

function leafOptions(leaf: LeafSpec | undefined): Record<string, string> {
  if (leaf === undefined) return {};
  const options = Object.entries(leaf.options).map(([name, value]) => [`leaf_${name}`, value]);
  return { leaf: leaf.kind, ...Object.fromEntries(options) };
}

function classSections(spec: ClassSpec, device: string, parent: string, root: string): string[] {
  const leaf = spec.below === undefined || isClassful(spec.below) ? undefined : spec.below;
  const [mark] = spec.marks;
  return [
    section('class', spec.section, {
      parent,
      minor: spec.minor?.toString(16),
      ...spec.options,
      mark: mark === undefined ? undefined : `0x${mark.toString(16)}`,
      ...leafOptions(leaf),
    }),
    ...spec.ports.map((port) =>
      section('filter', `${spec.section}_p${port}`, {
        parent: root,
        kind: 'flower',
        protocol: 'ip',
        ip_proto: 'tcp',
        dst_port: String(port),
        class: spec.section,
      }),
    ),
    ...spec.classes.flatMap((child) => classSections(child, device, spec.section, root)),
    ...(spec.below !== undefined && isClassful(spec.below) ? qdiscSections(spec.below, device, spec.section) : []),
  ];
}
