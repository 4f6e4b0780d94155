/** Qdiscs with counters and tins as people read them. */
import { formatBytesForReading, formatDelayForReading, formatRateForReading } from '../lib/units.ts';
import type { QdiscView } from '../model/qdisc_view.ts';
import { formatOptions } from '../tc/kind.ts';
import { type CakeStats, type CakeTinStats, cakeTinName } from '../tc/qdisc/cake_stats.ts';
import { qdiscKind } from '../tc/registry.ts';
import { formatTable } from './table.ts';

export function formatQdisc(view: QdiscView): string {
  const kind = qdiscKind(view.kind);
  const options = kind === undefined ? [] : formatOptions(kind, view.options);
  const where = view.parent === 'root' ? 'root' : `parent ${view.parent}`;
  const lines = [
    `${view.device}: ${view.kind} ${view.handle} ${where}`,
    ...(options.length === 0 ? [] : [`  ${options.join(' ')}`]),
    `  sent ${formatBytesForReading(view.sentBytes)} in ${view.sentPackets} packets, dropped ${view.drops}, ` +
      `backlog ${view.backlogBytes} bytes in ${view.backlogPackets} packets`,
  ];
  const tins =
    view.details === undefined || !isCakeStats(view.details) ? '' : formatCake(view.details, view.options.diffserv);
  return `${lines.join('\n')}\n${tins}`;
}

function isCakeStats(details: object): details is CakeStats {
  return 'tins' in details && Array.isArray(details.tins);
}

const TIN_ROWS: readonly (readonly [string, (tin: CakeTinStats) => string])[] = [
  ['threshold', (tin) => formatRateForReading(tin.thresholdRateBitPerS)],
  ['target', (tin) => formatDelayForReading(tin.targetUs)],
  ['peak delay', (tin) => formatDelayForReading(tin.peakDelayUs)],
  ['average delay', (tin) => formatDelayForReading(tin.averageDelayUs)],
  ['sparse delay', (tin) => formatDelayForReading(tin.baseDelayUs)],
  ['backlog', (tin) => formatBytesForReading(tin.backlogBytes)],
  ['sent', (tin) => formatBytesForReading(tin.sentBytes)],
  ['packets', (tin) => String(tin.sentPackets)],
  ['dropped', (tin) => String(tin.droppedPackets)],
  ['ECN marked', (tin) => String(tin.ecnMarkedPackets)],
  ['ACKs dropped', (tin) => String(tin.acksDroppedPackets)],
  ['sparse flows', (tin) => String(tin.sparseFlows)],
  ['bulk flows', (tin) => String(tin.bulkFlows)],
  ['unresponsive', (tin) => String(tin.unresponsiveFlows)],
  ['way collisions', (tin) => String(tin.wayCollisions)],
];

function formatCake(stats: CakeStats, mode: QdiscView['options'][string] | undefined): string {
  const memory =
    `  memory used ${formatBytesForReading(stats.memoryUsedBytes)} of ${formatBytesForReading(stats.memoryLimitBytes)}, ` +
    `capacity estimate ${formatRateForReading(stats.capacityEstimateBitPerS)}\n`;
  if (stats.tins.length === 0) return memory;
  const names = stats.tins.map((_, i) => cakeTinName(String(mode), i));
  const rows = TIN_ROWS.map(([label, cell]) => [label, ...stats.tins.map(cell)]);
  return memory + formatTable([['', ...names], ...rows], '  ');
}
