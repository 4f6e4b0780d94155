/**
 * What the kernel should look like for a configuration, given the devices that exist and what this kernel can do.
 *
 * A direction that cannot be had is left out with the reason, and the rest is wanted all the same.
 */
import type { Issue } from '../lib/issue.ts';
import { trees } from '../parts/trees.ts';
import { formatHandle, makeHandle, ourMajor } from '../tc/handle.ts';
import type { OptionValues } from '../tc/kind.ts';
import type { CakeOptions } from '../tc/qdisc/cake.ts';
import { isRestorable } from '../tc/qdisc/restorable.ts';
import type { PortConfig } from './bridge_config.ts';
import type { BridgeIntent } from './bridge_desired.ts';
import { wantedBridge } from './bridge_package.ts';
import { wantedCakeOptions } from './cake_wanted.ts';
import { type Config, DIRECTIONS, type DirectionName, type ShaperConfig } from './config.ts';
import { ifbName } from './ifb_name.ts';
import type { Device, Observed } from './observed.ts';
import { fixedFeatures, type OffloadWish, wantedFeatures, wantedOffloads } from './offloads_wanted.ts';
import { ALIAS_PREFIX, linkKey } from './resource/link.ts';
import { HOOK_HANDLE, qdiscKey } from './resource/qdisc.ts';
import { redirectKey } from './resource/redirect.ts';
import { keyOf } from './resource/registry.ts';
import type { QdiscResource, Resource } from './resource.ts';
import { restoring, type Saved } from './saved.ts';
import type { DesiredTrees } from './tree/wanted.ts';
import { treesLeft } from './trees_package.ts';
import { type DesiredTuning, desiredTuning } from './tuning_desired.ts';

/** How one direction is to be shaped, or why it is not. */
export interface DirectionIntent {
  /** Where the shaper sits: the device itself for upload, its IFB for download. */
  readonly qdiscDevice: string;
  readonly options: CakeOptions;
  readonly kind: 'cake' | 'cake_mq';
  /** Why this kind, where several queues were in question. */
  readonly kindReason: string | undefined;
  readonly queues: number;
  /** Names of the link, as they were given. */
  readonly link: readonly string[];
  readonly refused: string | undefined;
}

export interface ShaperIntent {
  readonly name: string;
  readonly device: string | undefined;
  readonly state: 'off' | 'waiting' | 'wanted';
  readonly reason: string | undefined;
  readonly directions: Readonly<Partial<Record<DirectionName, DirectionIntent>>>;
  readonly offloads: readonly OffloadWish[];
  /** Features that should be off but that the driver keeps on. */
  readonly fixedFeatures: readonly string[];
}

export interface Desired {
  readonly resources: ReadonlyMap<string, Resource>;
  readonly shapers: readonly ShaperIntent[];
  readonly bridge: BridgeIntent;
  readonly tuning: Omit<DesiredTuning, 'resources'>;
  /** Undefined where no trees are configured, and none are left that cannot be read. */
  readonly trees: Omit<DesiredTrees, 'resources'> | undefined;
  readonly issues: readonly Issue[];
}

export function desiredState(config: Config, observed: Observed, saved: Saved): Desired {
  const resources = new Map<string, Resource>();
  const issues: Issue[] = [];
  const shapers: ShaperIntent[] = [];
  for (const shaper of config.shapers) {
    const device = shaper.device === undefined ? undefined : observed.devices.get(shaper.device);
    const intent = shaperIntent(config, shaper, device, observed, resources, issues);
    shapers.push(intent);
    if (device === undefined || intent.state !== 'wanted') continue;
    for (const resource of shaperResources(intent, device, observed)) resources.set(keyOf(resource), resource);
  }
  const bridge = wantedBridge(config, observed, saved, resources, issues);
  const tuning = desiredTuning(config, observed, saved.tunables, issues);
  for (const resource of tuning.resources) resources.set(keyOf(resource), resource);
  const forest = wantedTrees(config, observed, saved, resources, issues);
  forest?.resources.forEach((resource, key) => {
    resources.set(key, resource);
  });
  const before = restoring(saved, tuning.keys, observed);
  issues.push(...before.left);
  for (const resource of before.resources) {
    const key = keyOf(resource);
    if (!resources.has(key)) resources.set(key, resource);
  }
  keepHooksInUse(resources, observed);
  return { resources, shapers, bridge, tuning, trees: forest, issues };
}

