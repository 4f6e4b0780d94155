/** Fields of packets that a person names for a u32 filter, and the keys that they become; tc-u32(8) has them as `match ip dport …`. */
import { isIpv4, type Prefix } from '../../lib/address.ts';
import { boolean, integer, prefix } from '../../schema/field.ts';
import { field, type KernelOption, type OptionValues } from '../kind.ts';
import { anyMac, type Masked, masked, type SpelledRow, spelledField, spelling } from '../spelled.ts';
import { ipProtocol } from './protocols.ts';
import { keyOf, type U32Key } from './u32_keys.ts';

/** Where a number lies: its first byte from the start of the IP header, of either version, and its bits. */
interface Place {
  readonly ip?: number;
  readonly ip6?: number;
  readonly bits: number;
}

const decimal = String;
const byte = masked(8);
const port = masked(16, decimal);
const addresses = prefix();
const small = integer(0, 255);
const label = masked(20);

const NUMBERS = {
  protocol: { ip: 9, ip6: 6, bits: 8 },
  ihl: { ip: 0, bits: 8 },
  dsfield: { ip: 1, bits: 8 },
  sourcePort: { ip: 20, ip6: 40, bits: 16 },
  destinationPort: { ip: 22, ip6: 42, bits: 16 },
  icmpType: { ip: 20, ip6: 40, bits: 8 },
  icmpCode: { ip: 21, ip6: 41, bits: 8 },
} as const satisfies Readonly<Record<string, Place>>;

/** Bits of the two bytes at 6 of an IPv4 header. */
const FRAGMENT_BITS = {
  isWhole: { value: 0, mask: 0x3fff },
  isFirstFragment: { value: 0x2000, mask: 0x3fff },
  mayNotFragment: { value: 0x4000, mask: 0x4000 },
  moreFragments: { value: 0x2000, mask: 0x2000 },
} as const;

/** Offsets of addresses in the headers of IPv4 and IPv6, and from the IP header back to Ethernet's. */
const ADDRESSES = { source: { ip: 12, ip6: 8 }, destination: { ip: 16, ip6: 24 } } as const;
const MACS = { sourceMac: -8, destinationMac: -14 } as const;

/** The words are those of the keys that the option becomes. */
function row(of: Parameters<typeof spelledField>[0], spelled: SpelledRow): KernelOption<string> {
  return { ...spelledField(of, { ...spelled, apply: 'rebuild' }), words: () => [] };
}

function flag(name: string, label_: string, help: string): KernelOption<boolean> {
  return field({
    initial: false,
    apply: 'rebuild',
    words: () => [],
    uci: { name, field: boolean(), label: label_, help, example: '1' },
  });
}

export const fieldRows = {
  source: row(spelling(addresses), {
    name: 'src',
    label: 'From addresses',
    help: 'Packets from these addresses.',
    example: '192.168.1.0/24',
  }),
  destination: row(spelling(addresses), {
    name: 'dst',
    label: 'To addresses',
    help: 'Packets to these addresses.',
    example: '2001:db8::/32',
  }),
  protocol: row(spelling(ipProtocol), {
    name: 'ip_proto',
    label: 'IP protocol',
    help: 'tcp, udp or another, by name or number.',
    example: 'udp',
  }),
  sourcePort: row(spelling(port), {
    name: 'sport',
    label: 'From port',
    help: 'The port that the packet comes from, with a mask for several.',
    example: '53',
  }),
  destinationPort: row(spelling(port), {
    name: 'dport',
    label: 'To port',
    help: 'The port that the packet goes to, with a mask for several.',
    example: '443',
  }),
  dsfield: row(spelling(byte), {
    name: 'dsfield',
    label: 'DS field',
    help: 'The byte with DSCP and ECN (TOS, traffic class), with a mask for some of its bits.',
    example: '0xb8/0xfc',
  }),
  icmpType: row(spelling(small), {
    name: 'icmp_type',
    label: 'ICMP type',
    help: 'The type of an ICMP message.',
    example: '8',
  }),
  icmpCode: row(spelling(small), {
    name: 'icmp_code',
    label: 'ICMP code',
    help: 'The code of an ICMP message.',
    example: '0',
  }),
  ihl: row(spelling(byte), {
    name: 'ihl',
    label: 'Header length',
    help: 'The first byte of the IPv4 header; 0x5/0xf has no options, without which ports lie where they are looked for.',
    example: '0x5/0xf',
  }),
  flowLabel: row(spelling(label), {
    name: 'flowlabel',
    label: 'Flow label',
    help: 'The flow label of IPv6.',
    example: '0x12345',
  }),
  isWhole: flag('nofrag', 'Not a fragment', 'Packets that are no fragments.'),
  isFirstFragment: flag('firstfrag', 'First fragment', 'First fragments of packets.'),
  mayNotFragment: flag('df', 'Do not fragment', 'Packets that must not be made fragments.'),
  moreFragments: flag('mf', 'More fragments', 'Fragments other than the last.'),
  sourceMac: row(spelling(anyMac), {
    name: 'ether_src',
    label: 'From hardware address',
    help: 'The Ethernet address that the packet comes from.',
    example: '02:00:5e:10:00:01',
  }),
  destinationMac: row(spelling(anyMac), {
    name: 'ether_dst',
    label: 'To hardware address',
    help: 'The Ethernet address that the packet goes to.',
    example: '02:00:5e:10:00:02',
  }),
} as const;

