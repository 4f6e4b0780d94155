/**
 * struct tc_ratespec (<linux/pkt_sched.h>): a rate, and how much longer a packet is on the link than in memory.
 *
 * Since Linux 3.8 the kernel computes times itself and reads no table and no cell of one, if the link layer is named
 * (`psched_ratecfg_precompute` in net/sched/sch_generic.c). A rate from 2^32 byte/s on is in an attribute of its own.
 */
import type { Reader, Writer } from '../lib/bytes.ts';
import { bitPerSFromBytePerS, bytePerSFromBitPerS, formatRate, formatSize } from '../lib/units.ts';
import { choice, type Field, integer, type OptionRow, rate, size } from '../schema/field.ts';
import { TC_LINKLAYER } from '../uapi/tc.ts';
import { field, type KernelOption, type OptionValues } from './kind.ts';

/** Above it times per byte are all rounding. */
const LARGEST_RATE_BIT_PER_S = 1e12;
/** One byte per second, the smallest that the kernel can count. */
const SMALLEST_RATE_BIT_PER_S = 8;
/** Of sizes that are 32 bits in the kernel, as they are kept here. */
export const LARGEST_SIZE_BYTES = 2 ** 31 - 1;
/** Of the struct. */
export const RATESPEC_BYTES = 12;
/** The u32 of the struct when the rate does not fit. */
const RATE_IN_ATTRIBUTE = 0xffffffff;

export function rateField(zero?: string): Field<number> {
  return rate(SMALLEST_RATE_BIT_PER_S, LARGEST_RATE_BIT_PER_S, zero);
}

/** What is added to each packet, at most 65535 bytes. */
export function overheadRow(smallestBytes: number, { help }: { readonly help: string }): KernelOption<number> {
  return field({
    initial: 0,
    apply: 'change',
    words: (bytes) => (bytes === 0 ? [] : ['overhead', String(bytes)]),
    uci: {
      name: 'overhead',
      field: integer(smallestBytes, 0xffff),
      label: 'Overhead per packet',
      help,
      example: '22',
    },
  });
}

/** Rows of the link, the same for each kind that has them. The kernel adds the overhead first, and then sees to the minimum. */
export const linkLayerRows = {
  overheadBytes: overheadRow(0, { help: 'Bytes that the link adds to each packet.' }),
  mpuBytes: field<number>({
    initial: 0,
    apply: 'change',
    words: (bytes) => (bytes === 0 ? [] : ['mpu', String(bytes)]),
    uci: {
      name: 'mpu',
      field: integer(0, 0xffff),
      label: 'Smallest packet',
      help: 'Bytes that even the smallest packet takes on the link.',
      example: '64',
    },
  }),
  linkLayer: field<string>({
    initial: 'ethernet',
    apply: 'change',
    words: (layer) => ['linklayer', layer],
    uci: {
      name: 'linklayer',
      field: choice(['ethernet', 'atm'], { adsl: 'atm' }),
      label: 'Link layer',
      help: 'atm counts whole ATM cells of 53 bytes, as ADSL sends them.',
      example: 'atm',
    },
  }),
} as const;

/** The number of a name. */
export function linkLayerNumber(name: string): number {
  return name === 'atm' ? TC_LINKLAYER.ATM : TC_LINKLAYER.ETHERNET;
}

/** The name of a number, `?0` for one without a name. */
export function linkLayerName(layer: number): string {
  if (layer === TC_LINKLAYER.ETHERNET) return 'ethernet';
  return layer === TC_LINKLAYER.ATM ? 'atm' : `?${layer}`;
}

/**
 * Writes the struct for a rate in byte/s, 0 for none, with the options of {@link linkLayerRows}. `cellLog` is for act_police, which still
 * wants one.
 */
export function putRatespec(w: Writer, rateBytePerS: number, options: OptionValues, cellLog = 0): void {
  w.u8(cellLog);
  w.u8(linkLayerNumber(String(options.linkLayer)));
  w.u16(Number(options.overheadBytes ?? 0));
  // cell_align, which goes with a cell.
  w.u16(cellLog === 0 ? 0 : 0xffff);
  w.u16(Number(options.mpuBytes ?? 0));
  w.u32(Math.min(rateBytePerS, RATE_IN_ATTRIBUTE));
}

/** What the struct says. */
export interface Ratespec {
  readonly rateBytePerS: number;
  readonly overheadBytes: number;
  readonly mpuBytes: number;
  /** `?0` for one without a name. */
  readonly linkLayer: string;
}

/**
 * Passes over all but the rate in byte/s, where another struct has said the rest.
 *
 * @throws ShortReadError
 */
export function takeRateOfRatespec(r: Reader): number {
  r.take(RATESPEC_BYTES - 4);
  return r.u32();
}

/** @throws ShortReadError */
export function takeRatespec(r: Reader): Ratespec {
  r.u8();
  const layer = r.u8() & TC_LINKLAYER.MASK;
  const overheadBytes = r.u16();
  r.u16();
  const mpuBytes = r.u16();
  return { rateBytePerS: r.u32(), overheadBytes, mpuBytes, linkLayer: linkLayerName(layer) };
}

/** Whether a rate needs its attribute. */
export function isRate64(rateBytePerS: number): boolean {
  return rateBytePerS > RATE_IN_ATTRIBUTE;
}

/** An option of options as a rate in byte/s, 0 where it is not given. */
export function rateBytePerSOf(value: OptionValues[string] | undefined): number {
  return typeof value === 'number' ? bytePerSFromBitPerS(value) : 0;
}

/** The kernel keeps whole bytes per second. */
export function keptRateBitPerS(rateBitPerS: number): number {
  return bitPerSFromBytePerS(bytePerSFromBitPerS(rateBitPerS));
}

export const rateWords =
  (word: string) =>
  (rateBitPerS: number): string[] =>
    rateBitPerS === 0 ? [] : [word, formatRate(rateBitPerS)];

export const sizeWords =
  (word: string) =>
  (bytes: number): string[] =>
    bytes === 0 ? [] : [word, formatSize(bytes)];

/** What a person reads of a rate or a burst; its word in tc(8) is its name. */
type NamedRow = Omit<OptionRow<number>, 'field'> & { readonly name: string };

/** A rate in bit/s that is sent only where it is given. */
export function rateRow(row: NamedRow): KernelOption<number> {
  return field({ apply: 'change', words: rateWords(row.name), uci: { ...row, field: rateField() } });
}

/** Bytes that may go out at once, sent only where they are given. */
export function burstRow(row: NamedRow): KernelOption<number> {
  return field({ apply: 'change', words: sizeWords(row.name), uci: { ...row, field: size(1, LARGEST_SIZE_BYTES) } });
}
