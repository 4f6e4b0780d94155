/**
 * The feature messages of the generic netlink family "ethtool" (net/ethtool/features.c, bitset.c): names on the wire instead of
 * bit numbers, so that nothing here depends on the kernel's version.
 */
import type { Reader, Writer } from '../lib/bytes.ts';
import {
  ETHTOOL_A_BITSET,
  ETHTOOL_A_BITSET_BIT,
  ETHTOOL_A_BITSET_BITS,
  ETHTOOL_A_FEATURES,
  ETHTOOL_A_HEADER,
  ETHTOOL_MSG,
} from '../uapi/ethtool.ts';
import { decodeGenlHeader, genlRequest } from './genl.ts';
import { beginNested, eachAttribute, endAttribute, putAttribute, text } from './nla.ts';
import type { Request } from './nlmsg.ts';

export const ETHTOOL_FAMILY = 'ethtool';
const VERSION = 1;

/** Names and whether each is set; a bitset without a mask names just those that are. */
export type NamedBits = ReadonlyMap<string, boolean>;

/** What the kernel says of a device's features; a bitset that was not in the message is empty. */
export interface FeaturesMessage {
  /** Every feature that there is, and whether the device lets it be changed. In the answer to a change: empty. */
  readonly hardware: NamedBits;
  /** In the answer to a change: what was asked for and did not take, with the value asked for. */
  readonly wanted: NamedBits;
  /** In the answer to a change: what changed, with its value now. */
  readonly active: NamedBits;
  /** Features that no device lets be changed. */
  readonly fixed: NamedBits;
}

/** Asks for the features of a device; `family` is the family's number. */
export function featuresGet(family: number, device: string): Request {
  return genlRequest(family, ETHTOOL_MSG.FEATURES_GET, VERSION, (w) => putDevice(w, device));
}

/** Wishes features of a device on or off, by the kernel's names; EOPNOTSUPP when it does not know one of them. */
export function featuresSet(family: number, device: string, wanted: NamedBits): Request {
  return genlRequest(family, ETHTOOL_MSG.FEATURES_SET, VERSION, (w) => {
    putDevice(w, device);
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

function putDevice(w: Writer, device: string): void {
  const header = beginNested(w, ETHTOOL_A_FEATURES.HEADER);
  putAttribute(w, ETHTOOL_A_HEADER.DEV_NAME, text, device);
  endAttribute(w, header);
}

/** An attribute whose presence is its value. */
function putFlag(w: Writer, type: number): void {
  putAttribute(w, type, { encode: () => {}, decode: () => true }, true);
}

/** Decodes the answers to {@link featuresGet} and {@link featuresSet}, which differ in what they are about. */
export function decodeFeatures(payload: Reader): FeaturesMessage {
  decodeGenlHeader(payload);
  const message = {
    hardware: new Map<string, boolean>(),
    wanted: new Map<string, boolean>(),
    active: new Map<string, boolean>(),
    fixed: new Map<string, boolean>(),
  };
  eachAttribute(payload, (type, value) => {
    switch (type) {
      case ETHTOOL_A_FEATURES.HW:
        decodeBitset(value, message.hardware);
        break;
      case ETHTOOL_A_FEATURES.WANTED:
        decodeBitset(value, message.wanted);
        break;
      case ETHTOOL_A_FEATURES.ACTIVE:
        decodeBitset(value, message.active);
        break;
      case ETHTOOL_A_FEATURES.NOCHANGE:
        decodeBitset(value, message.fixed);
        break;
    }
  });
  return message;
}

function decodeBitset(bitset: Reader, bits: Map<string, boolean>): void {
  // NOMASK, where it is sent, comes first (ethnl_put_bitset32); without a mask every bit that is named is set.
  let masked = true;
  eachAttribute(bitset, (type, value) => {
    if (type === ETHTOOL_A_BITSET.NOMASK) masked = false;
    if (type === ETHTOOL_A_BITSET.BITS) {
      eachAttribute(value, (bitType, bit) => {
        if (bitType !== ETHTOOL_A_BITSET_BITS.BIT) return;
        let name = '';
        let set = !masked;
        eachAttribute(bit, (partType, part) => {
          if (partType === ETHTOOL_A_BITSET_BIT.NAME) name = text.decode(part);
          if (partType === ETHTOOL_A_BITSET_BIT.VALUE) set = true;
        });
        if (name !== '') bits.set(name, set);
      });
    }
  });
}
