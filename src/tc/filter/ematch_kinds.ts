/**
 * Single matches of an expression (ematch), `cmp(u8 at 9 layer 1 eq 17)`: what stands between the brackets, and its bytes. The words are
 * those of iproute2 (tc/em_*.c), the structs those of <linux/tc_ematch/*.h>.
 */
import type { Reader, Writer } from '../../lib/bytes.ts';
import { decodeUtf8, encodeUtf8 } from '../../lib/utf8.ts';
import { TCA_EM_META, TCF_EM, TCF_META_ID, TCF_META_TYPE } from '../../uapi/tc.ts';
import { eachAttribute, putAttribute, u32 } from '../../wire/nla.ts';
import { be32, hex, parseNumber } from '../spelled.ts';
import { formatKeys, parseKeys } from './u32_keys.ts';

/** One kind of match. */
export interface MatchKind {
  readonly number: number;
  /** The arguments in their one spelling, or undefined where they are wrong. */
  canonical(words: string): string | undefined;
  /** Writes what follows struct tcf_ematch_hdr, for arguments in their one spelling. */
  encode(w: Writer, words: string): void;
  decode(r: Reader): string;
}

const OPERATORS: readonly string[] = ['eq', 'gt', 'lt'];
const LAYERS: Readonly<Record<string, number>> = { link: 0, network: 1, transport: 2 };
const LAYER_PATTERN = '(link|network|transport|[0-2])';
const NUMBER_PATTERN = '(0x[0-9a-fA-F]{1,8}|[0-9]{1,10})';

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

/** What the kernel knows of a packet, by tc's names. `nf_mark` has another, `fwmark`. */
const META_IDS: Readonly<Record<string, number>> = {
  random: TCF_META_ID.RANDOM,
  loadavg_1: TCF_META_ID.LOADAVG_0,
  loadavg_5: TCF_META_ID.LOADAVG_1,
  loadavg_15: TCF_META_ID.LOADAVG_2,
  dev: TCF_META_ID.DEV,
  priority: TCF_META_ID.PRIORITY,
  protocol: TCF_META_ID.PROTOCOL,
  pkt_type: TCF_META_ID.PKTTYPE,
  pkt_len: TCF_META_ID.PKTLEN,
  data_len: TCF_META_ID.DATALEN,
  mac_len: TCF_META_ID.MACLEN,
  nf_mark: TCF_META_ID.NFMARK,
  tc_index: TCF_META_ID.TCINDEX,
  rt_classid: TCF_META_ID.RTCLASSID,
  rt_iif: TCF_META_ID.RTIIF,
  vlan: TCF_META_ID.VLAN_TAG,
  sk_family: TCF_META_ID.SK_FAMILY,
  sk_state: TCF_META_ID.SK_STATE,
  sk_reuse: TCF_META_ID.SK_REUSE,
  sk_bind_if: TCF_META_ID.SK_BOUND_IF,
  sk_refcnt: TCF_META_ID.SK_REFCNT,
  sk_shutdown: TCF_META_ID.SK_SHUTDOWN,
  sk_proto: TCF_META_ID.SK_PROTO,
  sk_type: TCF_META_ID.SK_TYPE,
  sk_rcvbuf: TCF_META_ID.SK_RCVBUF,
  sk_rmem: TCF_META_ID.SK_RMEM_ALLOC,
  sk_wmem: TCF_META_ID.SK_WMEM_ALLOC,
  sk_omem: TCF_META_ID.SK_OMEM_ALLOC,
  sk_wmem_queue: TCF_META_ID.SK_WMEM_QUEUED,
  sk_snd_queue: TCF_META_ID.SK_SND_QLEN,
  sk_rcv_queue: TCF_META_ID.SK_RCV_QLEN,
  sk_err_queue: TCF_META_ID.SK_ERR_QLEN,
  sk_fwd_alloc: TCF_META_ID.SK_FORWARD_ALLOCS,
  sk_sndbuf: TCF_META_ID.SK_SNDBUF,
};

/** One side of a comparison: what the kernel knows, shifted and masked, or a number. struct tcf_meta_val and its value. */
interface MetaObject {
  readonly id: number;
  readonly shift: number;
  /** The number, or the mask; 0 for no mask. */
  readonly value: number;
}

