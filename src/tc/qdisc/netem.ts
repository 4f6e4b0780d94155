/**
 * A network that is worse than it is, tc-netem(8). Structs from <linux/pkt_sched.h>, what the kernel takes and tells from
 * net/sched/sch_netem.c.
 */
import type { Reader, Writer } from '../../lib/bytes.ts';
import { bitPerSFromBytePerS, bytePerSFromBitPerS, formatDuration, formatRate, formatSize } from '../../lib/units.ts';
import { NETEM_LOSS, TCA_NETEM } from '../../uapi/tc.ts';
import {
  beginAttribute,
  beginNested,
  eachAttribute,
  endAttribute,
  putAttribute,
  u32,
  u64,
  type WireType,
} from '../../wire/nla.ts';
import { defineQdisc, type OptionCodec, type OptionValue, type OptionValues, once } from '../kind.ts';
import { normalDistribution } from '../normal_distribution.ts';
import { keptPercent, percentFromU32, percentWire, u32FromPercent } from '../probability.ts';
import { structDecoder } from '../struct_numbers.ts';
import { netemOptions } from './netem_rows.ts';

/** The rate in its struct when it does not fit there. */
const RATE_IN_ATTRIBUTE = 0xffffffff;
const LARGEST_U32 = 0xffffffff;
const NS_PER_US = 1000;

const nanoseconds: WireType<number> = {
  encode: (w, us) => w.u64(Math.round(us * NS_PER_US)),
  decode: (r) => r.s64() / NS_PER_US,
};

const number = (values: OptionValues, name: string): number => Number(values[name] ?? 0);
const sharesOf = (text: OptionValue | undefined): number[] =>
  String(text ?? '')
    .split(' ')
    .filter((word) => word !== '')
    .map(Number);

/** P13, P31, P32, P23 and P14, with what tc takes where they are left out. */
function fourStates(text: OptionValue | undefined): number[] {
  const [p13 = 0, p31 = 100 - p13, p32 = 0, p23 = 100, p14 = 0] = sharesOf(text);
  return [p13, p31, p32, p23, p14];
}

/** p, r, 1-h and 1-k, with what tc takes where they are left out. */
function gilbertElliott(text: OptionValue | undefined): number[] {
  const [p = 0, r = 100 - p, oneMinusH = 100, oneMinusK = 0] = sharesOf(text);
  return [p, r, oneMinusH, oneMinusK];
}

const LOSS_MODELS = { lossState: fourStates, lossGemodel: gilbertElliott } as const;
const isGiven = (text: OptionValue | undefined): boolean => text !== undefined && text !== '';

/** The kernel reorders only where there is a gap, and a gap alone reorders for certain. */
function gapOf(values: OptionValues): number {
  return number(values, 'reorderPercent') > 0 ? Math.max(number(values, 'gapPackets'), 1) : 0;
}

/** The longest time between slots is never less than the shortest. */
function slotMaxOf(values: OptionValues): number {
  return Math.max(number(values, 'slotMaxUs'), number(values, 'slotMinUs'));
}

function encode(w: Writer, values: OptionValues): void {
  // Of struct tc_netem_qopt, delay and jitter are in attributes of their own today.
  w.u32(0);
  w.u32(number(values, 'limitPackets'));
  w.u32(u32FromPercent(number(values, 'lossPercent')));
  w.u32(gapOf(values));
  w.u32(u32FromPercent(number(values, 'duplicatePercent')));
  w.u32(0);
  putAttribute(w, TCA_NETEM.LATENCY64, nanoseconds, number(values, 'delayUs'));
  putAttribute(w, TCA_NETEM.JITTER64, nanoseconds, number(values, 'jitterUs'));
  putShares(w, TCA_NETEM.CORR, values, CORRELATIONS);
  putShares(w, TCA_NETEM.REORDER, values, REORDER);
  putAttribute(w, TCA_NETEM.ECN, u32, values.ecn === true ? 1 : 0);
  putShares(w, TCA_NETEM.CORRUPT, values, CORRUPT);
  putSlot(w, values);
  putLoss(w, values);
  putRate(w, values);
  if (typeof values.seed === 'number') putAttribute(w, TCA_NETEM.PRNG_SEED, u64, values.seed);
  if (values.distribution === 'normal') putNormalDistribution(w, TCA_NETEM.DELAY_DIST);
  if (number(values, 'slotJitterUs') > 0) putNormalDistribution(w, TCA_NETEM.SLOT_DIST);
}

