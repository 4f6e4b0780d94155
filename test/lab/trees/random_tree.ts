/** Random valid trees, and random edits of them with what they may cost. */
import type { Random } from '../../fuzz/mutate.ts';
import { type ClassSpec, isClassful, type LeafSpec, type QdiscSpec, type Shown, type TreeSpec } from './spec.ts';

const DEEPEST = 5;
const MOST_CLASSES = 4;
const ROOT_KBIT = 1_000_000;

/** What a leaf's options look like in UCI, and what tc must show of them. */
type LeafMaker = (random: Random) => { readonly options: Readonly<Record<string, string>>; readonly shown: Shown };

/** codel's times are kept in 1024 ns (include/net/codel.h) and rounded down twice. */
const codelUs = (us: number): number => Math.floor((Math.floor((us * 1000) / 1024) * 1024) / 1000);

const between = (random: Random, low: number, high: number): number => low + random.below(high - low + 1);

const LEAVES: Readonly<Record<string, LeafMaker>> = {
  fq_codel: (random) => {
    const [limit, target] = [between(random, 100, 5000), between(random, 1, 20)];
    const [quantum, ecn] = [between(random, 300, 3000), random.below(2) === 1];
    const options = { limit: `${limit}`, target: `${target}ms`, quantum: `${quantum}`, ecn: ecn ? '1' : '0' };
    // tc says nothing of ecn where it is off.
    return { options, shown: { limit, target: codelUs(target * 1000), quantum, ecn: ecn ? true : null } };
  },
  codel: (random) => {
    const [limit, interval] = [between(random, 100, 5000), between(random, 50, 200)];
    return {
      options: { limit: `${limit}`, interval: `${interval}ms` },
      shown: { limit, interval: codelUs(interval * 1000) },
    };
  },
  sfq: (random) => {
    const [perturb, limit] = [between(random, 1, 60), between(random, 10, 127)];
    return { options: { perturb: `${perturb}`, limit: `${limit}` }, shown: { perturb, limit } };
  },
  pfifo: (random) => {
    const limit = between(random, 10, 1000);
    return { options: { limit: `${limit}` }, shown: { limit } };
  },
  bfifo: (random) => {
    const limit = between(random, 10_000, 1_000_000);
    return { options: { limit: `${limit}` }, shown: { limit } };
  },
  pie: (random) => {
    const [limit, alpha] = [between(random, 100, 5000), between(random, 1, 20)];
    return { options: { limit: `${limit}`, alpha: `${alpha}` }, shown: { limit, alpha } };
  },
  fq: (random) => {
    const [limit, flowLimit] = [between(random, 100, 5000), between(random, 10, 100)];
    return { options: { limit: `${limit}`, flow_limit: `${flowLimit}` }, shown: { limit, flow_limit: flowLimit } };
  },
  cake: (random) => {
    const mbit = between(random, 1, 1000);
    return { options: { bandwidth: `${mbit}mbit` }, shown: { bandwidth: (mbit * 1e6) / 8 } };
  },
  tbf: (random) => {
    const [mbit, limit] = [between(random, 1, 100), between(random, 20_000, 100_000)];
    const options = { rate: `${mbit}mbit`, burst: '20000', limit: `${limit}` };
    return { options, shown: { rate: (mbit * 1e6) / 8 } };
  },
  netem: (random) => {
    const limit = between(random, 10, 1000);
    return { options: { limit: `${limit}`, delay: '10ms' }, shown: { limit } };
  },
};

const LEAF_KINDS = Object.keys(LEAVES);

/** Kinds whose change() leaves what is queued, with an option that shows it. */
const LIMITED = ['fq_codel', 'codel', 'pfifo', 'bfifo', 'pie', 'fq'];

/** The keys of each kind that are compared. */
export function shownKeys(kind: string): readonly string[] {
  return KEYS[kind] ?? [];
}

