/** LuCI.form.Value: an option, from the config file into a field and back. */
import baseclass from 'luci/baseclass';
import dom from 'luci/dom';
import * as uci from '../uci.ts';
import { Combobox } from './dropdown.ts';
import { Element, type Options } from './element.ts';
import { type FormMap, isEqual, type Text } from './form_map.ts';
import type { Section } from './form_section.ts';
import { Textfield } from './widgets.ts';

export type Config = string | readonly string[] | null | undefined;
export type Dependency = Readonly<Record<string, string | boolean | RegExp>>;

export class Value extends baseclass {
  readonly map: FormMap;
  readonly section: Section;
  readonly option: string;
  title: Text;
  description: Text;
  datatype?: string;
  default: string | readonly string[] | null = null;
  placeholder?: string;
  password?: boolean;
  rmempty = true;
  optional = false;
  retain = false;
  forcewrite?: boolean;
  readonly?: boolean;
  modalonly?: boolean;
  editable?: boolean;
  width?: number | string;
  tab?: string;
  onchange?: (event: Event, section: string, value: unknown) => void;
  /** Choices in their order. */
  protected keys: string[] = [];
  protected texts: Record<string, string> = {};
  private deps: Dependency[] = [];
  private readonly values = new Map<string, Config>();

  constructor(map: FormMap, section: Section, option: string, title: Text = null, description: Text = null) {
    super();
    this.map = map;
    this.section = section;
    this.option = option;
    this.title = title;
    this.description = description;
  }

  /** Takes over what another of the same class was told, for a dialog. */
  copyFrom(other: Value): void {
    const { map, section, title, description } = this;
    Object.assign(this, other, {
      map,
      section,
      title: title ?? other.title,
      description: description ?? other.description,
    });
  }

  value(key: string, text: string = key): void {
    this.keys.push(String(key));
    this.texts[key] = text;
  }

  depends(field: string | Dependency, value: string | boolean | RegExp = ''): void {
    this.deps.push(typeof field === 'string' ? { [field]: value } : field);
  }

  cbid(section: string): string {
    return `cbid.${this.map.config}.${section}.${this.option}`;
  }

  load(section: string): unknown {
    return uci.get(this.map.config, section, this.option);
  }

  /** What `load` gave stays until the next one. */
  keep(section: string, value: unknown): void {
    this.values.set(section, Array.isArray(value) ? value.map(String) : value == null ? null : String(value));
  }

  cfgvalue(section: string): Config {
    return this.values.get(section);
  }

  getUIElement(section: string): Element | null {
    const node = this.map.findElement(`[id="${this.cbid(section)}"]`);
    const instance = node === null ? null : dom.findClassInstance(node);
    return instance instanceof Element ? instance : null;
  }

  formvalue(section: string): Config {
    return this.getUIElement(section)?.getValue() ?? null;
  }

  textvalue(section: string): string | Node | null {
    const value = this.cfgvalue(section) ?? this.default;
    return value == null ? null : [value].flat().join(' ');
  }

  validate(_section: string, _value: string): true | string {
    return true;
  }

  isValid(section: string): boolean {
    return this.getUIElement(section)?.isValid() ?? true;
  }

  triggerValidation(section: string): boolean {
    return this.getUIElement(section)?.triggerValidation() ?? true;
  }

  private field(section: string): HTMLElement | null {
    return this.map.findElement(`[data-field="${this.cbid(section)}"]`);
  }

  isActive(section: string): boolean {
    return this.field(section)?.classList.contains('hidden') === false;
  }

  setActive(section: string, active: boolean): boolean {
    const field = this.field(section);
    if (field === null || field.classList.contains('hidden') !== active) return false;
    field.classList.toggle('hidden', !active);
    return true;
  }

  checkDepends(section: string): boolean {
    return this.map.isDependencySatisfied(this.deps, this.map.config, section);
  }

