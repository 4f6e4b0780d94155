/** Path data of SVG for columns of numbers: a gap where there is none, never a line across it. */
import { type Column, runsOf } from './series.ts';

/** Where slots and values are drawn: the plot has its origin at the top left. */
export interface Plot {
  readonly width: number;
  readonly height: number;
  /** The value at the upper edge; the lower one is 0. */
  readonly top: number;
}

/** The middle of a slot. */
export function slotX(slot: number, slots: number, width: number): number {
  return ((slot + 0.5) * width) / slots;
}

/** The slot at a place, also beside the plot. */
export function slotAt(x: number, slots: number, width: number): number {
  return Math.min(Math.max(Math.floor((x * slots) / width), 0), slots - 1);
}

function number(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function valueY(value: number, { height, top }: Plot): number {
  return height * (1 - Math.min(Math.max(value / top, 0), 1));
}

/** A line; a number alone is a dash as wide as its slot. */
export function linePath(column: Column, plot: Plot): string {
  const slots = column.length;
  const half = plot.width / slots / 2;
  return runsOf(column)
    .map(([first, last]) => {
      const y = (slot: number): string => number(valueY(column[slot] ?? 0, plot));
      if (first === last) return `M${number(slotX(first, slots, plot.width) - half)},${y(first)}h${number(half * 2)}`;
      let path = '';
      for (let slot = first; slot <= last; slot++) {
        path += `${slot === first ? 'M' : 'L'}${number(slotX(slot, slots, plot.width))},${y(slot)}`;
      }
      return path;
    })
    .join('');
}

/**
 * Areas on top of each other, the first at the bottom. A slot is drawn where any of them has a number; what has none there is 0.
 */
export function stackedAreas(columns: readonly Column[], plot: Plot): string[] {
  const slots = columns[0]?.length ?? 0;
  const sums: Column = Array.from({ length: slots }, (_, slot) =>
    columns.some((column) => column[slot] != null) ? 0 : null,
  );
  return columns.map((column) => {
    const below = [...sums];
    column.forEach((value, slot) => {
      const sum = sums[slot] ?? null;
      if (sum !== null) sums[slot] = sum + (value ?? 0);
    });
    return areaBetween(below, sums, plot);
  });
}

export function areaPath(column: Column, plot: Plot): string {
  return areaBetween(
    column.map((value) => (value === null ? null : 0)),
    column,
    plot,
  );
}

/** As wide as its slots: from the left edge of the first to the right edge of the last. */
function areaBetween(lower: Column, upper: Column, plot: Plot): string {
  const slots = upper.length;
  const half = plot.width / slots / 2;
  return runsOf(upper)
    .map(([first, last]) => {
      const point = (x: number, value: number | null | undefined): string =>
        `${number(x)},${number(valueY(value ?? 0, plot))}`;
      const x = (slot: number): number => slotX(slot, slots, plot.width);
      const forth = [point(x(first) - half, upper[first])];
      const back = [point(x(first) - half, lower[first])];
      for (let slot = first; slot <= last; slot++) {
        forth.push(point(x(slot), upper[slot]));
        back.push(point(x(slot), lower[slot]));
      }
      forth.push(point(x(last) + half, upper[last]));
      back.push(point(x(last) + half, lower[last]));
      return `M${forth.join('L')}L${back.reverse().join('L')}Z`;
    })
    .join('');
}

/** Bars on top of each other, one path a column; at least a pixel high where there was anything. */
export function stackedBars(columns: readonly Column[], plot: Plot): string[] {
  const slots = columns[0]?.length ?? 0;
  const slotWidth = plot.width / slots;
  const width = Math.max(slotWidth > 3 ? slotWidth - 1 : slotWidth, 1);
  const bases = Array.from({ length: slots }, () => plot.height);
  return columns.map((column) => {
    let path = '';
    column.forEach((value, slot) => {
      if (value === null || value <= 0) return;
      const height = Math.max(plot.height - valueY(value, plot), 1);
      const base = bases[slot] ?? plot.height;
      bases[slot] = base - height;
      path += `M${number(slot * slotWidth)},${number(base)}v${number(-height)}h${number(width)}v${number(height)}Z`;
    });
    return path;
  });
}

/** 0 where there is no number. */
export function largest(...columns: readonly Column[]): number {
  let most = 0;
  for (const column of columns) for (const value of column) if (value !== null && value > most) most = value;
  return most;
}
