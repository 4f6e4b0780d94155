/**
 * What tunables were before weir changed them, for saved.json. It is put back only where the value is still ours: what another program
 * has set meanwhile stays.
 */
import type { Issue } from '../lib/issue.ts';
import type { Device } from './observed.ts';
import { pathOf } from './resource/registry.ts';
import { tunableKey, tunableNamed } from './resource/tunable.ts';
import { MACHINE, type TunableResource } from './resource.ts';
import type { TunableReading } from './tuning_observed.ts';

export interface SavedTunable {
  readonly device: string;
  /** 0 for the machine. */
  readonly ifindex: number;
  readonly tunable: string;
  readonly part: string;
  /** The value before weir first changed it. */
  readonly before: string;
  /** The value that was asked for last. */
  readonly wanted: string;
  /** Values that were there by our doing: what reads back, or, while a change is under way, what it may be. */
  readonly ours: readonly string[];
  /** Why `wanted` was refused; until somebody asks for it, or the circumstances are others, it is not tried again. */
  readonly refused?: TunableRefusal;
}

/** The name of the error, all that the kernel said, and {@link circumstancesOf} the device then. */
export interface TunableRefusal {
  readonly errno: string;
  readonly reason: string;
  readonly circumstances: string;
}

/**
 * What drivers let their answers depend on: some take a value only while the device is up, and veth has NAPI while it is up with GRO
 * or an XDP program (drivers/net/veth.c: veth_open).
 */
export function circumstancesOf(device: Device | undefined): string {
  if (device === undefined) return '';
  const { up, xdp, features } = device;
  return [up && 'up', xdp !== undefined && 'xdp', features.get('rx-gro')?.on === true && 'gro']
    .filter(Boolean)
    .join(' ');
}

/** `saved` so that all that was refused is tried again. */
export function askingAgain(saved: readonly SavedTunable[]): SavedTunable[] {
  return saved.map((entry) =>
    entry.refused === undefined ? entry : { ...entry, refused: { ...entry.refused, circumstances: '?' } },
  );
}

type Current = ReadonlyMap<string, TunableReading>;

export const savedKey = ({ device, tunable, part }: SavedTunable): string => tunableKey(device, tunable, part);

/** `saved` with a change that is about to be made. */
export function withComingTunable(
  saved: readonly SavedTunable[],
  wanted: TunableResource,
  found: TunableResource,
  ifindex: number,
): SavedTunable[] {
  const { device, tunable, part, value } = wanted;
  const known = saved.find(
    (entry) => savedKey(entry) === tunableKey(device, tunable, part) && entry.ifindex === ifindex,
  );
  const others = saved.filter((entry) => savedKey(entry) !== tunableKey(device, tunable, part));
  const before = known?.before ?? found.value;
  const ours = [...new Set([...(known?.ours ?? []), value])];
  return [...others, { device, ifindex, tunable, part, before, wanted: value, ours }];
}

/** `saved` after changes that hold: with the values that read back, and why those that were refused were. */
export function withSettledTunables(
  saved: readonly SavedTunable[],
  changed: readonly TunableResource[],
  refusals: ReadonlyMap<string, TunableRefusal>,
  current: Current,
): SavedTunable[] {
  const keys = new Set(changed.map(({ device, tunable, part }) => tunableKey(device, tunable, part)));
  return saved.map((entry) => {
    const key = savedKey(entry);
    const value = current.get(key)?.value;
    if (!keys.has(key) || value === undefined) return entry;
    const { refused: _, ...rest } = entry;
    const refused = refusals.get(key);
    return { ...rest, ours: [value], ...(refused === undefined ? {} : { refused }) };
  });
}

/** `saved` without what is back as it was, or somebody else's by now, and is not `wanted` any more. */
export function withoutRestoredTunables(
  saved: readonly SavedTunable[],
  wanted: ReadonlySet<string>,
  isCurrent: (entry: SavedTunable) => boolean,
  current: Current,
): SavedTunable[] {
  return saved.filter((entry) => {
    const value = current.get(savedKey(entry))?.value;
    if (!isCurrent(entry)) return false;
    // What cannot be read now, such as a queue while there are fewer, may come back as weir left it. The number of an interrupt may not.
    if (value === undefined) return tunableNamed(entry.tunable).scope !== 'irq';
    return wanted.has(savedKey(entry)) || (value !== entry.before && entry.ours.includes(value));
  });
}

/** What puts back what is not `wanted` any more, and what is left because somebody else has changed it. */
export function restoringTunables(
  saved: readonly SavedTunable[],
  wanted: ReadonlySet<string>,
  isCurrent: (entry: SavedTunable) => boolean,
  current: Current,
): { resources: TunableResource[]; left: Issue[] } {
  const resources: TunableResource[] = [];
  const left: Issue[] = [];
  for (const entry of saved) {
    const { device, tunable, part, before, ours } = entry;
    const value = current.get(savedKey(entry))?.value;
    if (!isCurrent(entry) || wanted.has(savedKey(entry)) || value === undefined || value === before) continue;
    const resource: TunableResource = { type: 'tunable', device, tunable, part, value: before };
    if (ours.includes(value)) {
      resources.push(resource);
    } else {
      const what = `it is ${value} by somebody else's doing, and stays so; before weir changed it to ${ours.join(', ')} it was ${before}`;
      left.push({ severity: 'warning', where: pathOf(resource), what });
    }
  }
  return { resources, left };
}

/** Whether an entry is of the device that is there now. */
export function isOfDevice(entry: SavedTunable, ifindexOf: (device: string) => number | undefined): boolean {
  return entry.device === MACHINE || ifindexOf(entry.device) === entry.ifindex;
}
