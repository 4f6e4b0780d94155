/** The rows of flower, tc-flower(8). */
import { integer } from '../../schema/field.ts';
import { TCA_FLOWER } from '../../uapi/tc.ts';
import { u8, u16 } from '../../wire/nla.ts';
import { field, type KernelOption } from '../kind.ts';
import { be16, type SpelledRow, spelledField, spelledOption } from '../spelled.ts';
import {
  etherTypeField,
  type FlowerKey,
  fragmentFlags,
  icmpKey,
  macKey,
  portKey,
  prefixKey,
  tcpFlags,
  tos,
  trackedMark,
  trackedState,
  trackedZone,
  ttl,
} from './flower_keys.ts';
import { hardwareRows } from './hardware.ts';
import { indevOption } from './indev.ts';
import { ipProtocol } from './protocols.ts';

/** Keys with masks, or in other attributes for each protocol. */
export const FLOWER_KEYS = {
  destinationMac: macKey([TCA_FLOWER.KEY_ETH_DST, TCA_FLOWER.KEY_ETH_DST_MASK]),
  sourceMac: macKey([TCA_FLOWER.KEY_ETH_SRC, TCA_FLOWER.KEY_ETH_SRC_MASK]),
  tos,
  ttl,
  destination: prefixKey(
    [TCA_FLOWER.KEY_IPV4_DST, TCA_FLOWER.KEY_IPV4_DST_MASK],
    [TCA_FLOWER.KEY_IPV6_DST, TCA_FLOWER.KEY_IPV6_DST_MASK],
  ),
  source: prefixKey(
    [TCA_FLOWER.KEY_IPV4_SRC, TCA_FLOWER.KEY_IPV4_SRC_MASK],
    [TCA_FLOWER.KEY_IPV6_SRC, TCA_FLOWER.KEY_IPV6_SRC_MASK],
  ),
  destinationPort: portKey({
    tcp: [TCA_FLOWER.KEY_TCP_DST, TCA_FLOWER.KEY_TCP_DST_MASK],
    udp: [TCA_FLOWER.KEY_UDP_DST, TCA_FLOWER.KEY_UDP_DST_MASK],
    sctp: [TCA_FLOWER.KEY_SCTP_DST, TCA_FLOWER.KEY_SCTP_DST_MASK],
    range: [TCA_FLOWER.KEY_PORT_DST_MIN, TCA_FLOWER.KEY_PORT_DST_MAX],
  }),
  sourcePort: portKey({
    tcp: [TCA_FLOWER.KEY_TCP_SRC, TCA_FLOWER.KEY_TCP_SRC_MASK],
    udp: [TCA_FLOWER.KEY_UDP_SRC, TCA_FLOWER.KEY_UDP_SRC_MASK],
    sctp: [TCA_FLOWER.KEY_SCTP_SRC, TCA_FLOWER.KEY_SCTP_SRC_MASK],
    range: [TCA_FLOWER.KEY_PORT_SRC_MIN, TCA_FLOWER.KEY_PORT_SRC_MAX],
  }),
  tcpFlags,
  icmpType: icmpKey(
    [TCA_FLOWER.KEY_ICMPV4_TYPE, TCA_FLOWER.KEY_ICMPV4_TYPE_MASK],
    [TCA_FLOWER.KEY_ICMPV6_TYPE, TCA_FLOWER.KEY_ICMPV6_TYPE_MASK],
  ),
  icmpCode: icmpKey(
    [TCA_FLOWER.KEY_ICMPV4_CODE, TCA_FLOWER.KEY_ICMPV4_CODE_MASK],
    [TCA_FLOWER.KEY_ICMPV6_CODE, TCA_FLOWER.KEY_ICMPV6_CODE_MASK],
  ),
  fragments: fragmentFlags,
  trackedState,
  trackedZone,
  trackedMark,
} as const satisfies Readonly<Record<string, FlowerKey>>;

export type FlowerKeyName = keyof typeof FLOWER_KEYS;

function keyRow(name: FlowerKeyName, row: SpelledRow): KernelOption<string> {
  return spelledField(FLOWER_KEYS[name].field, row);
}

const vlanId = integer(0, 4095);
const vlanPriority = integer(0, 7);

