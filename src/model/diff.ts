/** The changes that lead from observed to wanted state, each with the least disruption that its differences allow. */
import type { Observed } from './observed.ts';
import { TREE_ORDER } from './resource/qdisc.ts';
import { differencesOf, endsWithOf, keyOf, needsOf, orderOf } from './resource/registry.ts';
import {
  type Action,
  AlikeOptions,
  BRIDGE,
  type Difference,
  MACHINE,
  type ObservedResource,
  type QdiscResource,
  type Resource,
} from './resource.ts';

/** One operation on one resource. `wanted` is absent for a delete and `found` for an add. */
export interface Change {
  readonly action: Action;
  readonly wanted: Resource | undefined;
  readonly found: Resource | undefined;
  readonly differences: readonly Difference[];
  /** What the kernel ends with it: what stood on a qdisc or class that goes, or that another takes the place of. */
  readonly takes?: readonly Resource[];
}

/** The resource that a change is about. */
export function subjectOf(change: Change): Resource {
  const subject = change.wanted ?? change.found;
  if (subject === undefined) throw new Error('a change of nothing');
  return subject;
}

/**
 * All changes, in the order in which they can be made: first what has to go because it is made anew, or is in the way of what comes, then
 * what is made and changed, parents before children, and last what is not wanted any more, children before parents.
 */
export function diff(wanted: ReadonlyMap<string, Resource>, observed: Observed): Change[] {
  const differing = differencesByKey(wanted, observed);
  const { rebuilt, gone, inTheWay } = endingKeys(wanted, observed, differing);
  const removals: Change[] = [];
  const makings: Change[] = [];
  const leftovers: Change[] = [];
  /** What ends, by key, with the change in which it does. */
  const ends = new Map<string, Ending>();
  const early = new Set<Change>();
  wanted.forEach((resource, key) => {
    const found = observed.resources.get(key)?.resource;
    const differences = differing.get(key) ?? NO_DIFFERENCES;
    if (found === undefined || rebuilt.has(key)) {
      makings.push({ action: 'add', wanted: resource, found: undefined, differences: NO_DIFFERENCES });
    } else if (differences.length > 0) {
      const action = isReplaced(differences) ? 'replace' : 'change';
      const change: Ending = { action, wanted: resource, found, differences };
      if (action === 'replace') ends.set(key, change);
      makings.push(change);
    }
  });
  observed.resources.forEach(({ resource, owner }, key) => {
    const isAnew = rebuilt.has(key);
    const parent = ends.size === 0 ? undefined : endsWithOf(resource);
    const end = parent === undefined ? undefined : ends.get(parent);
    // What ends with its parent takes no operation, unless it is in the way of something that comes before that.
    if (end !== undefined && (early.has(end) || !inTheWay.has(key))) {
      ends.set(key, end);
      if (isAnew || owner === 'weir') takeAlong(end, resource);
    } else if (isAnew || (owner === 'weir' && !wanted.has(key))) {
      const differences = isAnew ? (differing.get(key) ?? NO_DIFFERENCES) : NO_DIFFERENCES;
      const change: Ending = { action: 'delete', wanted: undefined, found: resource, differences };
      ends.set(key, change);
      if (isAnew || gone.has(key)) {
        removals.push(change);
        early.add(change);
      } else {
        leftovers.push(change);
      }
    }
  });
  return [...lastFirst(removals), ...firstFirst(makings), ...lastFirst(leftovers)];
}

const NO_DIFFERENCES: readonly Difference[] = [];

type Ending = Change & { takes?: Resource[] };

function takeAlong(end: Ending, resource: Resource): void {
  if (end.takes === undefined) end.takes = [resource];
  else end.takes.push(resource);
}

function isReplaced(differences: readonly Difference[]): boolean {
  return differences.some(({ apply }) => apply === 'replace');
}

/** Of those that differ. */
function differencesByKey(
  wanted: ReadonlyMap<string, Resource>,
  observed: Observed,
): Map<string, readonly Difference[]> {
  const differing = new Map<string, readonly Difference[]>();
  const alike = new AlikeOptions();
  wanted.forEach((resource, key) => {
    const found = observed.resources.get(key)?.resource;
    if (found === undefined || found === resource) return;
    const differences = differencesOf(resource, found, alike);
    if (differences.length > 0) differing.set(key, differences);
  });
  return differing;
}

