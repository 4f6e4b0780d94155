/** Times of day as the person's browser has them, in LuCI's language. */

const language = document.documentElement.lang.replace('_', '-') || 'en';
const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(language, { hourCycle: 'h23', ...options });

const TIME = format({ hour: '2-digit', minute: '2-digit' });
const TIME_WITH_SECONDS = format({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY_AND_TIME = format({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** How far the clock is ahead of UTC. */
export function clockOffsetMs(): number {
  return -new Date().getTimezoneOffset() * MINUTE_MS;
}

export function timeText(atMs: number): string {
  return TIME.format(atMs);
}

export function secondText(atMs: number): string {
  return TIME_WITH_SECONDS.format(atMs);
}

/** With the day where it is not of these hours. */
export function momentText(atMs: number): string {
  return Math.abs(atMs - Date.now()) < DAY_MS / 2 ? timeText(atMs) : DAY_AND_TIME.format(atMs);
}
