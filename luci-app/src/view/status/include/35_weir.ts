/** Status → Overview: a line for each shaper. */
import baseclass from 'luci/baseclass';
import type { BriefStats } from '../../../../../src/model/stats_brief.ts';
import { callBriefStats, callStatus, errorText, type ShaperStatus, type Status } from '../../../weir/daemon.ts';
import { delayText, limitNumber, rateNumber } from '../../../weir/units.ts';
import { directionText, stateWords } from '../../../weir/words.ts';

interface Answers {
  readonly status: Status;
  readonly shapers: readonly BriefStats[];
}

const DIRECTIONS = ['download', 'upload'] as const;

function directionCell(
  direction: (typeof DIRECTIONS)[number],
  shaper: ShaperStatus,
  stats: BriefStats | undefined,
): Node {
  const status = shaper[direction];
  const now = stats?.[direction] ?? null;
  const limit = status?.rateBitPerS ?? 0;
  const rate = rateNumber(now?.rateBitPerS ?? null);
  const text =
    status === null
      ? _('not shaped')
      : limit > 0
        ? _('%s of %s Mbit/s, delay %s').format(rate, limitNumber(limit), delayText(now?.averageDelayUs ?? null))
        : _('%s Mbit/s').format(rate);
  return E('td', { class: 'td left', 'data-title': directionText(direction) }, [text]);
}

function row(shaper: ShaperStatus, stats: BriefStats | undefined): Node {
  return E('tr', { class: 'tr' }, [
    E('td', { class: 'td left', 'data-title': _('Shaper') }, [
      E('a', { href: L.url('admin/network/weir/overview') }, [shaper.name]),
    ]),
    E('td', { class: 'td left', 'data-title': _('State') }, [stateWords(shaper).text]),
    ...DIRECTIONS.map((direction) => directionCell(direction, shaper, stats)),
  ]);
}

export default baseclass.extend({
  title: _('Weir'),

  /** The answers, or what went wrong: a rejection would end this widget for as long as the page is open. */
  async load(): Promise<Answers | string> {
    try {
      const [status, { shapers }] = await Promise.all([callStatus(), callBriefStats()]);
      return { status, shapers };
    } catch (error) {
      return errorText(error);
    }
  },

  render(answers: Answers | string): Node {
    if (typeof answers === 'string') return E('p', {}, [_('Weir does not answer: %s').format(answers)]);
    const { status, shapers } = answers;
    if (status.shapers.length === 0) return E('p', {}, [E('em', {}, [_('No shaper is configured.')])]);
    const headings = [_('Shaper'), _('State'), ...DIRECTIONS.map(directionText)];
    return E('table', { class: 'table' }, [
      E(
        'tr',
        { class: 'tr table-titles' },
        headings.map((heading) => E('th', { class: 'th left' }, [heading])),
      ),
      ...status.shapers.map((shaper) =>
        row(
          shaper,
          shapers.find(({ name }) => name === shaper.name),
        ),
      ),
    ]);
  },
});
