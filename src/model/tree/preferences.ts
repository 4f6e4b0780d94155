/** Preferences of the filters of one device, for numbers.ts. */
import { filterKind } from '../../tc/filter/registry.ts';
import { majorOf } from '../../tc/handle.ts';
import { EGRESS_PARENT, INGRESS_PARENT } from '../resource/redirect.ts';
import type { FilterNode, NodeName } from './nodes.ts';
import type { Numbers, TakenNumbers } from './numbers.ts';

/** The distance of preferences, so that there is room for a filter between two; less where there are many. */
const LARGEST_STEP = 100;
/** Below those that the kernel gives by itself (cls_api.c: tcf_auto_prio), and below weir's own at hooks. */
const LAST_PREFERENCE = 0x7fff;

/** What is allotted, by nodes, with the handles of all that filters stand on. */
export interface AllottedPreferences {
  readonly handles: ReadonlyMap<NodeName, number>;
  readonly preferences: Map<NodeName, number>;
  readonly remembered: Map<string, number>;
  readonly without: Map<NodeName, string>;
}

/** Puts the preferences of all filters of a device `into` what has been allotted. */
export function allotPreferences(
  nodes: readonly FilterNode[],
  before: Numbers,
  taken: TakenNumbers,
  into: AllottedPreferences,
): void {
  new Preferences(before, taken, into).allot(nodes);
}

class Preferences {
  private readonly before: Numbers;
  private readonly taken: TakenNumbers;
  private readonly into: AllottedPreferences;
  /** Those of filters u32, by the major of the qdisc. */
  private readonly ofU32 = new Map<number | string, Set<number>>();

  constructor(before: Numbers, taken: TakenNumbers, into: AllottedPreferences) {
    this.before = before;
    this.taken = taken;
    this.into = into;
  }

  /** Those of one place in the order of the configuration, with room between them. */
  allot(nodes: readonly FilterNode[]): void {
    const places = new Map<string, FilterNode[]>();
    for (const node of nodes) {
      const { preference } = node;
      if (preference !== undefined && node.kind === 'u32') {
        const used = this.u32PreferencesOf(node);
        if (used.has(preference)) {
          this.into.without.set(node.name, `another filter u32 of the same qdisc has preference ${preference}`);
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
    return parent.at === 'node' ? (this.into.handles.get(parent.node) ?? parent.node) : parent.at;
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
        this.into.preferences.set(node.name, node.preference);
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
        for (const { name: node } of group)
          this.into.without.set(node, 'there are no more preferences for filters here');
        return;
      }
      use(preference, first);
      last = preference;
      this.into.remembered.set(name, preference);
      for (const { name: node } of group) this.into.preferences.set(node, preference);
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
