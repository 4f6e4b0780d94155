/** A shell in the guest: the other side of `serve` in guest/router.sh. Scripts run one after another. */
import type { Socket } from 'node:net';
import { Pending, readMessages } from './lines.ts';

export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How many texts an answer has. */
const PARTS = 3;

export class ShellLine {
  private readonly line: Socket;
  /** Resolves when the guest is ready for the first script. */
  readonly ready: Promise<void>;
  private turn: Promise<unknown> = Promise.resolve();
  private waiting: Pending<Ran> | undefined;
  private parts: string[] = [];
  private gone: Error | undefined;

  constructor(line: Socket, bootTimeoutMs: number) {
    this.line = line;
    const booted = new Pending<void>('boot', bootTimeoutMs);
    this.ready = booted.promise;
    let isReady = false;
    readMessages(
      line,
      '\0',
      (text) => {
        if (isReady) this.onPart(text);
        else booted.resolve();
        isReady = true;
      },
      (why) => {
        this.gone = new Error(`the guest's shell: ${why}`);
        booted.reject(this.gone);
        this.waiting?.reject(this.gone);
      },
    );
  }

  /** Runs bash with the functions of test/lab/guest and guest/router.sh; the first command that fails ends it. */
  run(script: string, timeoutMs: number): Promise<Ran> {
    const result = this.turn.then(() => {
      if (this.gone !== undefined) throw this.gone;
      this.waiting = new Pending(script, timeoutMs);
      this.line.write(`${script}\0`);
      return this.waiting.promise;
    });
    this.turn = result.catch(() => undefined);
    return result;
  }

  /** Asks the guest to end. */
  exit(): void {
    this.line.write('exit\0');
  }

  private onPart(text: string): void {
    this.parts.push(text);
    if (this.parts.length < PARTS) return;
    const [exit, stdout = '', stderr = ''] = this.parts;
    this.parts = [];
    this.waiting?.resolve({ exit: Number(exit), stdout, stderr });
    this.waiting = undefined;
  }
}
