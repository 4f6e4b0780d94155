/** LuCI.ui.Combobox and DynamicList: choices to which a person may add, and lists of them. The elements are those of LuCI. */
import { addValidator, Element, type Options } from './element.ts';

interface ComboOptions extends Options {
  readonly sort?: boolean | readonly string[] | undefined;
  readonly select_placeholder?: string | undefined;
  readonly custom_placeholder?: string | undefined;
}

export type Choices = Readonly<Record<string, string>>;

const chosen = (node: ParentNode): HTMLElement | null => node.querySelector('li[selected]');

export class Combobox extends Element {
  private readonly value: string | null;
  private readonly choices: Choices;
  private readonly keys: readonly string[];
  private readonly placeholder: string;
  private readonly customPlaceholder: string;

  constructor(value: string | null, choices: Choices, options: ComboOptions = {}) {
    super({ ...options, optional: true });
    this.value = value;
    this.choices = choices;
    const keys = Array.isArray(options.sort) ? options.sort : Object.keys(choices).sort();
    this.keys = value === null || value === '' || value in choices ? keys : [...keys, value];
    this.placeholder = options.select_placeholder ?? options.placeholder ?? _('-- Please choose --');
    this.customPlaceholder = options.custom_placeholder ?? _('-- custom --');
  }

