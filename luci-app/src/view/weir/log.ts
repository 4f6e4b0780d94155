/** Network → Weir → Log and support. */
import dom from 'luci/dom';
import poll from 'luci/poll';
import uci from 'luci/uci';
import view from 'luci/view';
import type { Issue } from '../../../../src/lib/issue.ts';
import { CONFIG, configSections } from '../../weir/config_state.ts';
import {
  callCheck,
  callInfo,
  callLog,
  callStatus,
  errorText,
  type Info,
  type LogMessage,
  type Status,
} from '../../weir/daemon.ts';
import { agoText, reportText } from '../../weir/report.ts';
import { useStyle } from '../../weir/style.ts';

/** As many as the daemon keeps. */
const MOST_MESSAGES = 100;
const POLL_S = 5;

interface Facts {
  readonly status: Status;
  readonly info: Info;
  readonly messages: readonly LogMessage[];
  /** Of the file, of what the kernel refused, and of what else works against the shaping. */
  readonly issues: readonly Issue[];
}

async function facts(): Promise<Facts> {
  const [status, info, { messages }, { issues }] = await Promise.all([
    callStatus(),
    callInfo(),
    callLog(MOST_MESSAGES),
    callCheck(),
  ]);
  return { status, info, messages, issues: [...issues, ...status.issues, ...status.conflicts] };
}

function issueNode({ severity, where, what, expected, got }: Issue): Node {
  const more = [
    ...(expected === undefined ? [] : [_('expected %s').format(expected)]),
    ...(got === undefined ? [] : [_('found %s').format(got)]),
  ].join(', ');
  return E('div', { class: `alert-message ${severity}` }, [
    E('strong', {}, [where]),
    `: ${what}`,
    ...(more === '' ? [] : [` (${more})`]),
  ]);
}

function issueNodes(issues: readonly Issue[]): Node[] {
  return issues.length === 0 ? [E('p', {}, _('Nothing to complain about.'))] : issues.map(issueNode);
}

function capabilityWords(value: unknown): string {
  if (value === null) return _('not needed so far');
  return typeof value === 'boolean' ? (value ? _('yes') : _('no')) : JSON.stringify(value);
}

function infoRows({ version, kernel, uptimeS, memory, capabilities }: Info): (readonly [string, string])[] {
  return [
    [_('Version'), version],
    [_('Kernel'), `Linux ${kernel}`],
    [_('Running for'), agoText(uptimeS)],
    [_('Memory'), _('%s kB').format(Math.round((memory.rssBytes ?? 0) / 1024))],
    ...Object.entries(capabilities).map(([name, value]) => [name, capabilityWords(value)] as const),
  ];
}

function row([name, value]: readonly [string, string]): Node {
  return E('tr', { class: 'tr' }, [
    E('th', { class: 'td left', scope: 'row' }, [name]),
    E('td', { class: 'td left' }, [value]),
  ]);
}

function logTable(messages: readonly LogMessage[]): Node {
  if (messages.length === 0) return E('p', {}, _('No messages yet.'));
  const head = E('tr', { class: 'tr table-titles' }, [
    E('th', { class: 'th' }, _('Ago')),
    E('th', { class: 'th' }, _('Level')),
    E('th', { class: 'th' }, _('Message')),
  ]);
  const rows = [...messages]
    .reverse()
    .map(({ agoS, level, text }) =>
      E('tr', { class: `tr weir-${level}` }, [
        E('td', { class: 'td nowrap' }, [agoText(agoS)]),
        E('td', { class: 'td' }, [level]),
        E('td', { class: 'td weir-message' }, [text]),
      ]),
    );
  return E('table', { class: 'table', id: 'weir-log' }, [head, ...rows]);
}

function contents({ info, messages, issues }: Facts): Node[] {
  return [
    E('h3', {}, _('Issues')),
    E('div', { id: 'weir-issues' }, issueNodes(issues)),
    E('h3', {}, _('Messages')),
    logTable(messages),
    E('h3', {}, _('This router')),
    E('table', { class: 'table', id: 'weir-info' }, infoRows(info).map(row)),
  ];
}

/** Without https a browser has no clipboard for pages; then the text is shown, chosen, and copied the old way. */
async function copyReport(shown: HTMLElement): Promise<void> {
  uci.unload(CONFIG);
  const [{ status, info, messages }] = await Promise.all([facts(), uci.load(CONFIG)]);
  const text = reportText({ status, info, messages, sections: configSections() });
  const area = E('textarea', { rows: 16, readonly: '', 'aria-label': _('Report'), id: 'weir-report' }, [text]);
  const told = E('p', { role: 'status', id: 'weir-copied' });
  dom.content(shown, [told, area]);
  area.select();
  const copied =
    window.isSecureContext &&
    (await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    ));
  // Deprecated, and the only way over http.
  dom.content(told, copied || document.execCommand('copy') ? _('Copied.') : _('Copy this text.'));
}

export default view.extend({
  async render() {
    const shown = E('div', { id: 'weir-facts' });
    const report = E('div', {});
    const problem = (error: unknown): Node =>
      E('p', { class: 'alert-message error' }, [_('weir does not answer: %s').format(errorText(error))]);
    const update = async (): Promise<void> => {
      try {
        dom.content(shown, contents(await facts()));
      } catch (error) {
        dom.content(shown, [problem(error)]);
      }
    };
    const copy = (): Promise<unknown> => copyReport(report).catch((error) => dom.content(report, [problem(error)]));
    await Promise.all([update(), useStyle()]);
    poll.add(update, POLL_S);
    return E('div', { id: 'weir-support' }, [
      E('h2', {}, _('Log and support')),
      E('div', { class: 'cbi-map-descr' }, _('What weir did lately, and what to send to somebody who helps.')),
      E('p', {}, [E('button', { class: 'btn cbi-button-action', id: 'weir-copy', click: copy }, _('Copy a report'))]),
      report,
      shown,
    ]);
  },
  handleSave: null,
  handleSaveApply: null,
  handleReset: null,
});
