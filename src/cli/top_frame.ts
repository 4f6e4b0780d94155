/** What `weir top` shows, as a pure function of what is known, of the size of the screen, and of the keys pressed so far. */
import { describeIssue, type Issue } from '../lib/issue.ts';
import { formatBytesForReading, formatDelayForReading } from '../lib/units.ts';
import type { DirectionName } from '../model/config.ts';
import { DIRECTIONS } from '../model/config.ts';
import type { ShaperHistory } from '../model/history.ts';
import type { DirectionHistory, Numbers } from '../model/history_ring.ts';
import type { DirectionStats, ShaperStats, TinStats } from '../model/stats.ts';
import type { DirectionStatus, ShaperStatus } from '../model/status.ts';
import type { Screen } from './top_screen.ts';
import type { Line, Size } from './top_terminal.ts';
import { formatRateIn, type RateUnit, sparkline } from './top_text.ts';

export interface TopShaper {
  readonly status: ShaperStatus;
  readonly stats: ShaperStats | undefined;
  /** By the second. */
  readonly history: ShaperHistory | undefined;
}

export interface TopData {
  readonly shapers: readonly TopShaper[];
  readonly issues: readonly Issue[];
  /** Monotonic time of all this. */
  readonly nowMs: number;
}

/** What the keys have chosen. */
export interface TopView {
  readonly shaper: number;
  readonly unit: RateUnit;
}

export const FIRST_VIEW: TopView = { shaper: 0, unit: 'bits' };

/** The view after `key`: a character, or an escape sequence as terminals send them. */
export function pressed(key: string, view: TopView, shapers: number): TopView | 'quit' {
  const move = (by: number): TopView => ({
    ...view,
    shaper: shapers === 0 ? 0 : (Math.min(view.shaper, shapers - 1) + by + shapers) % shapers,
  });
  switch (key) {
    case 'q':
    case 'Q':
      return 'quit';
    case '\t':
    case 'n':
    case '\x1b[C':
    case '\x1b[B':
      return move(1);
    case 'p':
    case '\x1b[Z':
    case '\x1b[D':
    case '\x1b[A':
      return move(-1);
    case 'u':
      return { ...view, unit: view.unit === 'bits' ? 'bytes' : 'bits' };
  }
  const digit = '123456789'.indexOf(key);
  return key.length === 1 && digit >= 0 && digit < shapers ? { ...view, shaper: digit } : view;
}

const MOST_ISSUES = 3;
const KEYS = ' q quit   Tab next shaper   u bit/s or bytes/s';

/** The whole screen, as many lines as it has. */
export function topFrame(data: TopData | undefined, view: TopView, size: Size): Line[] {
  if (data === undefined) return [{ text: ' weir top', style: 'title' }];
  const chosen = Math.min(view.shaper, data.shapers.length - 1);
  const shaper = data.shapers[chosen];
  const count = data.shapers.length > 1 ? ` ${chosen + 1} of ${data.shapers.length} ` : ' ';
  const title = shaper === undefined ? ' weir: no shaper is configured' : ` ${shaperTitle(shaper.status)}`;
  const lines: Line[] = [
    { text: title.padEnd(size.columns - count.length).slice(0, size.columns - count.length) + count, style: 'title' },
    ...issueLines(data.issues),
  ];
  if (shaper !== undefined) {
    for (const direction of DIRECTIONS) {
      lines.push({ text: '' }, ...directionLines(direction, shaper, view.unit, size.columns, data.nowMs));
    }
  }
  const room = size.rows - 1;
  while (lines.length < room) lines.push({ text: '' });
  return [...lines.slice(0, room), { text: KEYS, style: 'faint' }];
}

/** Every shaper, for a pipe or a file. */
export function topText(data: TopData, columns: number): string {
  const lines = issueLines(data.issues);
  for (const shaper of data.shapers) {
    lines.push({ text: shaperTitle(shaper.status) });
    for (const direction of DIRECTIONS) {
      lines.push(...directionLines(direction, { ...shaper, history: undefined }, 'bits', columns, data.nowMs));
    }
  }
  if (data.shapers.length === 0) lines.push({ text: 'no shaper is configured' });
  return lines.map(({ text }) => `${text.trimEnd()}\n`).join('');
}

function shaperTitle({ name, device, state, reason }: ShaperStatus): string {
  return `${name}${device === null ? '' : ` on ${device}`}: ${state}${reason === null ? '' : `: ${reason}`}`;
}

function issueLines(issues: readonly Issue[]): Line[] {
  const lines: Line[] = issues
    .slice(0, MOST_ISSUES)
    .map((issue) => ({ text: `${issue.severity}: ${describeIssue(issue)}`, style: 'alarm' }));
  if (issues.length > MOST_ISSUES) lines.push({ text: `and ${issues.length - MOST_ISSUES} more`, style: 'alarm' });
  return lines;
}

function directionLines(
  direction: DirectionName,
  { status, stats, history }: TopShaper,
  unit: RateUnit,
  columns: number,
  nowMs: number,
): Line[] {
  const wanted = status[direction];
  const now = stats?.[direction] ?? null;
  if (wanted === null) return [{ text: `${direction}: not shaped`, style: 'faint' }];
  const lines: Line[] = [{ text: directionTitle(direction, wanted, now, unit), style: 'heading' }];
  if (wanted.reason !== null) lines.push({ text: `  ${wanted.reason}`, style: 'alarm' });
  const lately = history?.[direction] ?? null;
  if (lately !== null && history !== undefined) {
    const lastSlot = Math.floor((nowMs - history.lastBeganMsAgo) / (history.resolutionS * 1000));
    lines.push(...sparklines(lately, wanted.rateBitPerS ?? 0, unit, columns, lastSlot));
  }
  if (now !== null) {
    lines.push({ text: `  ${summary(now, lately)}` });
    lines.push(...tinTable(now.tins, unit, columns).map((text) => ({ text })));
  }
  return lines;
}

