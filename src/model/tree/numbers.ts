/**
 * Numbers of the kernel for the nodes of one device: majors of qdiscs, minors of classes, preferences of filters.
 *
 * What is given stays as it is given. What is allotted is remembered by the name of the node, so that sections that come and go leave the
 * numbers of the others alone.
 */

import { everyQdisc } from '../../tc/every_qdisc.ts';
import { majorOf, makeHandle, minorOf } from '../../tc/handle.ts';
import { isClassful } from './dump.ts';
import type { ClassNode, FilterNode, NodeName, QdiscNode, TreeNode } from './nodes.ts';
import { allotPreferences } from './preferences.ts';

/** Allotted numbers by the names of their nodes; what is remembered of them. */
export type Numbers = ReadonlyMap<string, number>;

/** What others have on the device. */
export interface TakenNumbers {
  /** Handles of qdiscs and of classes. */
  readonly handles: ReadonlySet<number>;
  /** Whether a filter of theirs is there. */
  hasFilter(parent: number, chain: number, preference: number): boolean;
  /** Whether a filter u32 of theirs is anywhere at the qdisc with this major. */
  hasU32(major: number, preference: number): boolean;
}

/** Majors of trees among those by which weir knows its own (tc/handle.ts), and further ones; from 0x8000 on the kernel gives them. */
const FIRST_TREE_MAJOR = 0x7e10;
const LAST_TREE_MAJOR = 0x7eff;
const FIRST_FURTHER_MAJOR = 0x100;
const LAST_MINOR = 0xffff;
/** Where htb and hfsc are told of a class that does not exist, packets go out unshaped: 0xffff is kept free for that. */
const LAST_ALLOTTED_MINOR = 0xfffe;

export interface Allotted {
  /** The handle of each qdisc that has one and of each class, by its node. */
  readonly handles: ReadonlyMap<NodeName, number>;
  readonly preferences: ReadonlyMap<NodeName, number>;
  /** What is to be remembered: what was allotted, not what was given. */
  readonly remembered: Numbers;
  /** Nodes for which there is no number, with the reason. */
  readonly without: ReadonlyMap<NodeName, string>;
}

/** The numbers of all `nodes`, which are of one device, parents before children. */
export function allotNumbers(nodes: readonly TreeNode[], remembered: Numbers, taken: TakenNumbers): Allotted {
  const allotment = new Allotment(remembered, taken);
  const qdiscs: QdiscNode[] = [];
  const classes: ClassNode[] = [];
  const filters: FilterNode[] = [];
  const referred = new Set<NodeName>();
  for (const node of nodes) {
    if (node.node === 'qdisc') qdiscs.push(node);
    else if (node.node === 'class') classes.push(node);
    else filters.push(node);
    if (node.node !== 'qdisc' && node.parent.at === 'node') referred.add(node.parent.node);
  }
  allotment.majors(qdiscs.filter((node) => needsHandle(node, referred)));
  allotment.minors(classes);
  allotPreferences(filters, remembered, taken, allotment);
  return allotment;
}

/** Between the name of a node and its kind: another kind cannot take the place of a qdisc with the same major (net/sched/sch_api.c). */
const KIND_MARK = ' ';

/** Under which a major is remembered. */
function majorName({ name, kind }: QdiscNode): string {
  return name + KIND_MARK + kind;
}

/** A leaf without classes or filters takes the handle that the kernel gives it. */
function needsHandle(node: QdiscNode, referred: ReadonlySet<NodeName>): boolean {
  if (node.parent.at === 'ingress' || node.parent.at === 'egress') return false;
  return (
    node.handle !== undefined ||
    node.parent.at === 'root' ||
    referred.has(node.name) ||
    isClassful(everyQdisc(node.kind))
  );
}

class Allotment implements Allotted {
  readonly handles = new Map<NodeName, number>();
  readonly preferences = new Map<NodeName, number>();
  readonly remembered = new Map<string, number>();
  readonly without = new Map<NodeName, string>();
  private readonly before: Numbers;
  private readonly taken: TakenNumbers;

