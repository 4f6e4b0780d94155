/** The figures, as a table of at most 80 columns. */
import type { Comparison, DirectionFigures } from './figures.ts';
import { DIRECTIONS } from './run.ts';

const WIDTHS = [10, 10, 15, 20, 20] as const;

/** Lines without line ends. */
export function tableLines(comparison: Comparison): string[] {
  const lines = [
    columns('', '', 'idle line', 'full, no weir', 'full, with weir'),
    WIDTHS.map((width) => '-'.repeat(width - 1)).join(' '),
  ];
  for (const direction of DIRECTIONS) lines.push(...directionLines(direction, comparison[direction]), '');
  return lines.slice(0, -1);
}

function directionLines(direction: string, { idle, without, with: shaped }: DirectionFigures): string[] {
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  const mbit = (bitPerS: number) => `${(bitPerS / 1e6).toFixed(1)} Mbit/s`;
  return [
    columns(direction, 'p50', ms(idle.p50Ms), ms(without.p50Ms), ms(shaped.p50Ms)),
    columns('', 'p95', ms(idle.p95Ms), ms(without.p95Ms), ms(shaped.p95Ms)),
    columns('', 'p99', ms(idle.p99Ms), ms(without.p99Ms), ms(shaped.p99Ms)),
    columns('', 'lost', percent(idle.lost), percent(without.lost), percent(shaped.lost)),
    columns('', 'goodput', '', mbit(without.goodputBitPerS), mbit(shaped.goodputBitPerS)),
  ];
}

function columns(...cells: readonly string[]): string {
  return cells
    .map((cell, index) =>
      index < 2 ? cell.padEnd(WIDTHS[index] ?? 0) : cell.padStart((WIDTHS[index] ?? 0) - 1).concat(' '),
    )
    .join('')
    .trimEnd();
}
