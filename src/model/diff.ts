/** The changes that lead from observed to wanted state, each with the least disruption that its differences allow. */
import type { Observed } from './observed.ts';
import { differencesOf, keyOf, needsOf, orderOf } from './resource/registry.ts';
import { type Action, BRIDGE, type Difference, MACHINE, type ObservedResource, type Resource } from './resource.ts';

/** One operation on one resource. `wanted` is absent for a delete and `found` for an add. */
export interface Change {
  readonly action: Action;
  readonly wanted: Resource | undefined;
  readonly found: Resource | undefined;
  readonly differences: readonly Difference[];
}

/** The resource that a change is about. */
export function subjectOf(change: Change): Resource {
  const subject = change.wanted ?? change.found;
  if (subject === undefined) throw new Error('a change of nothing');
  return subject;
}

/**
 * All changes, in the order in which they can be made: first what has to go because it is made anew, then what is made and
 * changed, parents before children, and last what is not wanted any more, children before parents.
 */
export function diff(wanted: ReadonlyMap<string, Resource>, observed: Observed): Change[] {
  const differing = differencesByKey(wanted, observed);
  const rebuilt = rebuiltKeys(wanted, observed, differing);
  const removals: Change[] = [];
  const makings: Change[] = [];
  const leftovers: Change[] = [];
  for (const [key, resource] of wanted) {
    const found = observed.resources.get(key)?.resource;
    const differences = differing.get(key) ?? [];
    if (found === undefined) {
      makings.push({ action: 'add', wanted: resource, found: undefined, differences });
    } else if (rebuilt.has(key)) {
      removals.push({ action: 'delete', wanted: undefined, found, differences });
      makings.push({ action: 'add', wanted: resource, found: undefined, differences: [] });
    } else if (differences.length > 0) {
      const action = differences.some((difference) => difference.apply === 'replace') ? 'replace' : 'change';
      makings.push({ action, wanted: resource, found, differences });
    }
  }
  for (const [key, { resource, owner }] of observed.resources) {
    if (owner !== 'weir' || wanted.has(key)) continue;
    const standsOnRebuilt = rebuilt.size > 0 && needsOf(resource).some((need) => rebuilt.has(need));
    const list = standsOnRebuilt ? removals : leftovers;
    list.push({ action: 'delete', wanted: undefined, found: resource, differences: [] });
  }
  return [...removals.sort(lastFirst), ...makings.sort(firstFirst), ...leftovers.sort(lastFirst)];
}

function differencesByKey(
  wanted: ReadonlyMap<string, Resource>,
  observed: Observed,
): Map<string, readonly Difference[]> {
  const differing = new Map<string, readonly Difference[]>();
  for (const [key, resource] of wanted) {
    const found = observed.resources.get(key)?.resource;
    if (found !== undefined) differing.set(key, differencesOf(resource, found));
  }
  return differing;
}

/** Resources that must be made anew, and all that stands on them. */
function rebuiltKeys(
  wanted: ReadonlyMap<string, Resource>,
  observed: Observed,
  differing: ReadonlyMap<string, readonly Difference[]>,
): Set<string> {
  const rebuilt = new Set<string>();
  for (const [key, differences] of differing) {
    if (differences.some((difference) => difference.apply === 'rebuild')) rebuilt.add(key);
  }
  for (let before = 0; before !== rebuilt.size; ) {
    before = rebuilt.size;
    for (const key of wanted.keys()) {
      const found = observed.resources.get(key)?.resource;
      if (found !== undefined && needsOf(found).some((need) => rebuilt.has(need))) rebuilt.add(key);
    }
  }
  return rebuilt;
}

/** Resources of equal order stay in the order of the configuration. */
function firstFirst(a: Change, b: Change): number {
  return orderOf(subjectOf(a)) - orderOf(subjectOf(b));
}

function lastFirst(a: Change, b: Change): number {
  return firstFirst(b, a);
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
  for (const [key, resource] of should) {
    const found = observed.resources.get(key)?.resource;
    if (resource !== undefined && found !== undefined) {
      for (const { what, wanted, found: is } of differencesOf(resource, found)) {
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
    if (!was.has(key)) was.set(key, change.found);
  }
  const devices = new Set([...observed.devices.keys(), BRIDGE, MACHINE]);
  for (const resource of was.values()) if (resource?.type === 'link') devices.add(resource.device);
  for (const [key, resource] of was) if (resource !== undefined && !devices.has(resource.device)) was.delete(key);
  return was;
}

/**
 * The changes that lead back to the state before `attempted`, whichever of them the kernel carried out and however far. Of what
 * was not there before, only what is ours goes again.
 */
export function changesBack(attempted: readonly Change[], observed: Observed): Change[] {
  const before = stateBefore(attempted, observed);
  const wanted = new Map<string, Resource>();
  const found = new Map<string, ObservedResource>();
  for (const [key, resource] of before) {
    const now = observed.resources.get(key);
    if (resource !== undefined) wanted.set(key, resource);
    if (now !== undefined) found.set(key, now);
  }
  return diff(wanted, { ...observed, resources: found });
}