/**
 * What must be made anew, with all that stands on it or on a qdisc that another takes the place of; and what is not wanted any more and
 * has to go before anything comes.
 */
function endingKeys(
  wanted: ReadonlyMap<string, Resource>,
  observed: Observed,
  differing: ReadonlyMap<string, readonly Difference[]>,
): { rebuilt: ReadonlySet<string>; gone: ReadonlySet<string>; inTheWay: ReadonlySet<string> } {
  const rebuilt = new Set<string>();
  const gone = new Set<string>();
  const inTheWay = keysInTheWay(wanted, observed);
  for (const key of inTheWay) (wanted.has(key) ? rebuilt : gone).add(key);
  const replaced = new Set<string>();
  for (const [key, differences] of differing) {
    const resource = wanted.get(key);
    if (differences.some(({ apply }) => apply === 'rebuild')) rebuilt.add(key);
    else if (isReplaced(differences) && resource?.type === 'qdisc') {
      // Its handle may by now be that of a qdisc below, to which the kernel gave it when it was free.
      (isTaken(resource, key, observed) ? rebuilt : replaced).add(key);
    }
  }
  const ends = (key: string): boolean => rebuilt.has(key) || gone.has(key) || replaced.has(key);
  for (let before = inTheWay.size + replaced.size > 0 ? -1 : 0; before !== rebuilt.size + gone.size; ) {
    before = rebuilt.size + gone.size;
    for (const [key, { resource, owner }] of observed.resources) {
      if (rebuilt.has(key) || gone.has(key) || !needsOf(resource).some(ends)) continue;
      if (wanted.has(key)) rebuilt.add(key);
      else if (owner === 'weir') gone.add(key);
    }
  }
  return { rebuilt, gone, inTheWay };
}

/**
 * A class has either classes or a qdisc of ours below it (sch_htb.c: htb_graft, htb_change_class), so the one goes before the other comes;
 * and a handle is free for another place when its qdisc is gone.
 */
function keysInTheWay(wanted: ReadonlyMap<string, Resource>, observed: Observed): Set<string> {
  const inTheWay = new Set<string>();
  /** Where a qdisc comes, and which handles do. */
  const coming = new Set<string>();
  wanted.forEach((resource, key) => {
    if (resource.type !== 'qdisc' || resource.on === undefined) return;
    const found = observed.resources.get(key)?.resource;
    if (found === undefined) coming.add(resource.on);
    const isNew = found?.type !== 'qdisc' || found.handle !== resource.handle;
    if (isNew && resource.handle !== 0) coming.add(handleWord(resource));
  });
  observed.resources.forEach(({ resource, owner }, key) => {
    if (owner !== 'weir') return;
    if (resource.type === 'qdisc' && resource.on !== undefined && coming.has(handleWord(resource))) inTheWay.add(key);
    if (wanted.has(key)) return;
    if (resource.type === 'class') {
      const isBelow = (need: string): boolean => need !== resource.on && (coming.has(need) || inTheWay.has(need));
      if (needsOf(resource).some(isBelow)) inTheWay.add(key);
    } else if (resource.type === 'qdisc' && resource.on !== undefined) {
      if (wanted.has(resource.on)) inTheWay.add(key);
    }
  });
  return inTheWay;
}

function isTaken({ device, handle }: QdiscResource, ownKey: string, observed: Observed): boolean {
  if (handle === 0) return false;
  for (const [key, { resource }] of observed.resources) {
    const isOther = resource.type === 'qdisc' && resource.device === device && key !== ownKey;
    if (isOther && resource.handle === handle) return true;
  }
  return false;
}

const handleWord = ({ device, handle }: QdiscResource): string => `${device} ${handle}`;

/** Resources of equal order stay in the order of the configuration, which has parents first. */
function firstFirst(changes: readonly Change[]): Change[] {
  const lists = byOrder(changes);
  return [...lists.keys()].sort((a, b) => a - b).flatMap((order) => lists.get(order) ?? []);
}

