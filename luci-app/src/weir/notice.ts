/** A box above a page that says what is the matter. */
import type { Issue } from '../../../src/lib/issue.ts';

type Severity = Issue['severity'] | 'info';

/** A box with a heading, a text, and a link to where it can be put right. */
export function notice(severity: Severity, heading: string, children: readonly (Node | string)[]): HTMLElement {
  return E('div', { class: `weir-notice weir-notice-${severity}`, role: severity === 'error' ? 'alert' : 'note' }, [
    E('b', {}, [heading]),
    E('div', {}, children),
  ]);
}

export function linkTo(text: Translated, ...path: readonly string[]): HTMLElement {
  return E('a', { href: L.url('admin', ...path) }, [text]);
}

/** What the daemon says of it, in its own words. */
export function details({ where, what, expected, got }: Issue): HTMLElement {
  const wanted = expected === undefined ? '' : ` → ${expected}`;
  const found = got === undefined ? '' : ` (${got})`;
  return E('p', { class: 'weir-details', lang: 'en' }, [`${where}: ${what}${found}${wanted}`]);
}

/** In place of everything: the daemon does not answer. */
export function goneNotice(error: string): HTMLElement {
  const isGone = /-32000|not found/i.test(error);
  return notice('error', isGone ? _('Weir is not running') : _('Weir does not answer'), [
    E('p', {}, [_('This page comes back by itself when it runs again.')]),
    E('p', {}, [
      _('Start it under'),
      ' ',
      linkTo(_('System → Startup'), 'system', 'startup'),
      ' ',
      _('or with'),
      ' ',
      E('code', {}, ['/etc/init.d/weir start']),
    ]),
    E('p', { class: 'weir-details', lang: 'en' }, [error]),
  ]);
}