/** Whether the fields are of IPv6: as the addresses, else as `isIpv6` says. */
function isOfIpv6({ source, destination }: OptionValues, isIpv6: boolean): boolean {
  const given = addresses.parse(String(source || destination || ''));
  return given === undefined ? isIpv6 : !isIpv4(given.bytes);
}

/** The keys of the fields that are given, in the order of the rows; undefined where a field is not one of this version of IP. */
export function keysOfFields(options: OptionValues, isIpv6: boolean): readonly U32Key[] | undefined {
  const version = isOfIpv6(options, isIpv6) ? 'ip6' : 'ip';
  const keys = Object.keys(fieldRows).flatMap((name): readonly (U32Key | undefined)[] => {
    const value = options[name];
    if (value === undefined || value === '' || value === false) return [];
    const text = String(value);
    if (name === 'source' || name === 'destination') return prefixKeys(addresses.parse(text), ADDRESSES[name], version);
    if (name === 'sourceMac' || name === 'destinationMac') return macKeys(anyMac.parse(text), MACS[name]);
    if (isOneOf(name, FRAGMENT_BITS)) return [version === 'ip' ? fragmentKey(FRAGMENT_BITS[name]) : undefined];
    if (name === 'flowLabel') return [version === 'ip6' ? labelKey(label.parse(text)) : undefined];
    if (!isOneOf(name, NUMBERS)) return [];
    return [numberKey(name, text, NUMBERS[name], version)];
  });
  return keys.every((key) => key !== undefined) ? keys : undefined;
}

function isOneOf<T extends object>(name: string, table: T): name is string & keyof T {
  return Object.hasOwn(table, name);
}

const fragmentKey = ({ value, mask }: Masked): U32Key | undefined => keyOf(value, mask, 16, 6);
const labelKey = (of: Masked | undefined): U32Key | undefined =>
  of === undefined ? undefined : keyOf(of.value, of.mask, 32, 0);

function numberKey(name: string, text: string, place: Place, version: 'ip' | 'ip6'): U32Key | undefined {
  const { value, mask } = parseNumberOf(name, text) ?? {};
  if (value === undefined || mask === undefined) return undefined;
  // The traffic class of IPv6 begins in the middle of a byte.
  if (name === 'dsfield' && version === 'ip6') return keyOf(value * 2 ** 20, mask * 2 ** 20, 32, 0);
  const at = place[version];
  return at === undefined ? undefined : keyOf(value, mask, place.bits, at);
}

function parseNumberOf(name: string, text: string): Masked | undefined {
  if (name === 'protocol') return whole(ipProtocol.parse(text));
  if (name === 'icmpType' || name === 'icmpCode') return whole(small.parse(text));
  return name === 'sourcePort' || name === 'destinationPort' ? port.parse(text) : byte.parse(text);
}

const whole = (value: number | undefined): Masked | undefined =>
  value === undefined ? undefined : { value, mask: 0xff };

function prefixKeys(
  of: Prefix | undefined,
  place: { readonly ip: number; readonly ip6: number },
  version: 'ip' | 'ip6',
): (U32Key | undefined)[] {
  if (of === undefined || isIpv4(of.bytes) !== (version === 'ip')) return [undefined];
  const from = version === 'ip' ? 12 : 0;
  const view = new DataView(of.bytes.buffer, of.bytes.byteOffset);
  const keys: (U32Key | undefined)[] = [];
  for (let at = from; at < 16 && (at * 8 < of.bits || version === 'ip'); at += 4) {
    const bits = Math.min(Math.max(of.bits - at * 8, 0), 32);
    const mask = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
    keys.push(keyOf(view.getUint32(at), mask, 32, place[version] + at - from));
  }
  return keys;
}

/** Byte for byte, as tc makes them; those in the same 32 bits become one. */
function macKeys(bytes: Uint8Array | undefined, offset: number): (U32Key | undefined)[] {
  return bytes === undefined ? [undefined] : Array.from(bytes, (one, i) => keyOf(one, 0xff, 8, offset + i));
}
