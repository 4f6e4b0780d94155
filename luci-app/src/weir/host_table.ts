/** The hosts that the bridge counts, the first of them by whatever column a person chooses. */
import type { HostOrder } from '../../../src/agent/host_order.ts';
import type { HostReport, HostsReport } from '../../../src/agent/host_table.ts';
import { formatBytesForReading } from '../../../src/lib/units.ts';
import { type Column, DataTable } from './data_table.ts';
import { delayNumber, NO_NUMBER, rateNumber } from './units.ts';

interface HostColumn extends Column<HostReport> {
  /** How the daemon chooses the hosts for it; it has the order too, unless `key` tells the page's. */
  readonly order: HostOrder;
  readonly key?: (host: HostReport) => string | number;
}

type RoundTrips = HostReport['rtt']['internet'];

const tripsText = (trips: RoundTrips): string =>
  trips === null ? NO_NUMBER : [trips.minUs, trips.p50Us, trips.p90Us].map(delayNumber).join(' / ');

const COLUMNS: readonly HostColumn[] = [
  {
    text: _('Host'),
    help: _('Its name in the configuration, and its address'),
    cell: ({ name, address }) => (name === null ? [address] : [name, E('small', {}, [address])]),
    order: 'address',
  },
  {
    text: _('Class'),
    help: _('The classes of its traffic for download and upload'),
    cell: ({ class: down, uploadClass: up }) => [
      down === up ? (down ?? NO_NUMBER) : `${down ?? NO_NUMBER} / ${up ?? NO_NUMBER}`,
    ],
    order: 'bytes',
    key: ({ class: down }) => down ?? '',
  },
  {
    text: _('Download Mbit/s'),
    help: _('Rate to the host now'),
    cell: ({ download }) => [rateNumber(download.rateBitPerS)],
    order: 'download',
  },
  {
    text: _('Upload Mbit/s'),
    help: _('Rate from the host now'),
    cell: ({ upload }) => [rateNumber(upload.rateBitPerS)],
    order: 'upload',
  },
  {
    text: _('Traffic'),
    help: _('Bytes to and from the host since it was first seen'),
    cell: ({ download, upload }) => [
      `${formatBytesForReading(download.bytes)} / ${formatBytesForReading(upload.bytes)}`,
    ],
    order: 'bytes',
  },
  {
    text: _('Internet ms'),
    help: _('Round trip from here to the internet side: least, median, 90th percentile'),
    cell: ({ rtt }) => [tripsText(rtt.internet)],
    order: 'rtt',
  },
  {
    text: _('Local ms'),
    help: _('Round trip from here to the host: least, median, 90th percentile'),
    cell: ({ rtt }) => [tripsText(rtt.local)],
    order: 'rtt',
    key: ({ rtt }) => rtt.local?.p50Us ?? 0,
  },
];

/** By download. */
const FIRST_COLUMN = 2;
const LIMITS = [15, 30, 60, 120, 500];
/** A poll of so many has some 5 kB. */
const USUAL_LIMIT = 15;

export class HostList {
  readonly node: HTMLElement;
  limit = USUAL_LIMIT;
  private readonly table: DataTable<HostReport>;
  private readonly count = E('span', { role: 'status' });
  private column = FIRST_COLUMN;
  private isReversed = false;
  private report: HostsReport = { total: 0, hosts: [] };

  /** @param changed is called when other hosts are wanted */
  constructor(changed: () => unknown) {
    this.table = new DataTable('weir-hosts', _('Hosts'), COLUMNS, (column) => {
      this.isReversed = column === this.column && !this.isReversed;
      this.column = column;
      this.showHosts();
      return changed();
    });
    const options = LIMITS.map((limit) =>
      E('option', { value: limit, selected: limit === USUAL_LIMIT ? '' : null }, [String(limit)]),
    );
    const select = E('select', { id: 'weir-limit', 'aria-label': _('At most so many hosts') }, options);
    select.addEventListener('change', () => {
      this.limit = Number(select.value);
      changed();
    });
    this.node = E('div', {}, [E('div', { class: 'weir-tools' }, [select, this.count]), this.table.node]);
    this.showHosts();
  }

  get order(): HostOrder {
    return this.chosen.order;
  }

  show(report: HostsReport): void {
    this.report = report;
    this.showHosts();
  }

  private get chosen(): HostColumn {
    const column = COLUMNS[this.column];
    if (column === undefined) throw new Error(`no column ${this.column}`);
    return column;
  }

  private showHosts(): void {
    const { key, order } = this.chosen;
    const hosts = [...this.report.hosts];
    if (key !== undefined) hosts.sort((a, b) => (key(a) < key(b) ? 1 : key(a) > key(b) ? -1 : 0));
    if (this.isReversed) hosts.reverse();
    this.table.show(hosts);
    this.table.showOrder(this.column, (order === 'address') === this.isReversed ? 'descending' : 'ascending');
    this.count.textContent = _('%d of %d hosts').format(hosts.length, this.report.total);
  }
}
