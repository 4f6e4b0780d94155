/**
 * Stochastic fairness, tc-sfq(8), with RED for each flow where it is asked for. Struct from <linux/pkt_sched.h>, what the kernel takes
 * and tells from net/sched/sch_sfq.c. There is no change(): every other option is another qdisc.
 */
import type { Reader, Writer } from '../../lib/bytes.ts';
import { integer, size } from '../../schema/field.ts';
import { TC_RED } from '../../uapi/tc.ts';
import { defineQdisc, field, type OptionCodec, type OptionValue, type OptionValues, once } from '../kind.ts';
import { fractionFromU32, u32FromFraction } from '../probability.ts';
import { limitPacketsRow } from './queue_limit.ts';
import { bytesWords, checkRed, flag, probabilityOf, redParametersOf, redRows } from './red_rows.ts';

/** SFQ_MAX_DEPTH, SFQ_MAX_FLOWS, SFQ_DEFAULT_FLOWS and SFQ_DEFAULT_HASH_DIVISOR. */
const LARGEST_DEPTH_PACKETS = 127;
const LARGEST_FLOWS = 0x10000 - LARGEST_DEPTH_PACKETS - 1;
const INITIAL_FLOWS = 128;
const INITIAL_DIVISOR = 1024;
const LARGEST_DIVISOR = 65536;
const LARGEST_QUANTUM_BYTES = 2 ** 20;
/** INT_MAX / HZ at 1000 Hz. */
const LARGEST_PERTURB_S = 2_147_483;
/** Behind the options, struct tc_sfqred_stats. */
const STATS_BYTES = 24;

const apply = 'rebuild';

// Those without an initial value depend on each other: see keptOf.
const options = () => ({
  limitPackets: field<number>({ apply, ...limitPacketsRow }),
  // Without it a packet of the device's MTU.
  quantumBytes: field<number>({
    apply,
    words: (bytes) => ['quantum', String(bytes)],
    uci: {
      name: 'quantum',
      field: size(1, LARGEST_QUANTUM_BYTES),
      label: 'Bytes per turn',
      help: 'Bytes that a flow may send when its turn comes.',
      otherwise: 'a packet of the MTU',
      example: '1514',
    },
  }),
  perturbS: field<number>({
    initial: 0,
    apply,
    words: (seconds) => (seconds === 0 ? [] : ['perturb', String(seconds)]),
    uci: {
      name: 'perturb',
      field: integer(0, LARGEST_PERTURB_S),
      label: 'Perturbation',
      help: 'After how many seconds flows are hashed anew; 0 never.',
      example: '10',
    },
  }),
  flows: field<number>({
    apply,
    words: (flows) => ['flows', String(flows)],
    uci: {
      name: 'flows',
      field: integer(1, LARGEST_FLOWS),
      label: 'Flows at most',
      help: 'How many flows may have packets waiting.',
      otherwise: String(INITIAL_FLOWS),
      example: '512',
    },
  }),
  divisor: field<number>({
    apply,
    words: (divisor) => ['divisor', String(divisor)],
    uci: {
      name: 'divisor',
      field: integer(1, LARGEST_DIVISOR),
      label: 'Hash table size',
      help: 'A power of two, better more than there are flows.',
      otherwise: String(INITIAL_DIVISOR),
      example: '1024',
    },
  }),
  depthPackets: field<number>({
    apply,
    words: (packets) => ['depth', String(packets)],
    uci: {
      name: 'depth',
      field: integer(1, LARGEST_DEPTH_PACKETS),
      label: 'Packets of a flow',
      help: 'Packets of one flow that may wait.',
      otherwise: String(LARGEST_DEPTH_PACKETS),
      example: '127',
    },
  }),
  headDrop: flag('headdrop', 'Drop at the head', 'Drop the oldest packet of a flow instead of the newest.', apply),
  redFlowLimitBytes: field<number>({
    apply,
    words: bytesWords('redflowlimit'),
    uci: {
      name: 'redflowlimit',
      field: size(1, 2 ** 30),
      label: 'RED for flows',
      help: 'Turns RED on for each flow, with thresholds that follow from this many bytes.',
      otherwise: 'no RED',
      example: '100000',
    },
  }),
  ...redRows(apply),
});

const FLAGS: Readonly<Record<string, number>> = { ecn: TC_RED.ECN, hardDrop: TC_RED.HARDDROP };
/** Options that mean something only with redflowlimit. */
const RED_ONLY = ['minBytes', 'maxBytes', 'averagePacketBytes', 'burstPackets', 'probability', 'ecn', 'hardDrop'];

interface SentRed {
  readonly limitBytes: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly ewmaLog: number;
  readonly probabilityLog: number;
  readonly probability: number;
}

