/** `weir top` in a real terminal: build/top-demo shows shapers that do not exist. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Screen } from './tmux.ts';

const KEYS = ' q quit   Tab next shaper   u bit/s or bytes/s';
const isTop = (lines: readonly string[]): boolean => lines.at(-1) === KEYS && /^ wan on eth1/.test(lines[0] ?? '');

async function withScreen(columns: number, rows: number, body: (screen: Screen) => Promise<void>): Promise<void> {
  const screen = new Screen(columns, rows);
  try {
    await screen.prompt();
    await body(screen);
  } finally {
    screen.close();
  }
}

async function openTop(screen: Screen, argument = ''): Promise<readonly string[]> {
  screen.type(`build/top-demo ${argument}`);
  return screen.until('the first frame', isTop);
}

/** That the terminal is as it was before. */
async function isAsBefore(screen: Screen, settings: string): Promise<void> {
  assert.deepEqual([screen.variable('alternate_on'), screen.variable('cursor_flag')], ['0', '1']);
  assert.equal(await screen.run('stty -a'), settings);
}

test('it shows what moves, and obeys the keys', () =>
  withScreen(100, 30, async (screen) => {
    const first = await openTop(screen);
    assert.equal(first.length, 30);
    assert.match(first[0] ?? '', / wan on eth1: shaping +1 of 2$/);
    assert.equal(first[1], 'warning: made up: an issue');
    assert.deepEqual([screen.variable('alternate_on'), screen.variable('cursor_flag')], ['1', '0']);
    const running = await screen.until('a rate', (lines) =>
      lines.some((line) => /^download +5\.00 Mbit\/s of 20\.0 Mbit\/s \(25 %\)/.test(line)),
    );
    assert.ok(running.some((line) => /^ {2}Best Effort +10\.0 Mbit\/s +1\.50 ms +4\.20 ms/.test(line)));
    await screen.until('a longer curve', (lines) =>
      lines.some((line) => /^ {2}most 5\.00 Mbit\/s +▂{10,}$/.test(line)),
    );
    screen.press('u');
    await screen.until('bytes', (lines) => lines.some((line) => /^download +625 kB\/s of 2\.50 MB\/s/.test(line)));
    screen.press('Tab');
    const second = await screen.until('the other shaper', (lines) =>
      / lte on wwan0: shaping +2 of 2$/.test(lines[0] ?? ''),
    );
    assert.ok(second.includes('upload: not shaped') && !second.some((line) => line.includes('ifb-eth1')));
    screen.press('Left');
    await screen.until('the first again', isTop);
    screen.press('2', 'u');
    await screen.until(
      'the second, in bits',
      (lines) => / lte on wwan0/.test(lines[0] ?? '') && lines.some((line) => /^download .*bit\/s of/.test(line)),
    );
    screen.press('q');
    await screen.prompt();
  }));

test('it keeps to the size of the terminal, whatever becomes of that', () =>
  withScreen(100, 30, async (screen) => {
    await openTop(screen);
    for (const [columns, rows] of [
      [60, 12],
      [20, 5],
      [8, 2],
      [1, 1],
      [160, 50],
    ] as const) {
      screen.resize(columns, rows);
      const title = ' wan on eth1: shaping'.slice(0, Math.max(columns - 8, 0));
      const fits = (lines: readonly string[]): boolean =>
        lines.length === rows &&
        lines.at(-1) === KEYS.slice(0, columns).trimEnd() &&
        (rows === 1 || lines[0]?.startsWith(title) === true);
      await screen.until(`${columns} x ${rows}`, fits);
      assert.equal(screen.variable('alternate_on'), '1');
    }
    await screen.until('the whole page', (lines) => lines.some((line) => line.startsWith('upload    10.0 Mbit/s')));
    screen.press('q');
    await screen.prompt();
  }));

test('the terminal is given back however it ends', () =>
  withScreen(90, 24, async (screen) => {
    const settings = await screen.run('stty -a');
    assert.match(settings, / icanon /);
    for (const key of ['q', 'C-c', 'C-\\']) {
      await openTop(screen);
      screen.press(key);
      assert.equal(await screen.prompt(), 0, key);
      await isAsBefore(screen, settings);
    }
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
      await openTop(screen);
      process.kill(childOf(screen), signal);
      assert.equal(await screen.prompt(), 0, signal);
      await isAsBefore(screen, settings);
    }
    for (const [argument, exit] of [
      ['crash', 70],
      ['refused', 3],
    ] as const) {
      await screen.run('true');
      screen.type(`build/top-demo ${argument}`);
      await screen.until('its beginning', (lines) => lines.some((line) => line.includes(argument)));
      assert.equal(await screen.prompt(), exit, argument);
      await isAsBefore(screen, settings);
    }
  }));

/** The process that the shell runs. */
function childOf(screen: Screen): number {
  const shell = screen.variable('pane_pid');
  return Number(readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim());
}

test('Ctrl-Z gives the terminal back until it goes on', () =>
  withScreen(90, 24, async (screen) => {
    const settings = await screen.run('stty -a');
    await openTop(screen);
    screen.press('C-z');
    await screen.until('the shell', (lines) => lines.some((line) => /Stopped +build\/top-demo/.test(line)));
    await isAsBefore(screen, settings);
    screen.type('fg');
    await screen.until('the page', isTop);
    assert.equal(screen.variable('alternate_on'), '1');
    screen.press('q');
    await screen.prompt();
    await isAsBefore(screen, settings);
  }));

test('it ends when its terminal goes away', () =>
  withScreen(90, 24, async (screen) => {
    await openTop(screen);
    const pid = childOf(screen);
    screen.close();
    for (let tries = 0; isRunning(pid); tries++) {
      assert.ok(tries < 500, 'it goes on without a terminal');
      await new Promise((done) => setTimeout(done, 20));
    }
  }));

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('without a terminal `weir top` prints once, in plain text, or as JSON', () => {
  const directory = mkdtempSync(join(tmpdir(), 'weir-top-'));
  try {
    const config = join(directory, 'weir');
    writeFileSync(config, "config shaper 'wan'\n\toption device 'nodev0'\n\toption download '20mbit'\n");
    const weir = (...args: readonly string[]): string =>
      execFileSync('build/weir', ['-c', config, ...args], { encoding: 'utf8' });
    const text = weir('top');
    assert.match(text, /^wan on nodev0: waiting: device nodev0 does not exist$/m);
    assert.ok(!text.includes('\x1b'));
    assert.equal(weir('top', '--once'), text);
    const json: unknown = JSON.parse(weir('top', '--json'));
    assert.ok(typeof json === 'object' && json !== null && 'shapers' in json && Array.isArray(json.shapers));
    assert.match(weir('metrics'), /^weir_state\{shaper="wan",device="nodev0",state="waiting"\} 1$/m);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
