/** IP protocols by name, as /etc/protocols and tc(8) have them, for filters that look into packets. */
import { phrase } from '../../schema/field.ts';
import { parseNumber } from '../spelled.ts';

export const IP_PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  ospf: 89,
  sctp: 132,
  udplite: 136,
  l2tp: 115,
};

export function ipProtocolNumber(text: string): number | undefined {
  return Object.hasOwn(IP_PROTOCOLS, text) ? IP_PROTOCOLS[text] : parseNumber(text, 8);
}

export function formatIpProtocol(number: number): string {
  return Object.keys(IP_PROTOCOLS).find((name) => IP_PROTOCOLS[name] === number) ?? String(number);
}

const what = `an IP protocol: a number, or one of ${Object.keys(IP_PROTOCOLS).join(', ')}`;

/** A protocol of IP by name or number, as a number. */
export const ipProtocol = {
  ...phrase(what),
  parse: ipProtocolNumber,
  format: formatIpProtocol,
};
