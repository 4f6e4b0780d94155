/**
 * The package that the bridge comes in, and what holds while it is not there, or is of another version than the program: everything but the
 * bridge, and of one that is in force what can be done without it.
 */
import type { Issue } from '../lib/issue.ts';
import { bridgeFile, bridge as bridgePart, canUseBridge } from '../parts/bridge.ts';
import type { BridgeConfig } from './bridge_config.ts';
import type { BridgeIntent } from './bridge_desired.ts';
import type { BpfUnavailable } from './bridge_observed.ts';
import type { Config } from './config.ts';
import type { Observed } from './observed.ts';
import { packageProblem } from './part_package.ts';
import { featureKey } from './resource/feature.ts';
import { qdiscKey } from './resource/qdisc.ts';
import type { Resource } from './resource.ts';
import type { Saved } from './saved.ts';

const PACKAGE = 'weir-bridge';

/** Why there can be no bridge now, by its package; undefined where it can be loaded. */
export function bridgeProblem(): BpfUnavailable | undefined {
  const file = bridgeFile();
  if (canUseBridge() || file === 'there') return undefined;
  const { needed, expected } = packageProblem(PACKAGE, file);
  return { problem: `it needs ${needed}`, expected, leavesAll: file !== 'missing' };
}

/** Adds what the bridge wants to `resources`, which hold what the shapers want. */
export function wantedBridge(
  { bridge, enabled }: Config,
  observed: Observed,
  saved: Saved,
  resources: Map<string, Resource>,
  issues: Issue[],
): BridgeIntent {
  const available = observed.bpfAvailable;
  const without = (state: BridgeIntent['state'], reason: string): BridgeIntent => ({ state, reason, ports: [] });
  // The kernel is asked for the bridge wherever one is configured.
  if (bridge === undefined || available === undefined) return without('off', 'no bridge is configured');
  if (!enabled) return without('off', 'weir is disabled in section globals');
  if ('id' in available) return bridgePart().desiredBridge(bridge, available.id, observed, resources, issues);
  const { problem: what, expected = `the package ${PACKAGE}`, leavesAll = false } = available;
  issues.push({ severity: 'error', where: bridge.where, what, expected });
  if (!leavesAll) return without('waiting', what);
  for (const [key, resource] of inForce(bridge, observed, saved)) {
    if (!resources.has(key)) resources.set(key, resource);
  }
  return without('waiting', what);
}

const OF_BRIDGE: readonly Resource['type'][] = ['programs', 'forward', 'promiscuous'];

/**
 * What is seen of a bridge without its package, as it is: its pins, its filters with their hooks, and of its ports what XDP needs of them.
 * So it goes on between the two steps of an upgrade.
 */
function* inForce(bridge: BridgeConfig, observed: Observed, saved: Saved): Iterable<readonly [string, Resource]> {
  for (const [key, { resource, owner }] of observed.resources) {
    if (owner !== 'weir' || !OF_BRIDGE.includes(resource.type)) continue;
    yield [key, resource];
    const hook = qdiscKey(resource.device, 'ingress');
    const found = observed.resources.get(hook);
    if (resource.type === 'forward' && found !== undefined) yield [hook, found.resource];
  }
  const ports = new Set(bridge.ports.map(({ device }) => device));
  for (const { device, feature } of saved.features) {
    const key = featureKey(device, feature);
    const found = observed.resources.get(key);
    if (ports.has(device) && found !== undefined) yield [key, found.resource];
  }
}