  render(): HTMLElement {
    const { id, disabled, datatype, validate } = this.options;
    const list = E('ul', { tabindex: -1 }, [
      E('li', { placeholder: '', 'data-value': '' }, [this.placeholder]),
      ...this.keys.map((key) => itemOf(key, this.choices[key] ?? key)),
    ]);
    const input = E('input', { type: 'text', class: 'create-item-input', placeholder: this.customPlaceholder });
    list.appendChild(E('li', { 'data-value': '-', unselectable: '' }, [input]));
    const node = E('div', { id, class: 'cbi-dropdown', optional: '', tabindex: 0, disabled: disabled ? '' : null }, [
      list,
      E('span', { class: 'open', tabindex: -1 }, ['▾']),
    ]);
    if (datatype !== undefined || validate !== undefined) {
      addValidator(input, datatype ?? 'string', true, validate, 'blur', 'keyup');
    }
    this.bind(node);
    this.select(this.value ?? '');
    node.addEventListener('click', (event) => this.onClick(event));
    node.addEventListener('keydown', (event) => this.onKey(event));
    window.addEventListener('click', (event) => {
      if (event.target instanceof Node && !node.contains(event.target)) this.close();
    });
    input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || input.value === '' || input.classList.contains('cbi-input-invalid')) return;
      event.preventDefault();
      event.stopPropagation();
      this.choose(input.value);
      input.value = '';
    });
    this.updateOn(node, 'cbi-dropdown-open', 'cbi-dropdown-close');
    this.changeOn(node, 'cbi-dropdown-change', 'cbi-dropdown-close');
    return node;
  }

  getValue(): string {
    return chosen(this.node)?.getAttribute('data-value') ?? '';
  }

  setValue(value: string | null): void {
    this.select(value ?? '');
  }

  private onClick(event: Event): void {
    if (this.options.disabled || !(event.target instanceof HTMLElement)) return;
    const item = event.target.closest('li');
    if (!this.node.hasAttribute('open')) this.open();
    else if (item !== null && !item.hasAttribute('unselectable')) this.choose(item.getAttribute('data-value') ?? '');
    else if (item === null) this.close();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.close();
    else if (event.key === 'Enter' && !this.node.hasAttribute('open')) this.open();
  }

  private open(): void {
    this.node.setAttribute('open', '');
    this.tell('cbi-dropdown-open');
  }

  private close(): void {
    if (!this.node.hasAttribute('open')) return;
    this.node.removeAttribute('open');
    this.tell('cbi-dropdown-close');
  }

  private choose(value: string): void {
    this.select(value);
    this.close();
    this.tell('cbi-dropdown-change', { instance: this, element: this.node, value: { value, text: value } });
  }

  private select(value: string): void {
    const items = [...this.node.querySelectorAll('li')];
    const own = items.find((item) => item.getAttribute('data-value') === value);
    const item = own ?? itemOf(value, value);
    if (own === undefined) this.node.querySelector('li[unselectable]')?.before(item);
    for (const one of items) for (const name of ['selected', 'display']) one.removeAttribute(name);
    for (const name of ['selected', 'display']) item.setAttribute(name, '');
  }

  private tell(name: string, detail?: object): void {
    this.node.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

export class DynamicList extends Element {
  private readonly values: readonly string[];
  private readonly choices: Choices | null;

  constructor(values: readonly string[], choices: Choices | null, options: ComboOptions = {}) {
    super({ ...options, optional: true });
    this.values = values;
    this.choices = choices;
  }

  render(): HTMLElement {
    const { id, disabled } = this.options;
    const adder = this.choices === null ? this.textAdder() : this.choiceAdder(this.choices);
    const node = E('div', { id, class: 'cbi-dynlist', disabled: disabled ? '' : null }, [
      E('div', { class: 'add-item control-group' }, adder),
    ]);
    this.bind(node);
    for (const value of this.values) this.add(value);
    node.addEventListener('click', (event) => this.onClick(event));
    node.addEventListener('keydown', (event) => this.onKey(event));
    this.updateOn(node, 'cbi-dynlist-change');
    this.changeOn(node, 'cbi-dynlist-change');
    return node;
  }

  getValue(): string[] {
    const items = [...this.node.querySelectorAll<HTMLInputElement>('.item > input')].map(({ value }) => value);
    const typed = this.node.querySelector<HTMLInputElement>('.add-item > input');
    const isUsable = typed !== null && /\S/.test(typed.value) && !typed.classList.contains('cbi-input-invalid');
    return isUsable && !items.includes(typed.value) ? [...items, typed.value] : items;
  }

  setValue(values: string | readonly string[] | null): void {
    for (const item of this.node.querySelectorAll('.item')) item.remove();
    for (const value of values === null || values === '' ? [] : [values].flat()) this.add(value);
  }

  private textAdder(): Node[] {
    const { id, placeholder, disabled, datatype, validate } = this.options;
    const input = E('input', {
      id: id === undefined ? null : `widget.${id}`,
      type: 'text',
      class: 'cbi-input-text',
      placeholder,
      disabled: disabled ? '' : null,
    });
    if (datatype !== undefined || validate !== undefined) {
      addValidator(input, datatype ?? 'string', true, validate, 'blur', 'keyup');
    }
    return [input, E('div', { class: 'btn cbi-button cbi-button-add' }, ['+'])];
  }

  private choiceAdder(choices: Choices): Node[] {
    const { id: _id, ...options } = this.options;
    const box = new Combobox(null, choices, options);
    const node = box.render();
    node.addEventListener('cbi-dropdown-change', () => {
      const value = box.getValue();
      box.setValue(null);
      if (value !== '') this.add(value);
      this.tell();
    });
    return [node];
  }

  private onClick(event: MouseEvent): void {
    if (this.options.disabled || !(event.target instanceof HTMLElement)) return;
    const item = event.target.closest('.item');
    // The cross that the theme draws at the end of an item.
    const crossPx = item === null ? 0 : Number.parseFloat(getComputedStyle(item, '::after').width) || 0;
    if (item !== null && item.getBoundingClientRect().right - event.clientX <= crossPx) this.remove(item);
    else if (event.target.matches('.cbi-button-add')) this.addTyped();
  }

  private onKey(event: KeyboardEvent): void {
    if (this.options.disabled || !(event.target instanceof HTMLElement)) return;
    const item = event.target.closest('.item');
    if (item !== null && ['Backspace', 'Delete'].includes(event.key)) this.remove(item);
    else if (event.target.matches('.cbi-input-text') && event.key === 'Enter') {
      event.preventDefault();
      this.addTyped();
    }
  }

  private addTyped(): void {
    const input = this.node.querySelector<HTMLInputElement>('.add-item > input');
    if (input === null || input.value === '' || input.classList.contains('cbi-input-invalid')) return;
    this.add(input.value);
    input.value = '';
    this.tell();
  }

  private add(value: string): void {
    const known = [...this.node.querySelectorAll<HTMLInputElement>('.item > input')].map((one) => one.value);
    if (known.includes(value)) return;
    const text = E('span', {}, [this.choices?.[value] ?? value]);
    const item = E('div', { class: 'item', tabindex: 0 }, [text, E('input', { type: 'hidden', value })]);
    this.node.querySelector('.add-item')?.before(item);
  }

  private remove(item: globalThis.Element): void {
    item.remove();
    this.tell();
  }

  private tell(): void {
    this.node.dispatchEvent(new CustomEvent('cbi-dynlist-change', { bubbles: true }));
  }
}

function itemOf(value: string, text: string): HTMLElement {
  return E('li', { 'data-value': value }, [text]);
}