/** Deletions; what hangs in a tree was found parents first, and goes the other way round. */
function lastFirst(changes: readonly Change[]): Change[] {
  const lists = byOrder(changes);
  lists.get(TREE_ORDER)?.reverse();
  return [...lists.keys()].sort((a, b) => b - a).flatMap((order) => lists.get(order) ?? []);
}

/** Of few orders there may be thousands of changes each. */
function byOrder(changes: readonly Change[]): Map<number, Change[]> {
  const lists = new Map<number, Change[]>();
  for (const change of changes) {
    const order = orderOf(subjectOf(change));
    const list = lists.get(order);
    if (list === undefined) lists.set(order, [change]);
    else list.push(change);
  }
  return lists;
}

/** A resource that is not as it should be. */
export interface Mismatch {
  readonly resource: Resource;
  readonly what: string;
  readonly wanted: string;
  readonly found: string;
}

/** How the state of some resources differs from what it should be; undefined stands for "not there". */
export function mismatches(should: ReadonlyMap<string, Resource | undefined>, observed: Observed): Mismatch[] {
  const list: Mismatch[] = [];
  const alike = new AlikeOptions();
  for (const [key, resource] of should) {
    const found = observed.resources.get(key)?.resource;
    if (resource !== undefined && found !== undefined) {
      for (const { what, wanted, found: is } of differencesOf(resource, found, alike)) {
        list.push({ resource, what, wanted, found: is });
      }
    } else if (resource !== undefined) {
      list.push({ resource, what: resource.type, wanted: 'there', found: 'not there' });
    } else if (found !== undefined) {
      list.push({ resource: found, what: found.type, wanted: 'not there', found: 'there' });
    }
  }
  return list;
}

/** What the resources touched by the changes should be afterwards. */
export function stateAfter(changes: readonly Change[]): Map<string, Resource | undefined> {
  const should = new Map<string, Resource | undefined>();
  for (const change of changes) should.set(keyOf(subjectOf(change)), change.wanted);
  return should;
}

/**
 * What they were before, undefined standing for "not there". Devices that are gone by now took what hung on them with them, so
 * that is left out; what hung on a device of ours that is to be made anew is not.
 */
export function stateBefore(changes: readonly Change[], observed: Observed): Map<string, Resource | undefined> {
  const was = new Map<string, Resource | undefined>();
  for (const change of changes) {
    const key = keyOf(subjectOf(change));
    if (!was.has(key)) was.set(key, change.found === undefined ? undefined : withoutGivenHandle(change.found));
    for (const resource of change.takes ?? []) was.set(keyOf(resource), withoutGivenHandle(resource));
  }
  const devices = new Set([...observed.devices.keys(), BRIDGE, MACHINE]);
  for (const resource of was.values()) if (resource?.type === 'link') devices.add(resource.device);
  for (const [key, resource] of was) if (resource !== undefined && !devices.has(resource.device)) was.delete(key);
  return was;
}

/** The kernel may have given the handle of a leaf to another one meanwhile, and gives a free one when the leaf comes back. */
function withoutGivenHandle(resource: Resource): Resource {
  const isGiven = resource.type === 'qdisc' && resource.on !== undefined && resource.handle >= FIRST_GIVEN_HANDLE;
  return isGiven ? { ...resource, handle: 0 } : resource;
}

/** net/sched/sch_api.c: qdisc_alloc_handle */
const FIRST_GIVEN_HANDLE = 0x8000_0000;

/**
 * The changes that lead back to the state before `attempted`, whichever of them the kernel carried out and however far. Of what
 * was not there before, only what is ours goes again.
 */
export function changesBack(attempted: readonly Change[], observed: Observed): Change[] {
  const before = stateBefore(attempted, observed);
  const wanted = new Map<string, Resource>();
  const put = (key: string): void => {
    const resource = before.get(key);
    if (resource === undefined || wanted.has(key)) return;
    for (const need of needsOf(resource)) put(need);
    wanted.set(key, resource);
  };
  for (const key of before.keys()) put(key);
  const found = new Map<string, ObservedResource>();
  for (const [key, now] of observed.resources) if (before.has(key)) found.set(key, now);
  return diff(wanted, { ...observed, resources: found });
}
