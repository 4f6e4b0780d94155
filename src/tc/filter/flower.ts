/**
 * flower: packets by the fields of their headers, tc-flower(8) and net/sched/cls_flower.c; without tunnels, MPLS, ARP, PPPoE and labels of
 * connection tracking. The kernel takes a whole new set of keys in place.
 */
import type { Reader, Writer } from '../../lib/bytes.ts';
import { deviceName, integer } from '../../schema/field.ts';
import { ETH_P } from '../../uapi/if_link.ts';
import { TCA_FLOWER } from '../../uapi/tc.ts';
import { eachAttribute, putAttribute, text, u8, u16, u32 } from '../../wire/nla.ts';
import { field, type KernelOption, type OptionValue, type OptionValues, once, option } from '../kind.ts';
import { be16, type SpelledRow, spelledField, spelledOption } from '../spelled.ts';
import {
  etherTypeField,
  type FlowerKey,
  fragmentFlags,
  icmpKey,
  macKey,
  type Packet,
  type Payloads,
  portKey,
  prefixKey,
  tcpFlags,
  tos,
  trackedMark,
  trackedState,
  trackedZone,
  ttl,
} from './flower_keys.ts';
import { checkHardwareFlags, hardwareRows, takeHardwareFlags } from './hardware.ts';
import { defineFilter } from './kind.ts';
import { ipProtocol } from './protocols.ts';

const key = TCA_FLOWER;

/** Keys with masks, or in other attributes for each protocol. */
const KEYS = {
  destinationMac: macKey([key.KEY_ETH_DST, key.KEY_ETH_DST_MASK]),
  sourceMac: macKey([key.KEY_ETH_SRC, key.KEY_ETH_SRC_MASK]),
  tos,
  ttl,
  destination: prefixKey([key.KEY_IPV4_DST, key.KEY_IPV4_DST_MASK], [key.KEY_IPV6_DST, key.KEY_IPV6_DST_MASK]),
  source: prefixKey([key.KEY_IPV4_SRC, key.KEY_IPV4_SRC_MASK], [key.KEY_IPV6_SRC, key.KEY_IPV6_SRC_MASK]),
  destinationPort: portKey({
    tcp: [key.KEY_TCP_DST, key.KEY_TCP_DST_MASK],
    udp: [key.KEY_UDP_DST, key.KEY_UDP_DST_MASK],
    sctp: [key.KEY_SCTP_DST, key.KEY_SCTP_DST_MASK],
    range: [key.KEY_PORT_DST_MIN, key.KEY_PORT_DST_MAX],
  }),
  sourcePort: portKey({
    tcp: [key.KEY_TCP_SRC, key.KEY_TCP_SRC_MASK],
    udp: [key.KEY_UDP_SRC, key.KEY_UDP_SRC_MASK],
    sctp: [key.KEY_SCTP_SRC, key.KEY_SCTP_SRC_MASK],
    range: [key.KEY_PORT_SRC_MIN, key.KEY_PORT_SRC_MAX],
  }),
  tcpFlags,
  icmpType: icmpKey([key.KEY_ICMPV4_TYPE, key.KEY_ICMPV4_TYPE_MASK], [key.KEY_ICMPV6_TYPE, key.KEY_ICMPV6_TYPE_MASK]),
  icmpCode: icmpKey([key.KEY_ICMPV4_CODE, key.KEY_ICMPV4_CODE_MASK], [key.KEY_ICMPV6_CODE, key.KEY_ICMPV6_CODE_MASK]),
  fragments: fragmentFlags,
  trackedState,
  trackedZone,
  trackedMark,
} as const satisfies Readonly<Record<string, FlowerKey>>;

type KeyName = keyof typeof KEYS;

function keyRow(name: KeyName, row: SpelledRow): KernelOption<string> {
  return spelledField(KEYS[name].field, row);
}

const vlanId = integer(0, 4095);
const vlanPriority = integer(0, 7);

