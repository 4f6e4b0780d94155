/**
 * `config tuning`: what may be set below the qdisc, one row an option, with the tunables that it sets. The first seven names are those
 * of LibreQoS' daemon.
 */
import { boolean, cpuMask, deviceName, duration, identifier, integer, size, sizeOrDuration } from '../schema/field.ts';
import { channels, coalesce, deviceFile, irqFile, machineFile, queueFile, ring, service } from './access.ts';
import { queueLimit } from './queue_limit.ts';
import { spreadIrqs, spreadReceiving, spreadSending } from './spread.ts';
import { type TuningRow, tune, tuneNumber } from './tune.ts';

/** What is set first: with other channels there are other queues, and a driver that restarts may forget the rest. */
const CHANNELS_ORDER = 40;
const RINGS_ORDER = 41;
const ORDER = 42;

const US_PER_MS = 1e3;
const NS_PER_US = 1e3;

const usecs = integer(0, 100_000);
const descriptors = integer(1, 65_536);
const channelCount = integer(1, 1024);
const onOff = boolean();
const steering = cpuMask(['auto', 'off']);
const affinity = cpuMask(['auto']);
const budgetUsecs = integer(1, 1_000_000);
const budgetPackets = integer(1, 100_000);
const limitMin = size(1, 2 ** 30, 'lets it shrink to nothing');
const limitMax = sizeOrDuration(1, 2 ** 30, 10, 1e6, ['auto']);
const holdTime = duration(1e3, 60e6);
const packets = integer(0, 1_000_000);
const flushTimeout = duration(0, 1e6);
const deferred = integer(0, 1000);
const outputLimit = size(4096, 2 ** 30);

