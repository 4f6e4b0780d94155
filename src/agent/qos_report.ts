/** The state of each QoS of Open vSwitch, with the counters that the kernel has now. */

import type { QosStatus } from '../model/tree/open_vswitch_status.ts';
import type { TreesConfig } from '../model/tree/sections.ts';
import { trees } from '../parts/trees.ts';
import type { Kernel } from './kernel.ts';

/** An answer has to fit into a message of the bus (1 MB). */
const MOST_QUEUES = 1000;

/** One for each port, with so many queues of them all as a message has room for; empty without a section `qos`. @throws KernelError, ShortReadError */
export function qosReport(kernel: Kernel, config: TreesConfig | undefined): QosStatus[] {
  if (config === undefined || config.qos.length === 0) return [];
  const { qosCounters, qosStatus } = trees();
  let room = MOST_QUEUES;
  const ifindexes = new Map(kernel.links().map(({ name, ifindex }) => [name, ifindex]));
  return config.qos.flatMap((qos) =>
    qos.devices.map((device) => {
      const ifindex = ifindexes.get(device);
      const isThere = ifindex !== undefined && qos.type !== 'linux-noop';
      const dump = isThere ? kernel.trees.deviceDump(ifindex) : undefined;
      const filters = dump === undefined ? [] : [...dump.filters.values()].flat();
      const status = qosStatus(qos, device, qosCounters({ ...(dump ?? NOTHING), filters }), room);
      room -= status.queues.length;
      return status;
    }),
  );
}

const NOTHING = { littleEndian: true, qdiscs: [], classes: [] };
