/** JSON-RPC over HTTP as uhttpd's ubus.c answers it; test/fixtures/ubus/http-jsonrpc.json is recorded from there. */
import { isGranted } from './acl.ts';
import { ARGUMENT_TYPES, type Args, type Bus } from './objects.ts';
import { NO_SESSION, type Sessions } from './sessions.ts';

const ERRORS = {
  PARSE: { code: -32700, message: 'Parse error' },
  METHOD: { code: -32601, message: 'Method not found' },
  OBJECT: { code: -32000, message: 'Object not found' },
  ACCESS: { code: -32002, message: 'Access denied' },
} as const;

type Result = { readonly result: unknown } | { readonly error: { readonly code: number; readonly message: string } };
const failure = (kind: keyof typeof ERRORS): Result => ({ error: ERRORS[kind] });

export class JsonRpc {
  private readonly sessions: Sessions;
  private readonly bus: Bus;

  constructor(sessions: Sessions, bus: Bus) {
    this.sessions = sessions;
    this.bus = bus;
  }

  /** The answer to the body of a POST. */
  async answer(body: string): Promise<string> {
    const request = parsed(body);
    if (!Array.isArray(request)) return JSON.stringify(await this.one(request));
    const answers: object[] = [];
    // One after another, as uhttpd does it.
    for (const item of request) answers.push(await this.one(item));
    return JSON.stringify(answers);
  }

  private async one(request: unknown): Promise<object> {
    if (!isTable(request)) return { jsonrpc: '2.0', id: null, ...failure('PARSE') };
    const { jsonrpc, id = null, method, params } = request;
    const isRpc = jsonrpc === '2.0' && typeof method === 'string';
    return { jsonrpc: '2.0', id, ...(isRpc ? await this.result(method, params) : failure('PARSE')) };
  }

  private async result(method: string, params: unknown): Promise<Result> {
    const list: readonly unknown[] = Array.isArray(params) ? params : [];
    if (method === 'list') return { result: await this.list(list) };
    return method === 'call' ? this.call(list) : failure('METHOD');
  }

  private async call([sid, path, name, args]: readonly unknown[]): Promise<Result> {
    if (typeof sid !== 'string' || typeof path !== 'string' || typeof name !== 'string' || !isTable(args)) {
      return failure('PARSE');
    }
    if (Object.keys(await this.bus.list(path)).length === 0) return failure('OBJECT');
    const session = this.sessions.find(sid);
    const granted = session !== undefined && isGranted(session.grants, 'ubus', path, name);
    if (!granted) return failure('ACCESS');
    const { status, data } = await this.bus.call(path, name, { ...args, ubus_rpc_session: sid }, session);
    if (status === undefined) return failure('OBJECT');
    return { result: data === undefined ? [status] : [status, data] };
  }

  /** Paths of all objects; or, of those whose patterns are given, their methods. A session before the patterns is passed over. */
  private async list(params: readonly unknown[]): Promise<unknown> {
    const patterns = params.filter((one) => typeof one === 'string' && !isSessionId(one));
    if (params.length === 0) return Object.keys(await this.bus.list('*')).sort();
    const found: Record<string, unknown> = {};
    for (const pattern of patterns) {
      for (const [path, methods] of Object.entries(await this.bus.list(String(pattern)))) {
        const named = Object.entries(methods).map(([method, args]) => [method, withTypeNames(args)]);
        found[path] = Object.fromEntries(named);
      }
    }
    return found;
  }
}

function withTypeNames(args: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(args).map(([name, type]) => [name, ARGUMENT_TYPES[type] ?? 'unknown']));
}

function isSessionId(text: string): boolean {
  return text.length === NO_SESSION.length && /^[0-9a-f]+$/.test(text);
}

function isTable(value: unknown): value is Args {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
