/**
 * Random early detection, tc-red(8). Structs from <linux/pkt_sched.h>, what the kernel takes and tells from net/sched/sch_red.c.
 *
 * qevent is no option here: it binds blocks of filters that several qdiscs share, which weir does not make.
 */
import type { Reader, Writer } from '../../lib/bytes.ts';
import { formatRate } from '../../lib/units.ts';
import { rate, size } from '../../schema/field.ts';
import { TC_RED, TCA_RED } from '../../uapi/tc.ts';
import { beginAttribute, endAttribute, putAttribute, u32 } from '../../wire/nla.ts';
import { defineQdisc, field, type OptionCodec, type OptionValue, type OptionValues, once } from '../kind.ts';
import { fractionFromU32, u32FromFraction } from '../probability.ts';
import { IDLE_TABLE_BYTES, idleTable } from '../red_parameters.ts';
import { structDecoder } from '../struct_numbers.ts';
import { bytesWords, checkRed, flag, probabilityOf, redParametersOf, redRows } from './red_rows.ts';

const LARGEST_LIMIT_BYTES = 2 ** 31 - 1;
const INITIAL_BANDWIDTH_BIT_PER_S = 10e6;
const LARGEST_BANDWIDTH_BIT_PER_S = 1e12;
/** Those of struct tc_red_qopt; the others have to go into TCA_RED_FLAGS. */
const STRUCT_FLAGS: Readonly<Record<string, number>> = {
  ecn: TC_RED.ECN,
  hardDrop: TC_RED.HARDDROP,
  adaptive: TC_RED.ADAPTATIVE,
};
const FLAGS: Readonly<Record<string, number>> = { ...STRUCT_FLAGS, noDrop: TC_RED.NODROP };
const ALL_FLAGS = Object.values(FLAGS).reduce((all, bit) => all | bit);

const options = () => ({
  limitBytes: field<number>({
    apply: 'change',
    words: bytesWords('limit'),
    uci: {
      name: 'limit',
      field: size(1, LARGEST_LIMIT_BYTES),
      label: 'Bytes at most',
      help: 'Bytes that may wait; what arrives beyond them is dropped. It must be given.',
      example: '360kb',
    },
  }),
  ...redRows('change'),
  bandwidthBitPerS: field<number>({
    apply: 'change',
    words: (bitPerS) => ['bandwidth', formatRate(bitPerS)],
    uci: {
      name: 'bandwidth',
      field: rate(8, LARGEST_BANDWIDTH_BIT_PER_S),
      label: 'Bandwidth',
      help: 'Rate of the link, by which the average falls while nothing is sent.',
      otherwise: '10mbit',
      example: '100mbit',
    },
  }),
  adaptive: flag(
    'adaptive',
    'Adaptive',
    'Let the kernel move the probability so that the average stays in the middle.',
    'change',
  ),
  // Only a new qdisc loses it for adaptive, which goes by the struct: see flagsOf.
  noDrop: flag('nodrop', 'Only mark', 'Do not drop packets that cannot be marked; needs ecn.', 'rebuild'),
  /** Scell_log. */
  cellLog: field<number>({ apply: 'change', words: (log) => ['Scell_log', String(log)] }),
});

const flagsOf = (flags: Readonly<Record<string, number>>, values: OptionValues): number =>
  Object.entries(flags).reduce((bits, [name, bit]) => (values[name] === true ? bits | bit : bits), 0);

interface Sent {
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly averagePacketBytes: number;
  readonly burstPackets: number;
  readonly bandwidthBitPerS: number;
  readonly probabilityLog: number;
  readonly ewmaLog: number;
  readonly cellLog: number;
  readonly table: Uint8Array;
}

function sentOf(values: OptionValues): Sent {
  const parameters = redParametersOf(values, Number(values.limitBytes));
  const ewmaLog = parameters.ewmaLog ?? 0;
  const bandwidthBitPerS = bandwidthOf(values, ewmaLog, parameters.averagePacketBytes);
  const idle = idleTable(ewmaLog, parameters.averagePacketBytes, bandwidthBitPerS);
  return {
    ...parameters,
    bandwidthBitPerS,
    probabilityLog: parameters.probabilityLog ?? 0,
    ewmaLog,
    cellLog: idle?.cellLog ?? 0,
    table: idle?.table ?? new Uint8Array(IDLE_TABLE_BYTES),
  };
}

/** A dump has a logarithm in its place: then one that comes to the same logarithm, which falls by 1 where the bandwidth doubles. */
function bandwidthOf(values: OptionValues, ewmaLog: number, averagePacketBytes: number): number {
  if (typeof values.bandwidthBitPerS === 'number') return values.bandwidthBitPerS;
  const initial = idleTable(ewmaLog, averagePacketBytes, INITIAL_BANDWIDTH_BIT_PER_S);
  if (typeof values.cellLog !== 'number' || initial === undefined) return INITIAL_BANDWIDTH_BIT_PER_S;
  return INITIAL_BANDWIDTH_BIT_PER_S * 2 ** (initial.cellLog - values.cellLog);
}

