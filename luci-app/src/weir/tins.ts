/** The tins of a direction as a table, the rates as bars. */

import { formatBytesForReading } from '../../../src/lib/units.ts';
import type { TinColumns } from '../../../src/model/stats_brief.ts';
import { delayNumber, NO_NUMBER, rateNumber } from './units.ts';

/** Names of the tins for people; CAKE's own, as tc prints them, where it is another one. */
export function tinName(name: string, tins = 0): string {
  if (tins === 1) return _('All traffic');
  const names: Readonly<Record<string, Translated>> = {
    Bulk: _('Bulk'),
    'Best Effort': _('Best Effort'),
    Video: _('Video'),
    Voice: _('Voice'),
  };
  return names[name] ?? name;
}

interface Heading {
  readonly text: Translated;
  readonly help: Translated;
}

export class TinTable {
  readonly node: HTMLElement;
  private readonly headings: readonly Heading[];
  private readonly body = E('tbody', { role: 'rowgroup' });

  /** @param caption which direction it is of */
  constructor(caption: string) {
    this.headings = [
      { text: _('Tin'), help: _('Traffic is sorted into tins by its DSCP mark, and each tin gets its share.') },
      { text: _('Mbit/s'), help: _('Rate, and its share of the limit') },
      { text: _('Delay ms'), help: _('How long packets wait in the queue: average and peak') },
      { text: _('Drops'), help: _('Packets dropped since the shaper was set up') },
      { text: _('Marks'), help: _('Packets marked by ECN instead of being dropped') },
      { text: _('Queue'), help: _('What waits in the queue now') },
      { text: _('Flows'), help: _('Sparse and bulk flows that send now') },
    ];
    const cells = this.headings.map(({ text, help }) =>
      E('th', { role: 'columnheader', scope: 'col', title: help }, [text]),
    );
    this.node = E('table', { class: 'weir-tins', role: 'table' }, [
      E('caption', {}, [caption]),
      E('thead', { role: 'rowgroup' }, [E('tr', { role: 'row' }, cells)]),
      this.body,
    ]);
  }

  show(tins: TinColumns, limitBitPerS: number): void {
    this.body.replaceChildren(...tins.name.map((name, tin) => this.row(name, tin, tins, limitBitPerS)));
  }

  private row(name: string, tin: number, tins: TinColumns, limitBitPerS: number): HTMLElement {
    const rate = tins.rateBitPerS[tin] ?? null;
    // What the kernel shows of a tin that sends nothing is of long ago.
    const delay = (column: readonly number[]): string => delayNumber(column[tin] ?? null);
    const delays = tins.active[tin] === true ? `${delay(tins.averageDelayUs)} / ${delay(tins.peakDelayUs)}` : NO_NUMBER;
    const cells: readonly (readonly (Node | string)[])[] = [
      [rateNumber(rate), bar(tin, rate, limitBitPerS)],
      [delays],
      [String(tins.droppedPackets[tin] ?? 0)],
      [String(tins.ecnMarkedPackets[tin] ?? 0)],
      [formatBytesForReading(tins.backlogBytes[tin] ?? 0)],
      [`${tins.sparseFlows[tin] ?? 0} + ${tins.bulkFlows[tin] ?? 0}`],
    ];
    return E('tr', { role: 'row' }, [
      E('th', { role: 'rowheader', scope: 'row' }, [
        E('i', { class: `weir-swatch weir-tin-${tin}` }),
        tinName(name, tins.name.length),
      ]),
      ...cells.map((children, i) =>
        E('td', { role: 'cell', 'data-title': this.headings[i + 1]?.text ?? '' }, children),
      ),
    ]);
  }
}

function bar(tin: number, rate: number | null, limitBitPerS: number): HTMLElement {
  const share = limitBitPerS > 0 ? Math.min((rate ?? 0) / limitBitPerS, 1) : 0;
  return E('span', { class: 'weir-share', 'aria-hidden': 'true' }, [
    E('i', { class: `weir-swatch weir-tin-${tin}`, style: `width:${(share * 100).toFixed(1)}%` }),
  ]);
}
