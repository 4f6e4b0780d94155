/** Looks for what works against shaping: other shapers, flow offloading, and devices without byte queue limits. */
import type { Host } from '../host/host.ts';
import { KernelError } from '../host/refusal.ts';
import type { Issue } from '../lib/issue.ts';
import { decodeUtf8 } from '../lib/utf8.ts';
import { conflictsIn, OTHER_CONFIGS } from '../model/conflicts.ts';
import {
  FIREWALL_CONFIG,
  flowOffloadIssues,
  flowOffloadingWanted,
  type KernelFlows,
  type ShapedDevice,
} from '../model/flow_offload.ts';
import type { ShaperStatus } from '../model/status.ts';
import { listFlowtables } from '../net/nftables.ts';
import type { SectionText } from '../schema/section.ts';
import { parseUci, UciSyntaxError } from '../wire/ucitext.ts';
import type { Kernel } from './kernel.ts';

const MOST_CONFIG_BYTES = 1 << 20;
const MOST_NUMBER_BYTES = 64;
const MOST_SESSIONS_BYTES = 1 << 20;
/** A driver that has byte queue limits has raised them by then (lib/dynamic_queue_limits.c). */
const PACKETS_TO_TELL = 10_000;

/** `interfaces` are netifd's names of the shaped devices. Files that cannot be read say nothing. @throws KernelError */
export function findConflicts(
  host: Host,
  kernel: Pick<Kernel, 'links' | 'release'>,
  statuses: readonly ShaperStatus[],
  interfaces: readonly string[],
): Issue[] {
  const devices = statuses.flatMap(({ device }) => device ?? []);
  const files = OTHER_CONFIGS.flatMap((path) => {
    const sections = sectionsOf(host, path);
    return sections === undefined ? [] : [{ path, sections }];
  });
  const without = devices.filter((device) => lacksQueueLimits(host, device));
  return [
    ...flowOffloading(host, kernel, statuses),
    ...conflictsIn(files, [...devices, ...interfaces]),
    ...without.map((device): Issue => {
      const what = 'the driver has no byte queue limits: packets wait in its ring after the shaper';
      return { severity: 'warning', where: device, what, expected: 'a shaped rate below what the port itself carries' };
    }),
  ];
}

/** Undefined where the file is not there, or none. */
function sectionsOf(host: Host, path: string): readonly SectionText[] | undefined {
  const content = host.readFile(path, MOST_CONFIG_BYTES);
  const file = typeof content === 'number' ? undefined : parseUci(content);
  return file === undefined || file instanceof UciSyntaxError ? undefined : file.sections;
}

function flowOffloading(
  host: Host,
  kernel: Pick<Kernel, 'links' | 'release'>,
  statuses: readonly ShaperStatus[],
): Issue[] {
  const shaped = statuses.flatMap(({ device, state, download, upload }): ShapedDevice[] =>
    device === null || state === 'off' ? [] : [{ name: device, download: download !== null, upload: upload !== null }],
  );
  if (shaped.length === 0) return [];
  const firewall = sectionsOf(host, FIREWALL_CONFIG);
  const wanted = firewall === undefined ? undefined : flowOffloadingWanted(firewall);
  try {
    return flowOffloadIssues(wanted, kernelFlows(host, kernel), shaped);
  } catch (error) {
    // Not to be told of offloading is no reason to be told of nothing.
    if (!(error instanceof KernelError)) throw error;
    return [{ severity: 'warning', where: 'flow offloading', what: error.message }];
  }
}

/** Undefined where the kernel does not tell. Devices are only asked for where there is a flowtable in use. @throws KernelError */
function kernelFlows(host: Host, kernel: Pick<Kernel, 'links' | 'release'>): KernelFlows | undefined {
  const flowtables = listFlowtables(host, () => kernel.release())?.filter(({ ruleCount }) => ruleCount > 0);
  if (flowtables === undefined) return undefined;
  if (flowtables.length === 0) return { flowtables, links: [], pppoeDevices: [], release: '' };
  return { flowtables, links: kernel.links(), pppoeDevices: pppoeDevices(host), release: kernel.release() };
}

/** Each once, though an access server has thousands of connections: the third column, below a heading (drivers/net/ppp/pppoe.c). */
function pppoeDevices(host: Host): string[] {
  const text = host.readFile('/proc/net/pppoe', MOST_SESSIONS_BYTES);
  if (typeof text === 'number') return [];
  const rows = decodeUtf8(text).split('\n').slice(1);
  return [...new Set(rows.flatMap((row) => row.trim().split(/ +/)[2] ?? []))];
}

/** Of a device with a driver that has sent a good deal, whether no queue has a limit (sysfs-class-net-queues). */
function lacksQueueLimits(host: Host, device: string): boolean {
  const path = `/sys/class/net/${device}`;
  if (typeof host.readLink(`${path}/device`) === 'number') return false;
  if (!(numberIn(host, `${path}/statistics/tx_packets`) >= PACKETS_TO_TELL)) return false;
  const queues = host.readDirectory(`${path}/queues`);
  if (typeof queues === 'number') return false;
  const limits = queues.filter((queue) => queue.startsWith('tx-')).map((queue) => `${path}/queues/${queue}`);
  return limits.every((queue) => !(numberIn(host, `${queue}/byte_queue_limits/limit`) > 0));
}

/** NaN where there is no such number. */
function numberIn(host: Host, path: string): number {
  const text = host.readFile(path, MOST_NUMBER_BYTES);
  return typeof text === 'number' ? Number.NaN : Number(decodeUtf8(text));
}
