/**
 * The feature messages of the generic netlink family "ethtool" (net/ethtool/features.c, bitset.c). Which bit is which feature
 * differs from kernel to kernel, so the names are asked for (strset.c); once, since to read 150 of them with each answer costs
 * more than all else that a look at a device does.
 */
import type { Reader, Writer } from '../lib/bytes.ts';
import {
  ETH_SS,
  ETHTOOL_A_BITSET,
  ETHTOOL_A_BITSET_BIT,
  ETHTOOL_A_BITSET_BITS,
  ETHTOOL_A_FEATURES,
  ETHTOOL_A_HEADER,
  ETHTOOL_A_STRING,
  ETHTOOL_A_STRINGSET,
  ETHTOOL_A_STRINGSETS,
  ETHTOOL_A_STRSET,
  ETHTOOL_FLAG,
  ETHTOOL_MSG,
} from '../uapi/ethtool.ts';
import { decodeGenlHeader, genlRequest } from './genl.ts';
import { beginNested, eachAttribute, endAttribute, putAttribute, text, u32 } from './nla.ts';
import type { Request } from './nlmsg.ts';

export const ETHTOOL_FAMILY = 'ethtool';
const VERSION = 1;
/** The kernel has 64 (netdev_features_t); a larger number than this is no answer. */
export const FEATURES_LIMIT = 4096;

/** Bits by their number, and which of them the kernel tells of; without a mask it tells of all. 32 in a word, the lowest first. */
export interface Bitset {
  readonly value: readonly number[];
  readonly mask: readonly number[] | undefined;
}

/** What the kernel says of a device's features; a bitset that was not in the message is empty. */
export interface FeaturesMessage {
  /** Masked with every feature that there is: whether the device lets it be changed. In the answer to a change: empty. */
  readonly hardware: Bitset;
  /** In the answer to a change: what was asked for and did not take, with the value asked for. */
  readonly wanted: Bitset;
  /** In the answer to a change: what changed, with its value now. */
  readonly active: Bitset;
  /** Features that no device lets be changed. */
  readonly fixed: Bitset;
}

/** Asks for the names of all features (ETH_SS_FEATURES), the same for all devices. */
export function featureNamesGet(family: number): Request {
  return genlRequest(family, ETHTOOL_MSG.STRSET_GET, VERSION, (w) => {
    endAttribute(w, beginNested(w, ETHTOOL_A_STRSET.HEADER));
    const sets = beginNested(w, ETHTOOL_A_STRSET.STRINGSETS);
    const set = beginNested(w, ETHTOOL_A_STRINGSETS.STRINGSET);
    putAttribute(w, ETHTOOL_A_STRINGSET.ID, u32, ETH_SS.FEATURES);
    endAttribute(w, set);
    endAttribute(w, sets);
  });
}

/** The answer to {@link featureNamesGet}: the name of each bit, empty for a bit that has none. */
export function decodeFeatureNames(payload: Reader): readonly string[] {
  decodeGenlHeader(payload);
  const names: string[] = [];
  const path = [ETHTOOL_A_STRSET.STRINGSETS, ETHTOOL_A_STRINGSETS.STRINGSET, ETHTOOL_A_STRINGSET.STRINGS];
  eachNested(payload, path, (string) => {
    let index = -1;
    let name = '';
    eachAttribute(string, (type, value) => {
      if (type === ETHTOOL_A_STRING.INDEX) index = value.u32();
      if (type === ETHTOOL_A_STRING.VALUE) name = text.decode(value);
    });
    if (index < 0 || index >= FEATURES_LIMIT) return;
    while (names.length < index) names.push('');
    names[index] = name;
  });
  return names;
}

/** Visits what is in the attributes of the types along `path`. */
function eachNested(payload: Reader, path: readonly number[], visit: (inner: Reader) => void): void {
  const [wanted, ...rest] = path;
  eachAttribute(payload, (type, inner) => {
    if (wanted === undefined) visit(inner);
    else if (type === wanted) eachNested(inner, rest, visit);
  });
}

