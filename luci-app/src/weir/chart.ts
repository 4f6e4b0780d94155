/** One chart: a plot with a grid, drawn into an SVG as wide as the page lets it be. */
import type { Plot } from './paths.ts';
import { valueScale } from './scales.ts';
import { set, svg } from './svg.ts';

/** What is drawn: a path a class of the style sheet. */
export type Draw = (plot: Plot) => readonly { readonly path: string; readonly class: string }[];

export interface ChartContent {
  /** The largest value that must fit; the plot ends at a round number above it. */
  readonly most: number;
  readonly tickText: (value: number) => string;
  readonly draw: Draw;
  /** A value with a line of its own. */
  readonly limit?: number | undefined;
}

const GRID_PARTS = 3;

export class Chart {
  readonly node: HTMLElement;
  /** What a person reads: the name, and the values now or under the cursor. */
  readonly caption = E('figcaption');
  private readonly drawing: SVGSVGElement;
  private readonly grid = svg('g', { class: 'weir-grid' });
  private readonly shapes = svg('g');
  private readonly labels = svg('g', { class: 'weir-labels' });
  private readonly cursor = svg('line', { class: 'weir-cursor', y1: 0, visibility: 'hidden' });
  private readonly height: number;

  constructor(height: number) {
    this.height = height;
    this.cursor.setAttribute('y2', String(height));
    this.drawing = svg('svg', { class: 'weir-plot', role: 'img', height, 'aria-label': '' }, [
      this.grid,
      this.shapes,
      this.cursor,
      this.labels,
    ]);
    this.node = E('figure', { class: 'weir-chart' }, [this.caption, this.drawing]);
  }

  /** Where the plot is on the page. */
  get box(): DOMRect {
    return this.drawing.getBoundingClientRect();
  }

  /** @param times where the grid has its upright lines */
  show(width: number, { most, tickText, draw, limit }: ChartContent, times: readonly number[], label: string): void {
    const { height, drawing } = this;
    const { top, ticks } = valueScale(most, GRID_PARTS);
    const y = (value: number): number => Math.round(height * (1 - value / top)) + 0.5;
    set(drawing, { width, viewBox: `0 0 ${width} ${height}`, 'aria-label': label });
    const lines = [
      ...ticks.map((tick) => svg('line', { x1: 0, x2: width, y1: y(tick), y2: y(tick) })),
      ...times.map((x) => svg('line', { x1: x, x2: x, y1: 0, y2: height })),
      svg('line', { x1: 0, x2: width, y1: height - 0.5, y2: height - 0.5, class: 'weir-base' }),
    ];
    if (limit !== undefined)
      lines.push(svg('line', { x1: 0, x2: width, y1: y(limit), y2: y(limit), class: 'weir-limit' }));
    this.grid.replaceChildren(...lines);
    this.shapes.replaceChildren(
      ...draw({ width, height, top }).map((shape) => svg('path', { d: shape.path, class: shape.class })),
    );
    const texts = ticks.map((tick) => {
      const text = svg('text', { x: 2, y: y(tick) + 11 });
      text.textContent = tickText(tick);
      return text;
    });
    this.labels.replaceChildren(...texts);
  }

  /** An upright line at a place, or none. */
  point(x: number | null): void {
    if (x !== null) set(this.cursor, { x1: x, x2: x });
    this.cursor.setAttribute('visibility', x === null ? 'hidden' : 'visible');
  }
}
