/** What `weir top hosts` shows, as a pure function of what is known, of the size of the screen, and of the keys pressed so far. */
import type { HostOrder } from '../agent/host_order.ts';
import type { HostReport, HostsReport } from '../agent/host_table.ts';
import { formatBytesForReading, formatDelayForReading } from '../lib/units.ts';
import { formatTable } from './table.ts';
import type { Screen } from './top_screen.ts';
import type { Line, Size } from './top_terminal.ts';
import { formatRateIn, type RateUnit } from './top_text.ts';

export interface TopHosts extends HostsReport {
  /** By which the hosts are in order. */
  readonly order: HostOrder;
}

export interface HostsView {
  readonly order: HostOrder;
  readonly unit: RateUnit;
}

const ORDERS: Readonly<Record<string, HostOrder>> = { d: 'download', u: 'upload', b: 'bytes', r: 'rtt', a: 'address' };
const KEYS = ' q quit   d u b r a first by download, upload, bytes, round trip, address   t bit/s or bytes/s';

export const HOSTS_SCREEN: Screen<TopHosts, HostsView> = {
  first: { order: 'download', unit: 'bits' },
  pressed: (key, view) => {
    if (key === 'q' || key === 'Q') return 'quit';
    if (key === 't') return { ...view, unit: view.unit === 'bits' ? 'bytes' : 'bits' };
    const order = Object.hasOwn(ORDERS, key) ? ORDERS[key] : undefined;
    return order === undefined ? view : { ...view, order };
  },
  frame: hostsFrame,
};

function hostsFrame(data: TopHosts | undefined, { unit }: HostsView, { rows, columns }: Size): Line[] {
  if (data === undefined) return [{ text: ' weir top hosts', style: 'title' }];
  const [heading = '', ...lines] = tableOf(data.hosts.slice(0, Math.max(rows - 3, 0)), unit);
  const room = rows - 1;
  const frame: Line[] = [
    { text: ` ${data.total} hosts, the first by ${data.order}`.padEnd(columns), style: 'title' },
    { text: heading, style: 'heading' },
    ...lines.map((text) => ({ text })),
  ];
  while (frame.length < room) frame.push({ text: '' });
  return [...frame.slice(0, room), { text: KEYS, style: 'faint' }];
}

/** For a pipe or a file. */
export function hostsText({ hosts }: TopHosts): string {
  return tableOf(hosts, 'bits')
    .map((line) => `${line}\n`)
    .join('');
}

function tableOf(hosts: readonly HostReport[], unit: RateUnit): string[] {
  const heading = ['host', 'class', 'download', 'upload', 'bytes down', 'up', 'drops', 'internet', 'local'];
  const rows = hosts.map((host) => [
    host.name === null ? host.address : `${host.name} ${host.address}`,
    host.class ?? '-',
    formatRateIn(unit, host.download.rateBitPerS),
    formatRateIn(unit, host.upload.rateBitPerS),
    formatBytesForReading(host.download.bytes),
    formatBytesForReading(host.upload.bytes),
    String(host.download.drops + host.upload.drops),
    host.rtt.internet === null ? '-' : formatDelayForReading(host.rtt.internet.p50Us),
    host.rtt.local === null ? '-' : formatDelayForReading(host.rtt.local.p50Us),
  ]);
  return formatTable([heading, ...rows])
    .trimEnd()
    .split('\n');
}