/** Asks for the features of a device; `family` is the family's number. */
export function featuresGet(family: number, device: string): Request {
  return genlRequest(family, ETHTOOL_MSG.FEATURES_GET, VERSION, (w) => putFeaturesOf(w, device));
}

/** Wishes features of a device on or off, by the kernel's names; EOPNOTSUPP when it does not know one of them. */
export function featuresSet(family: number, device: string, wanted: ReadonlyMap<string, boolean>): Request {
  return genlRequest(family, ETHTOOL_MSG.FEATURES_SET, VERSION, (w) => {
    putFeaturesOf(w, device);
    const bitset = beginNested(w, ETHTOOL_A_FEATURES.WANTED);
    const bits = beginNested(w, ETHTOOL_A_BITSET.BITS);
    for (const [name, value] of wanted) {
      const bit = beginNested(w, ETHTOOL_A_BITSET_BITS.BIT);
      putAttribute(w, ETHTOOL_A_BITSET_BIT.NAME, text, name);
      if (value) putFlag(w, ETHTOOL_A_BITSET_BIT.VALUE);
      endAttribute(w, bit);
    }
    endAttribute(w, bits);
    endAttribute(w, bitset);
  });
}

function putFeaturesOf(w: Writer, device: string): void {
  putDevice(w, ETHTOOL_A_FEATURES.HEADER, device, ETHTOOL_FLAG.COMPACT_BITSETS);
}

/** The header that says which device a message of the family is about; `type` is its attribute there. */
export function putDevice(w: Writer, type: number, device: string, flags = 0): void {
  const header = beginNested(w, type);
  putAttribute(w, ETHTOOL_A_HEADER.DEV_NAME, text, device);
  if (flags !== 0) putAttribute(w, ETHTOOL_A_HEADER.FLAGS, u32, flags);
  endAttribute(w, header);
}

/** An attribute whose presence is its value. */
function putFlag(w: Writer, type: number): void {
  putAttribute(w, type, { encode: () => {}, decode: () => true }, true);
}

/** Decodes the answers to {@link featuresGet} and {@link featuresSet}, which differ in what they are about. */
export function decodeFeatures(payload: Reader): FeaturesMessage {
  decodeGenlHeader(payload);
  const message = { hardware: EMPTY, wanted: EMPTY, active: EMPTY, fixed: EMPTY };
  eachAttribute(payload, (type, bitset) => {
    switch (type) {
      case ETHTOOL_A_FEATURES.HW:
        message.hardware = decodeBitset(bitset);
        break;
      case ETHTOOL_A_FEATURES.WANTED:
        message.wanted = decodeBitset(bitset);
        break;
      case ETHTOOL_A_FEATURES.ACTIVE:
        message.active = decodeBitset(bitset);
        break;
      case ETHTOOL_A_FEATURES.NOCHANGE:
        message.fixed = decodeBitset(bitset);
        break;
    }
  });
  return message;
}

const EMPTY: Bitset = { value: [], mask: [] };

/** A compact bitset (Documentation/networking/ethtool-netlink.rst): words in the CPU's byte order. */
function decodeBitset(bitset: Reader): Bitset {
  let value: readonly number[] = [];
  let mask: readonly number[] | undefined;
  eachAttribute(bitset, (type, words) => {
    if (type === ETHTOOL_A_BITSET.VALUE) value = decodeWords(words);
    if (type === ETHTOOL_A_BITSET.MASK) mask = decodeWords(words);
  });
  return { value, mask };
}

function decodeWords(r: Reader): number[] {
  const words: number[] = [];
  while (r.remaining > 0) words.push(r.u32());
  return words;
}

/** Whether the bit with this number is set; of bits without a word it is not. */
export function hasBit(words: readonly number[], bit: number): boolean {
  return ((words[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0;
}
