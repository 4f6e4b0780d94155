/** Stand-in for LuCI's luci.js: the class `LuCI`, whose object `L` loads modules and views. */
import { Base } from './class.ts';
import { dom } from './dom.ts';
import { directivesOf } from './module_text.ts';
import { pollOf } from './poll.ts';
import { addInterceptor, batchAt, request } from './request.ts';
import { sessionOf } from './session.ts';
import { viewOf } from './view.ts';

interface Environment extends LuciEnvironment {
  readonly scriptname: string;
  readonly resource: string;
  readonly ubuspath: string;
  readonly nodespec?: { readonly satisfied: boolean; readonly readonly?: boolean };
  readonly rpctimeout?: number;
}

/** What LuCI answers with when the session has ended. */
const LOGIN_REQUIRED = 'X-LuCI-Login-Required';

class LuCI {
  readonly env: Environment;
  readonly dom = dom;
  readonly Poll: Poll;
  loaded = false;
  private readonly modules = new Map<string, Promise<unknown>>();
  /** Those that are there, by name. */
  private readonly ready = new Map<string, unknown>();

  constructor(env: Environment) {
    this.env = env;
    const poll = pollOf(() => env.pollinterval);
    this.Poll = poll;
    const ready = new Promise((resolve) => document.addEventListener('luci-loaded', resolve, { once: true }));
    const view = viewOf({
      loaded: ready,
      ui: () => this.loadedUi(),
      mayWrite: () => this.hasViewPermission(),
      fail: (error) => this.error(error),
    });
    const session = sessionOf(env.sessionid);
    for (const [name, value] of Object.entries({ baseclass: Base, dom, poll, request, session, view })) {
      this.ready.set(name, value);
      this.modules.set(name, Promise.resolve(value));
    }
    batchAt(env.ubuspath);
    addInterceptor((response) => {
      if (response.status === 403 && response.headers.get(LOGIN_REQUIRED) === 'yes') this.sessionEnded();
    });
    void this.start(poll);
  }

  /** Loads the module of that name with all that it requires; gives its only object. */
  require(name: string): Promise<unknown> {
    const loading = this.modules.get(name) ?? this.load(name);
    this.modules.set(name, loading);
    return loading;
  }

  url(...parts: readonly string[]): string {
    return [this.env.scriptname, ...parts].join('/');
  }

  resource(...parts: readonly string[]): string {
    return [this.env.resource, ...parts].join('/');
  }

  hasViewPermission(): boolean | null {
    const { nodespec } = this.env;
    return nodespec?.satisfied === true ? nodespec.readonly !== true : null;
  }

  isObject(value: unknown): value is object {
    return typeof value === 'object' && value !== null;
  }

  toArray<T>(value: T | readonly T[] | null | undefined): unknown[] {
    if (value == null) return [];
    if (Array.isArray(value)) return value;
    if (typeof value === 'object') return [value];
    return String(value)
      .trim()
      .split(/\s+/)
      .filter((word) => word !== '');
  }

  resolveDefault<T>(value: Promise<T> | T, otherwise: T): Promise<T> {
    return Promise.resolve(value).catch(() => otherwise);
  }

  bind(
    fn: (...args: unknown[]) => unknown,
    self: unknown,
    ...args: readonly unknown[]
  ): (...args: unknown[]) => unknown {
    return fn.bind(self, ...args);
  }

  naturalCompare = new Intl.Collator(undefined, { numeric: true }).compare;

  /** Throws an error of that name. */
  raise(type: string, text: string, ...values: readonly unknown[]): never {
    const error = new Error(text.format(...values));
    error.name = type;
    throw error;
  }

  /** Shows what went wrong above the page, and throws it. */
  error(error: unknown): never {
    const problem = error instanceof Error ? error : new Error(String(error));
    if (Reflect.get(problem, 'reported') !== true) {
      Reflect.set(problem, 'reported', true);
      const text = E('pre', {}, [problem.message]);
      if (this.ready.has('ui')) this.loadedUi().addNotification(_('Runtime error'), text, 'danger');
      else dom.append(document.getElementById('maincontent') ?? document.body, text);
    }
    throw problem;
  }

  /** No call is of use any more: polling ends, and a dialog says why. */
  sessionEnded(): never {
    this.Poll.stop();
    const again = (): void => location.reload();
    this.loadedUi().showModal(_('Session expired'), [
      E('div', { class: 'alert-message warning' }, [
        _('A new login is required since the authentication session expired.'),
      ]),
      E('div', { class: 'right' }, [E('button', { class: 'btn primary', click: again }, [_('Log in…')])]),
    ]);
    return this.raise('SessionError', 'Login session is expired');
  }

  private loadedUi(): Ui {
    const ui = this.ready.get('ui');
    if (!isUi(ui)) throw new Error('ui is not loaded');
    return ui;
  }

  private async start(poll: Poll): Promise<void> {
    const isParsed = new Promise((resolve) => document.addEventListener('DOMContentLoaded', resolve));
    await Promise.all([isParsed, this.require('ui'), this.require('rpc'), this.require('form')]);
    const refreshing = (): unknown => (poll.active() ? poll.stop() : poll.start());
    document.addEventListener('poll-start', () =>
      this.loadedUi().showIndicator('poll-status', _('Refreshing'), refreshing),
    );
    document.addEventListener('poll-stop', () => {
      this.loadedUi().showIndicator('poll-status', _('Paused'), undefined, 'inactive');
    });
    poll.start();
    this.loaded = true;
    document.dispatchEvent(new CustomEvent('luci-loaded'));
  }

  private async load(name: string): Promise<unknown> {
    const url = `${this.resource(name.replaceAll('.', '/'))}.js`;
    const response = await request.get(url, { cache: true });
    if (!response.ok) this.raise('NetworkError', 'HTTP error %d while loading class file "%s"', response.status, url);
    const text = response.text();
    const required = directivesOf(text);
    const instances = await Promise.all(required.map((one) => this.require(one.name)));
    const parameters = ['window', 'document', 'L', ...required.map((one) => one.identifier)];
    const factory = new Function(...parameters, `${text}\n\n//# sourceURL=${location.origin}${url}`);
    const made: unknown = factory(window, document, this, ...instances);
    if (typeof made !== 'function' || !(made.prototype instanceof Base)) {
      return this.raise('TypeError', '"%s" factory yields invalid constructor', name);
    }
    const instance: unknown = Reflect.construct(made, []);
    this.ready.set(name, instance);
    // As in LuCI: what is at the top is a member of L as well.
    if (!name.includes('.')) Reflect.set(LuCI.prototype, name, instance);
    return instance;
  }
}

function isUi(value: unknown): value is Ui {
  return typeof value === 'object' && value !== null && 'showModal' in value;
}

Object.assign(window, { LuCI });
