/**
 * Keys of flower on the wire: values with masks in attributes of their own, in network byte order (`fl_policy` and `fl_set_key` in
 * net/sched/cls_flower.c). A key is written as text; what of it is in which attributes stands here.
 */
import { formatMac, isIpv4, type Prefix, parseMac } from '../../lib/address.ts';
import { Reader, type Writer } from '../../lib/bytes.ts';
import { type Field, integer, prefix } from '../../schema/field.ts';
import { phrase } from '../../schema/kind_fields.ts';
import { TCA_FLOWER, TCA_FLOWER_KEY_CT_FLAGS, TCA_FLOWER_KEY_FLAGS } from '../../uapi/tc.ts';
import { binary, putAttribute, u8, u16, u32, type WireType } from '../../wire/nla.ts';
import { be16, be32, hex, type Masked, masked } from '../spelled.ts';

/** The payloads of attributes by their type. */
export type Payloads = ReadonlyMap<number, Uint8Array>;

/** One key. The protocol of IP says in which attributes ports and ICMP are. */
export interface FlowerKey {
  readonly field: Field<string>;
  /** What of the text says which bits count. */
  maskOf(text: string): string;
  encode(w: Writer, text: string, ipProtocol: string): void;
  /** '' where it is not there. */
  decode(payloads: Payloads, littleEndian: boolean): string;
}

type Pair = readonly [value: number, mask: number];

function read<T>(payloads: Payloads, type: number, wire: WireType<T>, littleEndian: boolean): T | undefined {
  const payload = payloads.get(type);
  return payload === undefined ? undefined : wire.decode(new Reader(payload, littleEndian));
}

function text<T>(of: Field<T>): Field<string> {
  return { ...of, parse: (written) => format(of, of.parse(written)), format: (value) => value };
}

const format = <T>(of: Field<T>, value: T | undefined): string | undefined =>
  value === undefined ? undefined : of.format(value);

/** A number with a mask of as many bits; `all` is the mask where none is sent, or told. */
export function number(pair: Pair, wire: WireType<number>, of: Field<Masked>, all: number): FlowerKey {
  return {
    field: text(of),
    maskOf: (written) => String(of.parse(written)?.mask),
    encode: (w, written) => {
      const { value, mask } = of.parse(written) ?? { value: 0, mask: 0 };
      putAttribute(w, pair[0], wire, value);
      putAttribute(w, pair[1], wire, mask);
    },
    decode: (payloads, littleEndian) => {
      const value = read(payloads, pair[0], wire, littleEndian);
      const mask = read(payloads, pair[1], wire, littleEndian) ?? all;
      return value === undefined ? '' : of.format({ value, mask });
    },
  };
}

/** The flags of TCP are 12 bits. */
const TCP_FLAGS_BITS = 12;
export const tos = number([TCA_FLOWER.KEY_IP_TOS, TCA_FLOWER.KEY_IP_TOS_MASK], u8, masked(8), 0xff);
export const ttl = number([TCA_FLOWER.KEY_IP_TTL, TCA_FLOWER.KEY_IP_TTL_MASK], u8, masked(8, String), 0xff);
export const tcpFlags = number(
  [TCA_FLOWER.KEY_TCP_FLAGS, TCA_FLOWER.KEY_TCP_FLAGS_MASK],
  be16,
  masked(TCP_FLAGS_BITS),
  0xfff,
);
export const trackedZone = number(
  [TCA_FLOWER.KEY_CT_ZONE, TCA_FLOWER.KEY_CT_ZONE_MASK],
  u16,
  masked(16, String),
  0xffff,
);
export const trackedMark = number([TCA_FLOWER.KEY_CT_MARK, TCA_FLOWER.KEY_CT_MARK_MASK], u32, masked(32), 0xffffffff);

interface MaskedMac {
  readonly address: Uint8Array;
  readonly mask: Uint8Array;
}

const ALL_OF_MAC = new Uint8Array(6).fill(0xff);

const maskedMac: Field<MaskedMac> = {
  ...phrase('a hardware address, or one with a mask such as 02:00:5e:00:00:00/ff:ff:ff:00:00:00'),
  parse: (written) => {
    const [first = '', second] = written.split('/');
    const address = parseMac(first);
    const mask = second === undefined ? ALL_OF_MAC : parseMac(second);
    if (address === undefined || mask === undefined) return undefined;
    return address.every((byte, i) => (byte & ~(mask[i] ?? 0)) === 0) ? { address, mask } : undefined;
  },
  format: ({ address, mask }) =>
    mask.every((byte) => byte === 0xff) ? formatMac(address) : `${formatMac(address)}/${formatMac(mask)}`,
};

