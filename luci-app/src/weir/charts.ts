/**
 * The charts of a direction under each other: rate by tin, delay, drops and marks, over the same time and with one cursor, which a
 * pointer, a finger or the arrow keys move. What is under it stands in the captions.
 */
import { Chart, type ChartContent } from './chart.ts';
import { clockOffsetMs, momentText, secondText, timeText } from './clock.ts';
import { areaPath, largest, linePath, slotAt, slotX, stackedAreas, stackedBars } from './paths.ts';
import { timeTicks } from './scales.ts';
import type { Column, Series } from './series.ts';
import { set, svg } from './svg.ts';
import { tinName } from './tins.ts';
import { delayText, delayTick, limitNumber, perSecondNumber, rateNumber } from './units.ts';

const RATE_HEIGHT = 120;
const DELAY_HEIGHT = 76;
const LOSS_HEIGHT = 52;
const AXIS_HEIGHT = 18;
/** A label of the time axis has so much room. */
const TIME_WIDTH = 68;
/** Delays below this are noise: the chart does not blow them up. */
const LEAST_DELAY_US = 1000;

/** A range of time that can be looked at, as the rings of `history` have it. */
export interface Range {
  readonly slotS: number;
  readonly slots: number;
  readonly label: Translated;
}

export class Charts {
  readonly node: HTMLElement;
  private readonly rate = new Chart(RATE_HEIGHT);
  private readonly delay = new Chart(DELAY_HEIGHT);
  private readonly loss = new Chart(LOSS_HEIGHT);
  private readonly axis = svg('svg', { class: 'weir-axis', height: AXIS_HEIGHT, 'aria-hidden': 'true' });
  private readonly slider: HTMLInputElement;
  private readonly plots: HTMLElement;
  private readonly name: Translated;
  private width = 0;
  private series: Series | undefined;
  private range: Range;
  private limitBitPerS = 0;
  private sum = '';
  /** When the last slot ended, as of Date. */
  private endMs = 0;
  /** Slots before the last one; null where nobody points. */
  private pointed: number | null = null;

  /** @param name of the direction */
  constructor(name: Translated, range: Range) {
    this.name = name;
    this.range = range;
    this.slider = E('input', {
      type: 'range',
      class: 'weir-slider',
      min: 0,
      'aria-label': _('Moment to look at: %s').format(name),
      input: () => this.pointAt(this.range.slots - 1 - Number(this.slider.value)),
      focus: () => this.pointAt(this.range.slots - 1 - Number(this.slider.value)),
      blur: () => this.pointAt(null),
    });
    const charts = [this.rate, this.delay, this.loss].map(({ node }) => node);
    this.plots = E('div', { class: 'weir-plots' }, [...charts, this.axis, this.slider]);
    this.plots.addEventListener('pointermove', (event) => this.follow(event));
    this.plots.addEventListener('pointerdown', (event) => this.follow(event));
    for (const type of ['pointerleave', 'pointercancel'] as const) {
      this.plots.addEventListener(type, () => this.pointAt(null));
    }
    this.node = this.plots;
    new ResizeObserver(([entry]) => {
      const width = Math.floor(entry?.contentRect.width ?? 0);
      if (width === 0 || width === this.width) return;
      this.width = width;
      this.draw();
    }).observe(this.plots);
  }

  /** Shows the series as it is now, the same one again after something was added; `sum` says how much it was in all. */
  show(series: Series, range: Range, limitBitPerS: number, sum = ''): void {
    this.sum = sum;
    this.series = series;
    this.range = range;
    this.limitBitPerS = limitBitPerS;
    this.endMs = Date.now();
    this.draw();
  }

  private follow({ clientX }: PointerEvent): void {
    const { left, width } = this.rate.box;
    this.pointAt(this.range.slots - 1 - slotAt(clientX - left, this.range.slots, width));
  }

  private pointAt(slotsAgo: number | null): void {
    this.pointed = slotsAgo === null ? null : Math.min(Math.max(slotsAgo, 0), this.range.slots - 1);
    this.drawCursor();
  }

  private draw(): void {
    const { series, width } = this;
    if (series === undefined || width === 0) return;
    const { slots, slotS } = this.range;
    const spanMs = slots * slotS * 1000;
    const ticks = timeTicks(this.endMs, spanMs, Math.max(Math.floor(width / TIME_WIDTH), 2), clockOffsetMs());
    const x = (atMs: number): number => Math.round(width * (1 - (this.endMs - atMs) / spanMs)) + 0.5;
    const places = ticks.map(x);
    const { rateBitPerS, averageDelayUs, peakDelayUs, droppedPerS, markedPerS } = series;
    const over = this.range.label;
    this.rate.show(
      width,
      this.rateContent(series),
      places,
      summary(_('%s: rate'), this.name, over, rateBitPerS, rateText),
    );
    const delays: ChartContent = {
      most: Math.max(largest(peakDelayUs, averageDelayUs), LEAST_DELAY_US),
      tickText: delayTick,
      draw: (plot) => [
        { path: areaPath(peakDelayUs, plot), class: 'weir-peak' },
        { path: linePath(averageDelayUs, plot), class: 'weir-average' },
      ],
    };
    this.delay.show(width, delays, places, summary(_('%s: peak delay'), this.name, over, peakDelayUs, delayText));
    const losses: ChartContent = {
      most: Math.max(largest(droppedPerS) + largest(markedPerS), 1),
      tickText: perSecondNumber,
      draw: (plot) =>
        stackedBars([droppedPerS, markedPerS], plot).map((path, i) => ({
          path,
          class: i === 0 ? 'weir-dropped' : 'weir-marked',
        })),
    };
    this.loss.show(width, losses, places, summary(_('%s: drops'), this.name, over, droppedPerS, lossText));
    this.drawAxis(ticks, places);
    this.drawCursor();
  }

