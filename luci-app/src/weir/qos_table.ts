/** What ports with a QoS of Open vSwitch have sent: a row a port, and below it one for each of its queues. */
import { formatRate } from '../../../src/lib/units.ts';
import type { Status } from './daemon.ts';
import { type Column, DataTable, moreText, smallPrint } from './data_table.ts';
import { amount, nodeCell, SENT } from './tree_table.ts';
import { NO_NUMBER } from './units.ts';

type Port = Status['qos'][number];
export type QosRow = Port | Port['queues'][number];
type Colours = NonNullable<QosRow['colours']>;

const COLUMNS: readonly Column<QosRow>[] = [
  { text: _('QoS'), help: _('Ports and their queues'), cell: (row) => [nameOf(row)] },
  { ...SENT, cell: amount },
  { text: _('Dropped'), help: _('Packets dropped in all'), cell: ({ dropped }) => [`${dropped ?? NO_NUMBER}`] },
];

const COLOURS: readonly Column<QosRow>[] = [
  colour('green', _('Green'), _('Within the committed rate')),
  colour('yellow', _('Yellow'), _('Within the excess rate')),
  colour('red', _('Red'), _('Beyond both rates')),
];

function colour(name: keyof Colours, text: Translated, help: Translated): Column<QosRow> {
  return { text, help, cell: ({ colours }) => amount(colours?.[name]) };
}

function nameOf(row: QosRow): Node {
  const ids = Object.entries(row.externalIds).map(([key, value]) => `${key}=${value}`);
  if (!('queues' in row)) return node(1, row.section, _('queue %s').format(row.id), ids);
  const { name, device, type, maxRateBitPerS: rate, queuesLeftOut } = row;
  return node(0, name, device, [rate === null ? type : `${type} ${formatRate(rate)}`, ...ids, moreText(queuesLeftOut)]);
}

function node(level: number, section: string, where: string, details: readonly string[]): Node {
  return nodeCell('qos', level, [E('span', {}, [E('b', {}, [section]), ` ${where}`]), ...details.map(smallPrint)]);
}

/** @param isMetered whether a port has a policer, whose colours take columns */
export function qosTable(isMetered: boolean): DataTable<QosRow> {
  return new DataTable('weir-qos', _('QoS'), [...COLUMNS, ...(isMetered ? COLOURS : [])]);
}

export function qosRows({ qos }: Status): readonly QosRow[] {
  return qos.flatMap((port) => [port, ...port.queues]);
}
