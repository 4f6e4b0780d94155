/**
 * Single matches of an expression (ematch), `cmp(u8 at 9 layer 1 eq 17)`: what stands between the brackets, and its bytes. The words are
 * those of iproute2 (tc/em_*.c), the structs those of <linux/tc_ematch/*.h>.
 */
import { decodeUtf8, encodeUtf8 } from '../../lib/utf8.ts';
import { TCF_EM } from '../../uapi/tc.ts';
import { be32, hex, parseNumber } from '../spelled.ts';
import { type MatchKind, meta, NUMBER_PATTERN, OPERATORS } from './ematch_meta.ts';
import { formatKeys, parseKeys } from './u32_keys.ts';

const LAYERS: Readonly<Record<string, number>> = { link: 0, network: 1, transport: 2 };
const LAYER_PATTERN = '(link|network|transport|[0-2])';

const layerNumber = (word: string | undefined): number =>
  word === undefined ? (LAYERS.network ?? 1) : (LAYERS[word] ?? Number(word));

/** Two numbers of 4 bits that C has as bit fields of a byte: the first is in the low bits on little-endian CPUs only. */
const nibbles = (first: number, second: number, littleEndian: boolean): number =>
  littleEndian ? first | (second << 4) : (first << 4) | second;

const fromNibbles = (byte: number, littleEndian: boolean): readonly [number, number] =>
  littleEndian ? [byte & 15, byte >> 4] : [byte >> 4, byte & 15];

const CMP = new RegExp(
  `^(u8|u16|u32) at ([0-9]{1,5})(?: layer ${LAYER_PATTERN})?(?: mask ${NUMBER_PATTERN})?( trans)? (eq|gt|lt) ${NUMBER_PATTERN}$`,
);
const ALIGNMENTS: Readonly<Record<string, number>> = {
  u8: TCF_EM.ALIGN_U8,
  u16: TCF_EM.ALIGN_U16,
  u32: TCF_EM.ALIGN_U32,
};

interface Comparison {
  readonly alignment: string;
  readonly offset: number;
  readonly layer: number;
  /** 0 for none. */
  readonly mask: number;
  /** The bytes are turned into the order of the CPU first. */
  readonly isTurned: boolean;
  readonly operator: string;
  readonly value: number;
}

function parseComparison(words: string): Comparison | undefined {
  const match = CMP.exec(words);
  if (match === null) return undefined;
  const [, alignment = '', at, layer, maskText = '0', trans, operator = '', valueText = ''] = match;
  const [mask, value, offset] = [parseNumber(maskText, 32), parseNumber(valueText, 32), parseNumber(at ?? '', 16)];
  if (mask === undefined || value === undefined || offset === undefined) return undefined;
  return { alignment, offset, layer: layerNumber(layer), mask, isTurned: trans !== undefined, operator, value };
}

function formatComparison({ alignment, offset, layer, mask, isTurned, operator, value }: Comparison): string {
  const middle = `${mask === 0 ? '' : ` mask ${hex(mask)}`}${isTurned ? ' trans' : ''}`;
  return `${alignment} at ${offset} layer ${layer}${middle} ${operator} ${value}`;
}

/** A number of 1, 2 or 4 bytes compared with another (struct tcf_em_cmp). */
const cmp: MatchKind = {
  number: TCF_EM.CMP,
  canonical: (words) => {
    const comparison = parseComparison(words);
    return comparison === undefined ? undefined : formatComparison(comparison);
  },
  encode: (w, words) => {
    const {
      alignment = '',
      offset = 0,
      layer = 0,
      mask = 0,
      isTurned,
      operator = '',
      value = 0,
    } = parseComparison(words) ?? {};
    w.u32(value);
    w.u32(mask);
    w.u16(offset);
    w.u8(nibbles(ALIGNMENTS[alignment] ?? 0, isTurned ? TCF_EM.CMP_TRANS : 0, w.littleEndian));
    w.u8(nibbles(layer, OPERATORS.indexOf(operator), w.littleEndian));
  },
  decode: (r) => {
    const [value, mask, offset] = [r.u32(), r.u32(), r.u16()];
    const [align, flags] = fromNibbles(r.u8(), r.littleEndian);
    const [layer, operator] = fromNibbles(r.u8(), r.littleEndian);
    return formatComparison({
      alignment: Object.keys(ALIGNMENTS).find((name) => ALIGNMENTS[name] === align) ?? `?${align}`,
      offset,
      layer,
      mask,
      isTurned: (flags & TCF_EM.CMP_TRANS) !== 0,
      operator: OPERATORS[operator] ?? `?${operator}`,
      value,
    });
  },
};

