/** What tc shows of a device's tree, and what it should show, as one nested value each: handles that weir chose are left out. */
import * as z from 'zod/mini';
import { type ClassSpec, isClassful, type LeafSpec, type QdiscSpec, type Shown, type TreeSpec } from './spec.ts';

const qdiscSchema = z.looseObject({
  kind: z.string(),
  handle: z.string(),
  root: z.optional(z.boolean()),
  parent: z.optional(z.string()),
  options: z.optional(z.record(z.string(), z.json())),
});
type ShownQdisc = z.output<typeof qdiscSchema>;

/** What tc printed of one device. */
export interface Printed {
  readonly qdiscs: string;
  readonly classes: string;
  /** Of all qdiscs that may have filters. */
  readonly filters: string;
}

interface ShownClass {
  readonly handle: string;
  readonly parent: string;
  readonly words: Readonly<Record<string, string>>;
}

/** A qdisc or class with all below it, as one line of text that can be compared. */
export interface Plain {
  readonly what: string;
  readonly below: readonly Plain[];
}

/** Of what was printed, only what `spec` speaks of, in its order where it names a class, else in the order of the texts. */
export function plainOf(
  { qdiscs, classes, filters }: Printed,
  wantedKeys: (kind: string) => readonly string[],
): Plain | undefined {
  const shown = z
    .array(qdiscSchema)
    .parse(
      JSON.parse(
        qdiscs.replace(/\{default (\w+) \}/g, '{"default":"$1"}').replace(/"options":\{ ?\}/g, '"options":{}'),
      ),
    );
  const root = shown.find((qdisc) => qdisc.root === true);
  if (root === undefined) return undefined;
  const targets = targetsOf(filters);
  return qdiscPlain(root, { shown, classes: parseClasses(classes), targets, wantedKeys });
}

interface Everything {
  readonly shown: readonly ShownQdisc[];
  readonly classes: readonly ShownClass[];
  readonly targets: ReadonlyMap<string, readonly string[]>;
  wantedKeys(kind: string): readonly string[];
}

/** Others have classes for their one queue, or for each flow. */
const CLASSFUL = ['htb', 'hfsc', 'drr', 'qfq', 'prio', 'ets'];

function qdiscPlain(qdisc: ShownQdisc, all: Everything): Plain {
  const below = (CLASSFUL.includes(qdisc.kind) ? all.classes : [])
    .filter(({ handle }) => handle.startsWith(qdisc.handle) && handle !== qdisc.handle)
    .filter(({ parent, handle }) => parent === 'root' || parent === qdisc.handle || handle === parent)
    .map((one) => classPlain(qdisc, one, all));
  return { what: describe(qdisc.kind, qdisc.options ?? {}, all.wantedKeys(qdisc.kind)), below: sorted(below) };
}

function classPlain(qdisc: ShownQdisc, { handle, words }: ShownClass, all: Everything): Plain {
  const children = all.classes.filter(({ parent }) => parent === handle).map((one) => classPlain(qdisc, one, all));
  const leaves = all.shown.filter(({ parent }) => parent === handle).map((one) => qdiscPlain(one, all));
  const keys = all.wantedKeys(`class ${qdisc.kind}`);
  const numbers = Object.fromEntries(keys.map((key) => [key, amount(words[key])]));
  const marks = [...(all.targets.get(handle) ?? [])].sort().join(' ');
  return {
    what: `${describe(`class ${qdisc.kind}`, numbers, keys)} [${marks}]`,
    below: sorted([...children, ...leaves]),
  };
}

function describe(kind: string, values: Shown, keys: readonly string[]): string {
  return `${kind} ${keys.map((key) => `${key}=${JSON.stringify(values[key] ?? null)}`).join(' ')}`;
}

function sorted(list: readonly Plain[]): Plain[] {
  return [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** `class htb 1:2 parent 1:1 leaf 8001: prio 0 rate 1Mbit …`: the first line of each class has all that matters here. */
function parseClasses(text: string): ShownClass[] {
  return text.split('\n').flatMap((line) => {
    const [word, , handle = '', ...rest] = line.trim().split(/\s+/);
    if (word !== 'class') return [];
    const parent = rest[0] === 'root' ? 'root' : (rest[1] ?? '');
    const words: Record<string, string> = {};
    rest.forEach((key, i) => {
      words[key] ??= rest[i + 1] ?? '';
    });
    return [{ handle, parent, words }];
  });
}

const UNITS: Readonly<Record<string, number>> = {
  bit: 1,
  Kbit: 1e3,
  Mbit: 1e6,
  Gbit: 1e9,
  '': 1,
  b: 1,
  us: 1,
  ms: 1e3,
  s: 1e6,
};

function amount(text: string | undefined): number | null {
  const found = /^([0-9.]+)([A-Za-z]*)$/.exec(text ?? '');
  return found === null ? null : Number(found[1]) * (UNITS[found[2] ?? ''] ?? Number.NaN);
}

/** What leads to each class: `mark 16`, `port 53`. The first line of a filter has its class, one of flower's others the port. */
function targetsOf(filters: string): Map<string, string[]> {
  const targets = new Map<string, string[]>();
  let to = '';
  const add = (what: string): void => {
    targets.set(to, [...(targets.get(to) ?? []), what]);
  };
  for (const line of filters.split('\n')) {
    const [, handle, classid] = /^filter .* handle (\w+) classid (\S+)/.exec(line) ?? [];
    if (line.startsWith('filter ')) to = classid ?? '';
    if (line.includes(' fw ') && to !== '') add(`mark ${Number(handle)}`);
    const [, port] = /^ +dst_port (\d+)/.exec(line) ?? [];
    if (port !== undefined) add(`port ${port}`);
  }
  return targets;
}

/** The same of a tree as it is meant. */
export function plainOfSpec({ root }: TreeSpec, wantedKeys: (kind: string) => readonly string[]): Plain {
  return specPlain(root, wantedKeys);
}

function specPlain(spec: QdiscSpec | LeafSpec, wantedKeys: (kind: string) => readonly string[]): Plain {
  const what = describe(spec.kind, spec.shown, wantedKeys(spec.kind));
  if (!isClassful(spec)) return { what, below: [] };
  const bands = Array.from({ length: spec.bandCount }, (_, i): Plain => {
    const below = spec.bands.get(i + 1);
    const of = `class ${spec.kind}`;
    return {
      what: `${describe(of, {}, wantedKeys(of))} []`,
      below: below === undefined ? [] : [specPlain(below, wantedKeys)],
    };
  });
  return { what, below: sorted([...spec.classes.map((one) => classSpecPlain(spec.kind, one, wantedKeys)), ...bands]) };
}

function classSpecPlain(kind: string, spec: ClassSpec, wantedKeys: (kind: string) => readonly string[]): Plain {
  const marks = [...spec.marks.map((mark) => `mark ${mark}`), ...spec.ports.map((port) => `port ${port}`)].sort();
  const below = [
    ...spec.classes.map((one) => classSpecPlain(kind, one, wantedKeys)),
    ...(spec.below === undefined ? [] : [specPlain(spec.below, wantedKeys)]),
  ];
  return {
    what: `${describe(`class ${kind}`, spec.shown, wantedKeys(`class ${kind}`))} [${marks.join(' ')}]`,
    below: sorted(below),
  };
}