/** Nothing where no RED is wanted. A dump has no limit, but thresholds. */
function redOf(values: OptionValues): SentRed {
  const limitBytes = Number(values.redFlowLimitBytes ?? values.maxBytes ?? 0);
  if (limitBytes === 0) {
    return { limitBytes, minBytes: 0, maxBytes: 0, ewmaLog: 0, probabilityLog: 0, probability: 0 };
  }
  const { minBytes, maxBytes, ewmaLog = 0, probabilityLog = 0 } = redParametersOf(values, limitBytes);
  return { limitBytes, minBytes, maxBytes, ewmaLog, probabilityLog, probability: probabilityOf(values) };
}

/**
 * Without a limit and a divisor that are what the kernel has of itself: told them it would have fewer flows, so that a qdisc with more
 * could not be put back.
 */
function toldOf({ limitPackets, divisor, ...values }: OptionValues): OptionValues {
  return {
    ...values,
    ...(limitPackets === undefined || limitPackets === LARGEST_DEPTH_PACKETS ? {} : { limitPackets }),
    ...(divisor === undefined || divisor === INITIAL_DIVISOR ? {} : { divisor }),
  };
}

/** struct tc_sfq_qopt_v1. 0 is what is not given. */
function encode(w: Writer, values: OptionValues): void {
  const { quantumBytes = 0, limitPackets = 0, divisor = 0, flows = 0, depthPackets = 0 } = toldOf(values);
  for (const value of [quantumBytes, values.perturbS, limitPackets, divisor, flows, depthPackets]) w.u32(Number(value));
  w.u32(values.headDrop === true ? 1 : 0);
  const red = redOf(values);
  w.u32(red.limitBytes);
  w.u32(red.minBytes);
  w.u32(red.maxBytes);
  w.u8(red.ewmaLog);
  w.u8(red.probabilityLog);
  w.u8(0);
  w.u8(Object.entries(FLAGS).reduce((bits, [name, bit]) => (values[name] === true ? bits | bit : bits), 0));
  w.u32(u32FromFraction(red.probability));
  w.zeros(STATS_BYTES);
}

/** 0 is what is not given: a dump has no other zeros among the first six, and of RED's limit nothing else. */
function decodeStruct(r: Reader, values: Record<string, OptionValue>): void {
  for (const name of ['quantumBytes', 'perturbS', 'limitPackets', 'divisor', 'flows', 'depthPackets']) {
    const value = r.u32();
    if (value !== 0 || name === 'perturbS') values[name] = value;
  }
  values.headDrop = r.u32() !== 0;
  const redFlowLimitBytes = r.u32();
  if (redFlowLimitBytes !== 0) values.redFlowLimitBytes = redFlowLimitBytes;
  values.minBytes = r.u32();
  values.maxBytes = r.u32();
  values.ewmaLog = r.u8();
  r.u16();
  const flags = r.u8();
  for (const [name, bit] of Object.entries(FLAGS)) values[name] = (flags & bit) !== 0;
  values.probability = fractionFromU32(r.u32());
  r.take(STATS_BYTES);
}

const codec: OptionCodec = { encode, decodeStruct };

/** What the kernel makes of limits that contradict each other (`sfq_change`). */
function keptOf(options: OptionValues): OptionValues {
  const sent = toldOf(options);
  const divisor = Number(sent.divisor ?? INITIAL_DIVISOR);
  const depthPackets = Number(sent.depthPackets ?? LARGEST_DEPTH_PACKETS);
  let flows = Number(sent.flows ?? INITIAL_FLOWS);
  if (sent.divisor !== undefined) flows = Math.min(flows, divisor);
  let limitPackets = LARGEST_DEPTH_PACKETS;
  if (typeof sent.limitPackets === 'number') {
    limitPackets = Math.min(sent.limitPackets, depthPackets * flows);
    flows = Math.min(flows, limitPackets);
  }
  return { divisor, depthPackets, flows, limitPackets };
}

function expected(sent: OptionValues): OptionValues {
  const { averagePacketBytes: _average, burstPackets: _burst, redFlowLimitBytes: _limit, ...kept } = sent;
  const { minBytes, maxBytes, ewmaLog, probability } = redOf(sent);
  return {
    ...kept,
    ...keptOf(sent),
    minBytes,
    maxBytes,
    ewmaLog,
    probability: fractionFromU32(u32FromFraction(probability)),
  };
}

function check(given: OptionValues): readonly string[] {
  const wrong: string[] = [];
  const { divisor, redFlowLimitBytes } = given;
  if (divisor !== undefined && !Number.isInteger(Math.log2(Number(divisor)))) {
    wrong.push('divisor must be a power of two, such as 1024');
  }
  if (keptOf(given).limitPackets === 1)
    wrong.push('limit must be at least 2, also after depth and flows have shortened it');
  if (typeof redFlowLimitBytes === 'number') wrong.push(...checkRed(given, redFlowLimitBytes, 'redflowlimit'));
  else if (RED_ONLY.some((name) => given[name] !== undefined && given[name] !== false)) {
    wrong.push('options of RED need redflowlimit');
  }
  return wrong;
}

export const sfq = once(() => defineQdisc({ kind: 'sfq', options: options(), codec, expected, check }));
