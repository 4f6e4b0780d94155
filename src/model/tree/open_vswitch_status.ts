/**
 * The state of each QoS of Open vSwitch, from the counters of what stands for it: packets and bytes of every queue, and for the policers
 * how many of them were green, yellow and red.
 */
import type { QosType } from '../../schema/open_vswitch.ts';
import type { QosConfig, QueueConfig } from './open_vswitch.ts';
import {
  type Colour,
  chainsOf,
  GREEN_CHAIN,
  type Meter,
  portGreenMeter,
  portYellowMeter,
  queueMeter,
  SINGLE_CHAIN,
  singleMeter,
  YELLOW_CHAIN,
} from './open_vswitch_meter.ts';

export interface PacketCounters {
  readonly packets: number;
  readonly bytes: number;
}

export interface NodeCounters extends PacketCounters {
  readonly dropped: number;
}

/** What is counted at a port. Undefined for what is not there (yet). */
export interface QosCounters {
  readonly root: NodeCounters | undefined;
  /** The ceiling of the class of the port, in bit/s. */
  readonly portRateBitPerS: number | undefined;
  queue(id: number): NodeCounters | undefined;
  /** Of the actions of a meter, in their order. */
  meter(chain: number): readonly PacketCounters[] | undefined;
}

/** Null where a meter never finds a colour, or nothing counts. */
export type ColourCounters = Readonly<Record<Colour, PacketCounters | null>>;

export interface QueueStatus {
  readonly id: number;
  /** Of the queue; of the QoS for a queue 0 that nobody configured. */
  readonly section: string;
  /** What left through the queue: of a policer green and yellow together, before the port has metered them. */
  readonly packets: number | null;
  readonly bytes: number | null;
  readonly dropped: number | null;
  readonly colours: ColourCounters | null;
  readonly externalIds: Readonly<Record<string, string>>;
}

export interface QosStatus {
  readonly name: string;
  readonly type: QosType;
  readonly device: string;
  /** What the queues share, in bit/s as the kernel has it; null for a type that has no rate, and where nothing is there. */
  readonly maxRateBitPerS: number | null;
  readonly packets: number | null;
  readonly bytes: number | null;
  readonly dropped: number | null;
  /** Of a policer, as the port has decided. */
  readonly colours: ColourCounters | null;
  readonly queues: readonly QueueStatus[];
  /** How many more there are. */
  readonly queuesLeftOut: number;
  readonly externalIds: Readonly<Record<string, string>>;
}

const ZERO: PacketCounters = { packets: 0, bytes: 0 };

/** One port, with so many of its queues. The kernel tells counters one after the other, so that sums may be off by what passes meanwhile. */
export function qosStatus(
  qos: QosConfig,
  device: string,
  counters: QosCounters,
  mostQueues = Number.POSITIVE_INFINITY,
): QosStatus {
  const { name, type, externalIds } = qos;
  const isClassful = type === 'linux-htb' || type === 'linux-hfsc';
  const chains = chainsOf(qos.queues);
  const queues = qos.queues.map((queue) =>
    isClassful
      ? classStatus(queue, counters.queue(queue.id))
      : meteredStatus(queue, counters.meter(chains.get(queue.id) ?? SINGLE_CHAIN)),
  );
  return {
    name,
    type,
    device,
    maxRateBitPerS: counters.portRateBitPerS ?? null,
    ...sent(counters.root),
    colours: portColours(qos, queues, counters),
    queues: queues.slice(0, mostQueues),
    queuesLeftOut: Math.max(0, queues.length - mostQueues),
    externalIds,
  };
}

function sent(counters: NodeCounters | undefined): Pick<QosStatus, 'packets' | 'bytes' | 'dropped'> {
  const { packets = null, bytes = null, dropped = null } = counters ?? {};
  return { packets, bytes, dropped };
}

function classStatus({ id, section, externalIds }: QueueConfig, counters: NodeCounters | undefined): QueueStatus {
  return { id, section, ...sent(counters), colours: null, externalIds };
}

function meteredStatus(
  { id, section, meter, externalIds }: QueueConfig,
  actions: readonly PacketCounters[] | undefined,
): QueueStatus {
  const colours = coloursOf(queueMeter(meter), actions);
  const passed = colours === null ? undefined : sum(colours.green, colours.yellow);
  const dropped = colours?.red?.packets ?? null;
  return {
    id,
    section,
    packets: passed?.packets ?? null,
    bytes: passed?.bytes ?? null,
    dropped,
    colours,
    externalIds,
  };
}

function portColours(
  { type, values }: QosConfig,
  queues: readonly QueueStatus[],
  counters: QosCounters,
): ColourCounters | null {
  if (type === 'egress-policer') return coloursOf(singleMeter(values), counters.meter(SINGLE_CHAIN));
  if (type !== 'trtcm-policer') return null;
  const green = coloursOf(portGreenMeter(values), counters.meter(GREEN_CHAIN));
  const yellow = coloursOf(portYellowMeter(values), counters.meter(YELLOW_CHAIN));
  if (green === null || yellow === null) return null;
  return {
    green: green.green,
    yellow: yellow.yellow,
    // What is red in its queue is red at the port (rte_meter_trtcm_rfc4115_color_aware_check).
    red: queues.reduce((total, { colours }) => sum(total, colours?.red ?? null), yellow.red ?? ZERO),
  };
}

function coloursOf({ counters: places }: Meter, actions: readonly PacketCounters[] | undefined): ColourCounters | null {
  if (actions === undefined) return null;
  const at = (colour: Colour): PacketCounters | null => {
    const place = places[colour];
    const found = place === undefined ? undefined : actions[place];
    return found === undefined ? null : { packets: found.packets, bytes: found.bytes };
  };
  return { green: at('green'), yellow: at('yellow'), red: at('red') };
}

function sum(a: PacketCounters | null, b: PacketCounters | null): PacketCounters {
  return { packets: (a?.packets ?? 0) + (b?.packets ?? 0), bytes: (a?.bytes ?? 0) + (b?.bytes ?? 0) };
}
