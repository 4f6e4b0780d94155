/** What the stand-in has beyond what pages use of LuCI (luci-app/src/luci.d.ts): for its own modules. */

/** LuCI.response */
interface LuciResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly headers: { get(name: string): string | null };
  json(): unknown;
  text(): string;
}
interface LuciRequestOptions {
  readonly method?: string;
  readonly query?: Readonly<Record<string, string | number | null | undefined>>;
  readonly content?: unknown;
  readonly timeout?: number;
  readonly cache?: boolean;
  readonly nobatch?: boolean | undefined;
}
interface LuciRequest {
  get(url: string, options?: LuciRequestOptions): Promise<LuciResponse>;
  post(url: string, content?: unknown, options?: LuciRequestOptions): Promise<LuciResponse>;
  request(url: string, options?: LuciRequestOptions): Promise<LuciResponse>;
}
interface LuciSession {
  getID(): string;
  getLocalData(key: string): unknown;
  setLocalData(key: string, value: unknown): boolean;
}
/** LuCI.dom beyond what pages use: which object belongs to an element. */
interface Dom {
  elem(value: unknown): value is Node;
  create(tag: unknown, attributes?: unknown, children?: unknown): Node;
  bindClassInstance(node: Element, instance: object): void;
  findClassInstance(node: Node): object | null;
  callClassMethod(node: Node, method: string, ...args: readonly unknown[]): unknown;
}

declare module 'luci/request' {
  const request: LuciRequest;
  export default request;
}
declare module 'luci/session' {
  const session: LuciSession;
  export default session;
}
