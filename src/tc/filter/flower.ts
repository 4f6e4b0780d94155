/**
 * flower: packets by the fields of their headers, tc-flower(8) and net/sched/cls_flower.c; without tunnels, MPLS, ARP, PPPoE and labels of
 * connection tracking. In place the kernel takes other values, but not another choice of keys, nor other masks (`fl_check_assign_mask`).
 */
import type { Reader, Writer } from '../../lib/bytes.ts';
import { ETH_P } from '../../uapi/if_link.ts';
import { TCA_FLOWER } from '../../uapi/tc.ts';
import { eachAttribute, putAttribute, u32 } from '../../wire/nla.ts';
import { type OptionValue, type OptionValues, once } from '../kind.ts';
import { be16 } from '../spelled.ts';
import { etherTypeField, type Payloads } from './flower_keys.ts';
import { FLOWER_KEYS, type FlowerKeyName, flowerRows } from './flower_rows.ts';
import { checkHardwareFlags, hardwareFlags, takeHardwareFlags } from './hardware.ts';
import { defineFilter } from './kind.ts';

const KEY_NAMES = Object.keys(FLOWER_KEYS).filter((name): name is FlowerKeyName => Object.hasOwn(FLOWER_KEYS, name));

/** The EtherType of what the keys of IP are about: behind the tags. */
function innerEtherType(values: OptionValues): number {
  const names = [values.innerVlanEtherType, values.vlanEtherType, values.etherType];
  const name = names.find((one) => one !== undefined && one !== '');
  return etherTypeField.parse(String(name)) ?? 0;
}

function encode(w: Writer, values: OptionValues): void {
  const etherType = etherTypeField.parse(String(values.etherType));
  if (etherType !== undefined) putAttribute(w, TCA_FLOWER.KEY_ETH_TYPE, be16, etherType);
  const protocol = String(values.ipProtocol);
  for (const name of KEY_NAMES) {
    const written = values[name];
    if (typeof written === 'string' && written !== '') FLOWER_KEYS[name].encode(w, written, protocol);
  }
  // Unlike other kinds tc sends them for flower in any case.
  putAttribute(w, TCA_FLOWER.FLAGS, u32, hardwareFlags(values));
}

function decodeTogether(payload: Reader, values: Record<string, OptionValue>): void {
  const payloads = new Map<number, Uint8Array>();
  eachAttribute(payload, (type, r) => {
    if (type === TCA_FLOWER.FLAGS) takeHardwareFlags(r, values);
    else payloads.set(type, r.bytes(r.remaining));
  });
  values.etherType = decodeEtherType(payloads);
  for (const name of KEY_NAMES) values[name] = FLOWER_KEYS[name].decode(payloads, payload.littleEndian);
}

function decodeEtherType(payloads: Payloads): string {
  const [high, low] = payloads.get(TCA_FLOWER.KEY_ETH_TYPE) ?? [];
  return high === undefined || low === undefined ? '' : etherTypeField.format(high * 256 + low);
}

/** With the filter's protocol as a key, as tc sends it. */
function canonical(values: OptionValues, etherType: number): OptionValues {
  return etherType === ETH_P.ALL ? values : { ...values, etherType: etherTypeField.format(etherType) };
}

function canChange(name: string, from: OptionValue, to: OptionValue): boolean {
  if (from === '' || to === '') return false;
  const key = KEY_NAMES.find((one) => one === name);
  if (key === undefined) return true;
  return FLOWER_KEYS[key].maskOf(String(from)) === FLOWER_KEYS[key].maskOf(String(to));
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
    classidAttribute: TCA_FLOWER.CLASSID,
    actionsAttribute: TCA_FLOWER.ACT,
    options: flowerRows,
    codec: { encode, decodeTogether },
    canonical,
    // It shows what is behind the tags; the protocol itself is told by the filter's message.
    expected: (sent, found) => ({ ...sent, etherType: found.etherType ?? '' }),
    check: checkHardwareFlags,
    checkFor,
    canChange,
  }),
);