export function macKey(pair: Pair): FlowerKey {
  return {
    field: text(maskedMac),
    maskOf: (written) => String(maskedMac.parse(written)?.mask),
    encode: (w, written) => {
      const { address, mask } = maskedMac.parse(written) ?? { address: new Uint8Array(6), mask: new Uint8Array(6) };
      putAttribute(w, pair[0], binary, address);
      putAttribute(w, pair[1], binary, mask);
    },
    decode: (payloads) => {
      const address = payloads.get(pair[0]);
      return address === undefined ? '' : maskedMac.format({ address, mask: payloads.get(pair[1]) ?? ALL_OF_MAC });
    },
  };
}

const addresses = prefix();
const IPV4_AT = 12;

/** The bytes of the mask of a prefix. */
function maskBytes(bits: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => 0xff & ~(0xff >> Math.min(Math.max(bits - i * 8, 0), 8)));
}

/** An address with the length of its mask; a mask with holes, which weir does not write, counts up to the first. */
function prefixOf(address: Uint8Array, mask: Uint8Array): Prefix {
  const bits = mask.findIndex((byte) => byte !== 0xff);
  const whole = bits < 0 ? mask.length : bits;
  const rest = Math.clz32(~((mask[whole] ?? 0) << 24));
  const bytes = new Uint8Array(16).fill(0xff, 10, address.length === 4 ? IPV4_AT : 10);
  bytes.set(address.slice(0, 16), address.length === 4 ? IPV4_AT : 0);
  return { bytes, bits: (address.length === 4 ? IPV4_AT * 8 : 0) + whole * 8 + rest };
}

export function prefixKey(ipv4: Pair, ipv6: Pair): FlowerKey {
  return {
    field: text(addresses),
    maskOf: (written) => {
      const { bytes = new Uint8Array(16), bits } = addresses.parse(written) ?? {};
      return `${isIpv4(bytes)} ${bits}`;
    },
    encode: (w, written) => {
      const { bytes, bits } = addresses.parse(written) ?? { bytes: new Uint8Array(16), bits: 0 };
      const [pair, from] = isIpv4(bytes) ? [ipv4, IPV4_AT] : [ipv6, 0];
      putAttribute(w, pair[0], binary, bytes.slice(from));
      putAttribute(w, pair[1], binary, maskBytes(bits).slice(from));
    },
    decode: (payloads) => {
      for (const [pair, length] of [[ipv4, 4] as const, [ipv6, 16] as const]) {
        const [address, mask = new Uint8Array(length).fill(0xff)] = pair.map((type) => payloads.get(type));
        if (address?.length === length) return addresses.format(prefixOf(address, mask));
      }
      return '';
    },
  };
}

/** A port with a mask, or a range. */
type Ports = Masked | { readonly from: number; readonly to: number };

const onePort = masked(16, String);
const ports: Field<Ports> = {
  ...phrase('a port, a range such as 5000-5100, or a port with a mask such as 1024/0xfc00'),
  parse: (written) => {
    const match = /^([0-9]{1,5})-([0-9]{1,5})$/.exec(written);
    if (match === null) return onePort.parse(written);
    const [from, to] = [Number(match[1]), Number(match[2])];
    return from < to && to < 2 ** 16 ? { from, to } : undefined;
  },
  format: (value) => ('from' in value ? `${value.from}-${value.to}` : onePort.format(value)),
};

/** In which attributes the ports of a protocol are. */
export interface PortAttributes {
  readonly tcp: Pair;
  readonly udp: Pair;
  readonly sctp: Pair;
  readonly range: Pair;
}

export function portKey(attributes: PortAttributes): FlowerKey {
  const { range, ...exact } = attributes;
  return {
    field: text(ports),
    maskOf: (written) => {
      const value = ports.parse(written);
      return value === undefined || 'from' in value ? 'range' : String(value.mask);
    },
    encode: (w, written, protocol) => {
      const value = ports.parse(written);
      if (value === undefined) return;
      if ('from' in value) {
        putAttribute(w, range[0], be16, value.from);
        putAttribute(w, range[1], be16, value.to);
        return;
      }
      const pair = protocol === 'udp' ? exact.udp : protocol === 'sctp' ? exact.sctp : exact.tcp;
      putAttribute(w, pair[0], be16, value.value);
      if (value.mask !== 0xffff) putAttribute(w, pair[1], be16, value.mask);
    },
    decode: (payloads, littleEndian) => {
      const from = read(payloads, range[0], be16, littleEndian);
      if (from !== undefined) return `${from}-${read(payloads, range[1], be16, littleEndian) ?? 0}`;
      const pair = [exact.tcp, exact.udp, exact.sctp].find(([type]) => payloads.has(type));
      if (pair === undefined) return '';
      const value = read(payloads, pair[0], be16, littleEndian) ?? 0;
      return onePort.format({ value, mask: read(payloads, pair[1], be16, littleEndian) ?? 0xffff });
    },
  };
}

