/**
 * What Open vSwitch makes of a QoS at a port (lib/netdev-linux.c), as nodes: the qdisc `1:`, for HTB and HFSC the class of the port `1:fffe`
 * and below it the class `1:N+1` of queue N. The policers, which Open vSwitch has for DPDK only, are in open_vswitch_meter.ts.
 */
import { bitPerSFromBytePerS, bytePerSFromBitPerS } from '../../lib/units.ts';
import { makeHandle } from '../../tc/handle.ts';
import type { OptionValues } from '../../tc/kind.ts';
import type { ClassNode, NodeName, QdiscNode, TreeNode } from './nodes.ts';
import type { QosConfig, QosValues, QueueConfig } from './open_vswitch.ts';
import { explicitly, markFilter, ONE_BAND, rewriteDscp } from './open_vswitch_filters.ts';
import { meterNodes } from './open_vswitch_meter.ts';

/** Of the qdisc `1:`, by which a packet's priority names a class: TC_HANDLE(1, N+1) in dpif_netlink_queue_to_priority. */
const MAJOR = 1;
export const PORT_MINOR = 0xfffe;
/** NETDEV_DEFAULT_BPS, where the rate of the link is not known. */
const DEFAULT_RATE_BIT_PER_S = 100e6;
const DEFAULT_MTU_BYTES = 1500;
/** Room for headers that the MTU does not count (htb_parse_class_details__). */
const HEADERS_BYTES = 64;
/** HTB_RATE2QUANTUM, and what the kernel makes of a larger quantum with a warning (htb_change_class). */
const RATE_TO_QUANTUM = 10;
const LARGEST_QUANTUM_BYTES = 200_000;
/** What Open vSwitch gives to each kind where the key is not there. */
const NETEM_LIMIT_PACKETS = 1000;
const CODEL_LIMIT_PACKETS = 10_240;
const CODEL_INTERVAL_US = 100_000;
/** A second, which is what fqcodel_parse_qdisc_details__ has. */
const FQ_CODEL_INTERVAL_US = 1_000_000;
const FQ_CODEL_QUANTUM_BYTES = 1514;
const DEFAULT_PERTURB_S = 10;
const DEFAULT_TARGET_US = 5000;
const DEFAULT_FLOWS = 1024;

/** Of the class of a queue. */
export function minorOfQueue(id: number): number {
  return id + 1;
}

/** What must be known of a port; undefined for what nothing tells. */
export interface PortFacts {
  readonly linkRateBitPerS: number | undefined;
  readonly mtuBytes: number | undefined;
}

/** The node of the whole, with whose name those of all others begin. */
function qosNode(qos: QosConfig, device: string): NodeName {
  return `${qos.name}@${device}`;
}

/** The QoS of one port, parents first. Nothing for linux-noop, which leaves the port to others. */
export function portNodes(qos: QosConfig, device: string, facts: PortFacts): TreeNode[] {
  const { values } = qos;
  const mtuBytes = facts.mtuBytes ?? DEFAULT_MTU_BYTES;
  switch (qos.type) {
    case 'linux-noop':
      return [];
    case 'egress-policer':
    case 'trtcm-policer':
      return meterNodes(qos, device, qosNode(qos, device));
    case 'linux-htb':
    case 'linux-hfsc':
      return classfulNodes(qos, device, mtuBytes, rateOfPort(values, facts));
    case 'linux-sfq':
      return [root(qos, device, 'sfq', sfqOptions(values, mtuBytes))];
    case 'linux-codel':
      return [root(qos, device, 'codel', codelOptions(values, CODEL_INTERVAL_US))];
    case 'linux-fq_codel':
      return [root(qos, device, 'fq_codel', fqCodelOptions(values))];
    case 'linux-netem':
      return [root(qos, device, 'netem', netemOptions(values))];
  }
}

/** bit/s that the queues of a port share: whole bytes, of what is configured, of the link, or 100 Mbit/s. */
function rateOfPort({ max_rate: rate }: QosValues, { linkRateBitPerS }: PortFacts): number {
  return inWholeBytes(rate ?? linkRateBitPerS ?? DEFAULT_RATE_BIT_PER_S);
}

/** Whether the rate of the link is that of the port. */
export function followsLink({ type, values }: QosConfig): boolean {
  return (type === 'linux-htb' || type === 'linux-hfsc') && values.max_rate === undefined;
}

function inWholeBytes(rateBitPerS: number): number {
  return bitPerSFromBytePerS(bytePerSFromBitPerS(rateBitPerS));
}

function root(qos: QosConfig, device: string, kind: string, options: OptionValues): QdiscNode {
  return {
    node: 'qdisc',
    name: qosNode(qos, device),
    section: qos.name,
    where: qos.where,
    device,
    parent: { at: 'root' },
    kind,
    handle: makeHandle(MAJOR, 0),
    options,
    externalIds: qos.externalIds,
  };
}

function sfqOptions({ perturb, quantum }: QosValues, mtuBytes: number): OptionValues {
  return { perturbS: perturb ?? DEFAULT_PERTURB_S, quantumBytes: quantum ?? mtuBytes };
}

function codelOptions({ target, limit, interval }: QosValues, defaultIntervalUs: number): OptionValues {
  return {
    targetUs: target ?? DEFAULT_TARGET_US,
    limitPackets: limit ?? CODEL_LIMIT_PACKETS,
    intervalUs: interval ?? defaultIntervalUs,
  };
}