  /** Sets or removes the option as its field says. Rejects where the field is wrong. */
  async parse(section: string): Promise<void> {
    if (!this.isActive(section)) {
      if (!this.retain) await this.remove(section);
      return;
    }
    this.mustBeValid(section);
    const value = this.formvalue(section);
    if (value == null || value === '' || value.length === 0) {
      if (!this.rmempty && !this.optional)
        throw new TypeError(_('Option "%s" must not be empty.').format(this.label()));
      await this.remove(section);
    } else if (this.forcewrite === true || !isEqual(this.cfgvalue(section), value)) {
      await this.write(section, value);
    }
  }

  protected mustBeValid(section: string): void {
    if (this.isValid(section)) return;
    const text = _('Option "%s" contains an invalid input value.').format(this.label());
    throw new TypeError(`${text} ${this.getUIElement(section)?.getValidationError() ?? ''}`);
  }

  private label(): string {
    return this.title ?? this.option;
  }

  write(section: string, value: string | readonly string[]): unknown {
    uci.set(this.map.config, section, this.option, value);
    return undefined;
  }

  remove(section: string): unknown {
    uci.unset(this.map.config, section, this.option);
    return undefined;
  }

  async render(index: number, section: string, inTable: boolean): Promise<HTMLElement> {
    const widget = await this.renderWidget(section, index, this.cfgvalue(section));
    return this.renderFrame(section, inTable, index, widget);
  }

  renderWidget(section: string, _index: number, value: Config): Node | Promise<Node> {
    const shown = [value ?? this.default ?? ''].flat().join(' ');
    const options = this.widgetOptions(section);
    if (this.keys.length === 0) return new Textfield(shown, { ...options, password: this.password }).render();
    const placeholder = this.placeholder ?? (this.optional || this.rmempty ? _('unspecified') : undefined);
    return new Combobox(shown, this.texts, { ...options, sort: this.keys, select_placeholder: placeholder }).render();
  }

  protected widgetOptions(section: string): Options {
    return {
      id: this.cbid(section),
      optional: this.optional || this.rmempty,
      datatype: this.datatype,
      placeholder: this.placeholder,
      validate: (value) => this.validate(section, value),
      disabled: this.readonly ?? this.map.readonly,
    };
  }

  private renderFrame(section: string, inTable: boolean, index: number, widget: Node): HTMLElement {
    const id = `cbi-${this.map.config}-${section}-${this.option}`;
    const about = { 'data-index': index, 'data-field': this.cbid(section) };
    const hidden = this.deps.length > 0 ? ' hidden' : '';
    const frame = inTable
      ? E('td', { class: 'td cbi-value-field', 'data-title': this.title, 'data-name': this.option }, [
          E('div', { id, ...about, class: hidden.trim() }, [widget]),
        ])
      : E(
          'div',
          { id, ...about, class: `cbi-value${hidden}`, 'data-name': this.option },
          this.fieldOf(section, widget),
        );
    let before: Config = this.cfgvalue(section);
    frame.addEventListener('widget-change', (event) => {
      this.map.checkDepends();
      const value = this.formvalue(section);
      if (isEqual(value, before)) return;
      before = value;
      this.onchange?.(event, section, value);
    });
    dom.bindClassInstance(frame, this);
    return frame;
  }

  private fieldOf(section: string, widget: Node): Node[] {
    const description =
      this.description === null ? [] : [E('div', { class: 'cbi-value-description' }, this.description)];
    if (this.title === null) return [widget, ...description];
    const target = `widget.${this.cbid(section)}`;
    const click = (event: Event): void => {
      const label = event.currentTarget instanceof HTMLElement ? event.currentTarget : undefined;
      const field = label?.nextElementSibling?.querySelector<HTMLElement>(`[data-widget-id="${target}"]`);
      field?.click();
      field?.focus();
    };
    return [
      E('label', { class: 'cbi-value-title', for: target, click }, this.title),
      E('div', { class: 'cbi-value-field' }, [widget, ...description]),
    ];
  }
}