const KEYS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    Object.entries({
      fq_codel: ['limit', 'target', 'quantum', 'ecn'],
      codel: ['limit', 'interval'],
      sfq: ['perturb', 'limit'],
      pfifo: ['limit'],
      bfifo: ['limit'],
      pie: ['limit', 'alpha'],
      fq: ['limit', 'flow_limit'],
      cake: ['bandwidth'],
      tbf: ['rate'],
      netem: ['limit'],
      prio: ['bands'],
      ets: ['bands', 'strict'],
    }),
  ),
  'class htb': ['rate', 'ceil', 'prio'],
  'class drr': ['quantum'],
  'class qfq': ['weight', 'maxpkt'],
};

/** A tree with one thing changed, and how many operations that may take. */
export interface Edit {
  readonly tree: TreeSpec;
  readonly operations: number;
  readonly what: string;
}

/** Makes trees with names that no other tree of it has. */
export class Trees {
  private readonly random: Random;
  private next = 0;

  constructor(random: Random) {
    this.random = random;
  }

  on(device: string): TreeSpec {
    const kind = this.random.pick(['htb', 'htb', 'htb', 'hfsc', 'drr', 'qfq', 'prio', 'ets', 'leaf']);
    return { device, root: kind === 'leaf' ? this.leaf() : this.qdisc(device, kind, 1, ROOT_KBIT) };
  }

  leaf(): LeafSpec {
    const kind = this.random.pick(LEAF_KINDS);
    const make = LEAVES[kind];
    if (make === undefined) throw new RangeError(kind);
    return { kind, ...make(this.random) };
  }

  private name(device: string): string {
    this.next++;
    return `${device}_${this.next}`;
  }

  private qdisc(device: string, kind: string, depth: number, kbit: number): QdiscSpec {
    const bands = new Map<number, LeafSpec | QdiscSpec>();
    const base = { section: this.name(device), major: undefined, kind, bandCount: 0, bands };
    if (kind === 'prio' || kind === 'ets') return this.banded(base, device, depth, kbit);
    const classes = Array.from({ length: between(this.random, 1, MOST_CLASSES) }, () =>
      this.class(device, kind, depth + 1, Math.floor(kbit / MOST_CLASSES)),
    );
    return { ...base, options: {}, shown: {}, classes };
  }

  /** prio and ets: each band is a class that is there by itself. */
  private banded(
    base: Pick<QdiscSpec, 'section' | 'major' | 'kind'>,
    device: string,
    depth: number,
    kbit: number,
  ): QdiscSpec {
    // The map that prio begins with leads to the third band.
    const bands = between(this.random, 3, 5);
    const below = new Map<number, LeafSpec | QdiscSpec>();
    for (let band = 1; band <= bands; band++) {
      if (this.random.below(3) > 0) below.set(band, this.below(device, depth, kbit));
    }
    const options = base.kind === 'prio' ? { bands: `${bands}` } : { bands: `${bands}`, strict: '1' };
    const shown = base.kind === 'prio' ? { bands } : { bands, strict: 1 };
    return { ...base, options, shown, classes: [], bandCount: bands, bands: below };
  }

  private below(device: string, depth: number, kbit: number): LeafSpec | QdiscSpec {
    const inner = depth + 1 < DEEPEST && this.random.below(5) === 0;
    return inner ? this.qdisc(device, this.random.pick(['htb', 'drr', 'prio', 'qfq']), depth + 1, kbit) : this.leaf();
  }

  class(device: string, kind: string, depth: number, mostKbit: number): ClassSpec {
    const canNest = (kind === 'htb' || kind === 'hfsc') && depth < DEEPEST;
    const nested = canNest && this.random.below(3) === 0;
    const kbit = Math.max(8, between(this.random, 1, Math.max(1, Math.floor(mostKbit / 8))) * 8);
    const classes = nested
      ? Array.from({ length: between(this.random, 1, 3) }, () =>
          this.class(device, kind, depth + 1, Math.floor(kbit / 4)),
        )
      : [];
    const marked = !nested && this.random.below(4) === 0;
    const section = this.name(device);
    return {
      section,
      minor: undefined,
      ...this.classOptions(kind, kbit, nested),
      marks: marked ? [this.next] : [],
      ports: !nested && this.random.below(6) === 0 ? [1000 + this.next] : [],
      classes,
      below: nested || this.random.below(4) === 0 ? undefined : this.below(device, depth, kbit),
    };
  }

