/** What a frame may carry: the layers that the corpus puts into frames, tags and sessions. */
import {
  type Bytes,
  EXTENSION,
  extensions,
  FLAG,
  filled,
  HOST4,
  HOST6,
  type Ipv6,
  ipv4,
  ipv6,
  type Layer,
  MSS,
  NOP,
  PROTOCOL,
  pppoe,
  SACK,
  SACK_PERMITTED,
  TYPE,
  tcp,
  timestamp,
  u16,
  udp,
  WINDOW_SCALE,
} from './build.ts';

const MORE_FRAGMENTS = 0x2000;
/** What almost every segment has: NOP NOP and the timestamps. */
const USUAL = [...NOP, ...NOP, ...timestamp(0x01020304, 0x0a0b0c0d)];

/** TCP segments with the option in every place, whole and broken. */
export const SEGMENTS: Readonly<Record<string, Bytes>> = {
  'without options': tcp([], 20),
  'with timestamps': tcp(USUAL, 20),
  'with timestamps, no payload': tcp(USUAL, 0),
  syn: tcp([...MSS, ...SACK_PERMITTED, ...timestamp(7), ...NOP, ...WINDOW_SCALE], 0, FLAG.syn),
  'syn and ack': tcp([...MSS, ...SACK_PERMITTED, ...timestamp(8, 7), ...NOP, ...WINDOW_SCALE], 0, FLAG.syn | FLAG.ack),
  'timestamps first': tcp([...timestamp(9, 1), ...NOP, ...NOP], 4),
  'timestamps last': tcp(
    [...SACK, ...NOP, ...NOP, ...NOP, ...NOP, ...timestamp(10, 1), ...SACK_PERMITTED, ...NOP, ...NOP],
    4,
  ),
  'forty bytes of options': tcp([...new Array<number>(30).fill(1), ...timestamp(11, 1)], 4),
  'an end before the timestamps': tcp([0, ...NOP, ...timestamp(12, 1)], 4),
  'an option of no length': tcp([3, 0, ...timestamp(13, 1)], 4),
  'an option that is too long': tcp([3, 40, ...timestamp(14, 1)], 4),
  'timestamps of another length': tcp([8, 9, ...filled(7), ...NOP, ...NOP, ...NOP], 4),
  'timestamps cut off by the header': tcp([...NOP, ...NOP, 8, 10, 1, 2, 3, 4], 20),
  'usual timestamps cut off by the header': tcp(USUAL, 20, FLAG.ack, 7),
  'a header that is too short': tcp(USUAL, 20, FLAG.ack, 4),
  'a header that is longer than the frame': tcp(USUAL, 0, FLAG.ack, 15),
  'a kind as the last byte': tcp([...NOP, ...NOP, ...NOP, 8], 0),
  'a value with its highest bit set': tcp([...NOP, ...NOP, ...timestamp(0xfffffffe, 1)], 1),
};

const word = (count: number): Bytes => new Array<number>(count * 4).fill(1);

