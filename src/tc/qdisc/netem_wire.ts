/** How the options of netem are sent and told. Structs from <linux/pkt_sched.h>, `netem_change` and `netem_dump` in net/sched/sch_netem.c. */
import type { Reader, Writer } from '../../lib/bytes.ts';
import { bitPerSFromBytePerS, bytePerSFromBitPerS } from '../../lib/units.ts';
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
import type { OptionCodec, OptionValue, OptionValues } from '../kind.ts';
import { normalDistribution } from '../normal_distribution.ts';
import { percentFromU32, percentWire, u32FromPercent } from '../probability.ts';

/** The rate in its struct when it does not fit there. */
const RATE_IN_ATTRIBUTE = 0xffffffff;
const LARGEST_U32 = 0xffffffff;
const NS_PER_US = 1000;

const nanoseconds: WireType<number> = {
  encode: (w, us) => w.u64(Math.round(us * NS_PER_US)),
  decode: (r) => r.s64() / NS_PER_US,
};

export const number = (values: OptionValues, name: string): number => Number(values[name] ?? 0);
export const sharesOf = (text: OptionValue | undefined): number[] =>
  String(text ?? '')
    .split(' ')
    .filter((word) => word !== '')
    .map(Number);

/** P13, P31, P32, P23 and P14, with what tc takes where they are left out. */
export function fourStates(text: OptionValue | undefined): number[] {
  const [p13 = 0, p31 = 100 - p13, p32 = 0, p23 = 100, p14 = 0] = sharesOf(text);
  return [p13, p31, p32, p23, p14];
}

/** p, r, 1-h and 1-k, with what tc takes where they are left out. */
export function gilbertElliott(text: OptionValue | undefined): number[] {
  const [p = 0, r = 100 - p, oneMinusH = 100, oneMinusK = 0] = sharesOf(text);
  return [p, r, oneMinusH, oneMinusK];
}

export const isGiven = (text: OptionValue | undefined): boolean => text !== undefined && text !== '';

/** The kernel reorders only where there is a gap, and a gap alone reorders for certain. */
export function gapOf(values: OptionValues): number {
  return number(values, 'reorderPercent') > 0 ? Math.max(number(values, 'gapPackets'), 1) : 0;
}

/** The longest time between slots is never less than the shortest. */
export function slotMaxOf(values: OptionValues): number {
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
      break;
    case TCA_NETEM.JITTER64:
      values.jitterUs = nanoseconds.decode(r);
      break;
    case TCA_NETEM.CORR:
      takeShares(r, values, CORRELATIONS);
      break;
    case TCA_NETEM.REORDER:
      takeShares(r, values, REORDER);
      break;
    case TCA_NETEM.CORRUPT:
      takeShares(r, values, CORRUPT);
      break;
    case TCA_NETEM.ECN:
      values.ecn = r.u32() !== 0;
      break;
    case TCA_NETEM.SLOT:
      takeSlot(r, values);
      break;
    case TCA_NETEM.LOSS:
      eachAttribute(r, (model, payload) => takeLoss(model, payload, values));
      break;
    case TCA_NETEM.RATE:
      takeRate(r, values);
      break;
    case TCA_NETEM.RATE64:
      values.rateBitPerS = bitPerSFromBytePerS(r.u64());
      break;
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

export const netemCodec: OptionCodec = { encode, decodeStruct, decodeAttribute };