  private classOptions(kind: string, kbit: number, nested: boolean): Pick<ClassSpec, 'options' | 'shown'> {
    const { random } = this;
    if (kind === 'htb') {
      const prio = nested ? 0 : random.below(8);
      const options = { rate: `${kbit}kbit`, ...(nested ? {} : { prio: `${prio}` }) };
      // tc says nothing of the priority of an inner class.
      return { options, shown: { rate: kbit * 1000, ceil: kbit * 1000, prio: nested ? null : prio } };
    }
    if (kind === 'drr') {
      const quantum = between(random, 300, 9000);
      return { options: { quantum: `${quantum}` }, shown: { quantum } };
    }
    if (kind === 'qfq') {
      const [weight, maxpkt] = [between(random, 1, 100), between(random, 600, 2000)];
      return { options: { weight: `${weight}`, maxpkt: `${maxpkt}` }, shown: { weight, maxpkt } };
    }
    return { options: { ls_m2: `${kbit}kbit` }, shown: {} };
  }

  edit(tree: TreeSpec): Edit {
    const { root, device } = tree;
    if (!isClassful(root)) {
      const leaf = this.changedLeaf(root);
      return { tree: { device, root: leaf }, operations: 1, what: `${root.kind} -> ${leaf.kind}` };
    }
    if (root.classes.length === 0) return this.editBand(tree, root);
    const at = this.random.below(root.classes.length);
    const [old = this.class(device, root.kind, 2, 8)] = root.classes.slice(at, at + 1);
    switch (this.random.below(3)) {
      case 0: {
        const added = { ...this.class(device, root.kind, DEEPEST, 800), marks: [], ports: [], below: this.leaf() };
        return {
          tree: { device, root: { ...root, classes: [...root.classes, added] } },
          operations: 2,
          what: 'a class with a leaf',
        };
      }
      case 1: {
        if (root.classes.length === 1 || old.classes.length > 0 || isDeep(old)) break;
        const classes = root.classes.filter((one) => one !== old);
        const operations = 1 + old.marks.length + old.ports.length;
        return { tree: { device, root: { ...root, classes } }, operations, what: 'a class less' };
      }
      default:
        if (old.below !== undefined && !isClassful(old.below)) {
          const changed = { ...old, below: this.changedLeaf(old.below) };
          return {
            tree: withClass(tree, root, at, changed),
            operations: 1,
            what: `${old.below.kind} -> ${changed.below.kind}`,
          };
        }
    }
    const kbit = between(this.random, 1, 1000) * 8 + ROOT_KBIT / MOST_CLASSES / 4;
    const changed = { ...old, ...this.classOptions(root.kind, kbit, old.classes.length > 0) };
    const same = JSON.stringify(changed.options) === JSON.stringify(old.options);
    return { tree: withClass(tree, root, at, changed), operations: same ? 0 : 1, what: `class ${root.kind}` };
  }

  private editBand(tree: TreeSpec, root: QdiscSpec): Edit {
    const [minor, old] = [...root.bands][0] ?? [1, undefined];
    if (old !== undefined && isClassful(old)) return { tree, operations: 0, what: 'nothing' };
    const leaf = old === undefined ? this.leaf() : this.changedLeaf(old);
    const bands = new Map([...root.bands, [minor, leaf]]);
    return { tree: { ...tree, root: { ...root, bands } }, operations: 1, what: `band ${minor}: ${leaf.kind}` };
  }

  /** Another limit where that is changed in place, else another kind. */
  private changedLeaf(leaf: LeafSpec): LeafSpec {
    if (LIMITED.includes(leaf.kind)) {
      const limit = between(this.random, 10_000, 20_000);
      return { ...leaf, options: { ...leaf.options, limit: `${limit}` }, shown: { ...leaf.shown, limit } };
    }
    for (;;) {
      const other = this.leaf();
      if (other.kind !== leaf.kind) return other;
    }
  }
}

function isDeep({ below }: ClassSpec): boolean {
  return below !== undefined && isClassful(below);
}

function withClass(tree: TreeSpec, root: QdiscSpec, at: number, changed: ClassSpec): TreeSpec {
  return { ...tree, root: { ...root, classes: root.classes.map((one, i) => (i === at ? changed : one)) } };
}