  private rateContent({ rateBitPerS, tins }: Series): ChartContent {
    const { limitBitPerS } = this;
    const known = tins.filter((tin) => tin.rateBitPerS.some((rate) => rate !== null));
    return {
      most: Math.max(largest(rateBitPerS), limitBitPerS * 1.04, 1),
      tickText: limitNumber,
      limit: limitBitPerS > 0 ? limitBitPerS : undefined,
      draw: (plot) => [
        { path: areaPath(rateBitPerS, plot), class: 'weir-total' },
        ...stackedAreas(
          known.map((tin) => tin.rateBitPerS),
          plot,
        ).map((path, i) => ({
          path,
          class: `weir-tin-${tins.indexOf(known[i] ?? { name: '', rateBitPerS: [] })}`,
        })),
        { path: linePath(rateBitPerS, plot), class: 'weir-rate' },
      ],
    };
  }

  private drawAxis(ticks: readonly number[], places: readonly number[]): void {
    set(this.axis, { width: this.width, viewBox: `0 0 ${this.width} ${AXIS_HEIGHT}` });
    const texts = ticks.map((atMs, i) => axisText(places[i] ?? 0, timeText(atMs), this.width));
    this.axis.replaceChildren(...texts);
  }

  /** The line in the charts, and what the captions say. */
  private drawCursor(): void {
    const { series, width, slider } = this;
    if (series === undefined || width === 0) return;
    const { slots, slotS } = this.range;
    const slot = slots - 1 - (this.pointed ?? 0);
    const at = this.pointed === null ? null : slotX(slot, slots, width);
    for (const chart of [this.rate, this.delay, this.loss]) chart.point(at);
    const value = (column: Column): number | null => column[slot] ?? null;
    const when = this.endMs - (this.pointed ?? 0) * slotS * 1000;
    const moment = this.pointed === null ? null : slotS < 60 ? secondText(when) : momentText(when);
    const keys = series.tins.map(({ name, rateBitPerS }, tin) =>
      key(`weir-tin-${tin}`, tinName(name), rateNumber(value(rateBitPerS))),
    );
    const delays = [
      key('weir-average', _('average'), delayText(value(series.averageDelayUs))),
      key('weir-peak', _('peak'), delayText(value(series.peakDelayUs))),
    ];
    const losses = [
      key('weir-dropped', _('dropped'), perSecondNumber(value(series.droppedPerS))),
      key('weir-marked', _('marked'), perSecondNumber(value(series.markedPerS))),
    ];
    this.rate.caption.replaceChildren(
      title(_('Rate'), _('Mbit/s'), moment),
      E('span', { class: 'weir-sum' }, [this.sum]),
      ...(keys.length > 1 ? [E('span', { class: 'weir-keys' }, keys)] : []),
    );
    this.delay.caption.replaceChildren(title(_('Delay'), null, null), ...delays);
    this.loss.caption.replaceChildren(title(_('Packets/s'), null, null), ...losses);
    set(slider, { max: slots - 1 });
    slider.value = String(slot);
    const total = value(series.rateBitPerS);
    slider.setAttribute(
      'aria-valuetext',
      total === null
        ? _('%s: nothing was read').format(secondText(when))
        : _('%s: %s Mbit/s, delay %s, peak %s, %s packets/s dropped, %s marked').format(
            secondText(when),
            rateNumber(total),
            delayText(value(series.averageDelayUs)),
            delayText(value(series.peakDelayUs)),
            perSecondNumber(value(series.droppedPerS)),
            perSecondNumber(value(series.markedPerS)),
          ),
    );
  }
}

const rateText = (rate: number | null): string => _('%s Mbit/s').format(rateNumber(rate));
const lossText = (number: number | null): string => _('%s packets/s').format(perSecondNumber(number));

/** What a chart shows, for who does not see it. */
function summary(
  what: Translated,
  direction: Translated,
  over: Translated,
  column: Column,
  text: (value: number | null) => string,
): string {
  const known = column.some((value) => value !== null);
  if (!known) return _('%s, last %s: nothing was read').format(what.format(direction), over);
  return _('%s, last %s: now %s, at most %s').format(
    what.format(direction),
    over,
    text(column.at(-1) ?? null),
    text(largest(column)),
  );
}

function title(text: Translated, unit: Translated | null, moment: string | null): HTMLElement {
  return E('span', { class: 'weir-title' }, [
    E('b', {}, [text]),
    unit === null ? '' : E('small', {}, [' ', unit]),
    moment === null ? '' : E('time', {}, [moment]),
  ]);
}

function key(style: string, name: string, value: string): HTMLElement {
  return E('span', { class: 'weir-key' }, [E('i', { class: `weir-swatch ${style}` }), name, ' ', E('b', {}, [value])]);
}

function axisText(x: number, text: string, width: number): SVGTextElement {
  const anchor = x < TIME_WIDTH / 3 ? 'start' : x > width - TIME_WIDTH / 3 ? 'end' : 'middle';
  const node = svg('text', { x: anchor === 'end' ? Math.min(x, width) : x, y: 13, 'text-anchor': anchor });
  node.textContent = text;
  return node;
}
