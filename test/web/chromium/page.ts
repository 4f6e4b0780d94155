/** One page of a Chromium: what a person does with it, and what went wrong on it. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { Pending } from '../lines.ts';
import type { DevTools } from './devtools.ts';

const WAIT_TIMEOUT_MS = 10_000;
const LOAD_TIMEOUT_MS = 20_000;
const LOOK_INTERVAL_MS = 20;
const STILL_FRAMES = 4;
/** Of an expression that throws. */
const SHOWN_CHARACTERS = 80;

const nothing = z.unknown();
const remoteObject = z.looseObject({
  type: z.string(),
  value: z.optional(z.unknown()),
  description: z.optional(z.string()),
});
const evaluated = z.object({
  result: remoteObject,
  exceptionDetails: z.optional(z.looseObject({ text: z.string(), exception: z.optional(remoteObject) })),
});

export interface ScreenshotOptions {
  readonly widthPx: number;
  readonly dark?: boolean;
}

/** Runs in the page: the middle of an element, once that has stood still for some frames and is what a mouse would hit there. */
const placeIn = `async (selector, timeoutMs) => {
  const end = performance.now() + timeoutMs;
  let before = '';
  let still = 0;
  for (;;) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const element = document.querySelector(selector);
    if (element === null) throw new Error('gone: ' + selector);
    if (before === '') element.scrollIntoView({ block: 'center', behavior: 'instant' });
    const { x, y, width, height } = element.getBoundingClientRect();
    const place = { x: x + width / 2, y: y + height / 2 };
    const hit = document.elementFromPoint(place.x, place.y);
    const now = JSON.stringify([x, y, width, height]);
    still = now === before ? still + 1 : 0;
    if (still >= ${STILL_FRAMES} && hit !== null && element.contains(hit)) return place;
    if (performance.now() > end) throw new Error('nothing to click: ' + selector + ', but ' + (hit === null ? 'nothing' : hit.outerHTML));
    before = now;
  }
}`;

export class Page {
  private readonly devtools: DevTools;
  private readonly sessionId: string;
  private readonly targetId: string;
  private readonly browserContextId: string;
  private otherTab: { readonly targetId: string } | undefined;
  /** Errors and warnings of the console, exceptions that nobody caught, and requests that failed or were answered 400 or more. */
  readonly problems: string[] = [];

  private constructor(devtools: DevTools, sessionId: string, targetId: string, browserContextId: string) {
    this.devtools = devtools;
    this.sessionId = sessionId;
    this.targetId = targetId;
    this.browserContextId = browserContextId;
  }

  /** The page of an empty tab, in a profile of its own. */
  static async create(devtools: DevTools): Promise<Page> {
    const { browserContextId } = await devtools.send(
      'Target.createBrowserContext',
      { disposeOnDetach: true },
      z.object({ browserContextId: z.string() }),
    );
    const { targetId } = await devtools.send(
      'Target.createTarget',
      { url: 'about:blank', browserContextId },
      z.object({ targetId: z.string() }),
    );
    const { sessionId } = await devtools.send(
      'Target.attachToTarget',
      { targetId, flatten: true },
      z.object({ sessionId: z.string() }),
    );
    const page = new Page(devtools, sessionId, targetId, browserContextId);
    page.watchProblems();
    for (const domain of ['Page', 'Runtime', 'Network', 'Log']) await page.send(`${domain}.enable`, {}, nothing);
    await page.setViewport({ widthPx: 1400 });
    return page;
  }

  async close(): Promise<void> {
    const { browserContextId } = this;
    await this.devtools.send('Target.disposeBrowserContext', { browserContextId }, nothing);
  }

  /** Opens an address and waits for the page's `load`. */
  async open(url: string): Promise<void> {
    const loaded = new Pending<void>(url, LOAD_TIMEOUT_MS);
    this.devtools.on('Page.loadEventFired', this.sessionId, () => loaded.resolve());
    const { errorText } = await this.send('Page.navigate', { url }, z.object({ errorText: z.optional(z.string()) }));
    if (errorText !== undefined) loaded.reject(new Error(`${url}: ${errorText}`));
    await loaded.promise;
  }

