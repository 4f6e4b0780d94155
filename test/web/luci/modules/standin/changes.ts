/** LuCI.ui.changes: how many changes wait, and how they are applied: with a way back unless this page reaches the router after. */
import request from 'luci/request';
import { changes as callChanges } from '../uci.ts';
import { hideIndicator, hideModal, showIndicator, showModal } from './messages.ts';

interface Timing {
  /** Until the router takes the changes back. */
  readonly apply_rollback: number;
  /** Before the first attempt to confirm. */
  readonly apply_holdoff: number;
  readonly apply_timeout: number;
  /** How long the result is shown. */
  readonly apply_display: number;
}

function timing(): Timing {
  const of = (name: keyof Timing): number => Number(Reflect.get(L.env, name));
  const [apply_rollback, apply_holdoff] = [of('apply_rollback'), of('apply_holdoff')];
  return { apply_rollback, apply_holdoff, apply_timeout: of('apply_timeout'), apply_display: of('apply_display') };
}

const RETRY_MS = 1000;
const after = (ms: number): Promise<void> => new Promise((resolve) => window.setTimeout(resolve, ms));

let waiting: Readonly<Record<string, readonly (readonly string[])[]>> = {};

export function init(): Promise<void> | undefined {
  if (!L.env.sessionid) return undefined;
  return callChanges().then((found) => {
    waiting = L.isObject(found) ? Object.fromEntries(Object.entries(found)) : {};
    const count = Object.values(waiting).reduce((sum, one) => sum + one.length, 0);
    if (count === 0) hideIndicator('uci-changes');
    else showIndicator('uci-changes', `${_('Unsaved Changes')}: ${count}`, displayChanges);
  });
}

export function displayChanges(): void {
  const lines = Object.entries(waiting).flatMap(([config, list]) => [
    E('h5', {}, [`# /etc/config/${config}`]),
    ...list.map((change) => E('div', {}, [change.join(' ')])),
  ]);
  const button = (text: Translated, style: string, click: () => unknown): Node =>
    E('button', { class: `btn cbi-button ${style}`, click }, [text]);
  showModal(_('Configuration / Changes'), [
    E('div', { class: 'uci-change-list' }, lines),
    E('div', { class: 'button-row' }, [
      button(_('Close'), '', hideModal),
      ' ',
      button(_('Save & Apply'), 'cbi-button-positive important', () => apply(true)),
      ' ',
      button(_('Revert'), 'cbi-button-reset', revert),
    ]),
  ]);
}

function show(type: string, text: Translated | string): void {
  const modal = showModal(_(''), [E('p', {}, [text])]);
  modal.classList.add('alert-message', ...type.split(' '));
}

function post(action: string, query: Readonly<Record<string, string | undefined>>): Promise<LuciResponse> {
  return request.request(L.url('admin', 'uci', action), {
    method: 'POST',
    query,
    timeout: timing().apply_timeout * 1000,
  });
}

export async function apply(checked: boolean): Promise<void> {
  const { apply_rollback: rollbackS, apply_display: displayS } = timing();
  show('notice spinning', _('Starting configuration apply…'));
  const query = { sid: L.env.sessionid };
  const response = await post(checked ? 'apply_rollback' : 'apply_unchecked', query);
  if (checked && response.status === 200) {
    const answer = response.json();
    const token = L.isObject(answer) ? String(Reflect.get(answer, 'token')) : undefined;
    await confirm(token, Date.now() + rollbackS * 1000);
  } else if (response.status === 204) {
    show('notice', checked ? _('There are no changes to apply') : _('Configuration changes applied.'));
    await after(displayS * 1000);
    hideModal();
  } else {
    show('warning', _('Apply request failed with status %s').format(response.text() || response.status));
    await after(displayS * 1000);
    hideModal();
  }
}

async function confirm(token: string | undefined, deadlineMs: number): Promise<void> {
  const { apply_holdoff: holdoffS, apply_display: displayS } = timing();
  show('notice spinning', _('Applying configuration changes…'));
  await after(holdoffS * 1000);
  while (Date.now() < deadlineMs) {
    const status = await post('confirm', { token }).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200 || status === 204) {
      document.dispatchEvent(new CustomEvent('uci-applied'));
      hideIndicator('uci-changes');
      show('notice', _('Configuration changes applied.'));
      await after(displayS * 1000);
      location.assign(location.href.split('#')[0] ?? '');
      return;
    }
    await after(RETRY_MS);
  }
  show('warning', _('Configuration changes have been rolled back!'));
}

export async function revert(): Promise<void> {
  show('notice spinning', _('Reverting configuration…'));
  const { status } = await post('revert', { sid: L.env.sessionid });
  if (status !== 200) {
    show('warning', _('Revert request failed with status %s').format(status));
    return;
  }
  document.dispatchEvent(new CustomEvent('uci-reverted'));
  hideIndicator('uci-changes');
  show('notice', _('Changes have been reverted.'));
  await after(timing().apply_display * 1000);
  location.assign(location.href.split('#')[0] ?? '');
}
