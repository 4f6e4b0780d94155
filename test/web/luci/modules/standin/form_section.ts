/** LuCI.form: sections and their options; NamedSection and TypedSection. */
import baseclass from 'luci/baseclass';
import dom from 'luci/dom';
import * as uci from '../uci.ts';
import { addValidator } from './element.ts';
import type { FormMap, Text } from './form_map.ts';
import type { Value } from './form_value.ts';
import { handler } from './handler.ts';

interface Tab {
  readonly name: string;
  readonly title: Text;
  readonly description: Text;
}

export type ValueClass<O extends Value> = new (
  map: FormMap,
  section: Section,
  name: string,
  title?: Text,
  description?: Text,
) => O;

export abstract class Section extends baseclass {
  readonly map: FormMap;
  readonly sectiontype: string;
  title: Text;
  description: Text;
  readonly children: Value[] = [];
  addremove = false;
  addbtntitle?: string;
  delbtntitle?: string;
  tabs: Tab[] = [];
  /** For a dialog with the same options. */
  protected readonly classes = new Map<Value, ValueClass<Value>>();

  constructor(map: FormMap, sectiontype: string, title: Text = null, description: Text = null) {
    super();
    this.map = map;
    this.sectiontype = sectiontype;
    this.title = title;
    this.description = description;
  }

  /** The names of the sections that it shows. */
  abstract cfgsections(): readonly string[];
  abstract render(): Promise<HTMLElement>;

  filter(_section: string): boolean {
    return true;
  }

  tab(name: string, title: Text, description: Text = null): void {
    if (this.tabs.some((tab) => tab.name === name)) throw new Error('Tab already declared');
    this.tabs.push({ name, title, description });
  }

  option<O extends Value>(type: ValueClass<O>, name: string, title?: Text, description?: Text): O {
    const option = new type(this.map, this, name, title, description);
    this.children.push(option);
    this.classes.set(option, type);
    return option;
  }

  taboption<O extends Value>(tab: string, type: ValueClass<O>, name: string, title?: Text, description?: Text): O {
    if (!this.tabs.some((one) => one.name === tab)) throw new ReferenceError('Associated tab not declared');
    const option = this.option(type, name, title, description);
    option.tab = tab;
    return option;
  }

  async load(): Promise<void> {
    await Promise.all(
      this.cfgsections().flatMap((section) =>
        this.children.map(async (option) => {
          option.keep(section, await option.load(section));
        }),
      ),
    );
  }

  async parse(): Promise<void> {
    await Promise.all(this.cfgsections().flatMap((section) => this.children.map((option) => option.parse(section))));
  }

  formvalue(section: string, name: string): unknown {
    return this.getOption(name)?.formvalue(section) ?? null;
  }

  getUIElement(section: string, name: string): unknown {
    return this.getOption(name)?.getUIElement(section) ?? null;
  }

  getOption(name: string): Value | null {
    return this.children.find(({ option }) => option === name) ?? null;
  }

  /** Shows and hides options; true where one changed. In the first round those that are shown are checked. */
  checkDepends(round: number): boolean {
    let changed = false;
    for (const section of this.cfgsections()) {
      for (const option of this.children) {
        const isWanted = option.checkDepends(section);
        if (option.isActive(section) !== isWanted) changed = option.setActive(section, isWanted) || changed;
        if (round === 0 && isWanted) option.triggerValidation(section);
      }
    }
    return changed;
  }

  /** The options of one section, in tabs where there are some. */
  protected async renderSection(section: string): Promise<Node> {
    if (this.tabs.length === 0) return E(await this.renderOptions(this.children, section));
    const panes = this.tabs.map(async ({ name, title, description }) => {
      const options = this.children.filter((option) => option.tab === name);
      const text = description === null ? [] : [E('div', { class: 'cbi-tab-descr' }, description)];
      const id = `container.${this.map.config}.${section}.${name}`;
      const attributes = { id, 'data-tab': name, 'data-tab-title': title, 'data-tab-active': 'false' };
      return E('div', attributes, [...text, ...(await this.renderOptions(options, section))]);
    });
    return E(await Promise.all(panes));
  }

  protected renderOptions(options: readonly Value[], section: string, inTable = false): Promise<HTMLElement[]> {
    return Promise.all(options.map((option, index) => option.render(index, section, inTable)));
  }

  /** The frame of all that it shows, a tab where the form has tabs. */
  protected frame(id: string | null, style = ''): HTMLElement {
    const isTab = this.map.tabbed === true;
    const frame = E('div', {
      id,
      class: `cbi-section ${style}`.trim(),
      'data-tab': isTab ? this.sectiontype : null,
      'data-tab-title': isTab ? this.title || this.sectiontype : null,
      'data-tab-active': isTab ? 'false' : null,
    });
    if (this.title !== null) frame.append(E('h3', {}, this.title));
    if (this.description !== null) frame.append(E('div', { class: 'cbi-section-descr' }, this.description));
    dom.bindClassInstance(frame, this);
    return frame;
  }