/** The rows in the order of their words: tc wants the protocol before what is in it. */
const options = {
  /** What the filter's `protocol` says. */
  etherType: field<string>({ initial: '', apply: 'rebuild', words: () => [] }),
  device: option(key.INDEV, text, {
    initial: '',
    apply: 'change',
    presence: true,
    words: (device) => (device === '' ? [] : ['indev', device]),
    uci: {
      name: 'indev',
      field: deviceName(),
      label: 'Arrived on',
      help: 'Only packets that this device received.',
      example: 'br-lan',
    },
  }),
  vlanCount: spelledOption(key.KEY_NUM_OF_VLANS, u8, integer(0, 255), {
    name: 'num_of_vlans',
    label: 'Number of VLAN tags',
    help: 'How many VLAN tags the packet has.',
    example: '1',
  }),
  vlanId: spelledOption(key.KEY_VLAN_ID, u16, vlanId, {
    name: 'vlan_id',
    label: 'VLAN',
    help: "The number of the VLAN; the filter's protocol is 802.1q.",
    example: '7',
  }),
  vlanPriority: spelledOption(key.KEY_VLAN_PRIO, u8, vlanPriority, {
    name: 'vlan_prio',
    label: 'VLAN priority',
    help: 'The priority in the VLAN tag.',
    example: '5',
  }),
  vlanEtherType: spelledOption(key.KEY_VLAN_ETH_TYPE, be16, etherTypeField, {
    name: 'vlan_ethtype',
    label: 'Behind the tag',
    help: 'What follows the VLAN tag, which keys of IP need to know.',
    example: 'ip',
  }),
  innerVlanId: spelledOption(key.KEY_CVLAN_ID, u16, vlanId, {
    name: 'cvlan_id',
    label: 'Inner VLAN',
    help: 'The number in the second of two VLAN tags.',
    example: '7',
  }),
  innerVlanPriority: spelledOption(key.KEY_CVLAN_PRIO, u8, vlanPriority, {
    name: 'cvlan_prio',
    label: 'Inner VLAN priority',
    help: 'The priority in the second of two VLAN tags.',
    example: '5',
  }),
  innerVlanEtherType: spelledOption(key.KEY_CVLAN_ETH_TYPE, be16, etherTypeField, {
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
  ipProtocol: spelledOption(key.KEY_IP_PROTO, u8, ipProtocol, {
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

const KEY_NAMES = Object.keys(KEYS).filter((name): name is KeyName => Object.hasOwn(KEYS, name));

/** The EtherType of what the keys of IP are about: behind the tags. */
function innerEtherType(values: OptionValues): number {
  const names = [values.innerVlanEtherType, values.vlanEtherType, values.etherType];
  const name = names.find((one) => one !== undefined && one !== '');
  return etherTypeField.parse(String(name)) ?? 0;
}

function encode(w: Writer, values: OptionValues): void {
  const etherType = etherTypeField.parse(String(values.etherType));
  if (etherType !== undefined) putAttribute(w, key.KEY_ETH_TYPE, be16, etherType);
  const packet: Packet = {
    ipProtocol: String(values.ipProtocol),
    isIpv6: innerEtherType(values) === ETH_P.IPV6,
  };
  for (const name of KEY_NAMES) {
    const written = values[name];
    if (typeof written === 'string' && written !== '') KEYS[name].encode(w, written, packet);
  }
  // Unlike other kinds tc sends them for flower in any case.
  putAttribute(w, key.FLAGS, u32, (values.skipHardware ? 1 : 0) | (values.skipSoftware ? 2 : 0));
}

function decodeTogether(payload: Reader, values: Record<string, OptionValue>): void {
  const payloads = new Map<number, Uint8Array>();
  eachAttribute(payload, (type, r) => {
    if (type === key.FLAGS) takeHardwareFlags(r, values);
    else payloads.set(type, r.bytes(r.remaining));
  });
  values.etherType = decodeEtherType(payloads);
  for (const name of KEY_NAMES) values[name] = KEYS[name].decode(payloads, payload.littleEndian);
}

function decodeEtherType(payloads: Payloads): string {
  const [high, low] = payloads.get(key.KEY_ETH_TYPE) ?? [];
  return high === undefined || low === undefined ? '' : etherTypeField.format(high * 256 + low);
}

/** With the filter's protocol as a key, as tc sends it. */
function canonical(values: OptionValues, etherType: number): OptionValues {
  return etherType === ETH_P.ALL ? values : { ...values, etherType: etherTypeField.format(etherType) };
}

const PORT_PROTOCOLS: readonly OptionValue[] = ['tcp', 'udp', 'sctp'];

function checkFor(values: OptionValues, etherType: number): string[] {
  const told = canonical(values, etherType);
  const inner = innerEtherType(told);
  const { ipProtocol: protocol = '' } = values;
  const isTagged = etherType === ETH_P['8021Q'] || etherType === ETH_P['8021AD'] || values.vlanCount;
  const isIp = inner === ETH_P.IP || inner === ETH_P.IPV6;
  const isIcmp = (inner === ETH_P.IP && protocol === 'icmp') || (inner === ETH_P.IPV6 && protocol === 'icmpv6');
  const addresses = [values.source, values.destination].filter((one) => one !== undefined && one !== '').map(String);
  const isOfOther = addresses.some((one) => one.includes(':') !== (inner === ETH_P.IPV6));
  const mistakes: readonly (readonly [unknown, string])[] = [
    [
      !isTagged && (values.vlanId || values.vlanPriority || values.vlanEtherType),
      "'vlan_…' needs the protocol 802.1q or 802.1ad",
    ],
    [!values.vlanEtherType && (values.innerVlanId || values.innerVlanPriority), "'cvlan_…' needs 'vlan_ethtype'"],
    [!isIp && (protocol || values.tos || values.ttl), "'ip_proto', 'ip_tos' and 'ip_ttl' need the protocol ip or ipv6"],
    [isIp && isOfOther, "'src_ip' and 'dst_ip' must be addresses of the filter's protocol"],
    [
      (values.sourcePort || values.destinationPort) && !PORT_PROTOCOLS.includes(protocol),
      "ports need 'ip_proto' tcp, udp or sctp",
    ],
    [values.tcpFlags && protocol !== 'tcp', "'tcp_flags' needs 'ip_proto' tcp"],
    [
      (values.icmpType || values.icmpCode) && !isIcmp,
      "'type' and 'code' need 'ip_proto' icmp, or icmpv6 with the protocol ipv6",
    ],
  ];
  return mistakes.flatMap(([is, sentence]) => (is ? [sentence] : []));
}

export const flower = once(() =>
  defineFilter({
    kind: 'flower',
    classidAttribute: key.CLASSID,
    actionsAttribute: key.ACT,
    options,
    codec: { encode, decodeTogether },
    canonical,
    // It shows what is behind the tags; the protocol itself is told by the filter's message.
    expected: (sent, found) => ({ ...sent, etherType: found.etherType ?? '' }),
    check: checkHardwareFlags,
    checkFor,
  }),
);
