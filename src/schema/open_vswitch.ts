/**
 * `config qos` and `config queue`: Open vSwitch's QoS by the names and in the units of its tables QoS and Queue, with `_` for `-`
 * (ovs-vswitchd.conf.db(5)). Which type takes which option: {@link QOS_OPTIONS}, {@link QUEUE_OPTIONS}.
 */
import { bitRate } from './bit_rate.ts';
import { boolean, choice, deviceName, identifier, integer, size } from './field.ts';
import { keyValue } from './kind_fields.ts';
import { maskedMark } from './tree_fields.ts';

export const QOS_TYPES = [
  'linux-htb',
  'linux-hfsc',
  'linux-sfq',
  'linux-codel',
  'linux-fq_codel',
  'linux-netem',
  'linux-noop',
  'egress-policer',
  'trtcm-policer',
] as const;

export type QosType = (typeof QOS_TYPES)[number];

const LARGEST_U32 = 0xffffffff;
const LARGEST_RATE_BIT_PER_S = 1e12;
const LARGEST_RATE_BYTE_PER_S = LARGEST_RATE_BIT_PER_S / 8;
/** The kernel counts bytes. */
const SMALLEST_RATE_BIT_PER_S = 8;
/** An hour, in µs. */
const LONGEST_US = 3_600_000_000;

const bitPerS = bitRate(SMALLEST_RATE_BIT_PER_S, LARGEST_RATE_BIT_PER_S);
const bytePerS = integer(0, LARGEST_RATE_BYTE_PER_S);
const bucket = size(1, LARGEST_U32, 'is no bucket');
const us = integer(1, LONGEST_US);

const enabledRow = {
  field: boolean(),
  default: true,
  label: 'Enable',
  help: 'Off leaves it out.',
  example: '1',
} as const;

const externalIdRow = {
  field: keyValue(),
  repeatable: true,
  wholeItems: true,
  label: 'External IDs',
  help: 'What another program keeps here, as key=value; shown, and not understood.',
  example: 'owner=controller',
} as const;

/** A bucket pair of RFC 4115, the same for a port and a queue. */
const meterRows = {
  cir: {
    field: bytePerS,
    label: 'Committed rate (byte/s)',
    help: 'Bytes of IP packets per second that are green, without the Ethernet header.',
    otherwise: '0',
    example: '1250000',
  },
  cbs: {
    field: bucket,
    label: 'Committed burst (bytes)',
    help: 'The bucket of the committed rate, at least the largest packet.',
    otherwise: '0',
    example: '15000',
  },
  eir: {
    field: bytePerS,
    label: 'Excess rate (byte/s)',
    help: 'Bytes of IP packets per second that are yellow beside those that are green.',
    otherwise: '0',
    example: '625000',
  },
  ebs: {
    field: bucket,
    label: 'Excess burst (bytes)',
    help: 'The bucket of the excess rate, at least the largest packet.',
    otherwise: '0',
    example: '15000',
  },
} as const;

export const qosRows = {
  enabled: enabledRow,
  device: {
    field: deviceName(),
    repeatable: true,
    label: 'Devices',
    help: 'Ports that have this QoS, each for itself.',
    example: 'eth1',
  },
  group: {
    field: identifier('the name of a section device_group'),
    label: 'Device group',
    help: 'The ports as a section device_group.',
    example: 'lan',
  },
  type: {
    field: choice(QOS_TYPES),
    label: 'Type',
    help: 'What is done with what leaves the port; linux-noop leaves the port to others.',
    example: 'linux-htb',
  },
  max_rate: {
    field: bitPerS,
    label: 'Most (bit/s)',
    help: 'What all queues have together.',
    otherwise: 'the rate of the link, or 100 Mbit/s where it has none',
    example: '100000000',
  },
  ...meterRows,
  perturb: {
    field: integer(1, 0x7fffffff),
    default: 10,
    label: 'New hash after (s)',
    help: 'Seconds after which flows are spread over the rows of linux-sfq anew.',
    example: '10',
  },
  quantum: {
    field: integer(1, 0x7fffffff),
    label: 'Quantum (bytes)',
    help: 'Bytes that a flow sends in its turn.',
    otherwise: 'the MTU for linux-sfq, 1514 for linux-fq_codel',
    example: '1514',
  },
  latency: {
    field: integer(0, LONGEST_US),
    default: 0,
    label: 'Delay (µs)',
    help: 'What each packet is delayed by.',
    example: '50000',
  },
  jitter: {
    field: integer(0, LONGEST_US),
    default: 0,
    label: 'Jitter (µs)',
    help: 'By how much the delay varies to both sides.',
    example: '5000',
  },
  limit: {
    field: integer(1, LARGEST_U32),
    label: 'Longest queue (packets)',
    help: 'Packets that are held at most.',
    otherwise: '1000 for linux-netem, 10240 for the others',
    example: '1000',
  },
  loss: {
    field: integer(0, 100),
    default: 0,
    label: 'Loss (%)',
    help: 'How many of a hundred packets are dropped, at random.',
    example: '1',
  },
  target: {
    field: us,
    default: 5000,
    label: 'Target (µs)',
    help: 'The delay that the queue is kept below.',
    example: '5000',
  },
  interval: {
    field: us,
    label: 'Interval (µs)',
    help: 'How long the delay may be above the target before packets are dropped.',
    otherwise: '100000 for linux-codel, 1000000 for linux-fq_codel',
    example: '100000',
  },
  flows: {
    field: integer(1, 65536),
    default: 1024,
    label: 'Flows',
    help: 'Queues among which flows are spread.',
    example: '1024',
  },
  external_id: externalIdRow,
} as const;