function wantedTrees(
  config: Config,
  observed: Observed,
  saved: Saved,
  taken: ReadonlyMap<string, Resource>,
  issues: Issue[],
): DesiredTrees | undefined {
  if (config.trees === undefined) return treesLeft(config, observed, saved, taken, issues);
  const refusal = (device: Device): string | undefined => rootRefusal(device, observed, 'remove the section qdisc');
  return trees().desiredTrees(config.trees, config.enabled, observed, saved.trees, refusal, issues);
}

function shaperIntent(
  config: Config,
  shaper: ShaperConfig,
  device: Device | undefined,
  observed: Observed,
  taken: ReadonlyMap<string, Resource>,
  issues: Issue[],
): ShaperIntent {
  const base = { name: shaper.name, device: shaper.device, directions: {}, offloads: [], fixedFeatures: [] };
  if (!config.enabled) return { ...base, state: 'off', reason: 'weir is disabled in section globals' };
  if (!shaper.enabled) return { ...base, state: 'off', reason: 'the shaper is disabled' };
  if (shaper.device === undefined) {
    const reason = shaper.missingDevice ?? `interface ${shaper.interface} has no device`;
    issues.push({ severity: 'warning', where: shaper.where, what: `${reason}; waiting for it` });
    return { ...base, state: 'waiting', reason };
  }
  if (device === undefined) {
    const reason = `device ${shaper.device} does not exist`;
    issues.push({ severity: 'warning', where: shaper.where, what: `${reason}; waiting for it` });
    return { ...base, state: 'waiting', reason };
  }
  if (device.ours) {
    const what = `device ${device.name} is weir's own, for another shaper's download`;
    issues.push({ severity: 'error', where: shaper.where, what, expected: 'the device of a link' });
    return { ...base, state: 'waiting', reason: what };
  }
  const directions: Partial<Record<DirectionName, DirectionIntent>> = {};
  const options: Partial<Record<DirectionName, CakeOptions>> = {};
  const port = config.bridge?.ports.find((one) => one.device === device.name);
  for (const direction of DIRECTIONS) {
    if (shaper[direction].rateBitPerS === 0) continue;
    const intent = directionIntent(direction, shaper, device, observed, taken, port);
    directions[direction] = intent;
    if (intent.refused === undefined) options[direction] = intent.options;
    else issues.push({ severity: 'error', where: shaper.where, what: `${direction}: ${intent.refused}` });
  }
  if (options.download !== undefined && device.takenBy !== undefined) {
    const what = `download: someone else's filter on ${device.name} takes every packet before weir sees it: ${device.takenBy}`;
    issues.push({ severity: 'warning', where: shaper.where, what });
  }
  const offloads = Object.keys(options).length > 0 ? wantedOffloads(shaper, options) : [];
  const fixed = fixedFeatures(device, offloads);
  return { ...base, state: 'wanted', reason: undefined, directions, offloads, fixedFeatures: fixed };
}

function directionIntent(
  direction: DirectionName,
  shaper: ShaperConfig,
  device: Device,
  observed: Observed,
  taken: ReadonlyMap<string, Resource>,
  port: PortConfig | undefined,
): DirectionIntent {
  const options = wantedCakeOptions(direction, shaper[direction]);
  const kind = chooseKind(direction, shaper, device, options, observed);
  const qdiscDevice = direction === 'upload' ? device.name : ifbFor(device, observed, taken);
  const refused = direction === 'upload' ? rootRefusal(device, observed, 'set upload to 0') : bridgeRefusal(port);
  return { qdiscDevice, options, link: shaper[direction].linkNames, refused, ...kind };
}

/**
 * How many queues a direction could use. Arriving packets spread over several only as far as the device spreads them when it
 * receives, so `auto` looks at its RX queues too; `on` trusts that something else (RPS) does it.
 */
function queuesFor(direction: DirectionName, shaper: ShaperConfig, device: Device): number {
  if (direction === 'upload' || shaper.multiQueue === 'on') return device.txQueues;
  return Math.min(device.txQueues, device.rxQueues);
}

/** cake_mq only where it can do some good; the reason is for the status. */
function chooseKind(
  direction: DirectionName,
  shaper: ShaperConfig,
  device: Device,
  options: CakeOptions,
  observed: Observed,
): Pick<DirectionIntent, 'kind' | 'kindReason' | 'queues'> {
  const queues = queuesFor(direction, shaper, device);
  const cake = (kindReason: string | undefined): ReturnType<typeof chooseKind> => ({
    kind: 'cake',
    kindReason,
    queues: 1,
  });
  if (shaper.multiQueue === 'off') return cake(queues > 1 ? 'multi_queue is off' : undefined);
  const asked = shaper.multiQueue === 'on';
  if (queues <= 1 && device.txQueues > 1) return cake('the device receives with a single queue');
  if (queues <= 1) return cake(asked ? 'the device has a single queue' : undefined);
  if (options.autorateIngress) return cake('cake_mq cannot estimate the rate (autorate_ingress)');
  if (!observed.capabilities.cakeMq) return cake('this kernel has no cake_mq');
  return { kind: 'cake_mq', kindReason: `${queues} queues`, queues };
}

