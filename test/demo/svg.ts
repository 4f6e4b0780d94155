/** The result as a picture that stands alone: demo.svg. */
import type { Comparison } from './figures.ts';
import { axisStep, type Period, PROBE_INTERVAL_MS, type Sample } from './latency.ts';
import { type DemoRun, DIRECTIONS, type Direction, FLOWS, LASTS_MS, LINE } from './run.ts';

const WIDTH = 960;
const HEIGHT = 628;
const PLOT = { left: 76, right: 928, height: 178 } as const;
const PLOT_TOPS: Readonly<Record<Direction, number>> = { download: 152, upload: 402 };

const STYLE = `
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: #1f2933 }
.card { fill: #ffffff; stroke: #d9e0e7 }
.title { font-size: 22px; font-weight: 650 }
.sub { font-size: 14px; fill: #5b6875 }
.name { font-size: 15px; font-weight: 600 }
.axis { font-size: 12px; fill: #5b6875 }
.grid { stroke: #e6ebf0; stroke-width: 1 }
.load { fill: #f3f6f9 }
.curve { fill: none; stroke-linejoin: round; stroke-linecap: round }
.without { stroke: #d1495b; stroke-width: 1.6 }
.with { stroke: #0b7a75; stroke-width: 2 }
.t-without { fill: #b83345; font-weight: 600 }
.t-with { fill: #0b6b67; font-weight: 600 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .card { fill: #0f161d; stroke: #2b3642 }
  .sub, .axis { fill: #98a6b3 }
  .grid { stroke: #232e39 }
  .load { fill: #18222c }
  .without { stroke: #ff7b8a }
  .with { stroke: #3fd0c4 }
  .t-without { fill: #ff8f9c }
  .t-with { fill: #5fdcd1 }
}`;

/** The whole file. */
export function svgOf(without: DemoRun, shaped: DemoRun, comparison: Comparison): string {
  const title = 'A call on a full line, without weir and with it';
  const line = `${LINE.downloadKbitPerS / 1000}/${LINE.uploadKbitPerS / 1000} Mbit/s, ${LINE.rttMs} ms round trip, bloated modem`;
  const sub = `One-way latency of a packet every ${PROBE_INTERVAL_MS} ms. ${line}, ${FLOWS} downloads + ${FLOWS} uploads`;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">`,
    `<title>${title}</title>`,
    `<desc>${descriptionOf(comparison)}</desc>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="12"/>`,
    `<text class="title" x="32" y="46">${title}</text>`,
    `<text class="sub" x="32" y="72">${sub}</text>`,
    ...legend(),
    ...DIRECTIONS.flatMap((direction) => panel(direction, without, shaped, comparison)),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

function descriptionOf(comparison: Comparison): string {
  return DIRECTIONS.map((direction) => {
    const { without, with: shaped } = comparison[direction];
    return `${direction}: p99 ${without.p99Ms.toFixed(0)} ms without weir, ${shaped.p99Ms.toFixed(0)} ms with it`;
  }).join('; ');
}

function legend(): string[] {
  const entry = (x: number, kind: 'without' | 'with', text: string) =>
    `<path class="curve ${kind}" d="M${x} 98h26"/><text class="axis" x="${x + 34}" y="102">${text}</text>`;
  return [entry(32, 'without', 'without weir'), entry(164, 'with', 'with weir'), loadKey(284)];
}

function loadKey(x: number): string {
  return `<rect class="load" x="${x}" y="90" width="26" height="16"/><text class="axis" x="${x + 34}" y="102">line full; a gap in a curve is a lost packet</text>`;
}

function panel(direction: Direction, without: DemoRun, shaped: DemoRun, comparison: Comparison): string[] {
  const top = PLOT_TOPS[direction];
  const bottom = top + PLOT.height;
  const all = [...without.recordings[direction].samples, ...shaped.recordings[direction].samples];
  const highest = Math.max(...all.map(({ delayMs }) => delayMs), 1);
  const step = axisStep(highest);
  const topMs = step * Math.ceil(highest / step);
  const x = (atMs: number) => PLOT.left + (atMs / LASTS_MS) * (PLOT.right - PLOT.left);
  const y = (delayMs: number) => bottom - (delayMs / topMs) * PLOT.height;
  return [
    heading(direction, top - 14, comparison),
    loadedArea(without.loading, x, top),
    ...delayAxis(topMs, step, y),
    ...timeAxis(x, bottom),
    curve('without', without.recordings[direction].samples, x, y),
    curve('with', shaped.recordings[direction].samples, x, y),
  ];
}

function heading(direction: Direction, y: number, comparison: Comparison): string {
  const { without, with: shaped } = comparison[direction];
  const figures = (kind: string, p99Ms: number, goodputBitPerS: number, lost: number) =>
    `<tspan class="${kind}">${p99Ms.toFixed(0)} ms</tspan> (${(goodputBitPerS / 1e6).toFixed(1)} Mbit/s, ${(100 * lost).toFixed(1)} % lost)`;
  return (
    `<text class="name" x="${PLOT.left}" y="${y}">${direction}</text>` +
    `<text class="axis" x="${PLOT.right}" y="${y}" text-anchor="end">p99 on the full line: ` +
    `${figures('t-without', without.p99Ms, without.goodputBitPerS, without.lost)} → ` +
    `${figures('t-with', shaped.p99Ms, shaped.goodputBitPerS, shaped.lost)}</text>`
  );
}

type Scale = (value: number) => number;

function loadedArea(loading: Period, x: Scale, top: number): string {
  const [from, to] = [x(loading.fromMs), x(loading.toMs)];
  return `<rect class="load" x="${from.toFixed(1)}" y="${top}" width="${(to - from).toFixed(1)}" height="${PLOT.height}"/>`;
}

function delayAxis(topMs: number, step: number, y: Scale): string[] {
  const lines: string[] = [];
  for (let value = 0; value <= topMs; value += step) {
    const at = y(value).toFixed(1);
    lines.push(
      `<path class="grid" d="M${PLOT.left} ${at}H${PLOT.right}"/>` +
        `<text class="axis" x="${PLOT.left - 10}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${value} ms</text>`,
    );
  }
  return lines;
}

function timeAxis(x: Scale, bottom: number): string[] {
  const step = 1000 * axisStep(LASTS_MS / 1000);
  const labels: string[] = [];
  for (let at = 0; at <= LASTS_MS; at += step) {
    labels.push(
      `<text class="axis" x="${x(at).toFixed(1)}" y="${bottom + 20}" text-anchor="middle">${at / 1000} s</text>`,
    );
  }
  return labels;
}

/** A lost packet leaves a gap. */
function curve(kind: 'without' | 'with', samples: readonly Sample[], x: Scale, y: Scale): string {
  let previousMs = Number.NEGATIVE_INFINITY;
  const points = samples.map(({ atMs, delayMs }) => {
    const command = atMs - previousMs > 1.5 * PROBE_INTERVAL_MS ? 'M' : 'L';
    previousMs = atMs;
    return `${command}${x(atMs).toFixed(1)} ${y(delayMs).toFixed(1)}`;
  });
  return `<path class="curve ${kind}" d="${points.join('')}"/>`;
}
