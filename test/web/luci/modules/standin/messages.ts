/** LuCI.ui: the dialog, messages above the page, indicators in its head, and tooltips. */
import dom from 'luci/dom';

const MODAL_ID = 'modal_overlay';
const TOOLTIP_FADE_MS = 250;

function modal(): HTMLElement {
  const found = document.getElementById(MODAL_ID);
  if (found !== null) return found;
  const made = E('div', { id: MODAL_ID, tabindex: -1, keydown: onKey }, [
    E('div', { class: 'modal', role: 'dialog', 'aria-modal': true }),
  ]);
  return document.body.appendChild(made);
}

function onKey(event: KeyboardEvent): void {
  if (event.key !== 'Escape') return;
  modal().querySelector<HTMLElement>('.right > button, .right > .btn, .button-row > .btn')?.click();
}

export function showModal(title: Translated, children: LuciChildren, ...classes: readonly string[]): HTMLElement {
  const dialog = modal().firstElementChild;
  if (!(dialog instanceof HTMLElement)) throw new Error('the dialog is gone');
  dialog.setAttribute('class', ['modal', ...classes].join(' '));
  dom.content(dialog, E('h4', {}, title));
  dom.append(dialog, children);
  document.body.classList.add('modal-overlay-active');
  modal().scrollTop = 0;
  modal().focus();
  return dialog;
}

export function hideModal(): void {
  document.body.classList.remove('modal-overlay-active');
  modal().blur();
}

export function addNotification(
  title: Translated | null,
  children: LuciChildren,
  ...classes: readonly string[]
): HTMLElement {
  const text = E('div', { style: 'flex:10' });
  const dismiss = E('button', { class: 'btn' }, [_('Dismiss')]);
  const message = E('div', { class: 'alert-message fade-in', style: 'display:flex' }, [
    text,
    E('div', { style: 'flex:1 1 auto; display:flex' }, [dismiss]),
  ]);
  dismiss.addEventListener('click', () => message.remove());
  message.classList.add(...classes);
  if (title !== null) dom.append(text, E('h4', {}, title));
  dom.append(text, children);
  (document.getElementById('maincontent') ?? document.body).prepend(message);
  return message;
}

export function addTimeLimitedNotification(
  title: Translated | null,
  children: LuciChildren,
  timeoutMs: number,
  ...classes: readonly string[]
): HTMLElement {
  const message = addNotification(title, children, ...classes);
  if (timeoutMs > 0) window.setTimeout(() => message.remove(), timeoutMs);
  return message;
}

const indicator = (id: string): Element | null => document.querySelector(`#indicators > [data-indicator="${id}"]`);

export function showIndicator(
  id: string,
  label: string,
  handler?: ((event: Event) => unknown) | null,
  style?: 'active' | 'inactive',
): boolean {
  const place = document.getElementById('indicators');
  if (place === null) return false;
  const clickable = typeof handler === 'function';
  const element =
    indicator(id) ??
    place.appendChild(
      E('span', { 'data-indicator': id, 'data-clickable': clickable || null, click: clickable ? handler : null }, ['']),
    );
  element.textContent = label;
  element.setAttribute('data-style', style === 'inactive' ? 'inactive' : 'active');
  return true;
}

export function hideIndicator(id: string): boolean {
  const element = indicator(id);
  element?.remove();
  return element !== null;
}

let tooltipTimer: number | undefined;

function tooltip(): HTMLElement {
  const found = document.querySelector<HTMLElement>('body > .cbi-tooltip');
  return found ?? document.body.appendChild(E('div', { class: 'cbi-tooltip' }));
}

function showTooltip(event: Event): void {
  const target = event.target instanceof Element ? event.target.closest('[data-tooltip]') : null;
  if (target === null) return;
  window.clearTimeout(tooltipTimer);
  const { left, bottom } = target.getBoundingClientRect();
  const shown = tooltip();
  shown.textContent = `▲ ${target.getAttribute('data-tooltip')}`;
  shown.className = `cbi-tooltip ${target.getAttribute('data-tooltip-style') ?? ''}`;
  Object.assign(shown.style, { left: `${left + scrollX}px`, top: `${bottom + scrollY}px`, opacity: '1' });
}

function hideTooltip(): void {
  window.clearTimeout(tooltipTimer);
  tooltip().style.opacity = '0';
  tooltipTimer = window.setTimeout(() => tooltip().removeAttribute('style'), TOOLTIP_FADE_MS);
}

/** Tooltips of elements with `data-tooltip`, under the mouse and with the focus. */
export function listenForTooltips(): void {
  for (const event of ['mouseover', 'focus']) document.addEventListener(event, showTooltip, true);
  for (const event of ['mouseout', 'blur']) document.addEventListener(event, hideTooltip, true);
}