function fqCodelOptions(values: QosValues): OptionValues {
  return {
    ...codelOptions(values, FQ_CODEL_INTERVAL_US),
    flows: values.flows ?? DEFAULT_FLOWS,
    quantumBytes: values.quantum ?? FQ_CODEL_QUANTUM_BYTES,
  };
}

function netemOptions({ latency = 0, jitter = 0, limit, loss = 0 }: QosValues): OptionValues {
  return {
    delayUs: latency,
    jitterUs: jitter,
    limitPackets: limit ?? NETEM_LIMIT_PACKETS,
    lossPercent: loss,
  };
}

function classfulNodes(qos: QosConfig, device: string, mtuBytes: number, rateBitPerS: number): TreeNode[] {
  const isHtb = qos.type === 'linux-htb';
  const kind = isHtb ? 'htb' : 'hfsc';
  const top = root(qos, device, kind, { defaultMinor: 1 });
  const port: ClassNode = {
    node: 'class',
    name: `${top.name}/port`,
    section: qos.name,
    where: qos.where,
    device,
    parent: { at: 'node', node: top.name },
    kind,
    minor: PORT_MINOR,
    options: isHtb ? htbClass(rateBitPerS, rateBitPerS, mtuBytes, mtuBytes, 0) : hfscClass(rateBitPerS, rateBitPerS),
  };
  const queues = qos.queues.flatMap((queue) => {
    const rates = isHtb ? htbRates(queue, rateBitPerS, mtuBytes) : hfscRates(queue, rateBitPerS);
    const burstBytes = Math.max(Math.floor((queue.values.burst ?? 0) / 8), mtuBytes + HEADERS_BYTES);
    const options = isHtb
      ? htbClass(rates.least, rates.most, burstBytes, mtuBytes, queue.htbPriority)
      : hfscClass(rates.least, rates.most);
    return queueNodes(queue, port, top.name, options);
  });
  return [top, port, ...queues];
}

interface QueueRates {
  readonly least: number;
  readonly most: number;
}

/** htb_parse_class_details__: HTB needs a rate of a packet per second at least to send anything. */
function htbRates({ values }: QueueConfig, portBitPerS: number, mtuBytes: number): QueueRates {
  const least = Math.max(inWholeBytes(values.min_rate ?? 0), bitPerSFromBytePerS(mtuBytes));
  return withinPort(least, values.max_rate, portBitPerS);
}

/** hfsc_parse_class_details__ */
function hfscRates({ values }: QueueConfig, portBitPerS: number): QueueRates {
  return withinPort(Math.max(inWholeBytes(values.min_rate ?? 0), bitPerSFromBytePerS(1)), values.max_rate, portBitPerS);
}

function withinPort(wanted: number, most: number | undefined, portBitPerS: number): QueueRates {
  const least = Math.min(wanted, portBitPerS);
  return { least, most: Math.min(Math.max(inWholeBytes(most ?? portBitPerS), least), portBitPerS) };
}

/** htb_setup_class__; with a quantum always, since the kernel would complain about a large one of its own. */
function htbClass(
  rateBitPerS: number,
  ceilBitPerS: number,
  burstBytes: number,
  mtuBytes: number,
  priority: number,
): OptionValues {
  const quantumOfRate = Math.floor(bytePerSFromBitPerS(rateBitPerS) / RATE_TO_QUANTUM);
  return {
    rateBitPerS,
    ceilBitPerS,
    burstBytes,
    ceilBurstBytes: burstBytes,
    quantumBytes: Math.max(mtuBytes, Math.min(quantumOfRate, LARGEST_QUANTUM_BYTES)),
    priority,
  };
}

/** hfsc_setup_class__: `sc rate … ul rate …` */
function hfscClass(rateBitPerS: number, upperLimitBitPerS: number): OptionValues {
  return {
    realTimeM2BitPerS: rateBitPerS,
    linkShareM2BitPerS: rateBitPerS,
    upperLimitM2BitPerS: upperLimitBitPerS,
  };
}

/** The class of a queue, what sorts packets into it besides their priority, and what rewrites their DSCP there. */
function queueNodes(queue: QueueConfig, port: ClassNode, top: NodeName, options: OptionValues): TreeNode[] {
  const { id, section, where, values } = queue;
  const { device, kind } = port;
  const self: ClassNode = {
    node: 'class',
    name: `${top}/queue ${id}`,
    section,
    where,
    device,
    parent: { at: 'node', node: port.name },
    kind,
    minor: minorOfQueue(id),
    options,
    externalIds: queue.externalIds,
  };
  const ownedBy = { section, where, device };
  const mark =
    values.mark === undefined ? [] : [markFilter(ownedBy, self.name, top, values.mark, { class: self.name })];
  if (values.dscp === undefined) return [self, ...mark];
  // A class has no place for filters, and a packet with a priority passes by those of the root: so they are in a qdisc of the class.
  const leaf: QdiscNode = {
    node: 'qdisc',
    name: `${self.name}/leaf`,
    ...ownedBy,
    parent: { at: 'node', node: self.name },
    kind: 'prio',
    handle: undefined,
    options: ONE_BAND,
  };
  const rewriting =
    id === 0
      ? [
          ...explicitly(ownedBy, leaf.name, queue, EXPLICIT_CHAIN),
          ...rewriteDscp(ownedBy, self.name, leaf.name, EXPLICIT_CHAIN, values.dscp),
        ]
      : rewriteDscp(ownedBy, self.name, leaf.name, 0, values.dscp);
  return [self, ...mark, leaf, ...rewriting];
}

/** Packets that were sent to queue 0, and are not merely left over. */
const EXPLICIT_CHAIN = 1;
