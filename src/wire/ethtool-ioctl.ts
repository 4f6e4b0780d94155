/**
 * The features half of the SIOCETHTOOL ioctl, for kernels without CONFIG_ETHTOOL_NETLINK: structs of u32 in the CPU's order
 * (include/uapi/linux/ethtool.h; kernel: net/ethtool/ioctl.c).
 */
import { Reader, Writer } from '../lib/bytes.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { ETH, ETH_SS, ETHTOOL } from '../uapi/ethtool.ts';
import { IF } from '../uapi/if_link.ts';
import { text } from './nla.ts';

/** sizeof(struct ifreq) on 64-bit machines; 32-bit ones read the first 32 bytes. */
const IFREQ_BYTES = 40;
/** Where struct ifreq holds the pointer to the command. */
export const IFREQ_DATA_OFFSET = IF.NAMSIZ;

/** struct ifreq with the device's name; the host writes the pointer. Nothing for a name that no device can have. */
export function encodeIfreq(device: string): Uint8Array | undefined {
  const name = encodeUtf8(device);
  if (name.length === 0 || name.length >= IF.NAMSIZ) return undefined;
  const bytes = new Uint8Array(IFREQ_BYTES);
  bytes.set(name);
  return bytes;
}

/** struct ethtool_sset_info: how many features there are. The kernel writes over it. */
export function encodeFeatureCountQuery(littleEndian: boolean): Uint8Array {
  const w = new Writer(littleEndian, 20);
  w.u32(ETHTOOL.GSSET_INFO);
  w.u32(0);
  w.u64(1 << ETH_SS.FEATURES);
  w.u32(0);
  return w.bytes();
}

/** 0 where the kernel does not know the set. */
export function decodeFeatureCount(answer: Uint8Array, littleEndian: boolean): number {
  const r = new Reader(answer, littleEndian, 8);
  const known = r.u64();
  return known === 0 ? 0 : r.u32();
}

const STRINGS_HEADER_BYTES = 12;

/** struct ethtool_gstrings with room for `count` names. */
export function encodeFeatureNamesQuery(count: number, littleEndian: boolean): Uint8Array {
  const w = new Writer(littleEndian, STRINGS_HEADER_BYTES + count * ETH.GSTRING_LEN);
  w.u32(ETHTOOL.GSTRINGS);
  w.u32(ETH_SS.FEATURES);
  w.u32(count);
  w.zeros(count * ETH.GSTRING_LEN);
  return w.bytes();
}

/** Names by bit number; '' for a number without a feature. */
export function decodeFeatureStrings(answer: Uint8Array, littleEndian: boolean): string[] {
  const r = new Reader(answer, littleEndian, 8);
  const room = Math.floor((answer.length - STRINGS_HEADER_BYTES) / ETH.GSTRING_LEN);
  const count = Math.min(r.u32(), room);
  return Array.from({ length: count }, () => text.decode(r.sub(ETH.GSTRING_LEN)));
}

/** The four words of one struct ethtool_get_features_block: 32 features, lowest bit first. */
interface FeatureWord {
  readonly available: number;
  readonly requested: number;
  readonly active: number;
  readonly neverChanged: number;
}

export interface FeatureBit {
  readonly changeable: boolean;
  readonly wanted: boolean;
  readonly on: boolean;
}

const wordsFor = (count: number): number => Math.ceil(count / 32);

/** struct ethtool_gfeatures with room for `count` features. */
export function encodeFeaturesQuery(count: number, littleEndian: boolean): Uint8Array {
  const words = wordsFor(count);
  const w = new Writer(littleEndian, 8 + words * 16);
  w.u32(ETHTOOL.GFEATURES);
  w.u32(words);
  w.zeros(words * 16);
  return w.bytes();
}

/** States by bit number. */
export function decodeFeatureBits(answer: Uint8Array, count: number, littleEndian: boolean): FeatureBit[] {
  const r = new Reader(answer, littleEndian, 8);
  const words = Array.from(
    { length: wordsFor(count) },
    (): FeatureWord => ({ available: r.u32(), requested: r.u32(), active: r.u32(), neverChanged: r.u32() }),
  );
  return Array.from({ length: count }, (_, index) => {
    const word = words[index >>> 5];
    const mask = 1 << (index & 31);
    if (word === undefined) return { changeable: false, wanted: false, on: false };
    return {
      changeable: (word.available & ~word.neverChanged & mask) !== 0,
      wanted: (word.requested & mask) !== 0,
      on: (word.active & mask) !== 0,
    };
  });
}

/** struct ethtool_sfeatures: `wishes` by bit number, undefined for what stays. */
export function encodeFeatureChange(wishes: readonly (boolean | undefined)[], littleEndian: boolean): Uint8Array {
  const words = wordsFor(wishes.length);
  const w = new Writer(littleEndian, 8 + words * 8);
  w.u32(ETHTOOL.SFEATURES);
  w.u32(words);
  for (let word = 0; word < words; word++) {
    let valid = 0;
    let requested = 0;
    for (let bit = 0; bit < 32; bit++) {
      const wish = wishes[word * 32 + bit];
      if (wish !== undefined) valid |= 1 << bit;
      if (wish === true) requested |= 1 << bit;
    }
    w.u32(valid);
    w.u32(requested);
  }
  return w.bytes();
}