/** Structs of probabilities: the options in their order. */
const CORRELATIONS = ['delayCorrelationPercent', 'lossCorrelationPercent', 'duplicateCorrelationPercent'];
const REORDER = ['reorderPercent', 'reorderCorrelationPercent'];
const CORRUPT = ['corruptPercent', 'corruptCorrelationPercent'];

function putShares(w: Writer, type: number, values: OptionValues, names: readonly string[]): void {
  const at = beginAttribute(w, type);
  for (const name of names) percentWire.encode(w, number(values, name));
  endAttribute(w, at);
}

function takeShares(r: Reader, values: Record<string, OptionValue>, names: readonly string[]): void {
  for (const name of names) values[name] = percentWire.decode(r);
}

/** struct tc_netem_slot */
function putSlot(w: Writer, values: OptionValues): void {
  const at = beginAttribute(w, TCA_NETEM.SLOT);
  nanoseconds.encode(w, number(values, 'slotMinUs'));
  nanoseconds.encode(w, slotMaxOf(values));
  w.s32(number(values, 'slotPackets'));
  w.s32(number(values, 'slotBytes'));
  nanoseconds.encode(w, number(values, 'slotDelayUs'));
  nanoseconds.encode(w, number(values, 'slotJitterUs'));
  endAttribute(w, at);
}

/** Without it the model is that of lossPercent. The structs have other orders than tc's words, and h for 1-h. */
function putLoss(w: Writer, values: OptionValues): void {
  if (!isGiven(values.lossState) && !isGiven(values.lossGemodel)) return;
  const loss = beginNested(w, TCA_NETEM.LOSS);
  const state = isGiven(values.lossState);
  const at = beginAttribute(w, state ? NETEM_LOSS.GI : NETEM_LOSS.GE);
  if (state) {
    const [p13 = 0, p31 = 0, p32 = 0, p23 = 0, p14 = 0] = fourStates(values.lossState);
    for (const share of [p13, p31, p32, p14, p23]) percentWire.encode(w, share);
  } else {
    const [p = 0, r = 0, oneMinusH = 0, oneMinusK = 0] = gilbertElliott(values.lossGemodel);
    percentWire.encode(w, p);
    percentWire.encode(w, r);
    w.u32(LARGEST_U32 - u32FromPercent(oneMinusH));
    percentWire.encode(w, oneMinusK);
  }
  endAttribute(w, at);
  endAttribute(w, loss);
}

/** struct tc_netem_rate, and the rate by itself from 2^32 byte/s on. */
function putRate(w: Writer, values: OptionValues): void {
  const bytePerS = bytePerSFromBitPerS(number(values, 'rateBitPerS'));
  if (bytePerS > RATE_IN_ATTRIBUTE) putAttribute(w, TCA_NETEM.RATE64, u64, bytePerS);
  const at = beginAttribute(w, TCA_NETEM.RATE);
  w.u32(Math.min(bytePerS, RATE_IN_ATTRIBUTE));
  w.s32(number(values, 'overheadBytes'));
  w.u32(number(values, 'cellSizeBytes'));
  w.s32(number(values, 'cellOverheadBytes'));
  endAttribute(w, at);
}

function putNormalDistribution(w: Writer, type: number): void {
  const at = beginAttribute(w, type);
  for (const value of normalDistribution()) w.u16(value & 0xffff);
  endAttribute(w, at);
}

function decodeStruct(r: Reader, values: Record<string, OptionValue>): void {
  r.u32();
  values.limitPackets = r.u32();
  values.lossPercent = percentWire.decode(r);
  values.gapPackets = r.u32();
  values.duplicatePercent = percentWire.decode(r);
  r.u32();
}

