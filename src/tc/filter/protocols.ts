/** IP protocols by name, as /etc/protocols and tc(8) have them, for filters that look into packets. */
import type { Field } from '../../schema/field.ts';
import { phrase } from '../../schema/kind_fields.ts';
import { parseNumber } from '../spelled.ts';

const NUMBERS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  ospf: 89,
  l2tp: 115,
  sctp: 132,
  udplite: 136,
};

/** The number of a protocol, written as that or by name. */
export const ipProtocol: Field<number> = {
  ...phrase(`an IP protocol: a number, or one of ${Object.keys(NUMBERS).join(', ')}`),
  parse: (text) => (Object.hasOwn(NUMBERS, text) ? NUMBERS[text] : parseNumber(text, 8)),
  format: (number) => Object.keys(NUMBERS).find((name) => NUMBERS[name] === number) ?? String(number),
};
