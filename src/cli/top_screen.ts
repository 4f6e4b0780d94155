/** A live screen such as that of `weir top`: keys, signals and a frame whenever there is something new, until it ends. */
import type { Host } from '../host/host.ts';
import { Loop, watchSignals } from '../host/loop.ts';
import { decodeUtf8 } from '../lib/utf8.ts';
import { keysOf, type Line, type Size, Terminal } from './top_terminal.ts';

/** What a screen shows of data, as pure functions; the view is what the keys have chosen. */
export interface Screen<Data, View> {
  readonly first: View;
  pressed(key: string, view: View, data: Data | undefined): View | 'quit';
  frame(data: Data | undefined, view: View, size: Size): Line[];
}

/** Begins to call `onData` with what there is to show: now if it can, and whenever there is more. May throw, then and later. */
export type TopSource<Data> = (loop: Loop, onData: (data: Data) => void) => void;

const STDIN = 0;

/**
 * Shows what comes from `source` until a key or a signal ends it. The terminal is given back before `onEnd` is called with what
 * was thrown, or with undefined at an ordinary end, and around a stop by Ctrl-Z. The program goes on in `host.run`.
 */
export function runTopScreen<Data, View>(
  host: Host,
  write: (text: string) => void,
  screen: Screen<Data, View>,
  source: TopSource<Data>,
  onEnd: (error?: unknown) => void,
): void {
  const loop = new Loop(host, (error) => {
    throw error;
  });
  const terminal = new Terminal(host, write);
  let data: Data | undefined;
  let view = screen.first;
  const draw = (): void => {
    const size = terminal.size();
    terminal.show(screen.frame(data, view, size), size);
  };
  const watchKeys = (): void => {
    const input = new Uint8Array(256);
    loop.watch(STDIN, host.constants.POLLIN, () => {
      const length = host.read(STDIN, input, 0, input.length);
      if (length === -(host.errno.EAGAIN as number) || length === -(host.errno.EINTR as number)) return;
      // The terminal is gone.
      if (length <= 0) loop.stop();
      for (const key of keysOf(decodeUtf8(input, 0, Math.max(length, 0)))) {
        const next = screen.pressed(key, view, data);
        if (next === 'quit') loop.stop();
        else view = next;
      }
      draw();
    });
  };
  const begin = (): void => {
    const { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGSTOP, SIGWINCH } = host.constants;
    watchSignals(host, loop, [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH], (signal) => {
      if (signal === SIGTSTP) {
        terminal.leave();
        // Stops here, and goes on when the shell says so.
        host.kill(host.processId(), SIGSTOP);
        terminal.enter();
      } else if (signal !== SIGWINCH) {
        loop.stop();
        return;
      }
      draw();
    });
    terminal.enter();
    if (host.isTerminal(STDIN)) watchKeys();
    draw();
    source(loop, (latest) => {
      data = latest;
      draw();
    });
  };
  let begun = false;
  const turn = (): boolean => {
    if (begun) return loop.turn();
    begun = true;
    begin();
    return true;
  };
  host.run(() => {
    try {
      if (turn()) return true;
      terminal.leave();
    } catch (error) {
      terminal.leave();
      onEnd(error);
      return false;
    }
    onEnd();
    return false;
  });
}
