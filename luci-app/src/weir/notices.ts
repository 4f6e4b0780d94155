/** What stands above the shapers: what works against them, what went wrong, and what to do about it. */
import type { Issue } from '../../../src/lib/issue.ts';
import type { Status } from './daemon.ts';
import { details, linkTo, notice } from './notice.ts';
import { isInTuning } from './tuning_words.ts';

function conflictNotice(conflict: Issue): HTMLElement {
  const file = conflict.where.split('/').at(-1) ?? '';
  const heading = conflictHeading(file) ?? _('Something works against the shaping');
  const remedy =
    file === 'firewall' ? [E('p', {}, [linkTo(_('Turn it off in the firewall'), 'network', 'firewall')])] : [];
  return notice('warning', heading, [details(conflict), ...remedy]);
}

function conflictHeading(file: string): Translated | undefined {
  switch (file) {
    case 'firewall':
    case 'nftables':
      return _('Flow offloading can lead connections past the shaper');
    case 'sqm':
      return _('SQM shapes this link too');
    case 'qosify':
      return _('qosify shapes this link too');
    case 'qosmate':
      return _('QoSmate shapes this link too');
  }
  return undefined;
}

function issueNotice(issue: Issue): HTMLElement {
  const missing = /on OpenWrt install ([\w-]+)/.exec(issue.what)?.[1];
  if (missing === undefined) {
    return notice(issue.severity, issue.severity === 'error' ? _('Something went wrong') : _('Please check'), [
      details(issue),
    ]);
  }
  return notice(issue.severity, _('A kernel module may be missing: install the package %s').format(missing), [
    details(issue),
  ]);
}

const tuningLink = (): HTMLElement => linkTo(_('Tuning'), 'network', 'weir', 'tuning');

/** What is wrong with the file, conflicts and issues; what a card or the page Tuning says itself is left out. */
export function noticesOf({ conflicts, issues, shapers, tuning }: Status, fileIssues: readonly Issue[]): HTMLElement[] {
  const isSaid = ({ what }: Issue): boolean =>
    shapers.some(({ reason, state }) => state === 'waiting' && reason !== null && what.startsWith(reason));
  const places = new Set(tuning.map(({ device, tunable }) => (device === null ? tunable : `${device} > ${tunable}`)));
  const isTuning = ({ where }: Issue): boolean => places.has(where) || isInTuning(where);
  const isInFile = ({ where, what }: Issue): boolean =>
    fileIssues.some((issue) => issue.where === where && issue.what === what);
  return [
    ...fileIssues.map((issue) =>
      notice(issue.severity, _('In the configuration'), [
        details(issue),
        E('p', {}, [isInTuning(issue.where) ? tuningLink() : linkTo(_('Settings'), 'network', 'weir', 'settings')]),
      ]),
    ),
    ...conflicts.map(conflictNotice),
    ...issues.filter((issue) => !isSaid(issue) && !isTuning(issue) && !isInFile(issue)).map(issueNotice),
    ...(issues.some(isTuning) ? [notice('info', _('Not all of the tuning is in force'), [tuningLink()])] : []),
  ];
}

/** Before anything is configured. */
export function welcome(): HTMLElement {
  return E('div', { class: 'weir-welcome' }, [
    E('h3', {}, [_('Keep your connection fast while it is full')]),
    E('p', {}, [
      _(
        'Downloads and uploads fill the queues of a modem, and calls, games and pages then wait in them. Weir keeps those queues short.',
      ),
    ]),
    E('p', {}, [
      _(
        'It needs to know four things: which connection, how fast it is in each direction, and what kind of line it is.',
      ),
    ]),
    E('p', {}, [
      E('a', { class: 'btn cbi-button cbi-button-action important', href: L.url('admin/network/weir/settings') }, [
        _('Set it up'),
      ]),
    ]),
  ]);
}
