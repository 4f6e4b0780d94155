/** Levels of messages, most important first. Where they go is the business of whoever makes the {@link Log}. */

export const LOG_LEVELS = ['error', 'warning', 'notice', 'info', 'debug', 'trace'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Log {
  /** Writes one line, unless it is less important than what is wanted. */
  write(level: LogLevel, message: string): void;
  /** Whether a message of this level would be written, for messages that cost something to make. */
  wants(level: LogLevel): boolean;
}

export interface AdjustableLog extends Log {
  setLeast(level: LogLevel): void;
}

/** A log whose lines of `least` or more importance go to `sink`. */
export function adjustableLog(least: LogLevel, sink: (level: LogLevel, message: string) => void): AdjustableLog {
  let limit = LOG_LEVELS.indexOf(least);
  const wants = (level: LogLevel): boolean => LOG_LEVELS.indexOf(level) <= limit;
  return {
    wants,
    write: (level, message) => {
      if (wants(level)) sink(level, message);
    },
    setLeast: (level) => {
      limit = LOG_LEVELS.indexOf(level);
    },
  };
}
