/**
 * police: a token bucket that lets packets of a rate pass and does something else with those beyond it (net/sched/act_police.c).
 *
 * A burst goes to the kernel as a time, as for HTB. The kernel insists on a table of times per packet size and on its cell, though it
 * reads neither since Linux 3.8 but for the MTU where none is given.
 */
import type { Reader, Writer } from '../../lib/bytes.ts';
import { bitPerSFromBytePerS } from '../../lib/units.ts';
import { integer, size } from '../../schema/field.ts';
import { TCA_POLICE } from '../../uapi/tc.ts';
import { beginAttribute, eachAttribute, endAttribute, putAttribute, u32, u64 } from '../../wire/nla.ts';
import { field, type KernelOption, type OptionValue, type OptionValues, once } from '../kind.ts';
import {
  isRate64,
  keptRateBitPerS,
  linkLayerRows,
  putRatespec,
  rateBytePerSOf,
  rateField,
  rateWords,
  sizeWords,
  takeRatespec,
} from '../ratespec.ts';
import { burstInWholeTicks, bytesFromTicks, LARGEST_TICKS, ticksFromBytes } from '../ticks.ts';
import { controlField, controlNumber, controlText } from './control.ts';
import { defineAction } from './kind.ts';

/** Bytes of the table (TC_RTAB_SIZE), which `qdisc_get_rtab` wants to see. */
const TABLE_BYTES = 1024;
const RATESPEC_BYTES = 12;
/** The MTU that tc(8) makes the cell from where none is given. */
const MTU_OF_CELL_BYTES = 2047;
/** A table has a cell for each of 256 sizes. */
const LARGEST_CELL = 255;
const LARGEST_U32 = 0xffffffff;

/** Sizes of one cell are 2^cell_log apart (tc_calc_rtable in iproute2). */
function cellLogOf(mtuBytes: number): number {
  let cellLog = 0;
  while (mtuBytes >>> cellLog > LARGEST_CELL) cellLog++;
  // 0 would be no table at all (qdisc_get_rtab).
  return Math.max(cellLog, 1);
}

/** What the kernel takes for the MTU where none was given (tcf_police_init). */
function mtuBytesOf({ mtuBytes, rateBitPerS }: OptionValues): number {
  if (typeof mtuBytes === 'number' && mtuBytes > 0) return mtuBytes;
  return rateBytePerSOf(rateBitPerS) > 0 ? LARGEST_CELL << cellLogOf(MTU_OF_CELL_BYTES) : LARGEST_U32;
}

const numberOf = (value: OptionValue | undefined): number => (typeof value === 'number' ? value : 0);

function rateRow(name: string, label: string, help: string): KernelOption<number> {
  return field({
    initial: 0,
    apply: 'change',
    words: rateWords(name),
    uci: { name, field: rateField('is none'), label, help, example: '1mbit' },
  });
}

function sizeRow(name: string, label: string, help: string, example: string): KernelOption<number> {
  return field({
    initial: 0,
    apply: 'change',
    words: sizeWords(name),
    uci: { name, field: size(1, LARGEST_U32), label, help, example },
  });
}

function countRow(name: string, label: string, help: string, example: string): KernelOption<number> {
  return field({
    initial: 0,
    apply: 'change',
    words: (count) => (count === 0 ? [] : [name, String(count)]),
    uci: { name, field: integer(1, LARGEST_U32), label, help, example },
  });
}

