/** A Chromium without a screen, as an ordinary user, that never outlives this process and leaves nothing behind. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import * as z from 'zod/mini';
import { removeStale } from '../../lab/workdir.ts';
import { DevTools } from './devtools.ts';
import { Page } from './page.ts';

const PROGRAM = process.env.CHROMIUM ?? 'chromium';
const NOBODY = 65534;
const PREFIX = 'weir-chromium-';
const END_TIMEOUT_MS = 5000;
const OPTIONS = [
  '--headless=new',
  '--remote-debugging-pipe',
  '--no-first-run',
  '--no-default-browser-check',
  '--no-proxy-server',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-dev-shm-usage',
  '--disable-extensions',
  '--disable-gpu',
  '--disable-sync',
  '--hide-scrollbars',
  '--lang=en-US',
  '--mute-audio',
  '--password-store=basic',
  'about:blank',
];

export class Browser {
  private readonly process: ChildProcess;
  private readonly directory: string;
  private readonly devtools: DevTools;
  private readonly ended: Promise<void>;

  private constructor() {
    removeStale(PREFIX);
    const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    this.directory = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
    if (user.uid !== undefined) chownSync(this.directory, user.uid, user.gid);
    const sandbox = hasUserNamespaces(user) ? [] : ['--no-sandbox'];
    this.process = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', PROGRAM, ...OPTIONS, ...sandbox, `--user-data-dir=${this.directory}`],
      {
        cwd: this.directory,
        detached: true,
        stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: this.directory, LC_ALL: 'C.UTF-8', TZ: 'UTC' },
        ...user,
      },
    );
    running.add(this);
    const [, , , output, input] = this.process.stdio;
    if (!(output instanceof Writable) || !(input instanceof Readable)) throw new Error('Chromium has no pipes');
    this.devtools = new DevTools(output, input);
    this.ended = new Promise((resolve) => this.process.once('exit', () => resolve()));
  }

  /** Throws where it does not start. */
  static async start(): Promise<Browser> {
    const browser = new Browser();
    try {
      await browser.devtools.send('Browser.getVersion', {}, z.unknown());
      return browser;
    } catch (error) {
      browser.discard();
      throw error;
    }
  }

  /** A page with cookies of its own. */
  newPage(): Promise<Page> {
    return Page.create(this.devtools);
  }

  async close(): Promise<void> {
    const timer = setTimeout(() => this.kill(), END_TIMEOUT_MS);
    await this.devtools.send('Browser.close', {}, z.unknown()).catch(() => this.kill());
    await this.ended;
    clearTimeout(timer);
    this.discard();
  }

  /** Kills it if it runs, and removes its directory. */
  discard(): void {
    this.kill();
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
    running.delete(this);
  }

  private kill(): void {
    if (this.process.pid === undefined) return;
    try {
      process.kill(-this.process.pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

const running = new Set<Browser>();
process.on('exit', () => {
  for (const browser of running) browser.discard();
});

/** Without them, and without a setuid helper, Chromium has no sandbox; it shows nothing but our own pages. */
function hasUserNamespaces(user: object): boolean {
  return spawnSync('unshare', ['--user', '--pid', '--fork', 'true'], user).status === 0;
}
