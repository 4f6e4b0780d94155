/** The router's web server: static files and /ubus as uhttpd, /cgi-bin/luci as LuCI, in front of the router of the lab. */

import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { Lab } from '../lab.ts';
import { type Login, readAclGroups } from './acl.ts';
import { Dispatcher, type Response } from './dispatcher.ts';
import { JsonRpc } from './jsonrpc.ts';
import { readMenu } from './menu.ts';
import { networkObjects } from './network_objects.ts';
import { busOf } from './objects.ts';
import { sessionObject } from './session_object.ts';
import { Sessions } from './sessions.ts';
import { CGI } from './shell.ts';
import { Uci } from './uci_object.ts';

const APP = 'build/luci-app';
const RESOURCES = 'htdocs/luci-static/resources';
/** LuCI's own client library, or what stands in for it. */
const LUCI_RESOURCES = process.env.LUCI_RESOURCES ?? 'build/web/luci';
/** Beside LuCI's resources where they are a router's, else a plain one. */
const THEMES = [join(LUCI_RESOURCES, '../bootstrap'), 'test/web/theme'];
const ACL_DIRECTORIES = ['luci-app/root/usr/share/rpcd/acl.d', 'test/web/acl.d'];
/** Of the app, and of the views that try LuCI's library itself. */
const MENU_DIRECTORIES = ['luci-app/root/usr/share/luci/menu.d', 'test/web/menu.d'];
const TEST_VIEWS = 'build/web/views';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.html': 'text/html',
};

/** What LuCI runs before it applies anything: luci-peeraddr, which says by which interface the browser comes in. */
const PEER: Response = {
  status: 200,
  headers: { 'Content-Type': 'application/json' },
  body: '{"remote_addr":"10.0.0.2","inbound_interfaces":["lan"],"inbound_devices":["lan0"]}',
};

export const PASSWORD = 'weir';
/** Who may log in: sections `login` of /etc/config/rpcd. */
export const LOGINS = {
  admin: { username: 'root', password: PASSWORD, read: ['*'], write: ['*'] },
  readOnly: { username: 'reader', password: PASSWORD, read: ['*'], write: [] },
} as const satisfies Record<string, Login>;

/** A request to /ubus as the server answered it. */
export interface Exchange {
  readonly request: string;
  readonly response: string;
}

export class WebServer {
  private readonly server: Server;
  private readonly rpc: JsonRpc;
  private readonly uci: Uci;
  private readonly sessions: Sessions;
  private readonly dispatcher: Dispatcher;
  /** Every request to /ubus so far, with its answer. */
  readonly exchanges: Exchange[] = [];

  private constructor(lab: Lab) {
    const sessions = new Sessions(readAclGroups(ACL_DIRECTORIES), Object.values(LOGINS));
    this.sessions = sessions;
    this.uci = new Uci({
      read: (config) => (isConfigName(config) ? lab.readFile(`/etc/config/${config}`) : Promise.resolve(undefined)),
      write: (config, text) => lab.writeFile(`/etc/config/${config}`, text),
      // What the init script's trigger does.
      changed: async (config) => {
        if (config === 'weir') await lab.bus.call('weir', 'reload');
      },
    });
    const bus = busOf(
      { session: sessionObject(sessions), uci: this.uci.object(), ...networkObjects(lab) },
      { list: (pattern) => lab.bus.list(pattern), call: (path, method, args) => lab.bus.call(path, method, args) },
    );
    this.rpc = new JsonRpc(sessions, bus);
    this.dispatcher = new Dispatcher(sessions, readMenu(MENU_DIRECTORIES), this.uci, `${APP}/i18n`, (path) =>
      lab.isFile(path),
    );
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  static async start(lab: Lab): Promise<WebServer> {
    const server = new WebServer(lab);
    await new Promise<void>((resolve) => server.server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get origin(): string {
    const address: AddressInfo | string | null = this.server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the server does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  /** As after a restart of rpcd: nobody is logged in any more. */
  endSessions(): void {
    this.sessions.destroyAll();
  }

  async close(): Promise<void> {
    this.uci.close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { status, headers, body } = await this.answer(request);
      response.writeHead(status, { ...headers, 'X-Frame-Options': 'SAMEORIGIN', 'X-Content-Type-Options': 'nosniff' });
      response.end(body);
    } catch (error) {
      response.writeHead(500, { 'Content-Type': 'text/plain' });
      response.end(String(error));
    }
  }

  private async answer(
    request: IncomingMessage,
  ): Promise<Response | { status: number; headers: object; body: Buffer }> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const method = request.method ?? 'GET';
    const body = await textOf(request);
    if (url.pathname === '/ubus' || url.pathname.startsWith('/ubus/')) return this.ubus(method, body);
    if (url.pathname === CGI || url.pathname.startsWith(`${CGI}/`)) {
      const cookies = cookiesOf(request.headers.cookie ?? '');
      return this.dispatcher.answer({ method, path: url.pathname, query: url.searchParams, cookies, body });
    }
    if (url.pathname === '/cgi-bin/cgi-exec') return PEER;
    if (url.pathname === '/') return { status: 302, headers: { Location: `${CGI}/` } };
    return file(decodeURIComponent(url.pathname));
  }

  private async ubus(method: string, body: string): Promise<Response> {
    if (method === 'OPTIONS') return { status: 200, headers: { 'Content-Type': 'application/json' } };
    if (method !== 'POST') return { status: 404 };
    const answer = await this.rpc.answer(body);
    this.exchanges.push({ request: body, response: answer });
    return { status: 200, headers: { 'Content-Type': 'application/json' }, body: answer };
  }
}

/** Of the app, else of LuCI. */
async function file(path: string): Promise<{ status: number; headers: object; body: Buffer } | Response> {
  const clean = normalize(path);
  const resource = /^\/luci-static\/resources\/(.+)$/.exec(clean)?.[1];
  const theme = /^\/luci-static\/bootstrap\/(.+)$/.exec(clean)?.[1];
  const directories = resource === undefined ? [] : [join(APP, RESOURCES), TEST_VIEWS, LUCI_RESOURCES];
  const places = directories.map((directory) => join(directory, resource ?? ''));
  if (theme !== undefined) places.push(...THEMES.map((directory) => join(directory, theme)));
  for (const place of places) {
    try {
      const body = await readFile(place);
      return { status: 200, headers: { 'Content-Type': TYPES[extname(place)] ?? 'application/octet-stream' }, body };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  return { status: 404, headers: { 'Content-Type': 'text/plain' }, body: 'Not Found' };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

function cookiesOf(header: string): Map<string, string> {
  const pairs = header.split(/; */).filter((pair) => pair.includes('='));
  return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

function isConfigName(name: string): boolean {
  return /^[A-Za-z0-9_-]+$/.test(name);
}