const policeOptions = {
  rateBitPerS: rateRow('rate', 'Rate', 'What may pass on average.'),
  burstBytes: sizeRow('burst', 'Burst', 'What may pass at once after a pause.', '32kb'),
  mtuBytes: sizeRow(
    'mtu',
    'Largest packet',
    'Larger packets are always beyond the rate; 2040 where there is a rate.',
    '64kb',
  ),
  peakRateBitPerS: rateRow('peakrate', 'Peak rate', 'What may pass within a burst; needs mtu.'),
  averageRateBitPerS: rateRow(
    'avrate',
    'Average rate',
    'Compared with an estimate of the rate, which the filter must have.',
  ),
  packetsPerS: countRow('pkts_rate', 'Packets per second', 'Counts packets in place of bytes.', '1000'),
  packetBurst: countRow('pkts_burst', 'Burst in packets', 'Packets that may pass at once.', '100'),
  overheadBytes: linkLayerRows.overheadBytes,
  mpuBytes: linkLayerRows.mpuBytes,
  linkLayer: linkLayerRows.linkLayer,
  exceed: field<string>({
    initial: 'reclassify',
    apply: 'change',
    words: (control) => ['conform-exceed', ...control.split(' ')],
    uci: {
      name: 'exceed',
      field: controlField,
      label: 'Beyond the rate',
      help: 'What comes next for a packet beyond the rate.',
      example: 'drop',
    },
  }),
  conform: field<string>({
    initial: 'ok',
    apply: 'change',
    words: (control) => (control === 'ok' ? [] : ['/', ...control.split(' ')]),
    uci: {
      name: 'conform',
      field: controlField,
      label: 'Within the rate',
      help: 'What comes next for a packet within the rate.',
      example: 'pipe',
    },
  }),
} as const;

function putTable(w: Writer, attribute: number): void {
  const table = beginAttribute(w, attribute);
  w.zeros(TABLE_BYTES);
  endAttribute(w, table);
}

function encode(w: Writer, options: OptionValues): void {
  const { burstBytes, mtuBytes, averageRateBitPerS, packetsPerS, packetBurst, exceed, conform } = options;
  const rate = rateBytePerSOf(options.rateBitPerS);
  const peakRate = rateBytePerSOf(options.peakRateBitPerS);
  const cellLog = cellLogOf(numberOf(mtuBytes) || MTU_OF_CELL_BYTES);
  // struct tc_police: index, action, limit, burst, mtu, rate, peakrate, refcnt, bindcnt, capab
  const parameters = beginAttribute(w, TCA_POLICE.TBF);
  w.u32(0);
  w.s32(controlNumber(exceed));
  w.u32(0);
  w.u32(rate > 0 ? ticksFromBytes(numberOf(burstBytes), rate) : 0);
  w.u32(numberOf(mtuBytes));
  for (const one of [rate, peakRate]) {
    if (one > 0) putRatespec(w, one, options, cellLog);
    else w.zeros(RATESPEC_BYTES);
  }
  w.zeros(12);
  endAttribute(w, parameters);
  if (rate > 0) {
    putTable(w, TCA_POLICE.RATE);
    if (isRate64(rate)) putAttribute(w, TCA_POLICE.RATE64, u64, rate);
  }
  if (peakRate > 0) {
    putTable(w, TCA_POLICE.PEAKRATE);
    if (isRate64(peakRate)) putAttribute(w, TCA_POLICE.PEAKRATE64, u64, peakRate);
  }
  const averageRate = rateBytePerSOf(averageRateBitPerS);
  if (averageRate > 0) putAttribute(w, TCA_POLICE.AVRATE, u32, averageRate);
  const result = controlNumber(conform);
  if (result !== 0) putAttribute(w, TCA_POLICE.RESULT, u32, result >>> 0);
  const pps = numberOf(packetsPerS);
  if (pps > 0) {
    putAttribute(w, TCA_POLICE.PKTRATE64, u64, pps);
    putAttribute(w, TCA_POLICE.PKTBURST64, u64, ticksFromBytes(numberOf(packetBurst), pps));
  }
}

/** The attributes with rates that do not fit the struct come after it from tc, and before it from the kernel. */
function decodeTogether(payload: Reader, values: Record<string, OptionValue>): void {
  const numbers = new Map<number, number>();
  let ticks = 0;
  eachAttribute(payload, (type, r) => {
    if (type === TCA_POLICE.TBF) ticks = decodeParameters(r, values);
    else if (type === TCA_POLICE.RESULT) values.conform = controlText(r.s32());
    else if (type === TCA_POLICE.AVRATE) values.averageRateBitPerS = bitPerSFromBytePerS(r.u32());
    else if (type === TCA_POLICE.RATE64 || type === TCA_POLICE.PEAKRATE64) numbers.set(type, r.u64());
    else if (type === TCA_POLICE.PKTRATE64 || type === TCA_POLICE.PKTBURST64) numbers.set(type, r.u64());
  });
  const rate = numbers.get(TCA_POLICE.RATE64);
  if (rate !== undefined) values.rateBitPerS = bitPerSFromBytePerS(rate);
  const peakRate = numbers.get(TCA_POLICE.PEAKRATE64);
  if (peakRate !== undefined) values.peakRateBitPerS = bitPerSFromBytePerS(peakRate);
  values.burstBytes = bytesFromTicks(ticks, rateBytePerSOf(values.rateBitPerS));
  const packetsPerS = numbers.get(TCA_POLICE.PKTRATE64) ?? 0;
  values.packetsPerS = packetsPerS;
  values.packetBurst = bytesFromTicks(numbers.get(TCA_POLICE.PKTBURST64) ?? 0, packetsPerS);
}

