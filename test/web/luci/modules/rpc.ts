/** LuCI.rpc: calls of the bus over JSON-RPC, batched by the request module. */
import request from 'luci/request';

interface Options {
  readonly object: string;
  readonly method: string;
  readonly params?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly expect?: Readonly<Record<string, unknown>>;
  readonly filter?: (answer: unknown, args: Readonly<Record<string, unknown>>, ...rest: readonly unknown[]) => unknown;
  readonly reject?: boolean;
  readonly nobatch?: boolean;
}

const ACCESS_DENIED = -32002;
const DEFAULT_TIMEOUT_S = 20;
let nextId = 1;

const STATUS_TEXTS = [
  _('Command OK'),
  _('Invalid command'),
  _('Invalid argument'),
  _('Method not found'),
  _('Resource not found'),
  _('No data received'),
  _('Permission denied'),
  _('Request timeout'),
  _('Not supported'),
  _('Unspecified error'),
  _('Connection lost'),
];

export function getStatusText(status: number): Translated {
  return STATUS_TEXTS[status] ?? _('Unknown error code');
}

export function getSessionID(): string {
  return L.env.sessionid;
}

export function declare(options: Options): (...args: readonly unknown[]) => Promise<unknown> {
  return async (...args) => {
    const { named, rest } = argumentsOf(options.params, args);
    const { object, method } = options;
    const params = [getSessionID(), object, method, named];
    const message = { jsonrpc: '2.0', id: nextId++, method: 'call', params };
    const answer = await post(message, options.nobatch, `${object}/${method}`);
    const { error, result } = answer;
    if (isObject(error)) {
      const code = Reflect.get(error, 'code');
      if (code === ACCESS_DENIED && !(object === 'session' && method === 'access')) await checkSession();
      fail('RPC call to %s/%s failed with error %d: %s', object, method, code, Reflect.get(error, 'message'));
    }
    return shaped(options, result, named, rest);
  };
}

export async function list(...paths: readonly string[]): Promise<unknown> {
  const message = { jsonrpc: '2.0', id: nextId++, method: 'list', ...(paths.length > 0 ? { params: paths } : {}) };
  return (await post(message, undefined, 'list')).result;
}

function argumentsOf(
  params: Options['params'],
  args: readonly unknown[],
): { named: Record<string, unknown>; rest: readonly unknown[] } {
  if (params === undefined) return { named: {}, rest: args };
  if (isList(params)) {
    return { named: Object.fromEntries(params.map((name, i) => [name, args[i]])), rest: args.slice(params.length) };
  }
  const [given, ...rest] = args;
  const entries = isObject(given) ? Object.entries(given).filter(([name]) => name in params) : [];
  return { named: Object.fromEntries(entries), rest };
}

async function post(message: object, nobatch: boolean | undefined, what: string): Promise<Record<string, unknown>> {
  const timeout = DEFAULT_TIMEOUT_S * 1000;
  const response = await request.post('/ubus/', message, { timeout, nobatch });
  if (!response.ok) fail('RPC call to %s failed with HTTP error %d: %s', what, response.status, response.statusText);
  const answer = response.json();
  if (!isObject(answer) || Reflect.get(answer, 'jsonrpc') !== '2.0') {
    return fail('RPC call to %s returned invalid message frame', what);
  }
  return Object.fromEntries(Object.entries(answer));
}

/** `expect` takes one key of the answer, and its default where the type is another. */
function shaped(
  { object, method, expect, filter, reject }: Options,
  result: unknown,
  args: Record<string, unknown>,
  rest: readonly unknown[],
): unknown {
  let answer: unknown;
  if (Array.isArray(result)) {
    const [status, data] = result;
    if (reject === true && status !== 0) {
      fail('RPC call to %s/%s failed with ubus code %d: %s', object, method, status, getStatusText(Number(status)));
    }
    answer = result.length > 1 ? data : status;
  }
  const [expected] = Object.entries(expect ?? {});
  if (expected !== undefined) {
    const [key, otherwise] = expected;
    if (key !== '') answer = isObject(answer) ? Reflect.get(answer, key) : undefined;
    if (answer == null || kindOf(answer) !== kindOf(otherwise)) answer = otherwise;
  }
  return filter === undefined ? answer : filter(answer, args, ...rest);
}

/** A refused call may mean that the session is over: then nothing works any more. */
async function checkSession(): Promise<void> {
  const mayRead = declare({
    object: 'session',
    method: 'access',
    params: ['scope', 'object', 'function'],
    expect: { access: true },
  });
  try {
    await mayRead('uci', 'luci', 'read');
  } catch {
    const sessionEnded: unknown = Reflect.get(L, 'sessionEnded');
    if (typeof sessionEnded === 'function') sessionEnded.call(L);
  }
}

function fail(text: string, ...values: readonly unknown[]): never {
  const error = new Error(text.format(...values));
  error.name = 'RPCError';
  throw error;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isList(value: Options['params']): value is readonly string[] {
  return Array.isArray(value);
}

const kindOf = (value: unknown): string => Object.prototype.toString.call(value);
