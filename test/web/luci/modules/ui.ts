/** LuCI.ui, put together from its parts. */
import view from 'luci/view';
import { apply, displayChanges, init, revert } from './standin/changes.ts';
import { addNotification, hideModal, listenForTooltips, showModal } from './standin/messages.ts';
import { initTabGroup, updateTabs } from './standin/tabs.ts';

export { Combobox, DynamicList } from './standin/dropdown.ts';
export { addValidator, Element as AbstractElement } from './standin/element.ts';
export { addTimeLimitedNotification, hideIndicator, showIndicator } from './standin/messages.ts';
export { Checkbox, Hiddenfield, Select, Textarea, Textfield } from './standin/widgets.ts';
export { addNotification, hideModal, showModal };

export const tabs = { initTabGroup, updateTabs };
export const changes = { init, apply, revert, displayChanges };

/** An event handler whose button cannot be clicked again until the promise is settled. */
export function createHandlerFn(
  self: object,
  fn: ((...args: readonly unknown[]) => unknown) | string,
  ...args: readonly unknown[]
): ((event: Event) => void) | null {
  const handler: unknown = typeof fn === 'string' ? Reflect.get(self, fn) : fn;
  if (typeof handler !== 'function') return null;
  return (event, ...rest: readonly unknown[]) => {
    const target = event.currentTarget;
    const button = target instanceof HTMLButtonElement ? target : undefined;
    if (target instanceof HTMLElement) {
      target.classList.add('spinning');
      target.blur();
    }
    if (button !== undefined) button.disabled = true;
    const done = (): void => {
      if (target instanceof HTMLElement) target.classList.remove('spinning');
      if (button !== undefined) button.disabled = false;
    };
    Promise.resolve(handler.call(self, ...args, event, ...rest)).finally(done);
  };
}

/** Loads the view at a path such as `weir/overview`, which renders itself into #view. */
export async function instantiateView(path: string): Promise<unknown> {
  const require: unknown = Reflect.get(L, 'require');
  if (typeof require !== 'function') throw new Error('no loader');
  try {
    const loaded: unknown = await require.call(L, `view.${path.replaceAll('/', '.')}`);
    if (!(loaded instanceof view)) throw new TypeError(`Loaded class ${path} is not a descendant of View`);
    return loaded;
  } catch (error) {
    const fail: unknown = Reflect.get(L, 'error');
    return typeof fail === 'function' ? fail.call(L, error) : undefined;
  }
}

export function itemlist(
  node: Element,
  items: readonly LuciChild[],
  separators: readonly LuciChild[] = [E('br')],
): Element {
  const shown: Node[] = [];
  for (let i = 0; i < items.length; i += 2) {
    const [label, value] = [items[i], items[i + 1]];
    if (value === null || value === undefined) continue;
    shown.push(E('span', { class: 'nowrap' }, [label ? E('strong', {}, [`${label}: `]) : '', value]));
    const separator = separators[(i / 2) % separators.length];
    if (i + 2 < items.length)
      shown.push(separator instanceof Node ? separator.cloneNode(true) : new Text(`${separator}`));
  }
  node.replaceChildren(...shown);
  return node;
}

listenForTooltips();
document.addEventListener('dependency-update', () => updateTabs());
for (const event of ['luci-loaded', 'uci-loaded']) document.addEventListener(event, () => void init());
