/**
 * The statistics in the text format of OpenMetrics 1.0, for Prometheus and its kin.
 *
 * Only gauges and counters, no `info` or `stateset`, so that the older text format's parsers (node_exporter's textfile collector)
 * take it too. Units are the base units of Prometheus: bytes and seconds.
 */
import { bytePerSFromBitPerS, secondsFromUs } from '../lib/units.ts';
import { DIRECTIONS } from './config.ts';
import type { DirectionStats, ShaperStats, TinStats } from './stats.ts';
import type { DirectionStatus, ShaperState, ShaperStatus } from './status.ts';

/** For the header Content-Type of whoever serves it. */
export const METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

type Unit = '' | 'bytes' | 'seconds' | 'packets' | 'bytes_per_second';

/** Names of properties that hold what a sample can be. */
type Countable<Of> = { [Name in keyof Of]: Of[Name] extends number | boolean | null ? Name : never }[keyof Of];

/** A family of metrics, named `weir_`, its name, and its unit; the property that its samples come from; its help. */
type Family<Of> = readonly [
  type: 'gauge' | 'counter',
  name: string,
  unit: Unit,
  property: Countable<Of> & string,
  help: string,
];

const STATUS: readonly Family<DirectionStatus>[] = [
  ['gauge', 'rate_wanted', 'bytes_per_second', 'wantedRateBitPerS', 'Configured rate.'],
  ['gauge', 'rate_in_force', 'bytes_per_second', 'rateBitPerS', 'Rate that the kernel shapes to; 0 is unlimited.'],
  ['gauge', 'in_force', '', 'inForce', 'Whether the direction is shaped as configured.'],
];

const DIRECTION: readonly Family<DirectionStats>[] = [
  ['counter', 'sent', 'bytes', 'sentBytes', 'Bytes sent.'],
  ['counter', 'sent', 'packets', 'sentPackets', 'Packets sent.'],
  ['gauge', 'backlog', 'bytes', 'backlogBytes', 'Bytes waiting.'],
  ['gauge', 'backlog', 'packets', 'backlogPackets', 'Packets waiting.'],
  ['gauge', 'memory_most_used', 'bytes', 'memoryUsedBytes', 'Most memory that packets ever took.'],
  ['gauge', 'memory_limit', 'bytes', 'memoryLimitBytes', 'Memory that packets may take.'],
];

const TIN: readonly Family<TinStats>[] = [
  ['counter', 'tin_sent', 'bytes', 'sentBytes', 'Bytes taken in, those dropped later among them.'],
  ['counter', 'tin_sent', 'packets', 'sentPackets', 'Packets taken in, those dropped later among them.'],
  ['counter', 'tin_dropped', 'packets', 'droppedPackets', 'Packets dropped, but for ACKs.'],
  ['counter', 'tin_ecn_marked', 'packets', 'ecnMarkedPackets', 'Packets marked with ECN.'],
  ['counter', 'tin_acks_dropped', 'packets', 'acksDroppedPackets', 'ACKs dropped by the ACK filter.'],
  ['counter', 'tin_way_indirect_hits', '', 'wayIndirectHits', 'Packets found in another queue of their set.'],
  ['counter', 'tin_way_misses', '', 'wayMisses', 'Flows that got a queue.'],
  ['counter', 'tin_way_collisions', '', 'wayCollisions', 'Flows that had to share a queue.'],
  ['gauge', 'tin_backlog', 'bytes', 'backlogBytes', 'Bytes waiting.'],
  ['gauge', 'tin_threshold', 'bytes_per_second', 'thresholdRateBitPerS', 'Rate up to which the tin has its priority.'],
  ['gauge', 'tin_delay_peak', 'seconds', 'peakDelayUs', 'Moving peak of the time in the queue.'],
  ['gauge', 'tin_delay_average', 'seconds', 'averageDelayUs', 'Moving average of the time in the queue.'],
  ['gauge', 'tin_delay_base', 'seconds', 'baseDelayUs', 'Moving average of the time in the queue of sparse flows.'],
  ['gauge', 'tin_sparse_flows', '', 'sparseFlows', 'Sparse flows.'],
  ['gauge', 'tin_bulk_flows', '', 'bulkFlows', 'Bulk flows.'],
  ['gauge', 'tin_unresponsive_flows', '', 'unresponsiveFlows', 'Flows that do not slow down for drops.'],
];

