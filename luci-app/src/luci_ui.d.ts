/** LuCI's ui.js and form.js, as far as the pages use them: see luci.d.ts. */

interface UiTabs {
  /** Makes a row of tabs before the panes, which have `data-tab`, `data-tab-title`, and one of them `data-tab-active`. */
  initTabGroup(panes: ArrayLike<Node>): void;
}

interface UiChanges {
  init(): Promise<unknown> | undefined;
  /** Writes what the session has set; `checked` takes it back unless this page reaches the router afterwards. */
  apply(checked: boolean): void;
  revert(): void;
  displayChanges(): void;
}

/** A field that a person fills in. */
declare class UiElement extends LuciObject {
  readonly node: HTMLElement;
  render(): HTMLElement;
  getValue(): string | string[] | null;
  setValue(value: string | readonly string[] | null): void;
  isValid(): boolean;
  isChanged(): boolean;
  triggerValidation(): boolean;
  getValidationError(): string;
}
interface UiOptions {
  readonly id?: string;
  readonly name?: string;
  readonly optional?: boolean;
  readonly disabled?: boolean | null;
  readonly placeholder?: string;
  readonly datatype?: string;
  readonly validate?: (value: string) => true | string;
}
declare class UiTextfield extends UiElement {
  constructor(value: string | null, options?: UiOptions & { readonly password?: boolean });
  override getValue(): string;
}
declare class UiCheckbox extends UiElement {
  constructor(value: string | null, options?: UiOptions & { value_enabled?: string; value_disabled?: string });
  isChecked(): boolean;
  override getValue(): string;
}
declare class UiSelect extends UiElement {
  constructor(
    value: string | null,
    choices: Readonly<Record<string, string>>,
    options?: UiOptions & { readonly sort?: boolean | readonly string[]; readonly widget?: 'select' | 'radio' },
  );
}

interface Ui {
  readonly tabs: UiTabs;
  readonly changes: UiChanges;
  readonly Textfield: typeof UiTextfield;
  readonly Checkbox: typeof UiCheckbox;
  readonly Select: typeof UiSelect;
  showModal(title: Translated, children: LuciChildren, ...classes: readonly string[]): Element;
  hideModal(): void;
  /** A message above the page; a class of `danger`, `warning` or `info` colours it. */
  addNotification(title: Translated | null, children: LuciChildren, ...classes: readonly string[]): Element;
  addTimeLimitedNotification(
    title: Translated | null,
    children: LuciChildren,
    timeoutMs: number,
    ...classes: readonly string[]
  ): Element;
  showIndicator(id: string, label: string, handler?: (event: Event) => unknown, style?: 'active' | 'inactive'): boolean;
  hideIndicator(id: string): boolean;
  /** An event handler whose button cannot be clicked again until the promise is settled. */
  createHandlerFn<A extends readonly unknown[]>(
    self: unknown,
    fn: ((...args: [...A, Event]) => unknown) | string,
    ...args: A
  ): (event: Event) => void;
  addValidator(
    field: HTMLInputElement,
    datatype: string,
    optional?: boolean,
    validate?: (value: string) => true | string,
    ...events: readonly string[]
  ): (() => boolean) | undefined;
  itemlist(node: Element, items: readonly LuciChild[], separators?: readonly LuciChild[]): Element;
}

// ---- form ----

type FormText = Translated | null;
type FormResult = string | readonly string[] | null | undefined;

declare class FormMap extends LuciObject {
  constructor(config: string, title?: FormText, description?: FormText);
  readonly config: string;
  /** Set by `load` where the session may not write the config. */
  readonly?: boolean | null;
  /** Sections as tabs. */
  tabbed?: boolean;
  root?: HTMLElement;
  section<S extends FormSection, A extends readonly unknown[]>(
    type: new (map: FormMap, ...args: A) => S,
    ...args: A
  ): S;
  chain(config: string): void;
  /** Shows and hides fields as others say. */
  checkDepends(): void;
  load(): Promise<unknown>;
  render(): Promise<HTMLElement>;
  /** Takes over what the fields have. Rejects where one is wrong. */
  parse(): Promise<unknown>;
  /** Checks all fields, and sets what is changed in the session. Rejects, and says so unless `silent`, where one is wrong. */
  save(callback?: (() => unknown) | null, silent?: boolean): Promise<unknown>;
  reset(): Promise<unknown>;
  lookupOption(name: string, section?: string, config?: string): [FormValue, string] | null;
}

