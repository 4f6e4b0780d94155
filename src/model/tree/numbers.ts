/**
 * Numbers of the kernel for the nodes of one device: majors of qdiscs, minors of classes, preferences of filters.
 *
 * What is given stays as it is given. What is allotted is remembered by the name of the node, so that sections that come and go leave the
 * numbers of the others alone.
 */

import { everyQdisc } from '../../tc/every_qdisc.ts';
import { filterKind } from '../../tc/filter/registry.ts';
import { majorOf, makeHandle, minorOf } from '../../tc/handle.ts';
import { EGRESS_PARENT, INGRESS_PARENT } from '../resource/redirect.ts';
import { isClassful } from './dump.ts';
import type { ClassNode, FilterNode, NodeName, QdiscNode, TreeNode } from './nodes.ts';

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
/** The distance of preferences, so that there is room for a filter between two; less where there are many. */
const LARGEST_STEP = 100;
/** Below those that the kernel gives by itself (cls_api.c: tcf_auto_prio), and below weir's own at hooks. */
const LAST_PREFERENCE = 0x7fff;

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
  allotment.filterPreferences(filters);
  return allotment;
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
  /** Preferences of filters u32, by the major of the qdisc. */
  private readonly ofU32 = new Map<number | string, Set<number>>();

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
      this.remembered.set(node.name, major);
      this.handles.set(node.name, makeHandle(major, 0));
    };
    const left: QdiscNode[] = [];
    for (const node of open) {
      const known = this.before.get(node.name);
      if (known === undefined || used.has(known)) left.push(node);
      else take(node, known);
    }
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

  /** Those of one place in the order of the configuration, with room between them. */
  filterPreferences(nodes: readonly FilterNode[]): void {
    const places = new Map<string, FilterNode[]>();
    for (const node of nodes) {
      const { preference } = node;
      if (preference !== undefined && node.kind === 'u32') {
        const used = this.u32PreferencesOf(node);
        if (used.has(preference)) {
          this.without.set(node.name, `another filter u32 of the same qdisc has preference ${preference}`);
          continue;
        }
        used.add(preference);
      }
      const place = `${this.placeOf(node)} ${node.chain}`;
      const list = places.get(place);
      if (list === undefined) places.set(place, [node]);
      else list.push(node);
    }
    for (const list of places.values()) this.preferencesAt(list);
  }

  private placeOf({ parent }: FilterNode): number | string {
    if (parent.at === 'handle') return parent.handle;
    if (parent.at === 'ingress') return INGRESS_PARENT;
    if (parent.at === 'egress') return EGRESS_PARENT;
    return parent.at === 'node' ? (this.handles.get(parent.node) ?? parent.node) : parent.at;
  }

  /**
   * Those at the qdisc of the filter: all its filters u32 are in one list, whatever class or hook or chain they stand at, and a dump of one
   * shows all with its preference (net/sched/cls_u32.c: tc_u_common_ptr, u32_walk).
   */
  private u32PreferencesOf(node: FilterNode): Set<number> {
    const place = this.placeOf(node);
    const qdisc = typeof place === 'number' ? majorOf(place) : place;
    const used = this.ofU32.get(qdisc) ?? new Set();
    this.ofU32.set(qdisc, used);
    return used;
  }

  private preferencesAt(nodes: readonly FilterNode[]): void {
    const place = this.placeOf(nodes[0] as FilterNode);
    const used = new Set<number>();
    for (const { preference } of nodes) if (preference !== undefined) used.add(preference);
    /** Filters that have one preference in common, in their order, with the name by which it is remembered. */
    const open = new Map<string, FilterNode[]>();
    for (const node of nodes) {
      if (node.preference !== undefined) {
        this.preferences.set(node.name, node.preference);
        continue;
      }
      const name = groupName(node, place);
      const group = open.get(name);
      if (group === undefined) open.set(name, [node]);
      else group.push(node);
    }
    const isFree = (preference: number, node: FilterNode): boolean => {
      const isU32 = node.kind === 'u32';
      if (used.has(preference) || (isU32 && this.u32PreferencesOf(node).has(preference))) return false;
      if (typeof place !== 'number') return true;
      if (isU32 && this.taken.hasU32(majorOf(place), preference)) return false;
      return !this.taken.hasFilter(place, node.chain, preference);
    };
    const use = (preference: number, node: FilterNode): void => {
      used.add(preference);
      if (node.kind === 'u32') this.u32PreferencesOf(node).add(preference);
    };
    const names = [...open.keys()];
    const known = names.map((name) => {
      const number = this.before.get(name);
      const [first] = open.get(name) ?? [];
      if (number === undefined || first === undefined || !isFree(number, first)) return undefined;
      use(number, first);
      return number;
    });
    const nextKnown: (number | undefined)[] = [];
    for (let i = names.length - 1; i >= 0; i--) nextKnown[i] = known[i + 1] ?? nextKnown[i + 1];
    const step = Math.max(1, Math.min(LARGEST_STEP, Math.floor(LAST_PREFERENCE / (names.length + 1))));
    let last = 0;
    names.forEach((name, i) => {
      const group = open.get(name) ?? [];
      const [first] = group;
      if (first === undefined) return;
      const preference = known[i] ?? freeBetween(last, nextKnown[i], step, (number) => isFree(number, first));
      if (preference === undefined) {
        for (const { name: node } of group) this.without.set(node, 'there are no more preferences for filters here');
        return;
      }
      use(preference, first);
      last = preference;
      this.remembered.set(name, preference);
      for (const { name: node } of group) this.preferences.set(node, preference);
    });
  }
}

/** The mark of fw is the handle, so that all of one mask have room at one preference; all of one preference are of one protocol. */
function groupName(node: FilterNode, place: number | string): string {
  if (filterKind(node.kind)?.handleOption === undefined) return node.name;
  return `${node.kind} ${place} ${node.chain} ${node.protocol} ${String(node.options.mask ?? '')}`;
}

/** A free preference after `last`, and before `next` if there is room. */
function freeBetween(
  last: number,
  next: number | undefined,
  step: number,
  isFree: (preference: number) => boolean,
): number | undefined {
  const room = next === undefined || next <= last ? step * 2 : next - last;
  const first = last + Math.max(1, Math.min(step, room >> 1));
  for (let preference = first; preference <= LAST_PREFERENCE; preference++) if (isFree(preference)) return preference;
  for (let preference = 1; preference <= LAST_PREFERENCE; preference++) if (isFree(preference)) return preference;
  return undefined;
}
