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

/** Not null: a list's items become text whatever they are (dom.append), `null` too. */
type LuciChild = Node | string | number;
type LuciChildren = Node | readonly LuciChild[] | Translated;
/** As a method, so that a handler may ask for a kind of event. */
type LuciHandler = { handle(event: Event): unknown }['handle'];
/** `null` leaves an attribute out; a function listens to the event of that name. */
type LuciAttributes = Readonly<Record<string, string | number | boolean | null | undefined | LuciHandler>>;

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

/** LuCI.baseclass */
declare class LuciObject {
  /**
   * A subclass; its `__init__` is the constructor. What a property overrides, `this.super('name', args)` calls.
   */
  static extend<T extends LuciClass, P extends object>(
    this: T,
    properties: P & ThisType<P & InstanceType<T>>,
  ): new (
    ...args: ConstructorParameters<T>
  ) => P & InstanceType<T>;
  super(name: string, args: readonly unknown[]): unknown;
}
type LuciClass = new (...args: never[]) => LuciObject;

/** A page: `load` and then `render` are called once; a handler of null leaves its button out. */
declare class View extends LuciObject {
  load?(): unknown;
  handleSave: ((event: Event) => Promise<unknown>) | null;
  handleSaveApply: ((event: Event, mode: string) => Promise<unknown>) | null;
  handleReset: ((event: Event) => Promise<unknown>) | null;
}
interface ViewProperties<T> {
  load?(): Promise<T> | T;
  render(data: T): Promise<Node | readonly Node[]> | Node | readonly Node[];
  handleSave?: View['handleSave'];
  handleSaveApply?: View['handleSaveApply'];
  handleReset?: View['handleReset'];
}
interface ViewClass {
  new (): View;
  extend<T, P extends object = object>(
    properties: ViewProperties<T> & P & ThisType<ViewProperties<T> & P & View>,
  ): new () => View;
}

/** Values of a section by option, with `.name`, `.type`, `.anonymous` and `.index`. */
type UciSection = Readonly<Record<string, string | string[]>> & { readonly '.name': string; readonly '.type': string };

/** What is set stays in the browser until `save`, and in the session until it is applied. */
interface Uci {
  load(configs: string | readonly string[]): Promise<readonly string[]>;
  unload(configs: string | readonly string[]): void;
  sections(config: string, type?: string): UciSection[];
  get(config: string, section: string, option: string): string | string[] | null | undefined;
  get(config: string, section: string): UciSection | null;
  set(config: string, section: string, option: string, value: string | readonly string[] | null): void;
  unset(config: string, section: string, option: string): void;
  add(config: string, type: string, name?: string): string;
  remove(config: string, section: string): void;
  save(): Promise<unknown>;
  /** Of this session, not applied yet: lists of a command, a section, and what it is about, by config. */
  changes(): Promise<Readonly<Record<string, readonly (readonly string[])[]>>>;
}

interface NetworkDevice {
  getName(): string;
  isUp(): boolean;
}
interface NetworkProtocol {
  getName(): string;
  isUp(): boolean;
}
interface Network {
  getDevices(): Promise<NetworkDevice[]>;
  getNetworks(): Promise<NetworkProtocol[]>;
}

declare module 'luci/baseclass' {
  const baseclass: typeof LuciObject;
  export default baseclass;
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
declare module 'luci/uci' {
  const uci: Uci;
  export default uci;
}
declare module 'luci/network' {
  const network: Network;
  export default network;
}
