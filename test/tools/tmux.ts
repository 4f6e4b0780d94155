/** A terminal in tmux, to type into and to look at. */
import { execFileSync } from 'node:child_process';

const LONGEST_WAIT_MS = 10_000;
const LOOK_EVERY_MS = 20;

const PROMPT = /^done:(\d+)>$/;

let screens = 0;

/** A bash in a terminal of its own, whose prompt tells how the last command ended. */
export class Screen {
  private commands = 0;
  private readonly socket = `weir-test-${process.pid}-${screens++}`;

  constructor(columns: number, rows: number) {
    const size = ['-x', String(columns), '-y', String(rows)];
    this.tmux('-f', '/dev/null', 'new-session', '-d', ...size, 'env', 'PS1=done:$?> ', 'bash', '--norc', '--noprofile');
    this.tmux('set-option', '-g', 'remain-on-exit', 'on');
  }

  /** Names of keys as tmux(1) has them, or text. */
  press(...keys: readonly string[]): void {
    this.tmux('send-keys', ...keys);
  }

  resize(columns: number, rows: number): void {
    this.tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** The lines that can be seen, without blanks at their ends. */
  lines(): string[] {
    return this.tmux('capture-pane', '-p').replace(/\n$/, '').split('\n');
  }

  /** A variable of tmux: `alternate_on`, `cursor_flag`, `pane_dead`. */
  variable(name: string): string {
    return this.tmux('display-message', '-p', `#{${name}}`).trim();
  }

  /** The lines once they are as `isSo` wants them. */
  async until(what: string, isSo: (lines: readonly string[]) => boolean): Promise<readonly string[]> {
    for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
      const lines = this.lines();
      if (isSo(lines)) return lines;
      if (waitedMs > LONGEST_WAIT_MS) throw new Error(`${what} did not come:\n${lines.join('\n')}`);
      await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
    }
  }

  /** Waits until the shell is at its prompt again; gives how the last command ended. */
  async prompt(): Promise<number> {
    const lines = await this.until('the prompt', (all) => PROMPT.test(lastText(all)));
    return Number(PROMPT.exec(lastText(lines))?.[1]);
  }

  /** Runs a command of the shell to its end; gives what it printed. */
  async run(command: string): Promise<string> {
    // A line of its own tells its output from what was there before, and from the command as it is typed.
    const begin = `begin-${this.commands++}`;
    this.type(`clear; echo ${begin}; ${command}`);
    const isDone = (lines: readonly string[]): boolean => lines[0] === begin && PROMPT.test(lastText(lines));
    const lines = await this.until(`the end of ${command}`, isDone);
    return lines
      .slice(1)
      .filter((line) => line !== '' && !PROMPT.test(line))
      .join('\n');
  }

  /** A line for the shell. */
  type(line: string): void {
    this.press('-l', line);
    this.press('Enter');
  }

  close(): void {
    try {
      this.tmux('kill-server');
    } catch {
      // It is gone when its last program has ended.
    }
  }

  private tmux(...args: readonly string[]): string {
    const { TMUX: _, ...env } = process.env;
    return execFileSync('tmux', ['-u', '-L', this.socket, ...args], {
      encoding: 'utf8',
      env: { ...env, TERM: 'xterm-256color' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
}

function lastText(lines: readonly string[]): string {
  return lines.findLast((line) => line !== '') ?? '';
}
