/** LuCI.ui: fields of one element. */
import { Element, type Options } from './element.ts';

interface TextOptions extends Options {
  readonly password?: boolean | undefined;
}

export class Textfield extends Element {
  private readonly value: string | null;
  private readonly isPassword: boolean;

  constructor(value: string | null, options: TextOptions = {}) {
    super(options);
    this.value = value;
    this.isPassword = options.password === true;
  }

  render(): HTMLElement {
    const { id, name, disabled, readonly, placeholder } = this.options;
    const input = E('input', {
      id: id === undefined ? null : `widget.${id}`,
      name,
      type: this.isPassword ? 'password' : 'text',
      class: this.isPassword ? 'cbi-input-password' : 'cbi-input-text',
      readonly: readonly ? '' : null,
      disabled: disabled ? '' : null,
      placeholder,
      value: this.value,
    });
    const node = this.bind(E('div', { id }, [input]));
    this.updateOn(input, 'keyup', 'blur');
    this.changeOn(input, 'change');
    return node;
  }

  getValue(): string {
    return inputOf(this.node).value;
  }

  setValue(value: string | null): void {
    inputOf(this.node).value = value ?? '';
  }
}

interface AreaOptions extends Options {
  readonly rows?: number | undefined;
  readonly wrap?: boolean | undefined;
  readonly monospace?: boolean | undefined;
}

export class Textarea extends Element {
  private readonly area: HTMLTextAreaElement;

  constructor(value: string | null, options: AreaOptions = {}) {
    super(options);
    const { id, name, disabled, readonly, placeholder, rows, wrap, monospace } = options;
    this.area = E(
      'textarea',
      {
        id: id === undefined ? null : `widget.${id}`,
        name,
        class: 'cbi-input-textarea',
        style: `width:100%${monospace ? ';font-family:monospace' : ''}`,
        readonly: readonly ? '' : null,
        disabled: disabled ? '' : null,
        placeholder,
        rows,
        wrap: wrap ? 'soft' : 'off',
      },
      [value ?? ''],
    );
  }

  render(): HTMLElement {
    const node = this.bind(E('div', { id: this.options.id, style: 'width:100%' }, [this.area]));
    this.updateOn(this.area, 'keyup', 'blur');
    this.changeOn(this.area, 'change');
    return node;
  }

  getValue(): string {
    return this.area.value;
  }

  setValue(value: string | null): void {
    this.area.value = value ?? '';
  }
}

interface CheckOptions extends Options {
  readonly value_enabled?: string | undefined;
  readonly value_disabled?: string | undefined;
}

let lastCheckbox = 0;

export class Checkbox extends Element {
  private readonly value: string | null;
  private readonly enabled: string;
  private readonly disabled: string;

  constructor(value: string | null, options: CheckOptions = {}) {
    super(options);
    this.value = value;
    this.enabled = options.value_enabled ?? '1';
    this.disabled = options.value_disabled ?? '0';
  }

  render(): HTMLElement {
    const { id, name, disabled } = this.options;
    const inputId = `cb${++lastCheckbox}`;
    const input = E('input', {
      id: inputId,
      name,
      type: 'checkbox',
      value: this.enabled,
      checked: this.value === this.enabled ? '' : null,
      disabled: disabled ? '' : null,
      'data-widget-id': id === undefined ? null : `widget.${id}`,
    });
    const node = this.bind(E('div', { id, class: 'cbi-checkbox' }, [input, E('label', { for: inputId })]));
    this.updateOn(input, 'click', 'blur');
    this.changeOn(input, 'change');
    return node;
  }

  isChecked(): boolean {
    return inputOf(this.node).checked;
  }

  getValue(): string {
    return this.isChecked() ? this.enabled : this.disabled;
  }

  setValue(value: string | null): void {
    inputOf(this.node).checked = value === this.enabled;
  }
}

interface SelectOptions extends Options {
  readonly sort?: boolean | readonly string[] | undefined;
  readonly widget?: 'select' | 'radio' | undefined;
}

export class Select extends Element {
  private readonly value: string | null;
  private readonly choices: Readonly<Record<string, string>>;
  private readonly isRadio: boolean;
  private readonly keys: readonly string[];

  constructor(value: string | null, choices: Readonly<Record<string, string>>, options: SelectOptions = {}) {
    super({ ...options, optional: options.optional || '' in choices });
    this.value = value;
    this.choices = choices;
    this.isRadio = options.widget === 'radio';
    const keys = Object.keys(choices);
    this.keys = Array.isArray(options.sort) ? options.sort : options.sort === true ? keys.sort() : keys;
  }

  render(): HTMLElement {
    const node = this.bind(E('div', { id: this.options.id }, this.isRadio ? this.radios() : [this.select()]));
    for (const input of node.querySelectorAll<HTMLElement>('select, input')) {
      this.updateOn(input, 'change', 'click', 'blur');
      this.changeOn(input, 'change');
    }
    return node;
  }

  private select(): HTMLElement {
    const { id, name, disabled, optional, placeholder } = this.options;
    const optionOf = (value: string, text: string): Node => {
      const isSelected = (this.value ?? '') === value;
      return E('option', { value, selected: isSelected ? '' : null }, [text]);
    };
    const empty = this.choices[''] ?? placeholder ?? _('-- Please choose --');
    const choices = this.keys.filter((key) => key !== '').map((key) => optionOf(key, this.choices[key] ?? key));
    return E(
      'select',
      {
        id: id === undefined ? null : `widget.${id}`,
        name,
        class: 'cbi-input-select',
        disabled: disabled ? '' : null,
      },
      [...(optional ? [optionOf('', empty)] : []), ...choices],
    );
  }

  private radios(): Node[] {
    const { id = '', name, disabled } = this.options;
    return this.keys.map((key, i) => {
      const inputId = `widget.${id}.${i}`;
      const input = E('input', {
        id: inputId,
        name: id === '' ? name : id,
        type: 'radio',
        class: 'cbi-input-radio',
        value: key,
        checked: key === this.value ? '' : null,
        disabled: disabled ? '' : null,
      });
      const text = E('span', { click: () => input.click() }, [this.choices[key] ?? key]);
      return E('span', { class: 'cbi-radio' }, [input, E('label', { for: inputId }), text]);
    });
  }

  getValue(): string | null {
    const select = this.node.querySelector('select');
    if (select !== null) return select.value;
    return this.node.querySelector<HTMLInputElement>('input:checked')?.value ?? null;
  }

  setValue(value: string | null): void {
    const select = this.node.querySelector('select');
    if (select !== null) select.value = value ?? '';
    for (const input of this.node.querySelectorAll<HTMLInputElement>('input')) input.checked = input.value === value;
  }
}

export class Hiddenfield extends Element {
  private readonly input: HTMLInputElement;

  constructor(value: string | null, options: Options = {}) {
    super(options);
    const { id } = options;
    this.input = E('input', { id: id === undefined ? null : `widget.${id}`, type: 'hidden', value });
  }

  render(): HTMLElement {
    return this.bind(E('div', { id: this.options.id }, [this.input]));
  }

  getValue(): string {
    return this.input.value;
  }

  setValue(value: string | null): void {
    this.input.value = value ?? '';
  }
}

function inputOf(node: HTMLElement): HTMLInputElement {
  const input = node.querySelector('input');
  if (input === null) throw new Error('a field without its input');
  return input;
}
