/** The zone of connection tracking in which an action looks for the connection of a packet, but for where it stands on the wire. */
import { integer } from '../../schema/field.ts';

export const zoneRow = {
  initial: 0,
  apply: 'change',
  words: (zone: number) => (zone === 0 ? [] : ['zone', String(zone)]),
  uci: {
    name: 'zone',
    field: integer(0, 65535),
    label: 'Zone',
    help: 'The zone of connection tracking.',
    example: '1',
  },
} as const;