/** The rows in the order of their words: tc wants the protocol before what is in it. */
export const flowerRows = {
  /** What the filter's `protocol` says. */
  etherType: field<string>({ initial: '', apply: 'rebuild', words: () => [] }),
  device: indevOption(TCA_FLOWER.INDEV),
  vlanCount: spelledOption(TCA_FLOWER.KEY_NUM_OF_VLANS, u8, integer(0, 255), {
    name: 'num_of_vlans',
    label: 'Number of VLAN tags',
    help: 'How many VLAN tags the packet has.',
    example: '1',
  }),
  vlanId: spelledOption(TCA_FLOWER.KEY_VLAN_ID, u16, vlanId, {
    name: 'vlan_id',
    label: 'VLAN',
    help: "The number of the VLAN; the filter's protocol is 802.1q.",
    example: '7',
  }),
  vlanPriority: spelledOption(TCA_FLOWER.KEY_VLAN_PRIO, u8, vlanPriority, {
    name: 'vlan_prio',
    label: 'VLAN priority',
    help: 'The priority in the VLAN tag.',
    example: '5',
  }),
  vlanEtherType: spelledOption(TCA_FLOWER.KEY_VLAN_ETH_TYPE, be16, etherTypeField, {
    name: 'vlan_ethtype',
    label: 'Behind the tag',
    help: 'What follows the VLAN tag, which keys of IP need to know.',
    example: 'ip',
  }),
  innerVlanId: spelledOption(TCA_FLOWER.KEY_CVLAN_ID, u16, vlanId, {
    name: 'cvlan_id',
    label: 'Inner VLAN',
    help: 'The number in the second of two VLAN tags.',
    example: '7',
  }),
  innerVlanPriority: spelledOption(TCA_FLOWER.KEY_CVLAN_PRIO, u8, vlanPriority, {
    name: 'cvlan_prio',
    label: 'Inner VLAN priority',
    help: 'The priority in the second of two VLAN tags.',
    example: '5',
  }),
  innerVlanEtherType: spelledOption(TCA_FLOWER.KEY_CVLAN_ETH_TYPE, be16, etherTypeField, {
    name: 'cvlan_ethtype',
    label: 'Behind both tags',
    help: 'What follows the second VLAN tag.',
    example: 'ipv6',
  }),
  destinationMac: keyRow('destinationMac', {
    name: 'dst_mac',
    label: 'To hardware address',
    help: 'The Ethernet address that the packet goes to, with a mask for several.',
    example: '02:00:5e:10:00:01',
  }),
  sourceMac: keyRow('sourceMac', {
    name: 'src_mac',
    label: 'From hardware address',
    help: 'The Ethernet address that the packet comes from, with a mask for several.',
    example: '02:00:5e:10:00:02',
  }),
  ipProtocol: spelledOption(TCA_FLOWER.KEY_IP_PROTO, u8, ipProtocol, {
    name: 'ip_proto',
    label: 'IP protocol',
    help: 'tcp, udp or another, by name or number.',
    example: 'udp',
  }),
  tos: keyRow('tos', {
    name: 'ip_tos',
    label: 'DS field',
    help: 'The byte with DSCP and ECN (TOS, traffic class), with a mask for some of its bits.',
    example: '0xb8/0xfc',
  }),
  ttl: keyRow('ttl', {
    name: 'ip_ttl',
    label: 'Time to live',
    help: 'The TTL or hop limit.',
    example: '1',
  }),
  destination: keyRow('destination', {
    name: 'dst_ip',
    label: 'To addresses',
    help: 'Packets to these addresses.',
    example: '2001:db8::/32',
  }),
  source: keyRow('source', {
    name: 'src_ip',
    label: 'From addresses',
    help: 'Packets from these addresses.',
    example: '192.168.1.0/24',
  }),
  destinationPort: keyRow('destinationPort', {
    name: 'dst_port',
    label: 'To port',
    help: 'The port that the packet goes to, or several.',
    example: '5000-5100',
  }),
  sourcePort: keyRow('sourcePort', {
    name: 'src_port',
    label: 'From port',
    help: 'The port that the packet comes from, or several.',
    example: '53',
  }),
  tcpFlags: keyRow('tcpFlags', {
    name: 'tcp_flags',
    label: 'TCP flags',
    help: 'Flags of TCP, with a mask for some of them: 0x2/0x12 is the first packet of a connection.',
    example: '0x2/0x12',
  }),
  icmpType: keyRow('icmpType', {
    name: 'type',
    label: 'ICMP type',
    help: 'The type of an ICMP message.',
    example: '8',
  }),
  icmpCode: keyRow('icmpCode', {
    name: 'code',
    label: 'ICMP code',
    help: 'The code of an ICMP message.',
    example: '0',
  }),
  fragments: keyRow('fragments', {
    name: 'ip_flags',
    label: 'Fragments',
    help: 'Whether the packet is a fragment, and whether the first.',
    example: 'nofrag',
  }),
  trackedState: keyRow('trackedState', {
    name: 'ct_state',
    label: 'Connection',
    help: 'What connection tracking says, after an action ct.',
    example: '+trk+est',
  }),
  trackedZone: keyRow('trackedZone', {
    name: 'ct_zone',
    label: 'Zone',
    help: 'The zone of connection tracking.',
    example: '1',
  }),
  trackedMark: keyRow('trackedMark', {
    name: 'ct_mark',
    label: "Connection's mark",
    help: 'The mark of the connection.',
    example: '0x10/0xff',
  }),
  ...hardwareRows,
} as const;