  protected node(section: string, contents: Node): HTMLElement {
    const id = `cbi-${this.map.config}-${section}`;
    const tabbed = this.tabs.length > 0 ? ' cbi-section-node-tabbed' : '';
    return E('div', { id, class: `cbi-section-node${tabbed}`, 'data-section-id': section }, [contents]);
  }

  protected button(text: string, style: string, click: (event: Event) => unknown, more: LuciAttributes = {}): Node {
    const disabled = this.map.readonly === true || null;
    return E('button', { class: `cbi-button ${style}`, title: text, click: handler(click), disabled, ...more }, [text]);
  }
}

/** The section of that name. */
export class NamedSection extends Section {
  private readonly section: string;

  constructor(map: FormMap, section: string, sectiontype: string, title?: Text, description?: Text) {
    super(map, sectiontype, title, description);
    this.section = section;
  }

  cfgsections(): readonly string[] {
    return [this.section];
  }

  async render(): Promise<HTMLElement> {
    const isThere = uci.get(this.map.config, this.section) !== null;
    const frame = this.frame(isThere ? null : `cbi-${this.map.config}-${this.section}`);
    if (isThere) {
      if (this.addremove) {
        const remove = this.button(this.delbtntitle ?? _('Delete'), '', () => this.handleRemove());
        frame.append(E('div', { class: 'cbi-section-remove right' }, [remove]));
      }
      frame.append(this.node(this.section, await this.renderSection(this.section)));
    } else if (this.addremove) {
      frame.append(this.button(this.addbtntitle ?? _('Add'), 'cbi-button-add', () => this.handleAdd()));
    }
    return frame;
  }

  handleAdd(): Promise<unknown> {
    uci.add(this.map.config, this.sectiontype, this.section);
    return this.map.save(null, true);
  }

  handleRemove(): Promise<unknown> {
    uci.remove(this.map.config, this.section);
    return this.map.save(null, true);
  }
}

/** All sections of a type. */
export class TypedSection extends Section {
  anonymous?: boolean;

  constructor(map: FormMap, sectiontype: string, title?: Text, description?: Text) {
    super(map, sectiontype, title, description);
  }

  cfgsections(): readonly string[] {
    return uci
      .sections(this.map.config, this.sectiontype)
      .map((section) => String(section['.name']))
      .filter((section) => this.filter(section));
  }

  async render(): Promise<HTMLElement> {
    const frame = this.frame(`cbi-${this.map.config}-${this.sectiontype}`);
    const sections = this.cfgsections();
    for (const section of sections) {
      if (this.addremove) {
        const click = (event: Event): unknown => this.handleRemove(section, event);
        const remove = this.button(this.delbtntitle ?? _('Delete'), '', click, { 'data-section-id': section });
        frame.append(E('div', { class: 'cbi-section-remove right' }, [remove]));
      }
      if (this.anonymous !== true) frame.append(E('h3', {}, [section.toUpperCase()]));
      frame.append(this.node(section, await this.renderSection(section)));
    }
    if (sections.length === 0) frame.append(this.placeholder());
    frame.append(this.renderSectionAdd());
    return frame;
  }

  handleAdd(_event: Event, name?: string): Promise<unknown> {
    uci.add(this.map.config, this.sectiontype, name);
    return this.map.save(null, true);
  }

  handleRemove(section: string, _event: Event): Promise<unknown> {
    uci.remove(this.map.config, section);
    return this.map.save(null, true);
  }

  protected placeholder(): Node {
    return E('em', {}, [_('This section contains no values yet')]);
  }

  /** The button for another section, with a field for its name unless it needs none. */
  renderSectionAdd(style = ''): Node {
    if (!this.addremove) return E([]);
    const text = this.addbtntitle ?? _('Add');
    if (this.anonymous === true) {
      const add = this.button(text, 'cbi-button-add', (event) => this.handleAdd(event));
      return E('div', { class: `cbi-section-create ${style}` }, [add]);
    }
    const disabled = this.map.readonly === true || null;
    const name = E('input', { type: 'text', class: 'cbi-section-create-name', disabled });
    const click = (event: Event): unknown => this.handleAdd(event, name.value);
    const add = this.button(text, 'cbi-button-add', click, { disabled: true });
    if (this.map.readonly !== true) {
      addValidator(name, 'uciname', true, (value) => {
        if (add instanceof HTMLButtonElement) add.disabled = value === '';
        return value !== '' || _('Expecting: %s').format(_('non-empty value'));
      });
    }
    return E('div', { class: `cbi-section-create ${style}` }, [E('div', {}, [name]), add]);
  }
}
