/** Latency over time, drawn with characters: one chart for a direction, with the curves of both runs. */
import { axisStep, type Sample } from './latency.ts';

export interface ChartStyle {
  /** Braille dots (2 × 4 in a character); otherwise plain ASCII. */
  readonly unicode: boolean;
  /** ANSI colours. */
  readonly color: boolean;
}

export interface Curve {
  readonly samples: readonly Sample[];
  /** Of an ASCII chart. */
  readonly mark: string;
  /** ANSI: 31 is red. */
  readonly color: number;
}

const COLUMNS = 70;
const ROWS = 9;
const LABEL_COLUMNS = 8;

/**
 * Lines of at most 80 columns without line ends. Where two curves meet in one character the last one wins. Times and
 * delays are in ms; `lastsMs` is the width of the chart.
 */
export function chartLines(curves: readonly Curve[], lastsMs: number, style: ChartStyle): string[] {
  const [dotsX, dotsY] = style.unicode ? [2, 4] : [1, 1];
  const highestMs = Math.max(1, ...curves.flatMap(({ samples }) => samples.map(({ delayMs }) => delayMs)));
  const step = axisStep(highestMs);
  const topMs = step * Math.ceil(highestMs / step);
  const grid = new Grid(dotsX, dotsY);
  for (const [index, curve] of curves.entries()) {
    drawCurve(grid, index, curve.samples, lastsMs, topMs);
  }
  const lines: string[] = [];
  for (let row = 0; row < ROWS; row++) {
    let line = '';
    let lineColor: number | undefined;
    for (let column = 0; column < COLUMNS; column++) {
      const { bits, curve } = grid.cell(column, row);
      const drawn = curve === undefined ? undefined : curves[curve];
      if (style.color && drawn?.color !== lineColor) line += `\x1b[${drawn?.color ?? 0}m`;
      lineColor = drawn?.color;
      line += drawn === undefined ? ' ' : style.unicode ? String.fromCharCode(0x2800 + bits) : drawn.mark;
    }
    if (style.color && lineColor !== undefined) line += '\x1b[0m';
    lines.push(`${labelOf(row, topMs, step)}${style.unicode ? '┤' : '|'}${line}`.trimEnd());
  }
  lines.push(...timeAxis(lastsMs, style.unicode));
  return lines;
}

/** Dots, and which curve set the last one in each character. */
class Grid {
  private readonly bits = new Uint8Array(COLUMNS * ROWS);
  private readonly curves = new Map<number, number>();
  readonly width: number;
  readonly height: number;

  constructor(
    private readonly dotsX: number,
    private readonly dotsY: number,
  ) {
    this.width = COLUMNS * dotsX;
    this.height = ROWS * dotsY;
  }

  /** y counts from the bottom. */
  set(x: number, y: number, curve: number): void {
    const fromTop = this.height - 1 - y;
    const column = Math.floor(x / this.dotsX);
    const index = Math.floor(fromTop / this.dotsY) * COLUMNS + column;
    const bit = BRAILLE_BITS[fromTop % this.dotsY]?.[x % this.dotsX] ?? 0;
    this.bits[index] = (this.curves.get(index) === curve ? (this.bits[index] ?? 0) : 0) | bit;
    this.curves.set(index, curve);
  }

  cell(column: number, row: number): { bits: number; curve: number | undefined } {
    const index = row * COLUMNS + column;
    return { bits: this.bits[index] ?? 0, curve: this.curves.get(index) };
  }
}

/** Unicode's braille patterns: [row][column] of the dot in a character. */
const BRAILLE_BITS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/** Each column of dots shows all delays of its time, joined to the column before. */
function drawCurve(grid: Grid, curve: number, samples: readonly Sample[], lastsMs: number, topMs: number): void {
  const rowOf = (delayMs: number) => Math.min(Math.floor((delayMs / topMs) * grid.height), grid.height - 1);
  let previous: { low: number; high: number } | undefined;
  for (let x = 0; x < grid.width; x++) {
    const [fromMs, toMs] = [(x * lastsMs) / grid.width, ((x + 1) * lastsMs) / grid.width];
    const rows = samples.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).map(({ delayMs }) => rowOf(delayMs));
    if (rows.length === 0) continue;
    let [low, high] = [Math.min(...rows), Math.max(...rows)];
    if (previous !== undefined && low > previous.high + 1) low = previous.high + 1;
    if (previous !== undefined && high < previous.low - 1) high = previous.low - 1;
    for (let y = low; y <= high; y++) grid.set(x, y, curve);
    previous = { low: Math.min(...rows), high: Math.max(...rows) };
  }
}

/** A row has a label where a multiple of the step lies in it; the top row also for its upper end. */
function labelOf(row: number, topMs: number, step: number): string {
  const [bottom, top] = [((ROWS - 1 - row) * topMs) / ROWS, ((ROWS - row) * topMs) / ROWS];
  const value = step * Math.ceil(bottom / step - 1e-9);
  return (value < top || row === 0 ? `${value} ms` : '').padStart(LABEL_COLUMNS);
}

function timeAxis(lastsMs: number, unicode: boolean): string[] {
  const seconds = lastsMs / 1000;
  const stepS = axisStep(seconds);
  const ticks = new Map<number, string>();
  for (let at = 0; at < seconds; at += stepS) ticks.set(Math.round((at / seconds) * COLUMNS), `${at} s`);
  const rule = Array.from({ length: COLUMNS }, (_, x) => (ticks.has(x) ? (unicode ? '┬' : '+') : unicode ? '─' : '-'));
  let labels = '';
  for (const [x, text] of ticks) labels = labels.padEnd(x) + text;
  const indent = ' '.repeat(LABEL_COLUMNS);
  return [`${indent}${unicode ? '└' : '+'}${rule.join('')}`, `${indent} ${labels}`];
}
