/**
 * A field of the form for an option of UCI, from its declaration: checked as it is typed by the very field that `weir check` uses, with
 * help, what it takes, and what holds when it is not set. What is wrong stands below the field.
 */
import form from 'luci/form';
import uci from 'luci/uci';
import { CONFIG } from './config_state.ts';
import type { OptionDeclaration } from './options_gen.ts';

export type FormOption = InstanceType<typeof form.Value>;
export type ShaperSection = InstanceType<typeof form.TypedSection>;
type FormSection = InstanceType<typeof form.NamedSection> | ShaperSection;

/** The declaration of that name, which must be there. */
export function declarationOf(all: readonly OptionDeclaration[], name: string): OptionDeclaration {
  const found = all.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no option ${name}`);
  return found;
}

/** What the daemon said of a value, by `section.option`; it holds as long as that value stands there. */
const refusals = new Map<string, { readonly value: string; readonly message: string }>();

/** Marks the field with what the daemon says of its value. False where the field cannot show it. */
export function refuse(option: FormOption, section: string, message: string): boolean {
  refusals.set(`${section}.${option.option}`, { value: String(option.formvalue(section) ?? ''), message });
  option.triggerValidation(section);
  return !option.isValid(section);
}

/** What UCI has, as a person would write it, so that what means the same is no change. */
function normalized({ field, repeatable }: OptionDeclaration, value: string | readonly string[] | null | undefined) {
  if (value === null || value === undefined) return null;
  if (repeatable) return typeof value === 'string' ? value.split(/\s+/).filter((word) => word !== '') : value;
  const text = [value].flat().join(' ');
  const parsed = field.choices === undefined ? undefined : field.parse(text);
  return parsed === undefined ? text : field.format(parsed);
}

/** A value as it is shown: of a boolean in words. */
export function valueWords({ field }: OptionDeclaration, value: string): string {
  return field.data.kind !== 'boolean' ? value : value === '1' ? _('on') : _('off');
}

/** Puts below the field what is wrong with what stands in it, what the option is for, and what it takes. */
export function explained<O extends FormOption>(option: O, help: string, takes?: string): O {
  const render = option.renderWidget;
  // In the dialog of a row LuCI has a copy of the option, with this method.
  option.renderWidget = function (this: FormOption, section, index, value) {
    const error = E('div', { class: 'weir-error', id: `${this.cbid(section)}.error`, 'aria-live': 'polite' });
    const widget = render.call(this, section, index, value);
    const show = ({ target }: Event, message: string): void => {
      error.textContent = message;
      if (!(target instanceof HTMLElement)) return;
      target.setAttribute('aria-invalid', String(message !== ''));
      target.setAttribute('aria-describedby', error.id);
      // The theme would show the same again, over the next field.
      target.removeAttribute('data-tooltip');
    };
    const failed = (event: Event): void => {
      const detail: unknown = event instanceof CustomEvent ? event.detail : null;
      show(event, L.isObject(detail) && 'message' in detail ? String(detail.message) : '');
    };
    // A box to tick, and the field for another item of a list, have no label of LuCI's that leads to them, and the latter stays usable.
    for (const input of widget instanceof Element ? widget.querySelectorAll('input') : []) {
      input.setAttribute('aria-label', this.title ?? '');
      if (this.map.readonly) input.disabled = true;
    }
    return E('div', { 'validation-failure': failed, 'validation-success': (event) => show(event, '') }, [
      widget,
      error,
      E('div', { class: 'cbi-value-description' }, [help]),
      ...(takes === undefined ? [] : [E('div', { class: 'weir-takes' }, [takes])]),
    ]);
  };
  return option;
}

/** A check of what is typed; '' is "not set". */
export function checked<O extends FormOption>(option: O, problemOf: (value: string) => string | undefined): O {
  option.validate = (section, value) => {
    const refused = refusals.get(`${section}.${option.option}`);
    if (refused !== undefined && refused.value === value) return refused.message;
    return problemOf(value) ?? true;
  };
  return option;
}

export interface OptionOptions {
  /** `download_` or `upload_`. */
  readonly prefix?: string;
  /** What holds when it is not set. */
  readonly unset: string | undefined;
  /** Values to pick from, where others can be typed as well. */
  readonly offers?: readonly string[];
}

/** Adds the option to a tab. */
export function addOption(
  section: FormSection,
  tab: string | null,
  declaration: OptionDeclaration,
  { prefix = '', unset, offers = [] }: OptionOptions,
): FormOption {
  const { field, label, help, name, repeatable } = declaration;
  const isChoice = field.choices !== undefined;
  const type = repeatable ? form.DynamicList : isChoice ? form.ListValue : form.Value;
  const option: FormOption =
    tab === null ? section.option(type, prefix + name, label) : section.taboption(tab, type, prefix + name, label);
  option.optional = true;
  const offered = new Set(field.choices);
  option.load = (id) => {
    const value = normalized(declaration, uci.get(CONFIG, id, option.option));
    // A choice that there is not is to be seen as such.
    if (isChoice && typeof value === 'string' && !offered.has(value)) {
      offered.add(value);
      option.value(value);
    }
    return value;
  };
  if (repeatable) {
    for (const word of field.choices ?? offers) option.value(word);
    if (unset !== undefined) option.placeholder = unset;
  } else if (isChoice) {
    option.value('', unset === undefined ? _('not set') : _('Default: %s').format(unset));
    for (const word of field.choices) option.value(word, valueWords(declaration, word));
  } else if (unset !== undefined) {
    option.placeholder = unset;
  }
  const { text, values } = field.expectation;
  const expected = _(text).format(...values);
  const problemOf = (value: string): string | undefined => {
    if (value === '' || field.parse(value) !== undefined) return undefined;
    return _('Expected: %s').format(expected);
  };
  explained(option, help, isChoice ? undefined : _('Takes %s.').format(expected));
  if (offers.length > 0 && !repeatable) offering(option, offers);
  return checked(option, problemOf);
}

/** Values to pick from in a field where others can be typed as well. */
function offering(option: FormOption, values: readonly string[]): void {
  const render = option.renderWidget;
  option.renderWidget = function (this: FormOption, section, index, value) {
    const widget = render.call(this, section, index, value);
    const id = `${this.cbid(section)}.offers`;
    const list = E(
      'datalist',
      { id },
      values.map((one) => E('option', { value: one })),
    );
    if (widget instanceof Element) {
      widget.querySelector('input')?.setAttribute('list', id);
      widget.append(list);
    }
    return widget;
  };
}

/** Adds a box to tick for a boolean whose default is known. */
export function addFlag(section: FormSection, tab: string | null, declaration: OptionDeclaration): FormOption {
  const { label, help, name, unset: [unset] = ['0'] } = declaration;
  const option = tab === null ? section.option(form.Flag, name, label) : section.taboption(tab, form.Flag, name, label);
  const inFile = (id: string) => normalized(declaration, uci.get(CONFIG, id, name));
  option.default = unset;
  option.load = inFile;
  // LuCI writes, or removes, whether it changed or not.
  option.write = (id, value) => {
    if (inFile(id) !== value) uci.set(CONFIG, id, name, value);
  };
  option.remove = (id) => {
    if (inFile(id) !== unset) uci.unset(CONFIG, id, name);
  };
  return explained(option, help);
}
