/**
 * Fair queueing with pacing, tc-fq(8). Wire types from `fq_policy`, initial values from `fq_init` in net/sched/sch_fq.c.
 *
 * defrate is no option here: the kernel ignores it, and says so in its log, since 3.17.
 */
import { bitPerSFromBytePerS, bytePerSFromBitPerS, formatDuration, formatRate } from '../../lib/units.ts';
import { boolean, duration, integer, mask32, rate } from '../../schema/field.ts';
import { numbers } from '../../schema/kind_fields.ts';
import { TCA_FQ } from '../../uapi/tc.ts';
import { bool32, u32, type WireType } from '../../wire/nla.ts';
import { keptInJiffies } from '../jiffies.ts';
import { defineQdisc, type OptionValues, once, option } from '../kind.ts';
import { structDecoder } from '../struct_numbers.ts';
import { ceThresholdOption } from './codel.ts';
import { putPriorityMap, takePriorityMap } from './priority_map.ts';
import { dropsBeyond, limitPacketsOption } from './queue_limit.ts';

/** Of rates on the wire: no limit. */
const UNLIMITED_BYTE_PER_S = 0xffffffff;
const LARGEST_RATE_BIT_PER_S = bitPerSFromBytePerS(UNLIMITED_BYTE_PER_S - 1);
const LARGEST_TIME_US = 1e9;
/** A time that nothing in the queue reaches is how the kernel turns the threshold off. */
const CE_THRESHOLD_OFF_US = 0xffffffff;
const LARGEST_QUANTUM_BYTES = 2 ** 20;
const LARGEST_INITIAL_QUANTUM_BYTES = 2 ** 31 - 1;
const LARGEST_BUCKETS = 2 ** 18;
const NS_PER_US = 1000;

const BANDS = 3;
const PRIORITIES = 16;
/** FQ_MIN_WEIGHT */
const SMALLEST_WEIGHT = 2 ** 14;
const LARGEST_WEIGHT = 2 ** 31 - 1;
const INITIAL_PRIOMAP = '1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1';
const INITIAL_WEIGHTS = '589824 196608 65536';

/** 0 is no limit here. */
const maxRate: WireType<number> = {
  encode: (w, bitPerS) => w.u32(bitPerS === 0 ? UNLIMITED_BYTE_PER_S : bytePerSFromBitPerS(bitPerS)),
  decode: (r) => {
    const bytePerS = r.u32();
    return bytePerS === UNLIMITED_BYTE_PER_S ? 0 : bitPerSFromBytePerS(bytePerS);
  },
};
const thresholdRate: WireType<number> = {
  encode: (w, bitPerS) => w.u32(bytePerSFromBitPerS(bitPerS)),
  decode: (r) => bitPerSFromBytePerS(r.u32()),
};
/** The kernel is told the base-2 logarithm. */
const buckets: WireType<number> = {
  encode: (w, count) => w.u32(31 - Math.clz32(count)),
  decode: (r) => 2 ** r.u32(),
};
const nanoseconds: WireType<number> = {
  encode: (w, us) => w.u32(us * NS_PER_US),
  decode: (r) => r.u32() / NS_PER_US,
};
const bool8: WireType<boolean> = { encode: (w, on) => w.u8(on ? 1 : 0), decode: (r) => r.u8() !== 0 };
/** struct tc_prio_qopt */
const priomap: WireType<string> = {
  encode: (w, map) => {
    w.u32(BANDS);
    putPriorityMap(w, map);
  },
  decode: (r) => {
    r.u32();
    return takePriorityMap(r);
  },
};
const weights: WireType<string> = {
  encode: (w, list) => {
    for (const weight of list.split(' ')) w.s32(Number(weight));
  },
  decode: (r) => [r.s32(), r.s32(), r.s32()].join(' '),
};

