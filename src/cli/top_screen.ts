/** The live screen of `weir top`: keys, signals and a frame whenever there is something new, until it ends. */
import type { Host } from '../host/host.ts';
import { Loop, watchSignals } from '../host/loop.ts';
import { decodeUtf8 } from '../lib/utf8.ts';
import { FIRST_VIEW, keysOf, pressed, type TopData, topFrame } from './top_frame.ts';
import { Terminal } from './top_terminal.ts';

/** Begins to call `onData` with what there is to show: now if it can, and whenever there is more. May throw, then and later. */
export type TopSource = (loop: Loop, onData: (data: TopData) => void) => void;

const STDIN = 0;

/**
 * Shows what comes from `source` until a key or a signal ends it. The terminal is given back before `onEnd` is called with what
 * was thrown, or with undefined at an ordinary end, and around a stop by Ctrl-Z. The program goes on in `host.run`.
 */
export function runTopScreen(
  host: Host,
  write: (text: string) => void,
  source: TopSource,
  onEnd: (error?: unknown) => void,
): void {
  const loop = new Loop(host, (error) => {
    throw error;
  });
  const terminal = new Terminal(host, write);
  let data: TopData | undefined;
  let view = FIRST_VIEW;
  const draw = (): void => {
    const size = terminal.size();
    terminal.show(topFrame(data, view, size), size);
  };
  const watchKeys = (): void => {
    const input = new Uint8Array(256);
    loop.watch(STDIN, host.constants.POLLIN, () => {
      const length = host.read(STDIN, input, 0, input.length);
      if (length === -(host.errno.EAGAIN as number) || length === -(host.errno.EINTR as number)) return;
      // The terminal is gone.
      if (length <= 0) loop.stop();
      for (const key of keysOf(decodeUtf8(input, 0, Math.max(length, 0)))) {
        const next = pressed(key, view, data?.shapers.length ?? 0);
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
