/** Qdiscs with counters and tins as people read them. */
import { DECIMAL_UNITS, formatBytesForReading, type ReadingUnits } from '../lib/units.ts';
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
    view.details === undefined || !isCakeStats(view.details)
      ? ''
      : formatCake(view.details, view.options.diffserv, DECIMAL_UNITS);
  return `${lines.join('\n')}\n${tins}`;
}

export function isCakeStats(details: object): details is CakeStats {
  return 'tins' in details && Array.isArray(details.tins);
}

const TIN_ROWS: readonly (readonly [string, (tin: CakeTinStats, units: ReadingUnits) => string])[] = [
  ['threshold', (tin, units) => units.rate(tin.thresholdRateBitPerS)],
  ['target', (tin, units) => units.delay(tin.targetUs)],
  ['peak delay', (tin, units) => units.delay(tin.peakDelayUs)],
  ['average delay', (tin, units) => units.delay(tin.averageDelayUs)],
  ['sparse delay', (tin, units) => units.delay(tin.baseDelayUs)],
  ['backlog', (tin, units) => units.bytes(tin.backlogBytes)],
  ['sent', (tin, units) => units.bytes(tin.sentBytes)],
  ['packets', (tin) => String(tin.sentPackets)],
  ['dropped', (tin) => String(tin.droppedPackets)],
  ['ECN marked', (tin) => String(tin.ecnMarkedPackets)],
  ['ACKs dropped', (tin) => String(tin.acksDroppedPackets)],
  ['sparse flows', (tin) => String(tin.sparseFlows)],
  ['bulk flows', (tin) => String(tin.bulkFlows)],
  ['unresponsive', (tin) => String(tin.unresponsiveFlows)],
  ['way collisions', (tin) => String(tin.wayCollisions)],
];

/** What CAKE has counted, its tins as the columns of a table. @param mode the value of its option diffserv */
export function formatCake(
  stats: CakeStats,
  mode: QdiscView['options'][string] | undefined,
  units: ReadingUnits,
): string {
  const memory =
    `  memory used ${units.bytes(stats.memoryUsedBytes)} of ${units.bytes(stats.memoryLimitBytes)}, ` +
    `capacity estimate ${units.rate(stats.capacityEstimateBitPerS)}\n`;
  if (stats.tins.length === 0) return memory;
  const names = stats.tins.map((_, i) => cakeTinName(String(mode), i));
  const rows = TIN_ROWS.map(([label, cell]) => [label, ...stats.tins.map((tin) => cell(tin, units))]);
  return memory + formatTable([['', ...names], ...rows], '  ');
}
