/** LuCI.form.Map: the form of a config file. */
import baseclass from 'luci/baseclass';
import dom from 'luci/dom';
import { declare } from '../rpc.ts';
import * as uci from '../uci.ts';
import type { Section } from './form_section.ts';
import type { Dependency, Value } from './form_value.ts';
import { hideModal, showModal } from './messages.ts';
import { initTabGroup, updateTabs } from './tabs.ts';

export type Text = Translated | null;

const callAccess = declare({
  object: 'session',
  method: 'access',
  params: ['scope', 'object', 'function'],
  expect: { access: false },
});
/** Fields that depend on each other settle within so many rounds. */
const MOST_ROUNDS = 10;

export class FormMap extends baseclass {
  readonly config: string;
  readonly title: Text;
  readonly description: Text;
  readonly children: Section[] = [];
  readonly?: boolean | null;
  tabbed?: boolean;
  root?: HTMLElement;
  /** Of a dialog over another form. */
  parent?: FormMap;
  private readonly configs: string[];

  constructor(config: string, title: Text = null, description: Text = null) {
    super();
    this.config = config;
    this.title = title;
    this.description = description;
    this.configs = [config];
  }

  section<S extends Section, A extends readonly unknown[]>(type: new (map: FormMap, ...args: A) => S, ...args: A): S {
    const section = new type(this, ...args);
    this.children.push(section);
    return section;
  }

  chain(config: string): void {
    if (!this.configs.includes(config)) this.configs.push(config);
  }

  async load(): Promise<void> {
    const [mayWrite] = await Promise.all([
      this.readonly == null ? callAccess('uci', this.config, 'write') : true,
      ...this.configs.map((config, i) => (i === 0 ? uci.load(config) : L.resolveDefault(uci.load(config), []))),
    ]);
    if (mayWrite === false) this.readonly = true;
    await Promise.all(this.children.map((section) => section.load()));
  }

  async render(): Promise<HTMLElement> {
    await this.load();
    return this.renderContents();
  }

  parse(): Promise<unknown> {
    return Promise.all(this.children.map((section) => section.parse()));
  }

  async save(callback?: (() => unknown) | null, silent = false): Promise<void> {
    this.checkDepends();
    try {
      await this.parse();
      await callback?.();
      await uci.save();
      await this.load();
    } catch (error) {
      if (!silent) showSaveError(error);
      throw error;
    }
    await this.renderContents();
  }

  reset(): Promise<HTMLElement> {
    return this.renderContents();
  }

  findElement(selector: string): HTMLElement | null {
    return this.root?.querySelector<HTMLElement>(selector) ?? null;
  }

  /** The option of that name, or at `config.section.name`, and its section. */
  lookupOption(name: string, section?: string, config: string = this.config): [Value, string] | null {
    const id = name.includes('.') ? `cbid.${name}` : `cbid.${config}.${section}.${name}`;
    const element = this.findElement(`[data-field="${id}"]`);
    const option = element === null ? null : dom.findClassInstance(element);
    return isValue(option) ? [option, id.split('.')[2] ?? ''] : null;
  }

  checkDepends(round = 0): void {
    const changed = this.children.map((section) => section.checkDepends(round)).some(Boolean);
    if (changed && round < MOST_ROUNDS) this.checkDepends(round + 1);
    if (this.root !== undefined) updateTabs(this.root);
  }

  /** Whether one of the dependencies holds: each of its values equals that of an option that is shown. */
  isDependencySatisfied(dependencies: readonly Dependency[], config: string, section: string): boolean {
    if (dependencies.length === 0) return true;
    return dependencies.some((dependency) => {
      const isSame = Object.entries(dependency)
        .filter(([name]) => !name.startsWith('!'))
        .every(([name, wanted]) => {
          const [option, id = ''] = this.lookupOption(name, section, config) ?? [];
          const value = option?.isActive(id) ? option.formvalue(id) : null;
          return wanted instanceof RegExp
            ? value != null && wanted.test(String(value))
            : isEqual(value ?? null, wanted);
        });
      return isSame !== Boolean(dependency['!reverse']);
    });
  }

  private async renderContents(): Promise<HTMLElement> {
    this.root ??= E('div', { id: `cbi-${this.config}`, class: 'cbi-map' });
    const { root } = this;
    dom.bindClassInstance(root, this);
    const nodes = await Promise.all(this.children.map((section) => section.render()));
    const heading = this.title === null ? null : E('h2', { name: 'content' }, this.title);
    const description = this.description === null ? null : E('div', { class: 'cbi-map-descr' }, this.description);
    const contents = this.tabbed ? [E('div', { class: 'cbi-map-tabbed' }, nodes)] : nodes;
    root.replaceChildren(...[heading, description, ...contents].filter((node) => node !== null));
    this.checkDepends();
    for (const group of root.querySelectorAll('.cbi-map-tabbed, .cbi-section-node-tabbed'))
      initTabGroup(group.childNodes);
    return root;
  }
}

/** As LuCI compares: by value, and a list with a list. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => isEqual(one, b[i]));
  return (a ?? null) === (b ?? null);
}

function isValue(instance: object | null): instance is Value {
  return instance !== null && 'formvalue' in instance && 'cbid' in instance;
}

function showSaveError(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  showModal(_('Save error'), [
    E('p', {}, [_('An error occurred while saving the form:')]),
    E('p', {}, [E('em', { style: 'white-space:pre-wrap' }, [message])]),
    E('div', { class: 'right' }, [E('button', { class: 'cbi-button', click: hideModal }, [_('Dismiss')])]),
  ]);
}
