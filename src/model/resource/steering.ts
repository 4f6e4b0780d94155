/** Which class the frames of each host belong to: the maps `steering` and `stations`, and the settings for all others. */
import type { Steering } from '../bridge_config.ts';
import type { Difference, ResourceKind, SteeringResource } from '../resource.ts';
import { PROGRAMS_KEY } from './programs.ts';

export const STEERING_KEY = 'steering';

export const steering: ResourceKind<SteeringResource> = {
  key: () => STEERING_KEY,
  needs: () => [PROGRAMS_KEY],
  order: () => 13,
  optional: false,
  path: () => 'bridge > hosts',

  differences: (wanted, found) => {
    const list: Difference[] = [];
    const [missing, other, superfluous] = counted(wanted.entries, found.entries);
    if (missing + other + superfluous > 0) {
      const is = [
        ...(missing > 0 ? [`${missing} missing`] : []),
        ...(other > 0 ? [`${other} of another class`] : []),
        ...(superfluous > 0 ? [`${superfluous} too many`] : []),
      ];
      list.push({ what: 'entries', wanted: String(wanted.entries.size), found: is.join(', '), apply: 'change' });
    }
    if (!isSameSteering(wanted.unknown, found.unknown)) {
      const [should, is] = [wanted.unknown, found.unknown].map(formatSteering);
      list.push({ what: 'unknown hosts', wanted: should ?? '', found: is ?? '', apply: 'change' });
    }
    return list;
  },

  // The entries go with their maps.
  requests: (action, resource) =>
    action === 'delete' ? [] : [{ via: 'bpf', operation: { what: 'steer', steering: resource } }],

  commands: (action, { entries }) => (action === 'delete' ? [] : [`# bridge: classes for ${entries.size} addresses`]),
};

/** `10:2a`; null for none. */
export function formatClass(handle: number): string | null {
  return handle === 0 ? null : `${(handle >>> 16).toString(16)}:${(handle & 0xffff).toString(16)}`;
}

/** `10:2a up 20:2a cpu 1` */
function formatSteering({ classDownload, classUpload, cpu }: Steering): string {
  const up = classUpload === classDownload ? '' : ` up ${formatClass(classUpload) ?? 'none'}`;
  return `${formatClass(classDownload) ?? 'none'}${up}${cpu === undefined ? '' : ` cpu ${cpu}`}`;
}

export function isSameSteering(a: Steering, b: Steering): boolean {
  return a.classDownload === b.classDownload && a.classUpload === b.classUpload && a.cpu === b.cpu;
}

/** How many are missing, different, and too many. */
function counted(
  wanted: ReadonlyMap<string, Steering>,
  found: ReadonlyMap<string, Steering>,
): [missing: number, other: number, superfluous: number] {
  let [missing, other, known] = [0, 0, 0];
  for (const [key, value] of wanted) {
    const is = found.get(key);
    if (is === undefined) missing++;
    else {
      known++;
      if (!isSameSteering(value, is)) other++;
    }
  }
  return [missing, other, found.size - known];
}