/** Reads struct tc_police and gives the burst in ticks. */
function decodeParameters(r: Reader, values: Record<string, OptionValue>): number {
  r.take(4);
  values.exceed = controlText(r.s32());
  r.take(4);
  const ticks = r.u32();
  values.mtuBytes = r.u32();
  const { rateBytePerS, overheadBytes, mpuBytes, linkLayer } = takeRatespec(r);
  values.rateBitPerS = bitPerSFromBytePerS(rateBytePerS);
  values.peakRateBitPerS = bitPerSFromBytePerS(takeRatespec(r).rateBytePerS);
  if (rateBytePerS > 0) Object.assign(values, { overheadBytes, mpuBytes, linkLayer });
  return ticks;
}

function expected(sent: OptionValues): OptionValues {
  const rate = rateBytePerSOf(sent.rateBitPerS);
  const pps = numberOf(sent.packetsPerS);
  const kept: OptionValues = {
    ...sent,
    rateBitPerS: bitPerSFromBytePerS(rate),
    peakRateBitPerS: keptRateBitPerS(numberOf(sent.peakRateBitPerS)),
    averageRateBitPerS: keptRateBitPerS(numberOf(sent.averageRateBitPerS)),
    mtuBytes: mtuBytesOf(sent),
    packetBurst: pps === 0 ? 0 : burstInWholeTicks(numberOf(sent.packetBurst), pps),
  };
  // The kernel keeps of these only what belongs to a rate.
  if (rate === 0) return { ...kept, burstBytes: 0, overheadBytes: 0, mpuBytes: 0, linkLayer: 'ethernet' };
  return { ...kept, burstBytes: burstInWholeTicks(numberOf(sent.burstBytes), rate) };
}

function check(options: OptionValues): string[] {
  const [rate, pps] = [rateBytePerSOf(options.rateBitPerS), numberOf(options.packetsPerS)];
  const [burst, packetBurst] = [numberOf(options.burstBytes), numberOf(options.packetBurst)];
  const hasPeak = numberOf(options.peakRateBitPerS) > 0;
  const hasMtu = numberOf(options.mtuBytes) > 0;
  const hasAverage = numberOf(options.averageRateBitPerS) > 0;
  const mistakes: readonly (readonly [boolean, string])[] = [
    [rate === 0 && pps === 0 && !hasMtu && !hasAverage, "'rate', 'avrate', 'pkts_rate' or 'mtu' must be given"],
    [rate > 0 && burst === 0 && !hasAverage, "'rate' needs a 'burst'"],
    [rate === 0 && burst > 0, "'burst' needs a 'rate'"],
    [pps > 0 && packetBurst === 0, "'pkts_rate' needs a 'pkts_burst'"],
    [pps === 0 && packetBurst > 0, "'pkts_burst' needs a 'pkts_rate'"],
    [rate > 0 && pps > 0, "'rate' and 'pkts_rate' exclude each other; use two actions"],
    [rate > 0 && hasAverage, "'rate' and 'avrate' exclude each other; use two actions"],
    [hasPeak && !(rate > 0 && hasMtu), "'peakrate' needs 'rate' and 'mtu'"],
    [rate > 0 && ticksFromBytes(burst, rate) === LARGEST_TICKS, "'burst' is more than the rate lets through in 274 s"],
  ];
  return mistakes.flatMap(([is, sentence]) => (is ? [sentence] : []));
}

export const police = once(() =>
  defineAction({
    kind: 'police',
    parameters: TCA_POLICE.TBF,
    options: policeOptions,
    codec: { encode, decodeTogether },
    expected,
    check,
  }),
);
