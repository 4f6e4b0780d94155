/** What the kernel has counted at a port with a QoS of Open vSwitch, out of its lists of qdiscs, classes and filters. */
import { everyQdisc } from '../../tc/every_qdisc.ts';
import { decodeFilterOptions } from '../../tc/filter/kind.ts';
import { filterKind } from '../../tc/filter/registry.ts';
import { majorOf, minorOf } from '../../tc/handle.ts';
import { decodeOptions } from '../../tc/kind.ts';
import { TC_H } from '../../uapi/tc.ts';
import { decodeFilterInfo, type TcMessage } from '../../wire/tcmsg.ts';
import { LAST_PREFERENCE } from './open_vswitch_filters.ts';
import { minorOfQueue, PORT_MINOR } from './open_vswitch_nodes.ts';
import type { NodeCounters, PacketCounters, QosCounters } from './open_vswitch_status.ts';

/** What is on one device. */
export interface PortDump {
  readonly littleEndian: boolean;
  readonly qdiscs: readonly TcMessage[];
  readonly classes: readonly TcMessage[];
  readonly filters: readonly TcMessage[];
}

/** Of what is not as the QoS has it there are no counters. @throws ShortReadError */
export function qosCounters({ littleEndian, qdiscs, classes, filters }: PortDump): QosCounters {
  const root = qdiscs.find(({ parent }) => parent === TC_H.ROOT);
  const major = root === undefined ? undefined : majorOf(root.handle);
  const queues = new Map<number, TcMessage>();
  for (const message of classes) if (majorOf(message.handle) === major) queues.set(minorOf(message.handle), message);
  const meters = new Map<number, TcMessage>();
  for (const message of filters) {
    const isOurs = message.parent === root?.handle && message.handle !== 0;
    if (isOurs && decodeFilterInfo(message.info, littleEndian).preference === LAST_PREFERENCE) {
      meters.set(message.chain ?? 0, message);
    }
  }
  return {
    root: countersOf(root),
    portRateBitPerS: portRate(queues.get(PORT_MINOR), littleEndian),
    queue: (id) => countersOf(queues.get(minorOfQueue(id))),
    meter: (chain) => actionCounters(meters.get(chain), littleEndian),
  };
}

function portRate(message: TcMessage | undefined, littleEndian: boolean): number | undefined {
  const set = message === undefined ? undefined : everyQdisc(message.kind)?.classes;
  if (message?.options === undefined || set === undefined) return undefined;
  const { ceilBitPerS, upperLimitM2BitPerS } = decodeOptions(set, message.options, littleEndian);
  const rate = ceilBitPerS ?? upperLimitM2BitPerS;
  return typeof rate === 'number' ? rate : undefined;
}

function countersOf(message: TcMessage | undefined): NodeCounters | undefined {
  const { stats } = message ?? {};
  return stats === undefined ? undefined : { packets: stats.packets, bytes: stats.bytes, dropped: stats.drops };
}

function actionCounters(message: TcMessage | undefined, littleEndian: boolean): PacketCounters[] | undefined {
  const kind = message === undefined ? undefined : filterKind(message.kind);
  if (message?.options === undefined || kind === undefined) return undefined;
  // No action of a meter names a device.
  const names = { deviceOf: () => undefined };
  const { actions } = decodeFilterOptions(kind, message.options, littleEndian, message.handle, names);
  return actions.map(({ stats: { packets, bytes } }) => ({ packets, bytes }));
}