const OBJECT = new RegExp(`^([a-z_]+[0-9]*|${NUMBER_PATTERN})(?: shift ([0-9]{1,2}))?(?: mask ${NUMBER_PATTERN})?$`);

function parseObject(words: string): MetaObject | undefined {
  const match = OBJECT.exec(words);
  if (match === null) return undefined;
  const [, name = '', , shift = '0', mask = '0'] = match;
  const id = META_IDS[name === 'fwmark' ? 'nf_mark' : name];
  if (id !== undefined) return { id, shift: Number(shift), value: Number(mask) };
  const value = parseNumber(name, 32);
  return value === undefined || words !== name ? undefined : { id: TCF_META_ID.VALUE, shift: 0, value };
}

function formatObject({ id, shift, value }: MetaObject): string {
  if (id === TCF_META_ID.VALUE) return String(value);
  const name = Object.keys(META_IDS).find((one) => META_IDS[one] === id) ?? `?${id}`;
  return `${name}${shift === 0 ? '' : ` shift ${shift}`}${value === 0 ? '' : ` mask ${hex(value)}`}`;
}

function parseMeta(words: string): readonly [MetaObject, string, MetaObject] | undefined {
  const parts = words.split(/ (eq|gt|lt) /);
  const [left, right] = [parseObject(parts[0] ?? ''), parseObject(parts[2] ?? '')];
  return left === undefined || right === undefined || parts.length !== 3 ? undefined : [left, parts[1] ?? '', right];
}

const TYPE_SHIFT = 12;

/** What the kernel knows of a packet, compared with a number; all of it numbers (struct tcf_meta_hdr, TCF_META_TYPE_INT). */
const meta: MatchKind = {
  number: TCF_EM.META,
  canonical: (words) => {
    const parsed = parseMeta(words);
    return parsed === undefined ? undefined : `${formatObject(parsed[0])} ${parsed[1]} ${formatObject(parsed[2])}`;
  },
  encode: (w, words) => {
    const parsed = parseMeta(words);
    if (parsed === undefined) return;
    const [left, operator, right] = parsed;
    putAttribute(w, TCA_EM_META.HDR, metaHeader, {
      left,
      operator: OPERATORS.indexOf(operator),
      right,
    });
    putAttribute(w, TCA_EM_META.LVALUE, u32, left.value);
    putAttribute(w, TCA_EM_META.RVALUE, u32, right.value);
  },
  decode: (r) => {
    let header = { left: NO_OBJECT, operator: 0, right: NO_OBJECT };
    const values = [0, 0];
    eachAttribute(r, (type, payload) => {
      if (type === TCA_EM_META.HDR) header = metaHeader.decode(payload);
      else if (type === TCA_EM_META.LVALUE) values[0] = payload.u32();
      else if (type === TCA_EM_META.RVALUE) values[1] = payload.u32();
    });
    const [left = 0, right = 0] = values;
    const operator = OPERATORS[header.operator] ?? `?${header.operator}`;
    return `${formatObject({ ...header.left, value: left })} ${operator} ${formatObject({ ...header.right, value: right })}`;
  },
};

const NO_OBJECT: MetaObject = { id: 0, shift: 0, value: 0 };

const metaHeader = {
  encode: (w: Writer, { left, operator, right }: { left: MetaObject; operator: number; right: MetaObject }): void => {
    w.u16((TCF_META_TYPE.INT << TYPE_SHIFT) | left.id);
    w.u8(left.shift);
    w.u8(operator);
    w.u16((TCF_META_TYPE.INT << TYPE_SHIFT) | right.id);
    w.u8(right.shift);
    w.u8(0);
  },
  decode: (r: Reader): { left: MetaObject; operator: number; right: MetaObject } => {
    const [leftKind, leftShift, operator, rightKind, rightShift] = [r.u16(), r.u8(), r.u8(), r.u16(), r.u8()];
    // A side that is text, which weir does not write, has an id that no name is there for.
    const object = (kind: number, shift: number): MetaObject => ({
      id: kind >> TYPE_SHIFT === TCF_META_TYPE.INT ? kind & 0xfff : kind,
      shift,
      value: 0,
    });
    return { left: object(leftKind, leftShift), operator, right: object(rightKind, rightShift) };
  },
};

export const MATCH_KINDS: Readonly<Record<string, MatchKind>> = { cmp, nbyte, u32: u32Match, meta };
