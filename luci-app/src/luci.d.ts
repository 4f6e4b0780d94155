/**
 * LuCI's client API as far as the pages use it, from modules/luci-base/htdocs/luci-static/resources/*.js of openwrt/luci.
 *
 * Stricter than the original where that would be unsafe: a plain string as the children of an element is HTML to LuCI (dom.append),
 * so here children are nodes or a list, whose strings become text; and a title, which is HTML too, must be our own words, as `_()`
 * gives them.
 */

/** Text of ours: never something that came over the bus. */
type Translated = string & { readonly __translated: true };
/** The translation of a literal; a test collects them. */
declare function _(text: string, context?: string): Translated;
/** The translation for a number of things, and its plural. */
declare function N_(count: number, singular: string, plural: string, context?: string): Translated;

interface String {
  /** printf of LuCI's cbi.js; `%h` escapes for HTML, `%1000mB` scales. */
  format(...values: readonly unknown[]): string;
}

type LuciChild = Node | string | number | null | undefined;
type LuciChildren = Node | readonly LuciChild[] | Translated;
/** `null` leaves an attribute out; a function listens to the event of that name. */
type LuciAttributes = Readonly<
  Record<string, string | number | boolean | null | undefined | ((event: Event) => unknown)>
>;

declare function E<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes?: LuciAttributes,
  children?: LuciChildren,
): HTMLElementTagNameMap[K];
declare function E(tag: string, attributes?: LuciAttributes, children?: LuciChildren): HTMLElement;
declare function E(nodes: readonly Node[]): DocumentFragment;

interface LuciEnvironment {
  readonly sessionid: string;
  readonly pollinterval: number;
  readonly requestpath: readonly string[];
}

declare const L: {
  readonly env: LuciEnvironment;
  url(...parts: readonly string[]): string;
  resource(...parts: readonly string[]): string;
  /** Null where the page's ACL is not known, else whether this session may write. */
  hasViewPermission(): boolean | null;
  isObject(value: unknown): value is object;
  toArray<T>(value: T | readonly T[] | null | undefined): T[];
  resolveDefault<T>(value: Promise<T> | T, otherwise: T): Promise<T>;
  bind<F>(fn: F, self: unknown, ...args: readonly unknown[]): F;
};

interface Rpc {
  /**
   * A function that calls a method of the bus. Without `reject` an error is not seen: the answer is then `expect`'s default.
   */
  declare<A extends readonly unknown[], R>(options: {
    readonly object: string;
    readonly method: string;
    /** Names of the arguments, in their order. */
    readonly params?: readonly string[];
    /** The one key that the answer is taken from ('' is the whole), and what it is when the type differs. */
    readonly expect?: Readonly<Record<string, unknown>>;
    readonly filter?: (answer: unknown, args: Readonly<Record<string, unknown>>) => R;
    readonly reject?: boolean;
    readonly nobatch?: boolean;
  }): (...args: A) => Promise<R>;
  list(...paths: readonly string[]): Promise<unknown>;
  getStatusText(status: number): Translated;
}

interface Poll {
  /** False when it is polled already. The next call waits for the promise of the one before. */
  add(fn: () => unknown, intervalS?: number): boolean;
  remove(fn: () => unknown): boolean;
  start(): boolean;
  stop(): boolean;
  active(): boolean;
}

interface Dom {
  content(node: Node, children: LuciChildren | null): Node | null;
  append(node: Node, children: LuciChildren): Node | null;
  isEmpty(node: Node, ignore?: (child: Element) => boolean): boolean;
}

interface ViewProperties<T> {
  load?(): Promise<T> | T;
  render(data: T): Promise<Node | readonly Node[]> | Node | readonly Node[];
  handleSave?: ((event: Event) => Promise<unknown>) | null;
  handleSaveApply?: ((event: Event, mode: string) => Promise<unknown>) | null;
  handleReset?: ((event: Event) => Promise<unknown>) | null;
}
interface View {
  handleSave(event: Event): Promise<unknown>;
  handleSaveApply(event: Event, mode: string): Promise<unknown>;
  handleReset(event: Event): Promise<unknown>;
}
interface ViewClass {
  extend<T, P extends object = object>(
    properties: ViewProperties<T> & P & ThisType<ViewProperties<T> & P & View>,
  ): ViewClass;
}

interface BaseClass {
  extend<P extends object>(properties: P & ThisType<P>): new () => P;
}

declare module 'luci/rpc' {
  const rpc: Rpc;
  export default rpc;
}
declare module 'luci/poll' {
  const poll: Poll;
  export default poll;
}
declare module 'luci/dom' {
  const dom: Dom;
  export default dom;
}
declare module 'luci/view' {
  const view: ViewClass;
  export default view;
}
declare module 'luci/baseclass' {
  const baseclass: BaseClass;
  export default baseclass;
}