/** The IFB that the device has, or a new name that meets no other device. */
function ifbFor(device: Device, observed: Observed, taken: ReadonlyMap<string, Resource>): string {
  return ifbName(device.name, (name) => {
    const existing = observed.devices.get(name);
    return (existing === undefined || existing.ours) && !taken.has(linkKey(name));
  });
}

/** Why weir will not take the root of this device: it would destroy what it could not put back. `instead` is what else can be done. */
function rootRefusal(device: Device, observed: Observed, instead: string): string | undefined {
  const root = observed.resources.get(qdiscKey(device.name, 'root'));
  if (root === undefined || root.owner === 'weir' || root.resource.type !== 'qdisc') return undefined;
  const { kind, handle } = root.resource;
  if (isRestorable(kind) && !device.rootIsTree) return undefined;
  return (
    `someone else has set up ${kind} ${formatHandle(handle)} on ${device.name}, which weir could not put back; ` +
    `remove it with 'tc qdisc del dev ${device.name} root', or ${instead}`
  );
}

/** Why packets that arrive on a port of the bridge cannot be shaped there: they go straight to where they leave. */
function bridgeRefusal(port: PortConfig | undefined): string | undefined {
  if (port === undefined) return undefined;
  const instead =
    port.redirectTo === port.device
      ? 'both directions leave here, with classes of a tree'
      : `a shaper of ${port.redirectTo} with upload`;
  return `${port.device} is a port of the bridge, whose frames are shaped where they leave: ${instead}`;
}

function shaperResources(intent: ShaperIntent, device: Device, observed: Observed): Resource[] {
  const resources: Resource[] = [];
  const { download, upload } = intent.directions;
  if (download !== undefined && download.refused === undefined) {
    const ifb = download.qdiscDevice;
    resources.push(
      {
        type: 'link',
        device: ifb,
        kind: 'ifb',
        alias: ALIAS_PREFIX + intent.name,
        txQueues: download.queues,
        up: true,
      },
      rootQdisc(download),
      hookOf(device, observed),
      { type: 'redirect', device: device.name, kind: redirectKind(device, observed), redirectTo: ifb },
    );
  }
  if (upload !== undefined && upload.refused === undefined) resources.push(rootQdisc(upload));
  resources.push(...wantedFeatures(device, intent.offloads));
  return resources;
}

/** `clsact` and `ingress` exclude each other: the hook that is there does, whoever made it. */
function hookOf({ name }: Device, observed: Observed): Resource {
  const existing = observed.resources.get(qdiscKey(name, 'ingress'))?.resource;
  return existing ?? { type: 'qdisc', device: name, parent: 'ingress', kind: 'clsact', handle: HOOK_HANDLE };
}

function rootQdisc(direction: DirectionIntent): QdiscResource {
  const { autorateIngress: _, ...forMq } = direction.options;
  const options: OptionValues = direction.kind === 'cake_mq' ? forMq : direction.options;
  const handle = makeHandle(ourMajor(direction.kind === 'cake_mq' ? 1 : 0), 0);
  return { type: 'qdisc', device: direction.qdiscDevice, parent: 'root', kind: direction.kind, handle, options };
}

/** A filter of ours that is there already is as good as the other kind. */
function redirectKind(device: Device, observed: Observed): 'matchall' | 'u32' {
  const existing = observed.resources.get(redirectKey(device.name))?.resource;
  if (existing?.type === 'redirect') return existing.kind;
  return observed.capabilities.matchall ? 'matchall' : 'u32';
}

/** A hook that weir made stays while other people's filters hang on it. */
function keepHooksInUse(resources: Map<string, Resource>, observed: Observed): void {
  for (const [key, { resource }] of observed.resources) {
    if (resource.type !== 'qdisc' || resource.parent !== 'ingress' || resources.has(key)) continue;
    const device = observed.devices.get(resource.device);
    if (device !== undefined && device.foreignFilters > 0) resources.set(key, resource);
  }
}