function decodeAttribute(type: number, r: Reader, values: Record<string, OptionValue>): void {
  switch (type) {
    case TCA_NETEM.LATENCY64:
      values.delayUs = nanoseconds.decode(r);
      return;
    case TCA_NETEM.JITTER64:
      values.jitterUs = nanoseconds.decode(r);
      return;
    case TCA_NETEM.CORR:
      return takeShares(r, values, CORRELATIONS);
    case TCA_NETEM.REORDER:
      return takeShares(r, values, REORDER);
    case TCA_NETEM.CORRUPT:
      return takeShares(r, values, CORRUPT);
    case TCA_NETEM.ECN:
      values.ecn = r.u32() !== 0;
      return;
    case TCA_NETEM.SLOT:
      return takeSlot(r, values);
    case TCA_NETEM.LOSS:
      return eachAttribute(r, (model, payload) => takeLoss(model, payload, values));
    case TCA_NETEM.RATE:
      return takeRate(r, values);
    case TCA_NETEM.RATE64:
      values.rateBitPerS = bitPerSFromBytePerS(r.u64());
      return;
    case TCA_NETEM.PRNG_SEED:
      values.seed = r.u64();
  }
}

function takeSlot(r: Reader, values: Record<string, OptionValue>): void {
  values.slotMinUs = nanoseconds.decode(r);
  values.slotMaxUs = nanoseconds.decode(r);
  values.slotPackets = r.s32();
  values.slotBytes = r.s32();
  values.slotDelayUs = nanoseconds.decode(r);
  values.slotJitterUs = nanoseconds.decode(r);
}

function takeLoss(model: number, r: Reader, values: Record<string, OptionValue>): void {
  const take = (): number => percentWire.decode(r);
  if (model === NETEM_LOSS.GI) {
    const [p13, p31, p32, p14, p23] = [take(), take(), take(), take(), take()];
    values.lossState = [p13, p31, p32, p23, p14].join(' ');
  } else if (model === NETEM_LOSS.GE) {
    values.lossGemodel = [take(), take(), percentFromU32(LARGEST_U32 - r.u32()), take()].join(' ');
  }
}

/** TCA_NETEM_RATE64 comes before it, where there is one. */
function takeRate(r: Reader, values: Record<string, OptionValue>): void {
  const bytePerS = r.u32();
  if (bytePerS !== RATE_IN_ATTRIBUTE) values.rateBitPerS = bitPerSFromBytePerS(bytePerS);
  values.overheadBytes = r.s32();
  values.cellSizeBytes = r.u32();
  values.cellOverheadBytes = r.s32();
}

const codec: OptionCodec = { encode, decodeStruct, decodeAttribute };

/** Shares as their u32 has them, rates in whole bytes, and nothing of tables, which no dump has. */
function expected(sent: OptionValues): OptionValues {
  const { distribution: _table, ...kept } = sent;
  const shares = Object.entries(kept).flatMap(([name, value]): [string, OptionValue][] =>
    name.endsWith('Percent') ? [[name, keptPercent(Number(value))]] : [],
  );
  const models = Object.entries(LOSS_MODELS).flatMap(([name, sharesIn]): [string, OptionValue][] =>
    isGiven(sent[name]) ? [[name, sharesIn(sent[name]).map(keptPercent).join(' ')]] : [],
  );
  return {
    ...kept,
    ...Object.fromEntries([...shares, ...models]),
    rateBitPerS: bitPerSFromBytePerS(bytePerSFromBitPerS(number(sent, 'rateBitPerS'))),
    gapPackets: gapOf(sent),
    ...keptSlot(sent),
  };
}

/** A dump has the slot only where it has a time. */
function keptSlot(sent: OptionValues): OptionValues {
  const slotMaxUs = slotMaxOf(sent);
  return slotMaxUs > 0 || number(sent, 'slotJitterUs') > 0
    ? { slotMaxUs }
    : { slotMaxUs, slotPackets: 0, slotBytes: 0, slotDelayUs: 0 };
}

function check(given: OptionValues): readonly string[] {
  const has = (name: string): boolean => number(given, name) > 0;
  const losses = [has('lossPercent'), isGiven(given.lossState), isGiven(given.lossGemodel)].filter((one) => one);
  const slot = has('slotMinUs') || has('slotMaxUs');
  const wrong: [boolean, string][] = [
    [losses.length > 1, 'only one of loss, loss_state and loss_gemodel can be given'],
    [given.ecn === true && losses.length === 0, 'ecn needs a loss'],
    [has('lossCorrelationPercent') && !has('lossPercent'), 'loss_correlation needs loss'],
    [has('delayCorrelationPercent') && !has('jitterUs'), 'delay_correlation needs jitter'],
    [given.distribution === 'normal' && !(has('delayUs') && has('jitterUs')), 'distribution needs delay and jitter'],
    [has('reorderPercent') && !has('delayUs'), 'reorder needs delay'],
    [has('gapPackets') && !has('reorderPercent'), 'gap needs reorder'],
    [
      slot && has('slotMaxUs') && number(given, 'slotMaxUs') < number(given, 'slotMinUs'),
      'slot_max must be at least slot',
    ],
    [slot && has('slotJitterUs'), 'slot and slot_jitter exclude each other'],
    [has('slotDelayUs') && !has('slotJitterUs'), 'slot_delay needs slot_jitter'],
    [
      (has('slotPackets') || has('slotBytes')) && !slot && !has('slotJitterUs'),
      'slot_packets and slot_bytes need slot',
    ],
  ];
  return wrong.flatMap(([is, message]) => (is ? [message] : []));
}

