/**
 * The policers that Open vSwitch has for DPDK, egress-policer and trtcm-policer (lib/netdev-dpdk.c), out of the kernel's token buckets.
 *
 * The kernel's `police` is exactly one bucket of RFC 4115: it takes a packet's bytes from the bucket if they are there, and else leaves the
 * bucket alone. It knows no colours, but each of its two answers may lead elsewhere. So a meter is a list of actions, whose counters are
 * the colours:
 *
 *     0  police cir cbs   fits: jump to 3    else: next
 *     1  police eir ebs   fits: jump to 4    else: next
 *     2  drop                                             red
 *     3  pass, or go on to the chain for green packets    green
 *     4  pass, or go on to the chain for yellow packets   yellow
 *
 * A queue's meter looks at no colour (colour-blind). That of the port does (colour-aware): chain 1 is for green packets, which become
 * yellow where the committed bucket is empty, and chain 2 for yellow ones, which only ask the excess bucket. Red is dropped at once.
 *
 * Where it differs: sizes of buckets are kept in units of 64 ns at their rate; a bucket with a rate of 0 is none, where DPDK would give out
 * what it holds once; the segments of a packet that the network card cuts are metered as one, with one IP header.
 */
import { bitPerSFromBytePerS } from '../../lib/units.ts';
import type { ActionNode, NodeName, QdiscNode, TreeNode } from './nodes.ts';
import type { MeterValues, QosConfig, QueueConfig } from './open_vswitch.ts';
import { everyPacket, explicitly, gotoChain, ONE_BAND, type OwnedBy, rewriteDscp } from './open_vswitch_filters.ts';

/** Rates count IP packets: the size table of the qdisc takes the Ethernet header off. */
const ETHERNET_HEADER_BYTES = 14;
/** Chains of the meters of a port: of an egress-policer, and of a trtcm-policer for green and for yellow packets. */
export const SINGLE_CHAIN = 0;
export const GREEN_CHAIN = 1;
export const YELLOW_CHAIN = 2;
/** Two chains a queue, from here on. */
const FIRST_QUEUE_CHAIN = 4;
/** TC_ACT_EXT_VAL_MASK: a jump has no room for a higher number. */
const LAST_CHAIN = 0x0fffffff;

export type Colour = 'green' | 'yellow' | 'red';

/** A list of actions, and which of them counts what. */
export interface Meter {
  readonly actions: readonly ActionNode[];
  /** Places in the list; what a meter never finds is not there. */
  readonly counters: Readonly<Partial<Record<Colour, number>>>;
}

/** A bucket, and what becomes of the packets that fit. */
interface Bucket {
  readonly rateBytePerS: number;
  readonly sizeBytes: number;
  readonly colour: Colour;
  readonly then: ActionNode;
}

const PASS: ActionNode = { kind: 'gact', options: { control: 'ok' } };
const DROP: ActionNode = { kind: 'gact', options: { control: 'drop' } };

function meter(buckets: readonly Bucket[], otherwise: ActionNode, colourOtherwise: Colour): Meter {
  const filled = buckets.filter(({ rateBytePerS }) => rateBytePerS > 0);
  const places = filled.map((_, i) => filled.length + 1 + i);
  const policers = filled.map(
    ({ rateBytePerS, sizeBytes }, i): ActionNode => ({
      kind: 'police',
      options: {
        rateBitPerS: bitPerSFromBytePerS(rateBytePerS),
        burstBytes: sizeBytes,
        // What is larger than the bucket never fits; the kernel's own limit is 2 kB.
        mtuBytes: sizeBytes,
        exceed: 'pipe',
        conform: `jump ${places[i]}`,
      },
    }),
  );
  return {
    actions: [...policers, otherwise, ...filled.map(({ then }) => then)],
    counters: {
      [colourOtherwise]: filled.length,
      ...Object.fromEntries(filled.map(({ colour }, i) => [colour, places[i]])),
    },
  };
}