const options = () => ({
  limitPackets: limitPacketsOption(TCA_FQ.PLIMIT, 10_000),
  flowLimitPackets: option(TCA_FQ.FLOW_PLIMIT, u32, {
    initial: 100,
    apply: 'change',
    words: (packets) => ['flow_limit', String(packets)],
    uci: {
      name: 'flow_limit',
      field: integer(1, 0xffffffff),
      label: 'Packets of a flow',
      help: 'Packets of one flow that may wait.',
      example: '100',
    },
  }),
  buckets: option(TCA_FQ.BUCKETS_LOG, buckets, {
    initial: 1024,
    apply: 'change',
    words: (count) => ['buckets', String(count)],
    uci: {
      name: 'buckets',
      field: integer(2, LARGEST_BUCKETS),
      label: 'Buckets',
      help: 'Size of the hash table for flows, a power of two.',
      example: '1024',
    },
  }),
  // Without these two packets, and ten, of the device's MTU.
  quantumBytes: option<number>(TCA_FQ.QUANTUM, u32, {
    apply: 'change',
    words: (bytes) => ['quantum', String(bytes)],
    uci: {
      name: 'quantum',
      field: integer(1, LARGEST_QUANTUM_BYTES),
      label: 'Bytes per turn',
      help: 'Bytes that a flow may send when its turn comes.',
      otherwise: 'two packets of the MTU',
      example: '3028',
    },
  }),
  initialQuantumBytes: option<number>(TCA_FQ.INITIAL_QUANTUM, u32, {
    apply: 'change',
    words: (bytes) => ['initial_quantum', String(bytes)],
    uci: {
      name: 'initial_quantum',
      field: integer(0, LARGEST_INITIAL_QUANTUM_BYTES),
      label: 'Bytes at first',
      help: 'Bytes that a new flow may send at once.',
      otherwise: 'ten packets of the MTU',
      example: '15140',
    },
  }),
  pacing: option(TCA_FQ.RATE_ENABLE, bool32, {
    initial: true,
    apply: 'change',
    words: (on) => [on ? 'pacing' : 'nopacing'],
    uci: {
      name: 'pacing',
      field: boolean(),
      label: 'Pacing',
      help: 'Send packets at the rate that their socket asks for.',
      example: '0',
    },
  }),
  maxRateBitPerS: option(TCA_FQ.FLOW_MAX_RATE, maxRate, {
    initial: 0,
    apply: 'change',
    words: (bitPerS) => (bitPerS === 0 ? [] : ['maxrate', formatRate(bitPerS)]),
    uci: {
      name: 'maxrate',
      field: rate(8, LARGEST_RATE_BIT_PER_S, 'is no limit'),
      label: 'Fastest flow',
      help: 'No flow is sent faster.',
      example: '100mbit',
    },
  }),
  lowRateThresholdBitPerS: option(TCA_FQ.LOW_RATE_THRESHOLD, thresholdRate, {
    initial: 550_000,
    apply: 'change',
    words: (bitPerS) => ['low_rate_threshold', formatRate(bitPerS)],
    uci: {
      name: 'low_rate_threshold',
      field: rate(8, LARGEST_RATE_BIT_PER_S, 'turns it off'),
      label: 'Slow flows',
      help: 'Each packet of a flow below this rate is timed by itself.',
      example: '550kbit',
    },
  }),
  refillDelayUs: option(TCA_FQ.FLOW_REFILL_DELAY, u32, {
    initial: 40_000,
    apply: 'change',
    words: (us) => ['refill_delay', formatDuration(us)],
    uci: {
      name: 'refill_delay',
      field: duration(0, LARGEST_TIME_US),
      label: 'Refill delay',
      help: 'How long a flow must be idle until it counts as new.',
      example: '40ms',
    },
  }),
  orphanMask: option(TCA_FQ.ORPHAN_MASK, u32, {
    initial: 1023,
    apply: 'change',
    words: (mask) => ['orphan_mask', String(mask)],
    uci: {
      name: 'orphan_mask',
      field: mask32(),
      label: 'Packets without a socket',
      help: 'Mask of the hash by which packets that belong to no socket, such as forwarded ones, are sorted into flows.',
      example: '0x3ff',
    },
  }),
  ceThresholdUs: ceThresholdOption(TCA_FQ.CE_THRESHOLD, CE_THRESHOLD_OFF_US),
  timerSlackUs: option(TCA_FQ.TIMER_SLACK, nanoseconds, {
    initial: 10,
    apply: 'change',
    words: (us) => ['timer_slack', formatDuration(us)],
    uci: {
      name: 'timer_slack',
      field: duration(0, 1e6),
      label: 'Slack of the timer',
      help: 'How much later a packet may leave, so that timers can be put together.',
      example: '10us',
    },
  }),
  horizonUs: option(TCA_FQ.HORIZON, u32, {
    initial: 10e6,
    apply: 'change',
    words: (us) => ['horizon', formatDuration(us)],
    uci: {
      name: 'horizon',
      field: duration(0, LARGEST_TIME_US),
      label: 'Horizon',
      help: 'How far in the future a packet may ask to be sent.',
      example: '2s',
    },
  }),
  horizonDrop: option(TCA_FQ.HORIZON_DROP, bool8, {
    initial: true,
    apply: 'change',
    words: (on) => [on ? 'horizon_drop' : 'horizon_cap'],
    uci: {
      name: 'horizon_drop',
      field: boolean(),
      label: 'Drop beyond the horizon',
      help: 'Drop packets that ask to be sent later than the horizon; else they are sent at the horizon.',
      example: '0',
    },
  }),
  // The last three came with Linux 6.7 and 6.13. An older kernel passes over them, and tells nothing.
  priomap: option(TCA_FQ.PRIOMAP, priomap, {
    initial: INITIAL_PRIOMAP,
    apply: 'change',
    words: (map) => (map === INITIAL_PRIOMAP ? [] : ['bands', String(BANDS), 'priomap', ...map.split(' ')]),
    uci: {
      name: 'priomap',
      field: numbers(PRIORITIES, 0, BANDS - 1),
      label: 'Bands of priorities',
      help: 'The band, 0 to 2, of each of the 16 priorities of packets.',
      example: INITIAL_PRIOMAP,
    },
  }),
  weights: option(TCA_FQ.WEIGHTS, weights, {
    initial: INITIAL_WEIGHTS,
    apply: 'change',
    words: (list) => (list === INITIAL_WEIGHTS ? [] : ['weights', ...list.split(' ')]),
    uci: {
      name: 'weights',
      field: numbers(BANDS, SMALLEST_WEIGHT, LARGEST_WEIGHT),
      label: 'Weights of the bands',
      help: 'Bytes that each of the three bands may send when its turn comes.',
      example: INITIAL_WEIGHTS,
    },
  }),
  offloadHorizonUs: option(TCA_FQ.OFFLOAD_HORIZON, u32, {
    initial: 0,
    apply: 'change',
    words: (us) => (us === 0 ? [] : ['offload_horizon', formatDuration(us)]),
    uci: {
      name: 'offload_horizon',
      field: duration(0, LARGEST_TIME_US),
      label: 'Horizon of the card',
      help: 'Packets due within this time are given to a network card that can hold them back itself.',
      example: '20ms',
    },
  }),
});