export const tuningRows = {
  enabled: { field: onOff, default: true, label: 'Enable', help: 'Apply this section.', example: '1' },
  device: {
    field: deviceName(),
    repeatable: true,
    label: 'Devices',
    help: 'The network devices that it is for.',
    otherwise: 'all shaped devices, and the ports of the bridge',
    example: 'eth1',
  },
  stop_irq_balance: {
    field: onOff,
    default: false,
    label: 'Stop irqbalance',
    help: 'Stop the service that moves interrupts between CPUs; it is started again when weir stops.',
    example: '1',
    tunes: [
      tune(onOff, { name: 'irqbalance', ...service('irqbalance'), format: 'switch', unit: '', order: ORDER }, (stop) =>
        stop ? { value: '0' } : undefined,
      ),
    ],
  },
  netdev_budget_usecs: {
    field: budgetUsecs,
    label: 'Time of a softirq',
    help: 'The µs after which the kernel interrupts receiving to let programs run (net.core.netdev_budget_usecs).',
    example: '20000',
    tunes: [
      tuneNumber(budgetUsecs, {
        name: 'netdev_budget_usecs',
        ...machineFile('/proc/sys/net/core/netdev_budget_usecs'),
        unit: 'µs',
        order: ORDER,
      }),
    ],
  },
  netdev_budget_packets: {
    field: budgetPackets,
    label: 'Packets of a softirq',
    help: 'The packets after which the kernel interrupts receiving to let programs run (net.core.netdev_budget).',
    example: '600',
    tunes: [
      tuneNumber(budgetPackets, {
        name: 'netdev_budget',
        ...machineFile('/proc/sys/net/core/netdev_budget'),
        unit: 'packets',
        order: ORDER,
      }),
    ],
  },
  rx_usecs: {
    field: usecs,
    label: 'Delay of receive interrupts',
    help: 'The µs for which the device may collect arrived packets before it interrupts (ethtool -C rx-usecs).',
    example: '20',
    tunes: [tuneNumber(usecs, { name: 'rx_usecs', ...coalesce.rxUsecs, unit: 'µs', order: ORDER })],
  },
  tx_usecs: {
    field: usecs,
    label: 'Delay of transmit interrupts',
    help: 'The µs for which the device may collect sent packets before it interrupts (ethtool -C tx-usecs).',
    example: '20',
    tunes: [tuneNumber(usecs, { name: 'tx_usecs', ...coalesce.txUsecs, unit: 'µs', order: ORDER })],
  },
  disable_rxvlan: {
    field: onOff,
    default: false,
    label: 'Turn off rxvlan',
    help: 'Leave VLAN tags in packets that arrive (ethtool -K rxvlan off).',
    example: '1',
  },
  disable_txvlan: {
    field: onOff,
    default: false,
    label: 'Turn off txvlan',
    help: 'Put VLAN tags into packets in software (ethtool -K txvlan off).',
    example: '1',
  },
  disable_offload: {
    field: identifier('the name of an offload that ethtool -k lists, such as gro or tx-checksum-ipv4'),
    repeatable: true,
    label: 'Turn off offloads',
    help: 'Offloads to turn off, by a name of ethtool: short (gro), listed (generic-receive-offload) or of the kernel (rx-gro).',
    example: 'lro',
  },
  ring_rx: {
    field: descriptors,
    label: 'Receive ring',
    help: 'Descriptors for packets that arrive (ethtool -G rx).',
    example: '512',
    tunes: [tuneNumber(descriptors, { name: 'ring_rx', ...ring.rx, unit: 'descriptors', order: RINGS_ORDER })],
  },
  ring_tx: {
    field: descriptors,
    label: 'Transmit ring',
    help: 'Descriptors for packets that leave (ethtool -G tx): the queue that stands below the qdisc.',
    example: '128',
    tunes: [tuneNumber(descriptors, { name: 'ring_tx', ...ring.tx, unit: 'descriptors', order: RINGS_ORDER })],
  },
  bql_limit_max: {
    field: limitMax,
    label: 'Byte queue limit',
    help: 'The most bytes that wait in a transmit ring: a size, or what the shaped upload rate sends in a time; auto is 1 ms.',
    example: '3028',
    tunes: [
      tune(
        limitMax,
        {
          name: 'bql_limit_max',
          ...queueFile('tx-queue', 'byte_queue_limits/limit_max'),
          format: 'number',
          unit: 'bytes',
          order: ORDER,
        },
        queueLimit,
      ),
    ],
  },
  bql_limit_min: {
    field: limitMin,
    label: 'Least byte queue limit',
    help: 'Bytes below which the kernel does not set the limit of a transmit ring.',
    example: '1514',
    tunes: [
      tuneNumber(limitMin, {
        name: 'bql_limit_min',
        ...queueFile('tx-queue', 'byte_queue_limits/limit_min'),
        unit: 'bytes',
        order: ORDER,
      }),
    ],
  },
  bql_hold_time: {
    field: holdTime,
    label: 'Hold time of byte queue limits',
    help: 'How long the kernel watches before it lowers the limit of a transmit ring.',
    example: '100ms',
    tunes: [
      tuneNumber(
        holdTime,
        {
          name: 'bql_hold_time',
          ...queueFile('tx-queue', 'byte_queue_limits/hold_time'),
          unit: 'ms',
          order: ORDER,
        },
        1 / US_PER_MS,
      ),
    ],
  },
  txqueuelen: {
    field: packets,
    label: 'txqueuelen',
    help: 'Packets that qdiscs without a limit of their own, such as pfifo_fast, let wait. CAKE and fq_codel do not look at it.',
    example: '128',
    tunes: [tuneNumber(packets, { name: 'txqueuelen', ...deviceFile('tx_queue_len'), unit: 'packets', order: ORDER })],
  },
  channels_combined: {
    field: channelCount,
    label: 'Channels',
    help: 'Queues of the device that receive and send (ethtool -L combined).',
    example: '2',
    tunes: [
      tuneNumber(channelCount, {
        name: 'channels_combined',
        ...channels.combined,
        unit: 'queues',
        order: CHANNELS_ORDER,
      }),
    ],
  },
  channels_rx: {
    field: channelCount,
    label: 'Receive channels',
    help: 'Queues of the device that only receive (ethtool -L rx).',
    example: '2',
    tunes: [tuneNumber(channelCount, { name: 'channels_rx', ...channels.rx, unit: 'queues', order: CHANNELS_ORDER })],
  },
  channels_tx: {
    field: channelCount,
    label: 'Transmit channels',
    help: 'Queues of the device that only send (ethtool -L tx).',
    example: '2',
    tunes: [tuneNumber(channelCount, { name: 'channels_tx', ...channels.tx, unit: 'queues', order: CHANNELS_ORDER })],
  },
  packet_steering: {
    field: steering,
    label: 'Packet steering',
    help: 'CPUs that handle what arrives (RPS) and send to each queue (XPS); auto uses all where the device has fewer queues than CPUs.',
    example: 'auto',
    tunes: [
      tune(
        steering,
        { name: 'rps_cpus', ...queueFile('rx-queue', 'rps_cpus'), format: 'mask', unit: 'CPUs', order: ORDER },
        spreadReceiving,
      ),
      tune(
        steering,
        { name: 'xps_cpus', ...queueFile('tx-queue', 'xps_cpus'), format: 'mask', unit: 'CPUs', order: ORDER },
        spreadSending,
      ),
    ],
  },
  irq_affinity: {
    field: affinity,
    label: 'CPUs of interrupts',
    help: "CPUs that the device interrupts; auto gives each of its interrupts one of them in turn. Needs 'stop_irq_balance' where irqbalance runs.",
    example: 'auto',
    tunes: [
      tune(
        affinity,
        { name: 'smp_affinity', ...irqFile('smp_affinity'), format: 'mask', unit: 'CPUs', order: ORDER },
        spreadIrqs,
      ),
    ],
  },
  threaded_napi: {
    field: onOff,
    label: 'Threaded NAPI',
    help: 'Receive in a kernel thread a queue, which the scheduler can move to an idle CPU, instead of in softirqs.',
    example: '1',
    tunes: [
      tune(onOff, { name: 'threaded', ...deviceFile('threaded'), format: 'switch', unit: '', order: ORDER }, (on) => ({
        value: on ? '1' : '0',
      })),
    ],
  },
  gro_flush_timeout: {
    field: flushTimeout,
    label: 'Patience of GRO',
    help: 'How long packets may be held so that GRO can merge them with later ones.',
    example: '20us',
    tunes: [
      tuneNumber(
        flushTimeout,
        { name: 'gro_flush_timeout', ...deviceFile('gro_flush_timeout'), unit: 'ns', order: ORDER },
        NS_PER_US,
      ),
    ],
  },
  napi_defer_hard_irqs: {
    field: deferred,
    label: 'Deferred interrupts',
    help: "How often the kernel looks again after 'gro_flush_timeout', with nothing arrived, before it lets the device interrupt.",
    example: '2',
    tunes: [
      tuneNumber(deferred, {
        name: 'napi_defer_hard_irqs',
        ...deviceFile('napi_defer_hard_irqs'),
        unit: '',
        order: ORDER,
      }),
    ],
  },
  tcp_limit_output_bytes: {
    field: outputLimit,
    label: 'TCP small queues',
    help: 'Bytes of one connection of this machine itself that may wait below TCP. It does nothing for what the router forwards.',
    example: '131072',
    tunes: [
      tuneNumber(outputLimit, {
        name: 'tcp_limit_output_bytes',
        ...machineFile('/proc/sys/net/ipv4/tcp_limit_output_bytes'),
        unit: 'bytes',
        order: ORDER,
      }),
    ],
  },
} as const satisfies Readonly<Record<string, TuningRow<unknown>>>;