const committed = ({ cir = 0, cbs = 0 }: MeterValues, then: ActionNode): Bucket => ({
  rateBytePerS: cir,
  sizeBytes: cbs,
  colour: 'green',
  then,
});
const excess = ({ eir = 0, ebs = 0 }: MeterValues, then: ActionNode): Bucket => ({
  rateBytePerS: eir,
  sizeBytes: ebs,
  colour: 'yellow',
  then,
});

/** One bucket: green passes, red does not. */
export function singleMeter(rates: MeterValues): Meter {
  return meter([committed(rates, PASS)], DROP, 'red');
}

/** Colour-blind; what has a colour goes on to the port. */
export function queueMeter(rates: MeterValues): Meter {
  return meter([committed(rates, gotoChain(GREEN_CHAIN)), excess(rates, gotoChain(YELLOW_CHAIN))], DROP, 'red');
}

/** Of the port, for packets that are green: what does not fit becomes yellow, and is metered as such. */
export function portGreenMeter(rates: MeterValues): Meter {
  return meter([committed(rates, PASS)], gotoChain(YELLOW_CHAIN), 'yellow');
}

/** Of the port, for packets that are yellow by now. */
export function portYellowMeter(rates: MeterValues): Meter {
  return meter([excess(rates, PASS)], DROP, 'red');
}

/** The policers of a port, in a qdisc that does nothing else. */
export function meterNodes(qos: QosConfig, device: string, top: NodeName): TreeNode[] {
  const { name: section, where, values, type } = qos;
  const ownedBy: OwnedBy = { section, where, device };
  const root: QdiscNode = {
    node: 'qdisc',
    name: top,
    ...ownedBy,
    parent: { at: 'root' },
    kind: 'prio',
    // Not 1:, since prio asks no filter about a packet whose priority has its own major.
    handle: undefined,
    options: ONE_BAND,
    stab: { overheadBytes: -ETHERNET_HEADER_BYTES },
    externalIds: qos.externalIds,
  };
  if (type === 'egress-policer') {
    return [root, everyPacket(ownedBy, `${top}/meter`, top, SINGLE_CHAIN, singleMeter(values).actions)];
  }
  const chains = chainsOf(qos.queues);
  return [
    root,
    everyPacket(ownedBy, `${top}/green`, top, GREEN_CHAIN, portGreenMeter(values).actions),
    everyPacket(ownedBy, `${top}/yellow`, top, YELLOW_CHAIN, portYellowMeter(values).actions),
    ...qos.queues.flatMap((queue) => queueNodes(queue, device, top, chains.get(queue.id) ?? FIRST_QUEUE_CHAIN)),
  ];
}

/** A chain for each queue, the same whatever other queues there are, as far as there are chains for their numbers. */
export function chainsOf(queues: readonly QueueConfig[]): ReadonlyMap<number, number> {
  let last = LAST_CHAIN - 1;
  return new Map(
    queues.map(({ id }) => {
      const chain = FIRST_QUEUE_CHAIN + 2 * id;
      if (chain < LAST_CHAIN / 2) return [id, chain];
      last -= 2;
      return [id, last];
    }),
  );
}

function queueNodes(queue: QueueConfig, device: string, top: NodeName, chain: number): TreeNode[] {
  const { id, section, where, values } = queue;
  const ownedBy: OwnedBy = { section, where, device };
  const name = `${top}/queue ${id}/meter`;
  const nodes: TreeNode[] = [
    { ...everyPacket(ownedBy, name, top, chain, queueMeter(queue.meter).actions), externalIds: queue.externalIds },
  ];
  const { dscp } = values;
  if (dscp !== undefined) {
    nodes.push(
      ...rewriteDscp(ownedBy, name, top, chain + 1, dscp),
      everyPacket(ownedBy, `${name}/then`, top, chain + 1, [gotoChain(chain)]),
    );
  }
  nodes.push(...explicitly(ownedBy, top, queue, dscp === undefined ? chain : chain + 1));
  if (id === 0) nodes.push(everyPacket(ownedBy, `${name}/default`, top, 0, [gotoChain(chain)]));
  return nodes;
}
