import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeHost } from '../host/fake.ts';
import { SHAPERS_SCREEN, type TopData } from './top_frame.ts';
import { runTopScreen, type TopSource } from './top_screen.ts';

const ESCAPE = '\x1b';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const DATA: TopData = { shapers: [], issues: [], nowMs: 0 };
const C_LFLAG = 12;

interface Ran {
  readonly host: FakeHost;
  /** What was set with TCSETS: whether lines are edited and keys echoed. */
  readonly settings: readonly number[];
  readonly ended: readonly unknown[];
}

/** Runs the screen to its end on a terminal of `columns` by `rows`; it ends itself with SIGTERM after a second. */
function ran(source: TopSource<TopData>, prepare: (host: FakeHost) => void = () => {}): Ran {
  const host = new FakeHost();
  const settings: number[] = [];
  const ended: unknown[] = [];
  const { TCGETS, TCSETS, TIOCGWINSZ, ICANON, ECHO } = host.constants;
  host.onIoctl = (request, argument) => {
    const view = new DataView(argument.buffer);
    if (request === TCGETS) view.setUint32(C_LFLAG, 0x8a3b, host.littleEndian);
    if (request === TCSETS) settings.push(view.getUint32(C_LFLAG, host.littleEndian) & (ICANON | ECHO));
    if (request === TIOCGWINSZ) {
      view.setUint16(0, 5, host.littleEndian);
      view.setUint16(2, 40, host.littleEndian);
    }
    return 0;
  };
  prepare(host);
  runTopScreen(
    host,
    (text) => {
      host.stdout += text;
    },
    SHAPERS_SCREEN,
    source,
    (error) => ended.push(error),
  );
  host.later(1000, () => host.raise(host.constants.SIGTERM));
  host.runTurns();
  return { host, settings, ended };
}

test('the terminal is taken, and given back at a signal', () => {
  const { host, settings, ended } = ran((_loop, onData) => onData(DATA));
  assert.deepEqual(settings, [0, 0xa]);
  assert.ok(host.stdout.startsWith('\x1b[?1049h\x1b[?25l') && host.stdout.endsWith(LEAVE));
  assert.ok(host.stdout.includes('no shaper is configured'));
  assert.deepEqual(ended, [undefined]);
});

test('whatever is thrown, the terminal is given back first, and who began it is told', () => {
  const failure = new Error('out of order');
  const fail = (): never => {
    throw failure;
  };
  const sources: readonly TopSource<TopData>[] = [fail, (loop) => void loop.after(100, fail)];
  for (const source of sources) {
    const { host, settings, ended } = ran(source);
    assert.deepEqual([settings, ended], [[0, 0xa], [failure]]);
    assert.ok(host.stdout.endsWith(LEAVE));
  }
});

test('a frame is drawn anew when there is something new and when the size changes', () => {
  const frames = (host: FakeHost): number => host.stdout.split('\x1b[H').length - 1;
  const still = ran(() => {});
  assert.equal(frames(still.host), 1);
  const twice = ran(
    (loop, onData) => void loop.after(100, () => onData(DATA)),
    (host) => host.later(200, () => host.raise(host.constants.SIGWINCH)),
  );
  assert.equal(frames(twice.host), 3);
});

test('a frame fills the screen and nothing beyond', () => {
  const { host } = ran((_loop, onData) => onData(DATA));
  const frame = host.stdout.slice(host.stdout.lastIndexOf('\x1b[H'));
  const lines = frame.slice(0, frame.indexOf('\x1b[J')).split('\r\n');
  assert.equal(lines.length, 5);
  const shown = (line: string): string => line.replace(new RegExp(`${ESCAPE}\\[[0-9;]*[A-Za-z]`, 'g'), '');
  for (const line of lines) assert.ok(shown(line).length <= 40, line);
});

test('a terminal that tells neither settings nor size is taken to be 80 by 24', () => {
  const { host, ended } = ran(
    (_loop, onData) => onData(DATA),
    (fake) => {
      fake.onIoctl = undefined;
    },
  );
  const frame = host.stdout.slice(host.stdout.lastIndexOf('\x1b[H'));
  assert.equal(frame.split('\r\n').length, 24);
  assert.deepEqual(ended, [undefined]);
});
