import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Issue } from '../../src/lib/issue.ts';
import { type Change, changesBack, diff, mismatches, stateBefore, subjectOf } from '../../src/model/diff.ts';
import type { Observed } from '../../src/model/observed.ts';
import { pathOf } from '../../src/model/resource/registry.ts';
import type { ObservedResource, Resource } from '../../src/model/resource.ts';
import type { SavedTree } from '../../src/model/saved_tree.ts';
import { desiredTree } from '../../src/model/tree/desired.ts';
import type { ClassNode, FilterNode, Place, QdiscNode, TreeNode } from '../../src/model/tree/nodes.ts';
import { makeHandle } from '../../src/tc/handle.ts';
import { ETH_P } from '../../src/uapi/if_link.ts';
import { device } from '../devices.ts';
import { cases } from '../effort.ts';
import { TreeRules } from '../kernel/tree_rules.ts';
import { Random } from './mutate.ts';

const TREES = 600;
const MOST_DEPTH = 3;
const BANDS = 3;

const common = (name: string, parent: Place, kind: string) => ({
  name,
  section: name,
  where: name,
  device: 'eth1',
  parent,
  kind,
});

/** A random tree. Sections have one of few names, so that the next tree has many of them elsewhere, or with other options. */
class Grower {
  private readonly random: Random;
  private readonly nodes: TreeNode[] = [];
  private readonly free: string[];
  /** Places in which packets can be sorted, by the qdisc. */
  private readonly targets = new Map<string, string[]>();
  private readonly majors = [5, 6, 7];

  constructor(random: Random) {
    this.random = random;
    this.free = Array.from({ length: 9 }, (_one, i) => `s${i}`);
  }

  grow(): TreeNode[] {
    this.qdisc('root', { at: 'root' }, [1, 2, undefined][this.random.below(3)], 'htb', 0);
    for (const [qdisc, targets] of this.targets) this.marks(qdisc, targets);
    return this.nodes;
  }

  private qdisc(name: string, parent: Place, major: number | undefined, kind: string, depth: number): void {
    const node: QdiscNode = {
      ...common(name, parent, kind),
      node: 'qdisc',
      options: kind === 'pfifo' ? { limitPackets: this.random.pick([100, 200]) } : {},
      handle: major === undefined ? undefined : makeHandle(major, 0),
    };
    this.nodes.push(node);
    if (kind === 'htb') for (let count = this.random.below(4); count > 0; count--) this.class(name, name, depth + 1);
    if (kind !== 'prio') return;
    for (let band = 1; band <= BANDS; band++) {
      const own = `${name}.${band}`;
      this.nodes.push({ ...common(own, on(name), kind), node: 'class', options: {}, minor: band, byItself: true });
      this.targetsOf(name).push(own);
      if (this.random.below(2) === 0) this.leaf(own, depth + 1);
    }
  }

  private class(qdisc: string, parent: string, depth: number): void {
    const name = this.take();
    if (name === undefined) return;
    const rate = this.random.pick([1, 2]) * 1_000_000;
    const node: ClassNode = {
      ...common(name, on(parent), 'htb'),
      node: 'class',
      options: { rateBitPerS: rate, ceilBitPerS: rate, burstBytes: 2000, ceilBurstBytes: 2000, quantumBytes: 1514 },
      minor: undefined,
    };
    this.nodes.push(node);
    this.targetsOf(qdisc).push(name);
    const what = this.random.below(3);
    if (what === 0 && depth < MOST_DEPTH) {
      for (let count = this.random.below(3); count > 0; count--) this.class(qdisc, name, depth + 1);
    } else if (what === 1) this.leaf(name, depth);
  }

  private leaf(parent: string, depth: number): void {
    const kind = this.random.pick(['pfifo', 'pfifo', 'bfifo', ...(depth < MOST_DEPTH ? ['prio', 'htb'] : [])]);
    const isClassful = kind === 'prio' || kind === 'htb';
    // A qdisc with a section of its own, which may stand elsewhere in the next tree, or the leaf of the class.
    const own = isClassful ? this.take() : undefined;
    if (isClassful && own === undefined) return;
    const major = isClassful && this.random.below(2) === 0 ? this.majors.pop() : undefined;
    this.qdisc(own ?? `${parent}/leaf`, on(parent), major, kind, depth);
  }