function directionTitle(
  direction: DirectionName,
  wanted: DirectionStatus,
  now: DirectionStats | null,
  unit: RateUnit,
): string {
  const { rateBitPerS, wantedRateBitPerS, inForce, kind, qdiscDevice } = wanted;
  const limit = rateBitPerS ?? wantedRateBitPerS;
  const rate = now?.rateBitPerS ?? null;
  const share = rate === null || limit === 0 ? '' : ` (${Math.round((100 * rate) / limit)} %)`;
  const queues = now !== null && now.queues > 1 ? `, ${now.queues} queues` : '';
  const force = inForce ? '' : ' not in force';
  const of = limit === 0 ? 'unlimited' : `of ${formatRateIn(unit, limit)}${force}${share}`;
  return `${direction.padEnd(8)}  ${formatRateIn(unit, rate)} ${of}, ${kind} on ${qdiscDevice}${queues}`;
}

const LABEL_COLUMNS = 22;

/** Rate and peak delay of the last minutes, under each other by time. */
function sparklines(
  { rateBitPerS, peakDelayUs }: DirectionHistory,
  limitBitPerS: number,
  unit: RateUnit,
  columns: number,
  lastSlot: number,
): Line[] {
  const width = columns - LABEL_COLUMNS - 3;
  if (width < 8 || rateBitPerS.length === 0) return [];
  const row = (numbers: Numbers, top: number, label: string): Line => ({
    text: `  ${label.padEnd(LABEL_COLUMNS)} ${sparkline(numbers, width, top, lastSlot)}`,
  });
  const most = largest(rateBitPerS);
  const worst = largest(peakDelayUs);
  return [
    row(rateBitPerS, Math.max(most, limitBitPerS, 1), `most ${formatRateIn(unit, most)}`),
    row(peakDelayUs, Math.max(worst, 1), `peak delay ${formatDelayForReading(worst)}`),
  ];
}

function largest(numbers: Numbers): number {
  return numbers.reduce((most: number, number) => Math.max(most, number ?? 0), 0);
}

function summary(now: DirectionStats, lately: DirectionHistory | null): string {
  const delay =
    now.peakDelayUs === null || now.averageDelayUs === null
      ? 'delay -'
      : `delay ${formatDelayForReading(now.averageDelayUs)}, peak ${formatDelayForReading(now.peakDelayUs)}`;
  const lastOf = (numbers: Numbers | undefined): string => {
    const last = numbers?.at(-1) ?? null;
    return last === null ? '' : ` (${last}/s)`;
  };
  return [
    delay,
    `backlog ${formatBytesForReading(now.backlogBytes)}`,
    `drops ${now.droppedPackets}${lastOf(lately?.droppedPackets)}`,
    `marks ${now.ecnMarkedPackets}${lastOf(lately?.ecnMarkedPackets)}`,
  ].join('   ');
}

type Column = readonly [head: string, cell: (tin: TinStats, unit: RateUnit) => string];

/** A tin that sends nothing has no delay: what the kernel shows then is of long ago. */
const delay =
  (name: 'peakDelayUs' | 'averageDelayUs' | 'baseDelayUs') =>
  (tin: TinStats): string =>
    tin.active ? formatDelayForReading(tin[name]) : '-';
const count =
  (name: 'droppedPackets' | 'ecnMarkedPackets' | 'acksDroppedPackets') =>
  (tin: TinStats): string =>
    String(tin[name]);

/** The most wanted first: those that do not fit are left out from the end. */
const COLUMNS: readonly Column[] = [
  ['', (tin) => tin.name],
  ['rate', (tin, unit) => formatRateIn(unit, tin.rateBitPerS)],
  ['average', delay('averageDelayUs')],
  ['peak', delay('peakDelayUs')],
  ['drops', count('droppedPackets')],
  ['marks', count('ecnMarkedPackets')],
  ['backlog', (tin) => formatBytesForReading(tin.backlogBytes)],
  ['flows', (tin) => `${tin.sparseFlows}+${tin.bulkFlows}`],
  ['sparse', delay('baseDelayUs')],
  ['ACKs dropped', count('acksDroppedPackets')],
  ['unresponsive', (tin) => String(tin.unresponsiveFlows)],
  ['up to', (tin, unit) => formatRateIn(unit, tin.thresholdRateBitPerS)],
];

/** Widths that do not change with every frame. */
const CELL_COLUMNS = 9;
const RATE_COLUMNS = 12;

function tinTable(tins: readonly TinStats[], unit: RateUnit, columns: number): string[] {
  const rows = ['', '', ...tins].map(() => '  ');
  for (const [head, cell] of COLUMNS) {
    const texts = [head, ...tins.map((tin) => cell(tin, unit))];
    const least = head === '' ? RATE_COLUMNS : head === 'rate' || head === 'up to' ? RATE_COLUMNS + 1 : CELL_COLUMNS;
    const width = Math.max(least, ...texts.map((text) => text.length + 1));
    if ((rows[0] ?? '').length + width > columns && head !== '') break;
    texts.forEach((text, i) => {
      rows[i] += head === '' ? text.padEnd(width) : text.padStart(width);
    });
  }
  return rows.slice(0, tins.length + 1);
}

/** The screen of `weir top`. */
export const SHAPERS_SCREEN: Screen<TopData, TopView> = {
  first: FIRST_VIEW,
  pressed: (key, view, data) => pressed(key, view, data?.shapers.length ?? 0),
  frame: topFrame,
};