function encode(w: Writer, values: OptionValues): void {
  const sent = sentOf(values);
  // The kernel starts the timer of adaptive only for a flag in the struct, and takes flags in one place.
  const inStruct = values.adaptive === true;
  const parameters = beginAttribute(w, TCA_RED.PARMS);
  w.u32(Number(values.limitBytes));
  w.u32(sent.minBytes);
  w.u32(sent.maxBytes);
  w.u8(sent.ewmaLog);
  w.u8(sent.probabilityLog);
  w.u8(sent.cellLog);
  w.u8(inStruct ? flagsOf(STRUCT_FLAGS, values) : 0);
  endAttribute(w, parameters);
  const table = beginAttribute(w, TCA_RED.STAB);
  w.raw(sent.table);
  endAttribute(w, table);
  putAttribute(w, TCA_RED.MAX_P, u32, u32FromFraction(probabilityOf(values)));
  if (inStruct) return;
  // struct nla_bitfield32: the flags, and which of them are meant.
  const flags = beginAttribute(w, TCA_RED.FLAGS);
  w.u32(flagsOf(FLAGS, values));
  w.u32(ALL_FLAGS);
  endAttribute(w, flags);
}

function decodeAttribute(type: number, r: Reader, values: Record<string, OptionValue>): void {
  if (type === TCA_RED.PARMS) {
    values.limitBytes = r.u32();
    values.minBytes = r.u32();
    values.maxBytes = r.u32();
    values.ewmaLog = r.u8();
    r.u8();
    values.cellLog = r.u8();
    decodeFlags(r.u8(), values);
  } else if (type === TCA_RED.MAX_P) {
    values.probability = fractionFromU32(r.u32());
  } else if (type === TCA_RED.FLAGS) {
    decodeFlags(r.u32(), values);
  }
}

function decodeFlags(bits: number, values: Record<string, OptionValue>): void {
  for (const [name, bit] of Object.entries(FLAGS)) values[name] = (bits & bit) !== 0;
}

const codec: OptionCodec = { encode, decodeAttribute };

/** What was given to work out logarithms is not told back. Adaptive moves the probability. */
function expected(sent: OptionValues, found: OptionValues): OptionValues {
  const { averagePacketBytes: _average, burstPackets: _burst, bandwidthBitPerS: _bandwidth, ...kept } = sent;
  const { minBytes, maxBytes, ewmaLog, cellLog } = sentOf(sent);
  const probability = sent.adaptive === true ? found.probability : undefined;
  return {
    ...kept,
    minBytes,
    maxBytes,
    ewmaLog,
    cellLog,
    probability: probability ?? fractionFromU32(u32FromFraction(probabilityOf(sent))),
  };
}

function check(given: OptionValues): readonly string[] {
  const { limitBytes, ecn, adaptive, noDrop } = given;
  if (typeof limitBytes !== 'number') return ['limit must be given, such as 360kb'];
  const wrong = [...checkRed(given, limitBytes, 'limit')];
  const { ewmaLog, averagePacketBytes, bandwidthBitPerS } = sentOf(given);
  if (ewmaLog > 0 && idleTable(ewmaLog, averagePacketBytes, bandwidthBitPerS) === undefined) {
    wrong.push('bandwidth is too small for this avpkt');
  }
  if (noDrop === true && ecn !== true) wrong.push('nodrop needs ecn');
  if (noDrop === true && adaptive === true) wrong.push('nodrop and adaptive exclude each other');
  return wrong;
}

/** Those of a command of tc, which has to have avpkt; of a dump those that tc prints. */
function words(values: OptionValues): string[] {
  const { rows } = red();
  const sent = sentOf(values);
  const command: OptionValues =
    values.ewmaLog === undefined
      ? {
          ...values,
          minBytes: sent.minBytes,
          maxBytes: sent.maxBytes,
          averagePacketBytes: sent.averagePacketBytes,
          burstPackets: sent.burstPackets,
          bandwidthBitPerS: sent.bandwidthBitPerS,
          probability: probabilityOf(values),
        }
      : values;
  return rows.flatMap(([name, row]) => {
    const value = command[name];
    return value === undefined ? [] : [...row.words(value)];
  });
}

const decodeStats = structDecoder({
  earlyDroppedPackets: 'u32',
  limitDroppedPackets: 'u32',
  otherDroppedPackets: 'u32',
  markedPackets: 'u32',
});

export const red: () => ReturnType<typeof defineQdisc> = once(() =>
  defineQdisc({
    kind: 'red',
    options: options(),
    codec,
    expected,
    check,
    words,
    // Each change has the kernel make a new queue below it (`__red_change`), also in the place of another qdisc.
    flushes: () => 'packets queued below red',
    bands: () => 1,
    decodeStats,
  }),
);