  constructor(before: Numbers, taken: TakenNumbers) {
    this.before = before;
    this.taken = taken;
  }

  majors(nodes: readonly QdiscNode[]): void {
    const used = new Set<number>();
    for (const handle of this.taken.handles) used.add(majorOf(handle));
    const open: QdiscNode[] = [];
    for (const node of nodes) {
      if (node.handle === undefined) {
        open.push(node);
      } else {
        used.add(majorOf(node.handle));
        this.handles.set(node.name, makeHandle(majorOf(node.handle), 0));
      }
    }
    const take = (node: QdiscNode, major: number): void => {
      used.add(major);
      this.remembered.set(majorName(node), major);
      this.handles.set(node.name, makeHandle(major, 0));
    };
    const left: QdiscNode[] = [];
    for (const node of open) {
      const known = this.before.get(majorName(node));
      if (known === undefined || used.has(known)) left.push(node);
      else take(node, known);
    }
    // A qdisc that is still there with one of these makes room in one step only for another major.
    for (const [name, number] of this.before) if (name.includes(KIND_MARK)) used.add(number);
    let next = FIRST_TREE_MAJOR;
    for (const node of left) {
      while (used.has(next) && next <= LAST_TREE_MAJOR) next++;
      if (next === LAST_TREE_MAJOR + 1) next = FIRST_FURTHER_MAJOR;
      while (used.has(next) && next < FIRST_TREE_MAJOR) next++;
      if (next === FIRST_TREE_MAJOR && used.has(next))
        this.without.set(node.name, 'there are no more handles for qdiscs on the device');
      else take(node, next);
    }
  }

  /** Of each qdisc by itself. */
  minors(nodes: readonly ClassNode[]): void {
    const used = new Map<number, Set<number>>();
    const usedOf = (major: number): Set<number> => {
      let set = used.get(major);
      if (set === undefined) {
        set = new Set([0]);
        used.set(major, set);
      }
      return set;
    };
    for (const handle of this.taken.handles) usedOf(majorOf(handle)).add(minorOf(handle));
    const open: [ClassNode, number][] = [];
    for (const node of nodes) {
      const major = this.majorOfClass(node);
      if (major === undefined) {
        this.without.set(node.name, 'its qdisc has no handle');
        continue;
      }
      if (node.minor === undefined) {
        // Its children ask for the major.
        this.handles.set(node.name, makeHandle(major, 0));
        open.push([node, major]);
      } else {
        usedOf(major).add(minorOf(node.minor));
        this.handles.set(node.name, makeHandle(major, minorOf(node.minor)));
      }
    }
    const take = (node: ClassNode, major: number, minor: number): void => {
      usedOf(major).add(minor);
      this.remembered.set(node.name, minor);
      this.handles.set(node.name, makeHandle(major, minor));
    };
    const left: [ClassNode, number][] = [];
    for (const [node, major] of open) {
      const known = this.before.get(node.name);
      if (known === undefined || known > LAST_MINOR || usedOf(major).has(known)) left.push([node, major]);
      else take(node, major, known);
    }
    const nexts = new Map<number, number>();
    for (const [node, major] of left) {
      const of = usedOf(major);
      let minor = nexts.get(major) ?? 1;
      while (of.has(minor)) minor++;
      nexts.set(major, minor);
      if (minor <= LAST_ALLOTTED_MINOR) take(node, major, minor);
      else {
        this.handles.delete(node.name);
        this.without.set(node.name, 'its qdisc has no more numbers for classes');
      }
    }
  }

  private majorOfClass({ parent, minor }: ClassNode): number | undefined {
    if (parent.at === 'handle') return majorOf(parent.handle);
    if (parent.at !== 'node') return minor === undefined || majorOf(minor) === 0 ? undefined : majorOf(minor);
    const handle = this.handles.get(parent.node);
    return handle === undefined ? undefined : majorOf(handle);
  }
}
