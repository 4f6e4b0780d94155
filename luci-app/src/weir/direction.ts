/** One direction of a shaper: its rate against the limit, its charts and its tins. */

import { formatBytesForReading } from '../../../src/lib/units.ts';
import type { DirectionName } from '../../../src/model/config.ts';
import type { ShaperHistory } from '../../../src/model/history.ts';
import type { BriefDirection } from '../../../src/model/stats_brief.ts';
import type { DirectionStatus } from '../../../src/model/status.ts';
import { Charts, type Range } from './charts.ts';
import { readingBetween, Series } from './series.ts';
import { TinTable } from './tins.ts';
import { limitNumber, rateNumber } from './units.ts';
import { directionText } from './words.ts';

export class DirectionPanel {
  readonly node: HTMLElement;
  private readonly direction: DirectionName;
  private readonly rate = E('b', { class: 'weir-now' });
  private readonly limit = E('span', { class: 'weir-of' });
  private readonly meter = E('i');
  private readonly problem = E('p', { class: 'weir-problem', hidden: '' });
  private readonly charts: Charts;
  private readonly tins: TinTable;
  private range: Range;
  private series: Series;
  private status: DirectionStatus | null = null;
  private before: BriefDirection | null = null;

  constructor(direction: DirectionName, range: Range) {
    const name = directionText(direction);
    this.direction = direction;
    this.range = range;
    this.series = new Series(range.slotS, range.slots);
    this.charts = new Charts(name, range);
    this.tins = new TinTable(_('Tins: %s').format(name));
    this.node = E('section', { class: `weir-direction weir-${direction}`, 'aria-label': name }, [
      E('div', { class: 'weir-head' }, [
        E('h4', {}, [E('span', { 'aria-hidden': 'true' }, [direction === 'download' ? '↓ ' : '↑ ']), name]),
        E('p', { class: 'weir-rate-now' }, [this.rate, this.limit]),
      ]),
      E('div', { class: 'weir-meter', 'aria-hidden': 'true' }, [this.meter]),
      this.problem,
      this.charts.node,
      this.tins.node,
    ]);
  }

  get limitBitPerS(): number {
    return this.status?.rateBitPerS ?? this.status?.wantedRateBitPerS ?? 0;
  }

  setStatus(status: DirectionStatus | null): void {
    this.status = status;
    const { limitBitPerS, problem } = this;
    this.node.hidden = status === null;
    problem.hidden = status === null || status.reason === null;
    problem.replaceChildren(_('Not in force: %s').format(status?.reason ?? ''));
    const limit = limitBitPerS > 0 ? _('of %s Mbit/s').format(limitNumber(limitBitPerS)) : _('Mbit/s, unlimited');
    this.limit.replaceChildren(limit);
  }

  /** From now on over this range, of which the daemon remembers so much; shown with the next `add`. */
  setHistory(answer: ShaperHistory, range: Range): void {
    this.range = range;
    this.series = new Series(range.slotS, range.slots);
    this.series.fill(answer, answer[this.direction]);
  }

  add(now: BriefDirection | null): void {
    const { limitBitPerS } = this;
    const reading = now === null ? undefined : readingBetween(this.before, now);
    const rate = now?.rateBitPerS ?? null;
    this.before = now;
    this.rate.replaceChildren(rateNumber(rate));
    const share = limitBitPerS > 0 ? Math.min((rate ?? 0) / limitBitPerS, 1) : 0;
    this.meter.style.width = `${(share * 100).toFixed(1)}%`;
    this.tins.node.hidden = now === null;
    if (now !== null) this.tins.show(now.tins, limitBitPerS);
    if (reading !== undefined) this.series.add(reading);
    const sum = now === null ? '' : _('%s in total').format(formatBytesForReading(now.sentBytes));
    this.charts.show(this.series, this.range, limitBitPerS, sum);
  }
}
