/** Looks for what works against shaping: other packages' configuration, and devices without byte queue limits. */
import type { Host } from '../host/host.ts';
import type { Issue } from '../lib/issue.ts';
import { decodeUtf8 } from '../lib/utf8.ts';
import { conflictsIn, OTHER_CONFIGS } from '../model/conflicts.ts';
import { parseUci, UciSyntaxError } from '../wire/ucitext.ts';

const MOST_CONFIG_BYTES = 1 << 20;
const MOST_NUMBER_BYTES = 64;
/** A driver that has byte queue limits has raised them by then (lib/dynamic_queue_limits.c). */
const PACKETS_TO_TELL = 10_000;

/** `names` are the shaped devices, and netifd's names of them. Files that cannot be read say nothing. */
export function findConflicts(host: Host, names: readonly string[], devices: readonly string[]): Issue[] {
  const files = OTHER_CONFIGS.flatMap((path) => {
    const content = host.readFile(path, MOST_CONFIG_BYTES);
    const file = typeof content === 'number' ? undefined : parseUci(content);
    return file === undefined || file instanceof UciSyntaxError ? [] : [{ path, sections: file.sections }];
  });
  const without = devices.filter((device) => lacksQueueLimits(host, device));
  return [
    ...conflictsIn(files, names),
    ...without.map((device): Issue => {
      const what = 'the driver has no byte queue limits: packets wait in its ring after the shaper';
      return { severity: 'warning', where: device, what, expected: 'a shaped rate below what the port itself carries' };
    }),
  ];
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
