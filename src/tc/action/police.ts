/**
 * police: a token bucket that lets packets of a rate pass and does something else with those beyond it (net/sched/act_police.c).
 *
 * A burst goes to the kernel as a time, as for HTB. The kernel insists on a table of times per packet size and on its cell, though it
 * reads neither since Linux 3.8 but for the MTU where none is given.
 */
import type { Writer } from '../../lib/bytes.ts';
import { bitPerSFromBytePerS, bytePerSFromBitPerS } from '../../lib/units.ts';
import { integer, size } from '../../schema/field.ts';
import { TCA_POLICE } from '../../uapi/tc.ts';
import { beginAttribute, endAttribute, putAttribute, u32, u64 } from '../../wire/nla.ts';
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
  mtuBytes: sizeRow('mtu', 'Largest packet', 'Larger packets are always beyond the rate; 2040 where there is a rate.', '64kb'),
  peakRateBitPerS: rateRow('peakrate', 'Peak rate', 'What may pass within a burst; needs mtu.'),
  averageRateBitPerS: rateRow('avrate', 'Average rate', 'Compared with an estimate of the rate, which the filter must have.'),
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
  const noLink = { linkLayer: '?0' };
  // struct tc_police: index, action, limit, burst, mtu, rate, peakrate, refcnt, bindcnt, capab
  const parameters = beginAttribute(w, TCA_POLICE.TBF);
  w.u32(0);
  w.s32(controlNumber(exceed));
  w.u32(0);
  w.u32(rate > 0 ? ticksFromBytes(numberOf(burstBytes), rate) : 0);
  w.u32(numberOf(mtuBytes));
  putRatespec(w, rate, rate > 0 ? options : noLink, rate > 0 ? cellLog : 0);
  putRatespec(w, peakRate, peakRate > 0 ? options : noLink, peakRate > 0 ? cellLog : 0);
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
