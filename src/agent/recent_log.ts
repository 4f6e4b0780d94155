/** The last messages of the daemon, kept for whoever asks over the bus: a router's own log is short and full of others. */
import type { LogLevel } from '../lib/log.ts';

/** Some 30 kB at most. */
export const MOST_MESSAGES = 100;
const LONGEST_TEXT = 300;

export interface RecentMessage {
  /** On the monotonic clock: a router's calendar jumps when it learns the time. */
  readonly atMs: number;
  readonly level: LogLevel;
  readonly text: string;
}

export class RecentLog {
  private readonly now: () => number;
  private readonly messages: RecentMessage[] = [];

  /** @param now the monotonic clock, in ms */
  constructor(now: () => number) {
    this.now = now;
  }

  write(level: LogLevel, message: string): void {
    const text = message.length > LONGEST_TEXT ? `${message.slice(0, LONGEST_TEXT)}…` : message;
    if (this.messages.length === MOST_MESSAGES) this.messages.shift();
    this.messages.push({ atMs: this.now(), level, text });
  }

  /** The newest so many, the oldest of them first. */
  last(most: number = MOST_MESSAGES): readonly RecentMessage[] {
    return this.messages.slice(-most);
  }
}