/** Rates are kept in whole bytes per second, the refill delay in jiffies. */
function expected(sent: OptionValues, found: OptionValues): OptionValues {
  const kept: Record<string, number> = {};
  for (const name of ['maxRateBitPerS', 'lowRateThresholdBitPerS']) {
    kept[name] = bitPerSFromBytePerS(bytePerSFromBitPerS(Number(sent[name])));
  }
  return { ...sent, ...kept, refillDelayUs: keptInJiffies(Number(sent.refillDelayUs), found.refillDelayUs) };
}

function check({ buckets }: OptionValues): readonly string[] {
  return Number.isInteger(Math.log2(Number(buckets))) ? [] : ['buckets must be a power of two, such as 1024'];
}

/** struct tc_fq_qd_stats. The bands and the fast path came with Linux 6.7. */
const decodeStats = structDecoder({
  collectedFlows: 'u64',
  highPriorityPackets: 'u64',
  tcpRetransmissions: 'u64',
  throttled: 'u64',
  flowLimitDroppedPackets: 'u64',
  tooLongPackets: 'u64',
  allocationErrors: 'u64',
  nextPacketDelayNs: 's64',
  flows: 'u32',
  inactiveFlows: 'u32',
  throttledFlows: 'u32',
  unthrottleLatencyNs: 'u32',
  ceMarkedPackets: 'u64',
  horizonDroppedPackets: 'u64',
  horizonCappedPackets: 'u64',
  fastPathPackets: 'u64',
  band0DroppedPackets: 'u64',
  band1DroppedPackets: 'u64',
  band2DroppedPackets: 'u64',
  band0Packets: 'u32',
  band1Packets: 'u32',
  band2Packets: 'u32',
});

export const fq = once(() =>
  defineQdisc({
    kind: 'fq',
    options: options(),
    expected,
    check,
    flushes: dropsBeyond('limitPackets'),
    decodeStats,
  }),
);