const NBYTE = new RegExp(`^"((?:[^"\\\\]|\\\\x[0-9a-fA-F]{2})+)" at ([0-9]{1,5})(?: layer ${LAYER_PATTERN})?$`);

/** The bytes of `abc\x00`. */
function parseNeedle(written: string): Uint8Array {
  const parts = written.split('\\x');
  const [first = '', ...rest] = parts;
  const bytes = [...encodeUtf8(first)];
  for (const part of rest) bytes.push(Number.parseInt(part.slice(0, 2), 16), ...encodeUtf8(part.slice(2)));
  return Uint8Array.from(bytes);
}

/** Letters and digits as they are, all else as `\x20`, so that neither UCI nor tc(8) reads more into it. */
function formatNeedle(bytes: Uint8Array): string {
  return Array.from(bytes, (byte, i) => {
    const character = decodeUtf8(bytes, i, i + 1);
    return /^[A-Za-z0-9._-]$/.test(character) ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}

/** The length of a needle has 12 bits. */
const LONGEST_NEEDLE = 0xfff;

function parseBytes(words: string): { needle: Uint8Array; offset: number; layer: number } | undefined {
  const match = NBYTE.exec(words);
  const offset = parseNumber(match?.[2] ?? '', 16);
  const needle = parseNeedle(match?.[1] ?? '');
  if (match === null || offset === undefined || needle.length > LONGEST_NEEDLE) return undefined;
  return { needle, offset, layer: layerNumber(match[3]) };
}

/** Bytes that are there (struct tcf_em_nbyte). */
const nbyte: MatchKind = {
  number: TCF_EM.NBYTE,
  canonical: (words) => {
    const { needle, offset, layer } = parseBytes(words) ?? {};
    return needle === undefined ? undefined : `"${formatNeedle(needle)}" at ${offset} layer ${layer}`;
  },
  encode: (w, words) => {
    const { needle = new Uint8Array(), offset = 0, layer = 0 } = parseBytes(words) ?? {};
    w.u16(offset);
    w.u16(w.littleEndian ? needle.length | (layer << 12) : (needle.length << 4) | layer);
    w.raw(needle);
    w.align(4);
  },
  decode: (r) => {
    const [offset, both] = [r.u16(), r.u16()];
    const [length, layer] = r.littleEndian ? [both & LONGEST_NEEDLE, both >> 12] : [both >> 4, both & 15];
    return `"${formatNeedle(r.bytes(length))}" at ${offset} layer ${layer}`;
  },
};

/** Bits at an offset, as the filter u32 has them (struct tc_u32_key). */
const u32Match: MatchKind = {
  number: TCF_EM.U32,
  canonical: (words) => {
    const keys = parseKeys(words);
    return keys?.length === 1 ? formatKeys(keys) : undefined;
  },
  encode: (w, words) => {
    const [key] = parseKeys(words) ?? [];
    be32.encode(w, key?.mask ?? 0);
    be32.encode(w, key?.value ?? 0);
    w.s32(key?.offset ?? 0);
    w.s32(key?.isNext ? -1 : 0);
  },
  decode: (r) => {
    const [mask, value, offset, next] = [be32.decode(r), be32.decode(r), r.s32(), r.s32()];
    return formatKeys([{ value, mask, offset, isNext: next !== 0 }]);
  },
};

export const MATCH_KINDS: Readonly<Record<string, MatchKind>> = { cmp, nbyte, u32: u32Match, meta };
