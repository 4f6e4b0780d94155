/** LuCI.ui.tabs: a row of tabs before a group of panes. */
import dom from 'luci/dom';
import session from 'luci/session';

const STORE = 'tab';

function isEmptyPane(pane: Element): boolean {
  return dom.isEmpty(pane, (child) => child.classList.contains('cbi-tab-descr'));
}

/** Tabs and sections around a pane, for what is remembered of it. */
function pathOf(pane: Element): string {
  const path: string[] = [];
  for (let node = pane.parentElement; node !== null; node = node.parentElement) {
    const step = node.getAttribute('data-tab') ?? node.getAttribute('data-section-id');
    if (step !== null) path.unshift(step);
  }
  return path.join('/');
}

/** Which tab of which group was open last on this page. */
function remembered(): Record<string, number> {
  const state = session.getLocalData(STORE);
  const page = document.body.getAttribute('data-page');
  if (!L.isObject(state) || Reflect.get(state, 'page') !== page) return {};
  const paths: unknown = Reflect.get(state, 'paths');
  return L.isObject(paths)
    ? Object.fromEntries(Object.entries(paths).map(([path, index]) => [path, Number(index)]))
    : {};
}

function remember(pane: Element, index: number): void {
  const paths = { ...remembered(), [pathOf(pane)]: index };
  session.setLocalData(STORE, { page: document.body.getAttribute('data-page'), paths });
}

export function initTabGroup(nodes: ArrayLike<Node>): void {
  const panes = Array.from(nodes).filter(
    (node): node is HTMLElement => node instanceof HTMLElement && node.hasAttribute('data-tab'),
  );
  const [first] = panes;
  const group = first?.parentElement;
  if (first === undefined || group == null || group.getAttribute('data-initialized') === 'true') return;
  const menu = E(
    'ul',
    { class: 'cbi-tabmenu' },
    panes.map((pane, index) => tabOf(pane, () => open(menu, panes, index))),
  );
  group.before(menu);
  group.setAttribute('data-initialized', 'true');
  const active = panes.findIndex((pane) => pane.getAttribute('data-tab-active') === 'true');
  const last = remembered()[pathOf(first)] ?? 0;
  const wanted = active >= 0 ? active : last;
  const firstFull = panes.findIndex((pane) => !isEmptyPane(pane));
  const pane = panes[wanted];
  open(menu, panes, pane === undefined || isEmptyPane(pane) ? firstFull : wanted);
  updateTabs(group);
}

function tabOf(pane: HTMLElement, onClick: () => void): Node {
  const click = (event: Event): void => {
    event.preventDefault();
    onClick();
  };
  const link = E('a', { href: '#', click }, [pane.getAttribute('data-tab-title') ?? '']);
  return E('li', { 'data-tab': pane.getAttribute('data-tab') }, [link]);
}

function open(menu: Element, panes: readonly HTMLElement[], index: number): void {
  for (const [i, tab] of [...menu.children].entries()) {
    tab.classList.toggle('cbi-tab', i === index);
    tab.classList.toggle('cbi-tab-disabled', i !== index);
  }
  for (const [i, pane] of panes.entries()) {
    pane.setAttribute('data-tab-active', String(i === index));
    if (i !== index) continue;
    remember(pane, index);
    const detail = { tab: pane.getAttribute('data-tab') };
    requestAnimationFrame(() => pane.dispatchEvent(new CustomEvent('cbi-tab-active', { detail })));
  }
}

/** Hides the tabs of empty panes, and counts wrong fields on the others. */
export function updateTabs(root: ParentNode = document): void {
  for (const pane of root.querySelectorAll('[data-tab-title]')) {
    const menu = pane.parentElement?.previousElementSibling;
    const tab = menu?.querySelector<HTMLElement>(`[data-tab="${pane.getAttribute('data-tab')}"]`);
    if (tab == null) continue;
    tab.style.display = isEmptyPane(pane) ? 'none' : '';
    const errors = pane.querySelectorAll('.cbi-input-invalid').length;
    if (errors > 0) {
      tab.setAttribute('data-errors', String(errors));
      tab.setAttribute('data-tooltip', _('%d invalid field(s)').format(errors));
    } else {
      tab.removeAttribute('data-errors');
      tab.removeAttribute('data-tooltip');
    }
  }
}