export const queueRows = {
  enabled: enabledRow,
  qos: {
    field: identifier('the name of a section qos'),
    label: 'QoS',
    help: 'The section qos whose ports have this queue.',
    example: 'wan_qos',
  },
  id: {
    field: integer(0, LARGEST_U32),
    label: 'Number',
    help: 'The number of the queue, as set_queue of OpenFlow has it; 0 takes what no other queue does.',
    example: '1',
  },
  min_rate: {
    field: bitPerS,
    label: 'Guaranteed (bit/s)',
    help: 'What the queue has in any case.',
    otherwise: 'next to nothing',
    example: '10000000',
  },
  max_rate: {
    field: bitPerS,
    label: 'Most (bit/s)',
    help: 'What the queue may reach with what others leave.',
    otherwise: 'that of the QoS',
    example: '50000000',
  },
  burst: {
    field: integer(1, 8 * LARGEST_U32),
    label: 'Burst (bit)',
    help: 'What the queue may send at once after a pause, in bits.',
    otherwise: 'one packet, which is the least too',
    example: '120000',
  },
  priority: {
    field: integer(0, LARGEST_U32),
    default: 0,
    label: 'Priority',
    help: 'Queues with a lower number take what is left over first.',
    example: '1',
  },
  dscp: {
    field: integer(0, 63),
    label: 'DSCP',
    help: 'What packets of the queue get as their DSCP; in queue 0 only those that were sent there.',
    otherwise: 'they keep theirs',
    example: '46',
  },
  mark: {
    field: maskedMark(),
    label: 'Mark',
    help: 'Packets with this mark go here too, beside those with the priority 1:N+1.',
    example: '0x1/0xff',
  },
  ...meterRows,
  external_id: externalIdRow,
} as const;

/** What options of {@link qosRows} a type takes, beside those that say which and where it is. */
export const QOS_OPTIONS: Readonly<Record<QosType, readonly (keyof typeof qosRows)[]>> = {
  'linux-htb': ['max_rate'],
  'linux-hfsc': ['max_rate'],
  'linux-sfq': ['perturb', 'quantum'],
  'linux-codel': ['target', 'limit', 'interval'],
  'linux-fq_codel': ['target', 'limit', 'interval', 'flows', 'quantum'],
  'linux-netem': ['latency', 'limit', 'loss', 'jitter'],
  'linux-noop': [],
  // The database has eir and ebs in this group too; the policer does not read them (lib/netdev-dpdk.c).
  'egress-policer': ['cir', 'cbs'],
  'trtcm-policer': ['cir', 'cbs', 'eir', 'ebs'],
};

/** What options of {@link queueRows} a queue of a type takes; a type that is not here has no queues. */
export const QUEUE_OPTIONS: Readonly<Partial<Record<QosType, readonly (keyof typeof queueRows)[]>>> = {
  'linux-htb': ['min_rate', 'max_rate', 'burst', 'priority', 'dscp', 'mark'],
  'linux-hfsc': ['min_rate', 'max_rate', 'dscp', 'mark'],
  'trtcm-policer': ['cir', 'cbs', 'eir', 'ebs', 'dscp', 'mark'],
};
