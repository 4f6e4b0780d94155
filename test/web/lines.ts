/** What comes over a line from a guest, cut into messages; and the answers that somebody waits for. */
import type { Socket } from 'node:net';

/** Calls `onMessage` with the text before each `end` (one character). `onEnd` is called once, when the guest is gone. */
export function readMessages(
  line: Socket,
  end: string,
  onMessage: (text: string) => void,
  onEnd: (why: string) => void,
): void {
  let rest = '';
  let ended = false;
  const finish = (why: string): void => {
    if (ended) return;
    ended = true;
    onEnd(why);
  };
  line.setEncoding('utf8');
  line.on('data', (text: string) => {
    const parts = (rest + text).split(end);
    rest = parts.pop() ?? '';
    for (const part of parts) onMessage(part);
  });
  // A killed guest resets the connection.
  line.on('error', (error) => finish(error.message));
  line.on('close', () => finish('closed'));
}

/** A promise that somebody else settles, and that fails by itself after a while. */
export class Pending<T> {
  readonly promise: Promise<T>;
  resolve: (value: T) => void = () => undefined;
  reject: (error: Error) => void = () => undefined;

  constructor(what: string, timeoutMs: number) {
    this.promise = new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what}: no answer within ${timeoutMs} ms`)), timeoutMs);
      this.resolve = (value) => {
        clearTimeout(timer);
        resolve(value);
      };
      this.reject = (error) => {
        clearTimeout(timer);
        reject(error);
      };
    });
  }
}