function ipv4Layers(): Record<string, Layer> {
  const layers: Record<string, Layer> = {};
  for (const [name, segment] of Object.entries(SEGMENTS)) layers[`IPv4 TCP ${name}`] = ipv4(PROTOCOL.tcp, segment);
  for (let words = 1; words <= 10; words++)
    layers[`IPv4 with ${words * 4} bytes of options`] = ipv4(PROTOCOL.tcp, tcp(USUAL, 8), { options: word(words) });
  const more: Record<string, Layer> = {
    UDP: ipv4(PROTOCOL.udp, udp(12)),
    'UDP back': ipv4(PROTOCOL.udp, udp(12), { source: '198.51.100.7', destination: HOST4 }),
    'UDP between strangers': ipv4(PROTOCOL.udp, udp(4), { source: '203.0.113.1', destination: '203.0.113.2' }),
    'UDP between two of ours': ipv4(PROTOCOL.udp, udp(4), { source: HOST4, destination: '192.0.2.77' }),
    'UDP to the whole prefix': ipv4(PROTOCOL.udp, udp(4), { source: '192.0.2.77', destination: '192.0.3.1' }),
    ICMP: ipv4(PROTOCOL.icmp, [8, 0, 0, 0, 0, 1, 0, 1, ...filled(8)]),
    GRE: ipv4(47, filled(12)),
    'first fragment': ipv4(PROTOCOL.tcp, tcp(USUAL, 8), { fragment: MORE_FRAGMENTS }),
    'later fragment': ipv4(PROTOCOL.tcp, tcp(USUAL, 8), { fragment: MORE_FRAGMENTS | 185 }),
    'fragment far behind': ipv4(PROTOCOL.tcp, tcp(USUAL, 8), { fragment: 0x1000 }),
    'last fragment': ipv4(PROTOCOL.udp, udp(8), { fragment: 370 }),
    'not to be fragmented': ipv4(PROTOCOL.tcp, tcp(USUAL, 8), { fragment: 0x4000 }),
    'DHCP of no address': ipv4(PROTOCOL.udp, udp(20), { source: '0.0.0.0', destination: '255.255.255.255' }),
    multicast: ipv4(PROTOCOL.udp, udp(4), { destination: '224.0.0.251' }),
    'multicast from afar': ipv4(PROTOCOL.udp, udp(4), { source: '198.51.100.7', destination: '239.1.2.3' }),
    'of version 5': ipv4(PROTOCOL.udp, udp(4), { first: 0x55 }),
    'with a header of 16 bytes': ipv4(PROTOCOL.tcp, tcp(USUAL, 4), { first: 0x44 }),
    'that says it is empty': ipv4(PROTOCOL.tcp, tcp(USUAL, 4), { total: 0 }),
    'that says it is longer': ipv4(PROTOCOL.tcp, tcp(USUAL, 0), { total: 9000 }),
    'padded to 46 bytes': { type: TYPE.ipv4, bytes: [...ipv4(PROTOCOL.udp, udp(1)).bytes, ...filled(17)] },
  };
  for (const [name, layer] of Object.entries(more)) layers[`IPv4 ${name}`] = layer;
  return layers;
}

const { hopByHop, routing, fragment, authentication, options } = EXTENSION;
const CHAINS: Readonly<Record<string, Parameters<typeof extensions>[0]>> = {
  'hop by hop': [{ kind: hopByHop }],
  routing: [{ kind: routing, units: 2 }],
  'options for the destination': [{ kind: options, units: 1 }],
  authentication: [{ kind: authentication, units: 3 }],
  'first fragment': [{ kind: fragment, offset: 1 }],
  'reserved bits in the fragment': [{ kind: fragment, offset: 6 }],
  'later fragment': [{ kind: fragment, offset: 8 }],
  'all of them': [
    { kind: hopByHop },
    { kind: options },
    { kind: routing, units: 2 },
    { kind: fragment, offset: 1 },
    { kind: authentication, units: 3 },
    { kind: options, units: 1 },
  ],
  'fragment far behind': [{ kind: fragment, offset: 0x8000 }],
  'later fragment behind others': [{ kind: hopByHop }, { kind: options }, { kind: fragment, offset: 0x100 }],
  'eight headers': new Array(8).fill({ kind: options }),
  'nine headers': new Array(9).fill({ kind: options }),
  'a long one': [{ kind: hopByHop, units: 30 }],
};

