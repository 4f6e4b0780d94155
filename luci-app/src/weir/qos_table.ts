/** What ports with a QoS of Open vSwitch have sent: a row a port, and below it one for each of its queues. */
import { formatBytesForReading, formatRate } from '../../../src/lib/units.ts';
import type { Status } from './daemon.ts';
import { type Column, DataTable, moreText, smallPrint } from './data_table.ts';
import { NO_NUMBER } from './units.ts';

type Port = Status['qos'][number];
type Row = Port | Port['queues'][number];
type Colours = NonNullable<Row['colours']>;

const COLUMNS: readonly Column<Row>[] = [
  { text: _('QoS'), help: _('Ports, and queues by their numbers'), cell: (row) => [nameOf(row)] },
  { text: _('Sent'), help: _('Bytes and packets since it was made'), cell: counted },
  { text: _('Dropped'), help: _('Packets dropped in all'), cell: ({ dropped }) => [`${dropped ?? NO_NUMBER}`] },
];

const COLOURS: readonly Column<Row>[] = [
  colour('green', _('Green'), _('What fits into the committed rate')),
  colour('yellow', _('Yellow'), _('What fits into the excess rate')),
  colour('red', _('Red'), _('What fits into neither')),
];

function colour(name: keyof Colours, text: Translated, help: Translated): Column<Row> {
  return { text, help, cell: ({ colours }) => counted(colours?.[name]) };
}

function counted(counters: Pick<Row, 'packets' | 'bytes'> | null | undefined): readonly (Node | string)[] {
  const { packets = null, bytes = null } = counters ?? {};
  return bytes === null ? [NO_NUMBER] : [formatBytesForReading(bytes), E('small', {}, [`${packets}`])];
}

function nameOf(row: Row): Node {
  const ids = Object.entries(row.externalIds).map(([key, value]) => `${key}=${value}`);
  if (!('queues' in row)) return node(1, row.section, `${row.id}`, ids);
  const { name, device, type, maxRateBitPerS: rate, queuesLeftOut } = row;
  return node(0, name, device, [rate === null ? type : `${type} ${formatRate(rate)}`, ...ids, moreText(queuesLeftOut)]);
}

function node(level: number, section: string, where: string, details: readonly string[]): Node {
  const title = E('span', {}, [E('b', {}, [section]), ` ${where}`]);
  return E('div', { class: 'weir-node', style: `--level:${level}` }, [title, ...details.map(smallPrint)]);
}

export class QosTable {
  readonly node: HTMLElement;
  private readonly table: DataTable<Row>;

  /** @param isMetered whether a port has a policer, whose colours take columns */
  constructor(isMetered: boolean) {
    this.table = new DataTable('weir-qos', _('QoS'), [...COLUMNS, ...(isMetered ? COLOURS : [])]);
    this.node = this.table.node;
  }

  show(ports: Status['qos']): void {
    this.table.show(ports.flatMap((port) => [port, ...port.queues]));
  }
}
