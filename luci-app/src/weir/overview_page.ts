/** The Overview page as it lives: asks each second while it is in sight, and shows what it was told. */
import type { Issue } from '../../../src/lib/issue.ts';
import { actionButton } from './actions.ts';
import type { Range } from './charts.ts';
import {
  callBriefStats,
  callCheckFile,
  callConfig,
  callHistory,
  callReload,
  callStatus,
  type EffectiveConfig,
  errorText,
  type Status,
} from './daemon.ts';
import { goneNotice, linkTo, notice } from './notice.ts';
import { noticesOf, welcome } from './notices.ts';
import { ShaperCard } from './shaper_card.ts';

/** States and conflicts change seldom, and to look for them costs more: every so many polls. */
const POLLS_A_STATUS = 5;

export class OverviewPage {
  readonly node: HTMLElement;
  private readonly notices = E('div', { 'aria-live': 'polite' });
  private readonly cards = E('div', { class: 'weir-cards' });
  private readonly tools = E('div', { class: 'weir-tools' });
  private readonly ranges: readonly Range[];
  private range: Range;
  private list: readonly ShaperCard[] = [];
  /** The configuration, and what is wrong with its file; asked for anew after something was changed. */
  private config: EffectiveConfig | undefined;
  private fileIssues: readonly Issue[] = [];
  /** What stands in `notices`, so that it is read out only when it is news. */
  private said = '';
  private polls = 0;
  /** Whether the charts know what was before: not at first, nor after the page was out of sight. */
  private isCurrent = false;

  constructor() {
    const [first, ...others] = [
      { slotS: 1, slots: 300, label: _('5 minutes') },
      { slotS: 10, slots: 360, label: _('1 hour') },
      { slotS: 60, slots: 1440, label: _('24 hours') },
    ] as const;
    this.ranges = [first, ...others];
    this.range = first;
    const reload = actionButton(
      _('Reload'),
      _('Reads the configuration file again and puts it in force'),
      'cbi-button-reload',
      callReload,
      () => this.refresh(),
    );
    this.tools.append(this.rangeChoice(), reload);
    this.node = E('div', { id: 'weir-overview' }, [
      E('div', { class: 'weir-top' }, [E('h2', {}, [_('Weir')]), this.tools]),
      this.notices,
      this.cards,
    ]);
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.isCurrent = false;
      else if (this.node.isConnected) void this.poll();
    });
  }

  private rangeChoice(): HTMLElement {
    const choices = this.ranges.map((range) => {
      const input = E('input', {
        type: 'radio',
        name: 'weir-range',
        value: range.slotS,
        checked: range === this.range ? '' : null,
        change: () => this.look(range),
      });
      return E('label', {}, [input, E('span', {}, [range.label])]);
    });
    return E('fieldset', { class: 'weir-ranges' }, [E('legend', {}, [_('Time shown')]), ...choices]);
  }

  private look(range: Range): Promise<void> {
    this.range = range;
    this.isCurrent = false;
    return this.poll();
  }

  /** After something was changed. */
  private refresh(): Promise<void> {
    this.polls = 0;
    this.config = undefined;
    return this.poll();
  }

  /** Asks for what is due. Nothing while the page is out of sight, so that the daemon can sleep. */
  async poll(): Promise<void> {
    if (document.hidden) return;
    try {
      const { range } = this;
      const isCurrent = this.isCurrent && this.list.length > 0;
      const needsStatus = !isCurrent || this.config === undefined || this.polls % POLLS_A_STATUS === 0;
      const [stats, status, config, check] = await Promise.all([
        callBriefStats(),
        needsStatus ? callStatus() : undefined,
        this.config ?? callConfig(),
        this.config === undefined ? callCheckFile() : undefined,
      ]);
      this.config = config;
      if (check !== undefined) this.fileIssues = check.issues;
      if (status !== undefined) this.setStatus(status, config);
      if (!isCurrent) {
        const histories = await Promise.all(this.list.map(({ name }) => callHistory(name, range.slotS)));
        // Another range may have been chosen meanwhile, which asks itself.
        if (range !== this.range) return;
        this.list.forEach((card, i) => {
          const history = histories[i];
          if (history !== undefined) card.setHistory(history, range);
        });
        this.isCurrent = true;
      }
      for (const card of this.list) card.add(stats.shapers.find(({ name }) => name === card.name));
      this.polls++;
    } catch (error) {
      this.showGone(errorText(error));
    }
  }

  private setStatus(status: Status, config: EffectiveConfig): void {
    const names = status.shapers.map(({ name }) => name);
    if (names.join(' ') !== this.list.map(({ name }) => name).join(' ')) {
      if (this.list.length > 0) this.config = undefined;
      this.list = names.map((name) => new ShaperCard(name, this.range, () => this.refresh()));
      this.isCurrent = false;
      this.cards.replaceChildren(...this.list.map(({ node }) => node));
    }
    if (names.length === 0) this.showNoShaper();
    this.cards.hidden = false;
    this.tools.hidden = false;
    this.list.forEach((card, i) => {
      const shaper = status.shapers[i];
      if (shaper !== undefined) card.setStatus(shaper, config);
    });
    const hint = config.history || names.length === 0 ? [] : [historyNotice()];
    this.say([...noticesOf(status, this.fileIssues), ...hint]);
  }

  /** How to begin, unless it is that the file has an error. */
  private showNoShaper(): void {
    this.config = undefined;
    const isWelcome = this.fileIssues.length === 0;
    if (isWelcome !== this.cards.childElementCount > 0) this.cards.replaceChildren(...(isWelcome ? [welcome()] : []));
  }

  private showGone(error: string): void {
    this.isCurrent = false;
    this.config = undefined;
    this.polls = 0;
    this.cards.hidden = true;
    this.tools.hidden = true;
    this.say([goneNotice(error)]);
  }

  private say(notices: readonly HTMLElement[]): void {
    const said = notices.map(({ outerHTML }) => outerHTML).join('');
    if (said === this.said) return;
    this.said = said;
    this.notices.replaceChildren(...notices);
  }
}

function historyNotice(): HTMLElement {
  return notice('info', _('The charts begin now'), [
    E('p', {}, [
      _('No history is kept while nobody looks.'),
      ' ',
      linkTo(_('Keep a day of it'), 'network', 'weir', 'settings'),
    ]),
  ]);
}
