/** LuCI.ui.AbstractElement: a field, its events, and whether what stands in it is right. */
import baseclass from 'luci/baseclass';
import dom from 'luci/dom';
import { create } from '../validation.ts';

export interface Options {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly optional?: boolean | undefined;
  readonly disabled?: boolean | null | undefined;
  readonly readonly?: boolean | undefined;
  readonly placeholder?: string | null | undefined;
  readonly datatype?: string | undefined;
  readonly validate?: ((value: string) => true | string) | undefined;
}

export abstract class Element extends baseclass {
  node: HTMLElement = document.createElement('div');
  protected readonly options: Options;
  private check: (() => boolean) | undefined;
  private error: string | undefined;

  constructor(options: Options) {
    super();
    this.options = options;
  }

  abstract render(): HTMLElement;
  abstract getValue(): string | string[] | null;
  abstract setValue(value: string | readonly string[] | null): void;

  isValid(): boolean {
    return this.error === undefined;
  }

  isChanged(): boolean {
    return this.node.getAttribute('data-changed') === 'true';
  }

  getValidationError(): string {
    return this.error ?? '';
  }

  /** Checks again; true when the result is another. */
  triggerValidation(): boolean {
    if (this.check === undefined) return false;
    const before = this.isValid();
    this.check();
    return before !== this.isValid();
  }

  /** Makes `node` this object's element. */
  protected bind(node: HTMLElement): HTMLElement {
    this.node = node;
    dom.bindClassInstance(node, this);
    node.addEventListener('validation-success', () => {
      this.error = undefined;
    });
    node.addEventListener('validation-failure', (event) => {
      const detail: unknown = event instanceof CustomEvent ? event.detail : undefined;
      this.error = typeof detail === 'object' && detail !== null ? String(Reflect.get(detail, 'message')) : '';
    });
    return node;
  }

  /** On these events the field is checked, and `widget-update` is told. */
  protected updateOn(target: HTMLElement, ...events: readonly string[]): void {
    this.tellOn(target, 'widget-update', events);
    const { datatype, validate, optional = true } = this.options;
    if (datatype === undefined && validate === undefined) return;
    this.check = addValidator(target, datatype ?? 'string', optional, validate, ...events);
  }

  /** On these events the field counts as changed, and `widget-change` is told. */
  protected changeOn(target: HTMLElement, ...events: readonly string[]): void {
    for (const event of events) target.addEventListener(event, () => this.node.setAttribute('data-changed', 'true'));
    this.tellOn(target, 'widget-change', events);
  }

  private tellOn(target: HTMLElement, name: string, events: readonly string[]): void {
    for (const event of events) {
      target.addEventListener(event, () => this.node.dispatchEvent(new CustomEvent(name, { bubbles: true })));
    }
  }
}

/** Checks a field now and on each of the events; gives the check. */
export function addValidator(
  field: HTMLElement,
  datatype: string,
  optional = false,
  validate?: (value: string) => true | string,
  ...events: readonly string[]
): () => boolean {
  const check = create(field, datatype, optional, validate);
  for (const event of events.length > 0 ? events : ['blur', 'keyup']) field.addEventListener(event, check);
  check();
  return check;
}
