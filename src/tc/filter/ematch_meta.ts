/** meta(…): what the kernel knows of a packet beside its bytes, compared with a number (<linux/tc_ematch/tc_em_meta.h>, tc/em_meta.c). */
import type { Reader, Writer } from '../../lib/bytes.ts';
import { TCA_EM_META, TCF_EM, TCF_META_ID, TCF_META_TYPE } from '../../uapi/tc.ts';
import { eachAttribute, putAttribute, u32 } from '../../wire/nla.ts';
import { hex, parseNumber } from '../spelled.ts';

/** One kind of match. */
export interface MatchKind {
  readonly number: number;
  /** The arguments in their one spelling, or undefined where they are wrong. */
  canonical(words: string): string | undefined;
  /** Writes what follows struct tcf_ematch_hdr, for arguments in their one spelling. */
  encode(w: Writer, words: string): void;
  decode(r: Reader): string;
}

/** By their numbers, TCF_EM_OPND_*. */
export const OPERATORS: readonly string[] = ['eq', 'gt', 'lt'];
export const NUMBER_PATTERN = '(0x[0-9a-fA-F]{1,8}|[0-9]{1,10})';

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
export const meta: MatchKind = {
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