  private marks(qdisc: string, targets: readonly string[]): void {
    for (let mark = 1; mark <= 3 && targets.length > 0; mark++) {
      if (this.random.below(2) === 0) continue;
      const node: FilterNode = {
        ...common(`${qdisc}/mark${mark}`, on(qdisc), 'fw'),
        node: 'filter',
        options: { mark, mask: 255 },
        protocol: ETH_P.ALL,
        chain: 0,
        preference: undefined,
        target: on(this.random.pick(targets)),
        actions: [],
      };
      this.nodes.push(node);
    }
  }

  private take(): string | undefined {
    if (this.free.length === 0) return undefined;
    return this.free.splice(this.random.below(this.free.length), 1)[0];
  }

  private targetsOf(qdisc: string): string[] {
    const list = this.targets.get(qdisc) ?? [];
    this.targets.set(qdisc, list);
    return list;
  }
}

const on = (node: string): Place => ({ at: 'node', node });

function observedWith(resources: ReadonlyMap<string, ObservedResource>): Observed {
  return {
    devices: new Map([['eth1', device()]]),
    resources,
    capabilities: { cakeMq: false, matchall: true, withoutNativeXdp: new Set(), withoutXdp: new Set() },
    bpfAvailable: undefined,
    cpus: 1,
    tunables: new Map(),
  };
}

function desiredFor(nodes: readonly TreeNode[], observed: Observed, saved: SavedTree | undefined) {
  const issues: Issue[] = [];
  const forest = { resources: new Map<string, Resource>(), sections: new Map<string, string>() };
  const tree = desiredTree('eth1', nodes, { observed, saved, rootRefusal: undefined }, issues, forest);
  assert.deepEqual(issues, []);
  return { wanted: forest.resources, saved: tree.saved };
}

function carryOut(kernel: TreeRules, changes: readonly Change[]): void {
  for (const change of changes) {
    try {
      kernel.carryOut(change);
    } catch (error) {
      const lines = changes.map((one) => `${one === change ? '> ' : '  '}${one.action} ${pathOf(subjectOf(one))}`);
      throw new Error(`${error instanceof Error ? error.message : error}\n${lines.join('\n')}`);
    }
  }
}

test('any tree becomes any other, in an order that the kernel takes, and nothing is left to do', () => {
  const random = new Random(0x7e4);
  const kernel = new TreeRules('eth1');
  let saved: SavedTree | undefined;
  for (let i = 0; i < cases(TREES); i++) {
    const nodes = random.below(20) === 0 ? [] : new Grower(random).grow();
    const observed = observedWith(kernel.resources());
    const { wanted, saved: coming } = desiredFor(nodes, observed, saved);
    carryOut(kernel, diff(wanted, observed));
    const after = kernel.resources();
    assert.deepEqual([...after.keys()].sort(), [...wanted.keys()].sort(), `tree ${i}`);
    assert.deepEqual(diff(wanted, observedWith(after)), [], `tree ${i}`);
    saved = coming;
  }
});

test('an edit that breaks off anywhere is taken back', () => {
  const random = new Random(0xbac);
  for (let i = 0; i < cases(TREES / 2); i++) {
    const kernel = new TreeRules('eth1');
    const first = desiredFor(new Grower(random).grow(), observedWith(new Map()), undefined);
    carryOut(kernel, diff(first.wanted, observedWith(new Map())));
    const before = observedWith(kernel.resources());
    const second = desiredFor(new Grower(random).grow(), before, first.saved);
    const changes = diff(second.wanted, before);
    const attempted = changes.slice(0, random.below(changes.length + 1));
    carryOut(kernel, attempted);
    const broken = observedWith(kernel.resources());
    carryOut(kernel, changesBack(attempted, broken));
    const back = observedWith(kernel.resources());
    assert.deepEqual([...back.resources.keys()].sort(), [...before.resources.keys()].sort(), `edit ${i}`);
    assert.deepEqual(mismatches(stateBefore(attempted, back), back), [], `edit ${i}`);
  }
});
