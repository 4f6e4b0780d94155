/** Router, web server and browser together: what a test of a page begins with. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { Browser } from './chromium/browser.ts';
import type { Page } from './chromium/page.ts';
import { Lab } from './lab.ts';
import { CGI } from './server/shell.ts';
import { LOGINS, PASSWORD, WebServer } from './server/web_server.ts';

export type User = keyof typeof LOGINS;

/** A telephone, a tablet, a desk. */
export const SCREENSHOT_WIDTHS_PX = [360, 800, 1400];
const SCREENSHOTS = process.env.SCREENSHOTS ?? 'build/screenshots';
const AXE = 'node_modules/axe-core/axe.min.js';
const VIEW_TIMEOUT_MS = 20_000;

const axeResult = z.object({
  violations: z.array(
    z.looseObject({
      id: z.string(),
      impact: z.nullable(z.string()),
      help: z.string(),
      nodes: z.array(z.looseObject({ html: z.string() })),
    }),
  ),
});

export class Rig {
  readonly lab: Lab;
  readonly server: WebServer;
  private readonly browser: Browser;

  private constructor(lab: Lab, server: WebServer, browser: Browser) {
    this.lab = lab;
    this.server = server;
    this.browser = browser;
  }

  static async start(): Promise<Rig> {
    const [lab, browser] = await Promise.allSettled([Lab.boot(), Browser.start()]);
    if (lab.status === 'fulfilled' && browser.status === 'fulfilled') {
      return new Rig(lab.value, await WebServer.start(lab.value), browser.value);
    }
    for (const one of [lab, browser]) if (one.status === 'fulfilled') await one.value.close();
    throw lab.status === 'rejected' ? lab.reason : browser.status === 'rejected' ? browser.reason : undefined;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.close();
    await this.lab.close();
  }

  /** A page of somebody who has just logged in, in a language of LuCI's. */
  async logIn(user: User, language = 'en'): Promise<Page> {
    const page = await this.browser.newPage();
    const login = await fetch(`${this.server.origin}${CGI}/`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ luci_username: LOGINS[user].username, luci_password: PASSWORD }),
    });
    const cookie = /^(\w+)=(\w+);/.exec(login.headers.get('set-cookie') ?? '');
    if (cookie === null) throw new Error(`no session for ${user}: HTTP ${login.status}`);
    const [, name = '', value = ''] = cookie;
    await page.setCookie(`${this.server.origin}${CGI}/`, name, value);
    await page.setCookie(`${this.server.origin}${CGI}/`, 'weir_lab_language', language);
    return page;
  }

  /** Opens a page by its path in LuCI's menu, e.g. `network/weir/overview`, and waits until its view is there. */
  async open(page: Page, path: string): Promise<void> {
    await page.open(`${this.server.origin}${CGI}/admin/${path}`);
    await page.waitUntil(
      `document.querySelector('#view')?.firstElementChild && !document.querySelector('#view > .spinning')`,
      VIEW_TIMEOUT_MS,
    );
  }
}

/** What axe-core finds of serious or critical impact in the view, a line each; none where all is well. */
export async function seriousFindings(page: Page, selector = '#view'): Promise<string[]> {
  await page.evaluate(`${readFileSync(AXE, 'utf8')};undefined`);
  const { violations } = axeResult.parse(await page.evaluate(`axe.run(${JSON.stringify(selector)})`));
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
}

/** Pictures of the page as it is, at each width, light and dark: `NAME-WIDTH-dark.png` in build/screenshots, or in $SCREENSHOTS. */
export async function keepScreenshots(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  for (const widthPx of SCREENSHOT_WIDTHS_PX) {
    for (const dark of [false, true]) {
      const picture = await page.screenshot({ widthPx, dark });
      writeFileSync(`${SCREENSHOTS}/${name}-${widthPx}${dark ? '-dark' : ''}.png`, picture);
    }
  }
}