/** tc's words stand in a row where they belong together: `delay 100ms 10ms 25%`. */
function words(values: OptionValues): string[] {
  const percentOf = (name: string): string => `${number(values, name)}%`;
  const timeOf = (name: string): string => formatDuration(number(values, name));
  const has = (name: string): boolean => number(values, name) !== 0;
  /** All up to the last that is not zero, the first in any case. */
  const row = (name: string, formats: readonly (readonly [string, (name: string) => string])[]): string[] => {
    const last = formats.findLastIndex(([option]) => has(option));
    return last < 0 ? [] : [name, ...formats.slice(0, last + 1).map(([option, format]) => format(option))];
  };
  const model = (name: string, text: OptionValue | undefined): string[] =>
    isGiven(text) ? ['loss', name, ...sharesOf(text).map((share) => `${share}%`)] : [];
  const plain = (name: string): string => String(number(values, name));
  return [
    'limit',
    plain('limitPackets'),
    ...row('delay', [
      ['delayUs', timeOf],
      ['jitterUs', timeOf],
      ['delayCorrelationPercent', percentOf],
    ]),
    ...(values.distribution === 'normal' ? ['distribution', 'normal'] : []),
    ...(has('lossPercent')
      ? [
          'loss',
          ...row('random', [
            ['lossPercent', percentOf],
            ['lossCorrelationPercent', percentOf],
          ]),
        ]
      : []),
    ...model('state', values.lossState),
    ...model('gemodel', values.lossGemodel),
    ...(values.ecn === true ? ['ecn'] : []),
    ...row('duplicate', [
      ['duplicatePercent', percentOf],
      ['duplicateCorrelationPercent', percentOf],
    ]),
    ...row('corrupt', [
      ['corruptPercent', percentOf],
      ['corruptCorrelationPercent', percentOf],
    ]),
    ...row('reorder', [
      ['reorderPercent', percentOf],
      ['reorderCorrelationPercent', percentOf],
    ]),
    ...(gapOf(values) > 1 ? ['gap', String(gapOf(values))] : []),
    ...row('rate', [
      ['rateBitPerS', (name) => formatRate(number(values, name))],
      ['overheadBytes', plain],
      ['cellSizeBytes', plain],
      ['cellOverheadBytes', plain],
    ]),
    ...slotWords(values, timeOf),
    ...(typeof values.seed === 'number' ? ['seed', String(values.seed)] : []),
  ];
}

function slotWords(values: OptionValues, timeOf: (name: string) => string): string[] {
  const has = (name: string): boolean => number(values, name) !== 0;
  const limits = [
    ...(has('slotPackets') ? ['packets', String(values.slotPackets)] : []),
    ...(has('slotBytes') ? ['bytes', formatSize(number(values, 'slotBytes'))] : []),
  ];
  if (has('slotJitterUs')) {
    return ['slot', 'distribution', 'normal', timeOf('slotDelayUs'), timeOf('slotJitterUs'), ...limits];
  }
  return slotMaxOf(values) === 0 ? [] : ['slot', timeOf('slotMinUs'), formatDuration(slotMaxOf(values)), ...limits];
}

/** struct tc_netem_xstats, of Linux 7.2. */
const decodeStats = structDecoder({
  delayedPackets: 'u64',
  lostPackets: 'u64',
  corruptedPackets: 'u64',
  duplicatedPackets: 'u64',
  reorderedPackets: 'u64',
  ecnMarkedPackets: 'u64',
  allocationErrors: 'u64',
});

export const netem = once(() =>
  defineQdisc({
    kind: 'netem',
    options: netemOptions(),
    codec,
    expected,
    check,
    words,
    bands: () => 1,
    decodeStats,
  }),
);