  async setCookie(url: string, name: string, value: string): Promise<void> {
    await this.send('Network.setCookie', { url, name, value }, nothing);
  }

  /** The value of an expression, which may be a promise, in the page. Its value must be JSON. Throws what it throws. */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.send(
      'Runtime.evaluate',
      { expression, awaitPromise: true, returnByValue: true },
      evaluated,
    );
    if (exceptionDetails !== undefined) {
      const what = exceptionDetails.exception?.description ?? exceptionDetails.text;
      throw new Error(`${expression.slice(0, SHOWN_CHARACTERS)}: ${what}`);
    }
    return result.value;
  }

  /** Waits until an expression is true. Throws with what the page shows when it is not in time. */
  async waitUntil(expression: string, timeoutMs = WAIT_TIMEOUT_MS): Promise<void> {
    const end = performance.now() + timeoutMs;
    while ((await this.evaluate(`Boolean(${expression})`)) !== true) {
      if (performance.now() > end) {
        const shown = await this.evaluate('document.body.innerText');
        throw new Error(
          `not within ${timeoutMs} ms: ${expression}\n${this.problems.join('\n')}\n--- the page shows\n${shown}`,
        );
      }
      await sleep(LOOK_INTERVAL_MS);
    }
  }

  /** Waits for an element. */
  waitFor(selector: string, timeoutMs?: number): Promise<void> {
    return this.waitUntil(`document.querySelector(${JSON.stringify(selector)})`, timeoutMs);
  }

  /** Waits until the text of an element matches. */
  waitForText(selector: string, pattern: RegExp, timeoutMs?: number): Promise<void> {
    const text = `document.querySelector(${JSON.stringify(selector)})?.textContent`;
    return this.waitUntil(`${pattern}.test(${text} ?? '')`, timeoutMs);
  }

  /** The text of an element, which must be there. */
  async text(selector: string): Promise<string> {
    return String(await this.evaluate(`document.querySelector(${JSON.stringify(selector)}).textContent`));
  }

  /** Clicks into the middle of an element once it stands still and nothing covers it. */
  async click(selector: string): Promise<void> {
    const place = await this.placeOf(selector);
    const button = { ...place, button: 'left', clickCount: 1 };
    await this.send('Input.dispatchMouseEvent', { type: 'mouseMoved', ...place }, nothing);
    await this.send('Input.dispatchMouseEvent', { type: 'mousePressed', ...button }, nothing);
    await this.send('Input.dispatchMouseEvent', { type: 'mouseReleased', ...button }, nothing);
  }

  /** Moves the mouse to the middle of an element. */
  async hover(selector: string): Promise<void> {
    await this.send('Input.dispatchMouseEvent', { type: 'mouseMoved', ...(await this.placeOf(selector)) }, nothing);
  }

  private async placeOf(selector: string): Promise<{ x: number; y: number }> {
    await this.waitFor(selector);
    const found = await this.evaluate(`(${placeIn})(${JSON.stringify(selector)}, ${WAIT_TIMEOUT_MS})`);
    return z.object({ x: z.number(), y: z.number() }).parse(found);
  }

  /** Replaces what stands in an input by typing, key by key. */
  async type(selector: string, text: string): Promise<void> {
    await this.click(selector);
    await this.evaluate(`document.querySelector(${JSON.stringify(selector)}).select()`);
    if (text === '') await this.press('Delete', 46);
    for (const key of text) {
      await this.send('Input.dispatchKeyEvent', { type: 'keyDown', key, text: key }, nothing);
      await this.send('Input.dispatchKeyEvent', { type: 'keyUp', key }, nothing);
    }
  }

  /** A key by its name and its code, e.g. `Tab` and 9, `Enter` and 13. */
  async press(key: string, keyCode: number): Promise<void> {
    const about = { key, code: key, windowsVirtualKeyCode: keyCode, ...(key === 'Enter' ? { text: '\r' } : {}) };
    await this.send('Input.dispatchKeyEvent', { type: 'keyDown', ...about }, nothing);
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...about }, nothing);
  }

  /** Chooses an option of a <select> by its value, as a person's choice is told to the page. */
  async choose(selector: string, value: string): Promise<void> {
    await this.waitFor(selector);
    await this.evaluate(`(() => {
      const select = document.querySelector(${JSON.stringify(selector)});
      if (![...select.options].some((option) => option.value === ${JSON.stringify(value)})) throw new Error('no such option');
      select.value = ${JSON.stringify(value)};
      select.dispatchEvent(new Event('input', { bubbles: true }));
      select.dispatchEvent(new Event('change', { bubbles: true }));
    })()`);
  }

  /** Width and colours, as of a device that has them. */
  async setViewport({ widthPx, dark = false }: ScreenshotOptions): Promise<void> {
    const metrics = { width: widthPx, height: 900, deviceScaleFactor: 1, mobile: false };
    await this.send('Emulation.setDeviceMetricsOverride', metrics, nothing);
    const scheme = { name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' };
    const still = { name: 'prefers-reduced-motion', value: 'reduce' };
    await this.send('Emulation.setEmulatedMedia', { features: [scheme, still] }, nothing);
  }

  /** The whole page as a PNG. */
  async screenshot(options: ScreenshotOptions): Promise<Buffer> {
    await this.setViewport(options);
    await this.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
    const { data } = await this.send(
      'Page.captureScreenshot',
      { format: 'png', captureBeyondViewport: true },
      z.object({ data: z.string() }),
    );
    return Buffer.from(data, 'base64');
  }

  /** Puts another tab of the same window in front of this one, or this one back: then no frame is drawn here, and timers are slow. */
  async setHidden(hidden: boolean): Promise<void> {
    const { browserContextId } = this;
    this.otherTab ??= await this.devtools.send(
      'Target.createTarget',
      { url: 'about:blank', browserContextId, newWindow: false },
      z.object({ targetId: z.string() }),
    );
    const targetId = hidden ? this.otherTab.targetId : this.targetId;
    await this.devtools.send('Target.activateTarget', { targetId }, nothing);
    await this.waitUntil(`document.visibilityState === '${hidden ? 'hidden' : 'visible'}'`);
  }

  private watchProblems(): void {
    const on = <S extends z.ZodMiniType>(
      event: string,
      schema: S,
      problem: (params: z.output<S>) => string | undefined,
    ) => {
      this.devtools.on(event, this.sessionId, (params) => {
        const text = problem(schema.parse(params));
        if (text !== undefined) this.problems.push(text);
      });
    };
    on(
      'Runtime.consoleAPICalled',
      z.looseObject({ type: z.string(), args: z.array(remoteObject) }),
      ({ type, args }) => {
        const text = args.map(({ value, description }) => String(value ?? description)).join(' ');
        return ['error', 'warning', 'assert'].includes(type) ? `console.${type}: ${text}` : undefined;
      },
    );
    on(
      'Runtime.exceptionThrown',
      z.looseObject({
        exceptionDetails: z.looseObject({ text: z.string(), exception: z.optional(remoteObject) }),
      }),
      ({ exceptionDetails: { text, exception } }) => `exception: ${text} ${exception?.description ?? ''}`,
    );
    on(
      'Network.responseReceived',
      z.looseObject({ response: z.looseObject({ url: z.string(), status: z.number() }) }),
      ({ response: { url, status } }) => (status >= 400 ? `HTTP ${status}: ${url}` : undefined),
    );
    on(
      'Network.loadingFailed',
      z.looseObject({ errorText: z.string(), canceled: z.optional(z.boolean()) }),
      ({ errorText, canceled }) => (canceled === true ? undefined : `request: ${errorText}`),
    );
  }

  private send<S extends z.ZodMiniType>(method: string, params: object, schema: S): Promise<z.output<S>> {
    return this.devtools.send(method, params, schema, this.sessionId);
  }
}
