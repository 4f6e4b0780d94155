/**
 * /cgi-bin/luci: the login, the pages, and what LuCI's client library asks there (ucode: dispatcher.uc, controller/admin/index.uc and
 * uci.uc).
 */
import { randomBytes } from 'node:crypto';
import { type Menu, pageAt, pagesBelow, satisfied } from './menu.ts';
import { NO_SESSION, type Session, type Sessions } from './sessions.ts';
import { CGI, loginForm, shellOf } from './shell.ts';
import { translationsScript } from './translations.ts';
import type { Uci } from './uci_object.ts';

export interface Request {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly cookies: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface Response {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const COOKIE = 'sysauth_http';
const LANGUAGE_COOKIE = 'weir_lab_language';
/** uci_apply in uci.uc: never less than the client waits. */
const ROLLBACK_S = 90;
/** ubus_error_map in uci.uc. */
const HTTP_STATUS: readonly number[] = [200, 400, 400, 404, 404, 204, 403, 504, 500, 500, 503, 500, 400, 500];

const html = (body: string, status = 200, headers = {}): Response => ({
  status,
  headers: { 'Content-Type': 'text/html; charset=UTF-8', ...headers },
  body,
});

export class Dispatcher {
  private readonly sessions: Sessions;
  private readonly menu: Menu;
  private readonly uci: Uci;
  private readonly translations: string;
  private readonly isFile: (path: string) => Promise<boolean>;
  private confirmation: { readonly token: string; readonly session: string } | undefined;

  /**
   * @param translations directory of .lmo files
   * @param isFile whether the router has such a file
   */
  constructor(
    sessions: Sessions,
    menu: Menu,
    uci: Uci,
    translations: string,
    isFile: (path: string) => Promise<boolean>,
  ) {
    this.sessions = sessions;
    this.menu = menu;
    this.uci = uci;
    this.translations = translations;
    this.isFile = isFile;
  }

  async answer(request: Request): Promise<Response> {
    const path = request.path.slice(CGI.length).replace(/^\/|\/$/g, '');
    const language = /^admin\/translations\/([\w-]+)$/.exec(path)?.[1];
    if (language !== undefined) {
      const headers = { 'Content-Type': 'application/javascript; charset=UTF-8' };
      return { status: 200, headers, body: translationsScript(this.translations, language) };
    }
    const session = this.sessionOf(request);
    if (session === undefined) return this.login(request);
    if (path.startsWith('admin/uci/')) return this.uciAction(path.slice('admin/uci/'.length), request, session);
    return this.page(path, request, session);
  }

  private sessionOf({ cookies }: Request): Session | undefined {
    const id = cookies.get(COOKIE);
    return id === undefined || id === NO_SESSION ? undefined : this.sessions.find(id);
  }

  private login({ method, path, body }: Request): Response {
    const form = new URLSearchParams(body);
    const username = form.get('luci_username');
    const session =
      method === 'POST' && username !== null
        ? this.sessions.login(username, form.get('luci_password') ?? '')
        : undefined;
    if (session === undefined) return html(loginForm(), 403, { 'X-LuCI-Login-Required': 'yes' });
    const cookie = `${COOKIE}=${session.id}; path=${CGI}/; SameSite=strict; HttpOnly`;
    return { status: 302, headers: { Location: path, 'Set-Cookie': cookie } };
  }

  private async page(path: string, { cookies }: Request, session: Session): Promise<Response> {
    const menu = await satisfied(this.menu, this.isFile);
    const page = pageAt(menu, path, session);
    if (page === undefined) return html('No page of that name.', 404);
    const parent = page.path.split('/').slice(0, -1).join('/');
    const siblings = pagesBelow(menu, parent, session);
    return html(shellOf({ page, siblings, session, language: cookies.get(LANGUAGE_COOKIE) ?? 'en' }));
  }

  private async uciAction(action: string, { method, query, body }: Request, session: Session): Promise<Response> {
    if (method !== 'POST') return { status: 405 };
    switch (action) {
      case 'apply_rollback': {
        const { status = 0 } = await this.uci.apply(session, true, ROLLBACK_S);
        if (status !== 0) return { status: HTTP_STATUS[status] ?? 500 };
        const token = randomBytes(16).toString('hex');
        this.confirmation = { token, session: session.id };
        return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ token }) };
      }
      case 'apply_unchecked': {
        const { status = 0 } = await this.uci.apply(session, false, 0);
        return { status: HTTP_STATUS[status || 5] ?? 500 };
      }
      case 'confirm': {
        const token = query.get('token') ?? new URLSearchParams(body).get('token');
        if (this.confirmation === undefined) return { status: 204 };
        if (this.confirmation.token !== token) return { status: 403 };
        const { status = 0 } = this.uci.confirm(this.confirmation.session);
        this.confirmation = undefined;
        return { status: HTTP_STATUS[status] ?? 500 };
      }
      case 'revert':
        this.uci.forget(session.id);
        return { status: 200 };
      default:
        return { status: 404 };
    }
  }
}
