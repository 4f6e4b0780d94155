/** The state of each shaper, told from what the kernel holds and not from what was once sent. */
import type { DirectionName } from './config.ts';
import { DIRECTIONS } from './config.ts';
import type { Desired, DirectionIntent, ShaperIntent } from './desired.ts';
import { type Change, subjectOf } from './diff.ts';
import type { Observed } from './observed.ts';
import { featureKey } from './resource/feature.ts';
import { qdiscKey } from './resource/qdisc.ts';
import { pathOf } from './resource/registry.ts';
import type { Resource } from './resource.ts';
import type { Saved } from './saved.ts';

/** One direction: what is wanted and what is in force. Rates in bit/s; a rate in force of 0 is unlimited. */
export interface DirectionStatus {
  readonly wantedRateBitPerS: number;
  readonly rateBitPerS: number | null;
  /** Names of the link as the configuration gives them; none is `raw`, or bytes given by number. */
  readonly link: readonly string[];
  readonly kind: string;
  readonly kindReason: string | null;
  /** The device whose root qdisc does the shaping. */
  readonly qdiscDevice: string;
  readonly inForce: boolean;
  readonly reason: string | null;
}

export type ShaperState = 'off' | 'waiting' | 'shaping' | 'partial' | 'stopped';

export interface OffloadStatus {
  readonly offload: string;
  readonly why: string;
  /** Features of the kernel that weir has switched off; empty where they were off before or the device has none. */
  readonly featuresOff: readonly string[];
}

export interface ShaperStatus {
  readonly name: string;
  readonly device: string | null;
  readonly state: ShaperState;
  readonly reason: string | null;
  readonly download: DirectionStatus | null;
  readonly upload: DirectionStatus | null;
  readonly offloads: readonly OffloadStatus[];
  /** Offloads that should be off and that the driver keeps on. */
  readonly fixedFeatures: readonly string[];
}

/** `changes` are those that would lead from observed to desired. */
export function shaperStatuses(
  desired: Desired,
  observed: Observed,
  saved: Saved,
  changes: readonly Change[],
): ShaperStatus[] {
  return desired.shapers.map((intent) => shaperStatus(intent, observed, saved, changes));
}

function shaperStatus(
  intent: ShaperIntent,
  observed: Observed,
  saved: Saved,
  changes: readonly Change[],
): ShaperStatus {
  const statuses = DIRECTIONS.map((direction) => {
    const wanted = intent.directions[direction];
    return wanted === undefined ? null : directionStatus(direction, intent, wanted, observed, changes);
  });
  const [download = null, upload = null] = statuses;
  const asked = statuses.filter((status) => status !== null);
  const inForce = asked.filter((status) => status.inForce).length;
  const state = intent.state !== 'wanted' ? intent.state : stateOf(inForce, asked.length);
  const reason = intent.reason ?? (asked.length === 0 && state === 'off' ? 'neither direction has a rate' : null);
  return {
    name: intent.name,
    device: intent.device ?? null,
    state,
    reason,
    download,
    upload,
    offloads: intent.offloads.map(({ offload, why }) => ({
      offload,
      why,
      featuresOff: featuresOff(intent, offload, observed, saved),
    })),
    fixedFeatures: intent.fixedFeatures,
  };
}

function stateOf(inForce: number, asked: number): ShaperState {
  if (asked === 0) return 'off';
  if (inForce === asked) return 'shaping';
  return inForce === 0 ? 'stopped' : 'partial';
}

function directionStatus(
  direction: DirectionName,
  intent: ShaperIntent,
  wanted: DirectionIntent,
  observed: Observed,
  changes: readonly Change[],
): DirectionStatus {
  const root = observed.resources.get(qdiscKey(wanted.qdiscDevice, 'root'));
  const options = root?.owner === 'weir' && root.resource.type === 'qdisc' ? root.resource.options : undefined;
  const rate = options?.rateBitPerS;
  const missing = changes.find((change) => concerns(change, direction, intent, wanted));
  const takenBy = direction === 'download' ? observed.devices.get(intent.device ?? '')?.takenBy : undefined;
  const taken = takenBy === undefined ? null : `packets do not arrive: ${takenBy} takes them`;
  const reason = wanted.refused ?? (missing === undefined ? taken : describeMissing(missing));
  return {
    wantedRateBitPerS: wanted.options.rateBitPerS,
    rateBitPerS: typeof rate === 'number' ? rate : null,
    link: wanted.link,
    kind: wanted.kind,
    kindReason: wanted.kindReason ?? null,
    qdiscDevice: wanted.qdiscDevice,
    inForce: reason === null,
    reason,
  };
}

const OF_NO_DIRECTION: readonly Resource['type'][] = ['feature', 'tunable', 'class', 'filter'];

/** Upload is the root of the device; download is the IFB, the hook and the redirect. */
function concerns(change: Change, direction: DirectionName, intent: ShaperIntent, wanted: DirectionIntent): boolean {
  const subject = subjectOf(change);
  if (OF_NO_DIRECTION.includes(subject.type)) return false;
  if (subject.type === 'qdisc' && typeof subject.parent === 'number') return false;
  const isUpload = subject.type === 'qdisc' && subject.parent === 'root' && subject.device === intent.device;
  if (direction === 'upload') return isUpload;
  return !isUpload && (subject.device === wanted.qdiscDevice || subject.device === intent.device);
}

export function describeMissing(change: Change): string {
  const [first] = change.differences;
  const path = pathOf(subjectOf(change));
  if (change.action === 'add') return `${path} is not there`;
  return first === undefined
    ? `${path}: ${change.action}`
    : `${path}: ${first.what} is ${first.found}, not ${first.wanted}`;
}

function featuresOff(intent: ShaperIntent, offload: string, observed: Observed, saved: Saved): string[] {
  const off: string[] = [];
  for (const { device, feature } of saved.features) {
    const now = observed.resources.get(featureKey(device, feature))?.resource;
    if (device !== intent.device || now?.type !== 'feature' || now.offload !== offload) continue;
    if (!now.on) off.push(feature);
  }
  return off;
}