declare class FormSection extends LuciObject {
  readonly map: FormMap;
  title: FormText;
  description: FormText;
  addremove: boolean;
  readonly children: readonly FormValue[];
  filter(section: string): boolean;
  tab(name: string, title: FormText, description?: FormText): void;
  option<O extends FormValue>(type: FormValueClass<O>, name: string, title?: FormText, description?: FormText): O;
  taboption<O extends FormValue>(
    tab: string,
    type: FormValueClass<O>,
    name: string,
    title?: FormText,
    description?: FormText,
  ): O;
  cfgsections(): readonly string[];
  formvalue(section: string, option: string): FormResult;
  getUIElement(section: string, option: string): UiElement | null;
  getOption(name: string): FormValue | null;
}
declare class FormNamedSection extends FormSection {
  constructor(map: FormMap, section: string, type: string, title?: FormText, description?: FormText);
}
declare class FormTypedSection extends FormSection {
  constructor(map: FormMap, type: string, title?: FormText, description?: FormText);
  anonymous?: boolean;
  addbtntitle?: string;
  delbtntitle?: string;
  renderSectionAdd(): Node;
  handleAdd(event: Event, name?: string): Promise<unknown>;
  handleRemove(section: string, event: Event): Promise<unknown>;
}
/** A row a section. */
declare class FormTableSection extends FormTypedSection {
  sectiontitle?: (section: string) => string;
  nodescriptions?: boolean;
  sortable?: boolean;
}
/** A row a section, edited in a dialog. */
declare class FormGridSection extends FormTableSection {
  modaltitle?: (section: string) => string;
  /** Called while the dialog of a section is made: adds what is not among the options of the grid. */
  addModalOptions(modalSection: FormNamedSection, section: string, event?: Event): unknown;
  /** Opens the dialog of a section, in place of one that is open for it. */
  renderMoreOptionsModal(section: string, event?: Event): Promise<unknown>;
}

type FormValueClass<O extends FormValue> = new (
  map: FormMap,
  section: FormSection,
  name: string,
  title?: FormText,
  description?: FormText,
) => O;
declare class FormValue extends LuciObject {
  constructor(map: FormMap, section: FormSection, name: string, title?: FormText, description?: FormText);
  readonly map: FormMap;
  readonly section: FormSection;
  readonly option: string;
  title: FormText;
  description: FormText;
  /** As in validation.js, e.g. `uinteger` or `and(uinteger,min(1))`. */
  datatype?: string;
  default: string | readonly string[] | null;
  placeholder?: string;
  password?: boolean;
  /** Whether nothing is a value, and what is the default is removed from the file. */
  rmempty: boolean;
  optional: boolean;
  readonly?: boolean;
  /** In a GridSection: only in its dialog. `editable`: its field is in the row. */
  modalonly?: boolean;
  editable?: boolean;
  /** Keeps the value when the field is not shown. */
  retain: boolean;
  forcewrite?: boolean;
  width?: number | string;
  onchange?: (event: Event, section: string, value: FormResult) => void;
  /** A choice. Those of a Value can be typed as well. */
  value(key: string, title?: string): void;
  /** Shown only where another option of the section has that value; several calls are alternatives. */
  depends(option: string, value: string | boolean | RegExp): void;
  depends(all: Readonly<Record<string, string | boolean | RegExp>>): void;
  validate(section: string, value: string): true | string;
  load(section: string): FormResult | Promise<FormResult>;
  write(section: string, value: string | readonly string[]): unknown;
  remove(section: string): unknown;
  cfgvalue(section: string): FormResult;
  formvalue(section: string): FormResult;
  textvalue(section: string): string | Node | null;
  isValid(section: string): boolean;
  isActive(section: string): boolean;
  triggerValidation(section: string): boolean;
  getUIElement(section: string): UiElement | null;
  cbid(section: string): string;
  renderWidget(section: string, index: number, value: FormResult): Node;
}
declare class FormListValue extends FormValue {
  widget: 'select' | 'radio';
  orientation: 'horizontal' | 'vertical';
}
declare class FormFlag extends FormValue {
  enabled: string;
  disabled: string;
}
declare class FormDynamicList extends FormValue {}
declare class FormTextValue extends FormValue {
  rows?: number;
  monospace?: boolean;
  wrap?: boolean;
}
declare class FormDummyValue extends FormValue {
  href?: string;
}
declare class FormButton extends FormValue {
  inputtitle?: string;
  inputstyle?: string;
  onclick?: (event: Event, section: string) => unknown;
}

interface Form {
  readonly Map: typeof FormMap;
  readonly NamedSection: typeof FormNamedSection;
  readonly TypedSection: typeof FormTypedSection;
  readonly TableSection: typeof FormTableSection;
  readonly GridSection: typeof FormGridSection;
  readonly Value: typeof FormValue;
  readonly ListValue: typeof FormListValue;
  readonly Flag: typeof FormFlag;
  readonly DynamicList: typeof FormDynamicList;
  readonly TextValue: typeof FormTextValue;
  readonly DummyValue: typeof FormDummyValue;
  readonly Button: typeof FormButton;
}

declare module 'luci/ui' {
  const ui: Ui;
  export default ui;
}
declare module 'luci/form' {
  const form: Form;
  export default form;
}