const STATES: readonly ShaperState[] = ['shaping', 'partial', 'stopped', 'waiting', 'off'];

type Labels = readonly (readonly [name: string, value: string])[];

/** Escaped as the format wants it: backslash, quote, line feed. Bytes that are no UTF-8 become U+FFFD, which the format demands. */
function escaped(text: string): string {
  return text
    .replace(/\\/g, '\\\\')
    .replace(/"/g, '\\"')
    .replace(/\n/g, '\\n')
    .replace(/[\ud800-\udfff]/gu, '\ufffd');
}

function formatLabels(labels: Labels): string {
  return `{${labels.map(([label, text]) => `${label}="${escaped(text)}"`).join(',')}}`;
}

interface Subject<Of> {
  readonly labels: string;
  readonly of: Of;
}

/** One family with a sample for each of `subjects`, or nothing where none has a value. */
function family<Of>([type, name, unit, property, help]: Family<Of>, subjects: readonly Subject<Of>[]): string {
  const full = `weir_${name}${unit === '' ? '' : `_${unit}`}`;
  const suffix = type === 'counter' ? '_total' : '';
  let samples = '';
  for (const { labels, of } of subjects) {
    const value: unknown = of[property];
    if (value !== null) samples += `${full}${suffix}${labels} ${inUnit(unit, Number(value))}\n`;
  }
  if (samples === '') return '';
  return `# TYPE ${full} ${type}\n${unit === '' ? '' : `# UNIT ${full} ${unit}\n`}# HELP ${full} ${help}\n${samples}`;
}

/** From the units inside: bit/s and µs. */
function inUnit(unit: Unit, value: number): number {
  if (unit === 'seconds') return secondsFromUs(value);
  return unit === 'bytes_per_second' ? bytePerSFromBitPerS(value) : value;
}

interface TwoWays<Of> {
  readonly name: string;
  readonly device: string | null;
  readonly download: Of | null;
  readonly upload: Of | null;
}

function shaperLabels({ name, device }: TwoWays<unknown>): Labels {
  return [
    ['shaper', name],
    ['device', device ?? ''],
  ];
}

/** Calls `visit` with each direction that there is, and its labels. */
function eachDirection<Of>(shapers: readonly TwoWays<Of>[], visit: (labels: Labels, of: Of) => void): void {
  for (const shaper of shapers) {
    for (const direction of DIRECTIONS) {
      const of = shaper[direction];
      if (of !== null) visit([...shaperLabels(shaper), ['direction', direction]], of);
    }
  }
}

/** The whole text, ended by `# EOF`. */
export function formatMetrics(
  version: string,
  statuses: readonly ShaperStatus[],
  stats: readonly ShaperStats[],
): string {
  const build = [{ labels: formatLabels([['version', version]]), of: { is: 1 } }];
  const states = statuses.flatMap((shaper) =>
    STATES.map((state) => ({
      labels: formatLabels([...shaperLabels(shaper), ['state', state]]),
      of: { is: shaper.state === state },
    })),
  );
  const inForce: Subject<DirectionStatus>[] = [];
  eachDirection(statuses, (labels, of) => inForce.push({ labels: formatLabels(labels), of }));
  const directions: Subject<DirectionStats>[] = [];
  const tins: Subject<TinStats>[] = [];
  eachDirection(stats, (labels, of) => {
    directions.push({ labels: formatLabels(labels), of });
    for (const tin of of.tins) tins.push({ labels: formatLabels([...labels, ['tin', tin.name]]), of: tin });
  });
  return [
    family(['gauge', 'build', '', 'is', 'Version of weir.'], build),
    family(['gauge', 'state', '', 'is', 'Whether the shaper is in this state.'], states),
    ...STATUS.map((each) => family(each, inForce)),
    ...DIRECTION.map((each) => family(each, directions)),
    ...TIN.map((each) => family(each, tins)),
    '# EOF\n',
  ].join('');
}