const small = integer(0, 255);

/** Type or code of ICMP, which is another pair for IPv6. */
export function icmpKey(ipv4: Pair, ipv6: Pair): FlowerKey {
  return {
    field: text(small),
    maskOf: () => '',
    encode: (w, written, protocol) => {
      const pair = protocol === 'icmpv6' ? ipv6 : ipv4;
      putAttribute(w, pair[0], u8, small.parse(written) ?? 0);
      putAttribute(w, pair[1], u8, 0xff);
    },
    decode: (payloads, littleEndian) => {
      const value = read(payloads, ipv4[0], u8, littleEndian) ?? read(payloads, ipv6[0], u8, littleEndian);
      return value === undefined ? '' : String(value);
    },
  };
}

/** Words with a sign: `+trk-new`. */
const CT_FLAGS: Readonly<Record<string, number>> = {
  trk: TCA_FLOWER_KEY_CT_FLAGS.TRACKED,
  new: TCA_FLOWER_KEY_CT_FLAGS.NEW,
  est: TCA_FLOWER_KEY_CT_FLAGS.ESTABLISHED,
  rel: TCA_FLOWER_KEY_CT_FLAGS.RELATED,
  inv: TCA_FLOWER_KEY_CT_FLAGS.INVALID,
  rpl: TCA_FLOWER_KEY_CT_FLAGS.REPLY,
};

function parseState(written: string): Masked | undefined {
  let state: Masked = { value: 0, mask: 0 };
  if (!/^([+-][a-z]{3})+$/.test(written)) return undefined;
  for (let at = 0; at < written.length; at += 4) {
    const flag = CT_FLAGS[written.slice(at + 1, at + 4)];
    if (flag === undefined) return undefined;
    state = { value: state.value | (written[at] === '+' ? flag : 0), mask: state.mask | flag };
  }
  return state;
}

const formatState = ({ value, mask }: Masked): string =>
  Object.entries(CT_FLAGS)
    .map(([name, flag]) => ((mask & flag) === 0 ? '' : `${(value & flag) === 0 ? '-' : '+'}${name}`))
    .join('');

const state: Field<Masked> = {
  ...phrase(`signs and words such as +trk+est-rpl, of ${Object.keys(CT_FLAGS).join(', ')}`),
  parse: parseState,
  format: formatState,
};
export const trackedState = number([TCA_FLOWER.KEY_CT_STATE, TCA_FLOWER.KEY_CT_STATE_MASK], u16, state, 0);

const FRAGMENTS: Readonly<Record<string, number>> = {
  frag: TCA_FLOWER_KEY_FLAGS.IS_FRAGMENT,
  firstfrag: TCA_FLOWER_KEY_FLAGS.FRAG_IS_FIRST,
};

const fragments: Field<Masked> = {
  ...phrase('frag or nofrag, and firstfrag or nofirstfrag, with a slash between them'),
  parse: (written) => {
    let flags: Masked = { value: 0, mask: 0 };
    for (const word of written.split('/')) {
      const flag = FRAGMENTS[word] ?? FRAGMENTS[word.slice(2)];
      if (flag === undefined || (FRAGMENTS[word] === undefined && !word.startsWith('no'))) return undefined;
      flags = { value: flags.value | (FRAGMENTS[word] ?? 0), mask: flags.mask | flag };
    }
    return flags;
  },
  format: ({ value, mask }) =>
    Object.entries(FRAGMENTS)
      .flatMap(([name, flag]) => ((mask & flag) === 0 ? [] : [(value & flag) === 0 ? `no${name}` : name]))
      .join('/'),
};
export const fragmentFlags = number([TCA_FLOWER.KEY_FLAGS, TCA_FLOWER.KEY_FLAGS_MASK], be32, fragments, 0);

/** EtherTypes by the names that tc(8) has for them. */
const ETHER_TYPES: Readonly<Record<string, number>> = {
  ip: 0x0800,
  arp: 0x0806,
  '802.1q': 0x8100,
  ipv6: 0x86dd,
  '802.1ad': 0x88a8,
};

export const etherTypeField: Field<number> = {
  ...phrase(`an EtherType such as 0x88b5, or one of ${Object.keys(ETHER_TYPES).join(', ')}`),
  parse: (written) => {
    const known = ETHER_TYPES[written.toLowerCase()];
    if (known !== undefined) return known;
    return /^0x[0-9a-fA-F]{1,4}$/.test(written) ? Number(written) : undefined;
  },
  format: (value) => Object.keys(ETHER_TYPES).find((name) => ETHER_TYPES[name] === value) ?? hex(value),
};
