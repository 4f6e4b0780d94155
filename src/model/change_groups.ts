/** Which changes belong together: they are carried out, verified and if need be put back as one. */
import type { Desired } from './desired.ts';
import { type Change, subjectOf } from './diff.ts';
import { BRIDGE, type Resource } from './resource.ts';

/**
 * Changes that belong together: by the device that is shaped, its own and those of its IFB; and those of the bridge. Their order stays.
 * What the bridge loses goes before all else, since a shaper may take the place, and what it gets comes last.
 */
export function groupsOf(changes: readonly Change[], desired: Desired): [string, Change[]][] {
  const deviceOfIfb = devicesOfIfbs(changes, desired);
  const forwards = new Set<string>();
  const redirects = new Set<string>();
  const withXdp = new Set<string>();
  for (const change of changes) {
    const { type, device } = subjectOf(change);
    if (type === 'forward') forwards.add(device);
    else if (type === 'redirect') redirects.add(device);
    else if (type === 'xdp') withXdp.add(device);
  }
  for (const { device, state } of desired.shapers) if (state === 'wanted') withXdp.delete(device ?? '');
  const isOfBridge = (resource: Resource): boolean => {
    const { type, device } = resource;
    // The hook below the bridge's filter goes and comes with it, unless a shaper's stands there as well.
    if (type === 'qdisc') return resource.parent === 'ingress' && forwards.has(device) && !redirects.has(device);
    // So do offloads that a program must not meet, unless a shaper wants something of them.
    if (type === 'feature') return withXdp.has(device);
    return BRIDGE_TYPES.includes(type);
  };
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const subject = subjectOf(change);
    const key = isOfBridge(subject)
      ? BRIDGE
      : subject.type === 'tunable'
        ? `${TUNING}${subject.device}`
        : (deviceOfIfb.get(subject.device) ?? subject.device);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [change]);
    else group.push(change);
  }
  const bridge = groups.get(BRIDGE);
  if (bridge === undefined) return [...groups];
  groups.delete(BRIDGE);
  const onlyGoes = bridge.every(({ action, wanted }) => action === 'delete' || wanted?.type === 'feature');
  return onlyGoes ? [[BRIDGE, bridge], ...groups] : [...groups, [BRIDGE, bridge]];
}

/** Before the device in the name of a group: tunables come and go without the shaper. */
const TUNING = ':tuning ';

const BRIDGE_TYPES: readonly Resource['type'][] = ['programs', 'port', 'steering', 'xdp', 'forward', 'promiscuous'];

function devicesOfIfbs(changes: readonly Change[], desired: Desired): Map<string, string> {
  const deviceOfIfb = new Map<string, string>();
  for (const change of changes) {
    for (const resource of [change.found, change.wanted]) {
      if (resource?.type === 'redirect') deviceOfIfb.set(resource.redirectTo, resource.device);
    }
  }
  for (const { device, directions } of desired.shapers) {
    if (device !== undefined && directions.download !== undefined)
      deviceOfIfb.set(directions.download.qdiscDevice, device);
  }
  // Wherever a redirect pointed that someone else has made to look like ours, a shaped device is no IFB of another.
  for (const { device, state } of desired.shapers) {
    if (device !== undefined && state === 'wanted') deviceOfIfb.delete(device);
  }
  return deviceOfIfb;
}
