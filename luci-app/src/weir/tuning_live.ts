/** What became of each value that is tuned: asks while the page is in sight, and shows what it was told. */
import { partsTogether } from '../../../src/lib/parts.ts';
import type { TuningStatus } from '../../../src/model/tuning_status.ts';
import { callCheckFile, callStatus, errorText, type IssueText } from './daemon.ts';
import { type Column, DataTable, smallPrint } from './data_table.ts';
import { details, goneNotice, notice } from './notice.ts';
import { isInTuning, issueTitle, TUNING_STATES, type TuningLine, titleOf, tuningValue } from './tuning_words.ts';
import { NO_NUMBER } from './units.ts';

const valueCell = (item: TuningStatus, value: string | null): readonly string[] => [
  value === null ? NO_NUMBER : tuningValue(item, value),
];

const COLUMNS: readonly Column<TuningLine>[] = [
  {
    text: _('Setting'),
    help: _('Its name here, and in the kernel with its queues or interrupts'),
    cell: (line) => {
      const [title, detail] = titleOf(line);
      return detail === '' ? [title] : [title, E('small', {}, [detail])];
    },
  },
  {
    text: _('Wanted'),
    help: _('What the configuration asks for'),
    cell: ({ item }) => valueCell(item, item.wanted),
  },
  {
    text: _('In force'),
    help: _('What the kernel has now'),
    cell: ({ item }) => valueCell(item, item.inForce),
  },
  {
    text: _('State'),
    help: _('What became of it, and why'),
    cell: ({ item: { state, reason } }) => {
      const [mood, text] = TUNING_STATES[state];
      const word = E('span', { class: `weir-state weir-${mood}` }, [text]);
      return reason === null ? [word] : [word, smallPrint(reason)];
    },
  },
];

export class TuningLive {
  private readonly notices = E('div', { 'aria-live': 'polite' });
  private readonly tables = E('div');
  readonly node = E('div', { id: 'weir-tuning-live' }, [this.notices, this.tables]);
  /** What is shown, so that it is made anew only when it is news. */
  private shown = '';

  constructor() {
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden && this.node.isConnected) void this.poll();
    });
  }

  /** Nothing is asked while the page is out of sight, so that the daemon can sleep. */
  async poll(): Promise<void> {
    if (document.hidden) return;
    try {
      const [{ tuning }, { issues }] = await Promise.all([callStatus(), callCheckFile()]);
      this.show(tuning, issues);
    } catch (error) {
      this.shown = '';
      this.notices.replaceChildren(goneNotice(errorText(error)));
      this.tables.replaceChildren();
    }
  }

  private show(tuning: readonly TuningStatus[], issues: readonly IssueText[]): void {
    const news = JSON.stringify([tuning, issues]);
    if (news === this.shown) return;
    this.shown = news;
    const warnings = issues.filter(({ where }) => isInTuning(where));
    this.notices.replaceChildren(
      ...warnings.map((issue) => notice(issue.severity, issueTitle(issue.where), [details(issue)])),
    );
    const lines = partsTogether(tuning);
    const devices = [...new Set(tuning.map(({ device }) => device))];
    this.tables.replaceChildren(
      ...(lines.length === 0 ? [E('p', {}, [_('Nothing is tuned.')])] : []),
      ...devices.flatMap((device) => {
        const title = device ?? _('This router');
        const table = new DataTable(`weir-tuning-${device}`, title, COLUMNS);
        table.show(lines.filter(({ item }) => item.device === device));
        return [E('h3', {}, [title]), table.node];
      }),
    );
  }
}