function ipv6Layers(): Record<string, Layer> {
  const layers: Record<string, Layer> = {};
  for (const [name, segment] of Object.entries(SEGMENTS)) layers[`IPv6 TCP ${name}`] = ipv6(PROTOCOL.tcp, segment);
  for (const [name, headers] of Object.entries(CHAINS)) {
    const { next, bytes } = extensions(headers, PROTOCOL.tcp, tcp(USUAL, 8));
    layers[`IPv6 with ${name}`] = ipv6(next, bytes);
  }
  const to = (fields: Ipv6) => ipv6(PROTOCOL.udp, udp(4), fields);
  const more: Record<string, Layer> = {
    UDP: ipv6(PROTOCOL.udp, udp(12)),
    'UDP back': to({ source: '2001:db8:ff::7', destination: HOST6 }),
    'UDP between strangers': to({ source: '2001:db8:ee::1', destination: '2001:db8:ee::2' }),
    ICMPv6: ipv6(PROTOCOL.icmp6, [128, 0, 0, 0, 0, 1, 0, 1, ...filled(8)]),
    'neighbour solicitation of no address': ipv6(PROTOCOL.icmp6, [135, ...filled(23)], {
      source: '::',
      destination: 'ff02::1:ff00:10',
    }),
    'link-local': to({ source: 'fe80::1', destination: 'fe80::2' }),
    multicast: to({ destination: 'ff02::fb' }),
    'multicast from afar': to({ source: '2001:db8:ff::7', destination: 'ff0e::1' }),
    'of IPv4 addresses': to({ source: '::ffff:c000:20a', destination: '::ffff:c633:6407' }),
    'of one IPv4 address': to({ source: '::ffff:c000:20a' }),
    'to an IPv4 address': to({ destination: '::ffff:c000:20a' }),
    'of a compatible address': to({ source: '::c000:20a', destination: '::1' }),
    'of version 4': to({ version: 4 }),
    ESP: ipv6(PROTOCOL.esp, filled(20)),
    'nothing next': ipv6(PROTOCOL.none, []),
    mobility: ipv6(PROTOCOL.mobility, filled(16)),
  };
  for (const [name, layer] of Object.entries(more)) layers[`IPv6 ${name}`] = layer;
  return layers;
}

/** IP packets, by what they are. */
export const PACKETS: Readonly<Record<string, Layer>> = { ...ipv4Layers(), ...ipv6Layers() };

/** Addresses at the borders between one host and many or none; each as source and as destination. */
const BORDERS4 = [
  '0.0.0.0',
  '0.255.255.255',
  '1.0.0.0',
  '127.0.0.1',
  '223.255.255.255',
  '224.0.0.0',
  '240.0.0.1',
  '255.255.255.255',
];
const BORDERS6 = [
  '::',
  '::1',
  '0:0:0:0:1::',
  '0:0:0:0:0:fffe:c000:201',
  'feff::1',
  'ff00::',
  'fe80::1',
  '2001:db8:1:ffff::1',
  '2001:db8:2::',
];
export const BORDERS: Readonly<Record<string, Layer>> = Object.fromEntries([
  ...BORDERS4.map((address) => [address, ipv4(PROTOCOL.udp, udp(0), { source: address, destination: address })]),
  ...BORDERS6.map((address) => [address, ipv6(PROTOCOL.udp, udp(0), { source: address, destination: address })]),
]);

const aPacket = ipv4(PROTOCOL.udp, udp(4));
/** What is no IP packet, or does not look like one. */
export const OTHERS: Readonly<Record<string, Layer>> = {
  ARP: { type: TYPE.arp, bytes: [...u16(1), ...u16(TYPE.ipv4), 6, 4, ...u16(1), ...filled(20)] },
  'PPPoE discovery': { type: TYPE.pppoeDiscovery, bytes: [0x11, 9, 0, 0, 0, 4, 1, 1, 0, 0] },
  'PPPoE of another version': pppoe(aPacket, { first: 0x21 }),
  'PPPoE of another code': pppoe(aPacket, { code: 1 }),
  'PPPoE with LCP': pppoe({ type: 0, bytes: filled(10) }),
  'PPPoE with a compressed protocol': pppoe(aPacket, { protocol: 0x2145 }),
  MPLS: { type: TYPE.mpls, bytes: [0, 1, 0x31, 64, ...aPacket.bytes] },
  'a length and LLC': { type: 38, bytes: [0x42, 0x42, 3, ...filled(35)] },
  LLDP: { type: 0x88cc, bytes: filled(30) },
  'an old double tag': { type: 0x9100, bytes: [0, 3, ...u16(TYPE.ipv4), ...aPacket.bytes] },
  'an unknown type': { type: 0xfffe, bytes: filled(20) },
  nothing: { type: TYPE.ipv4, bytes: [] },
};
