/** LuCI.poll: functions called every so many seconds, on one clock, while the page is open. It goes on in a hidden tab. */

interface Entry {
  readonly fn: () => unknown;
  readonly intervalS: number;
  isReady: boolean;
}

const TICK_MS = 1000;

let entries: Entry[] = [];
let timer: number | undefined;
let tick = 0;
/** Before the page has started it, `add` does not. */
let hasStarted = false;

function step(): void {
  for (const entry of entries) {
    if (tick % entry.intervalS !== 0 || !entry.isReady) continue;
    entry.isReady = false;
    Promise.resolve(entry.fn()).finally(() => {
      entry.isReady = true;
    });
  }
  tick++;
}

export function pollOf(defaultIntervalS: () => number): Poll {
  const poll: Poll = {
    add(fn, intervalS = defaultIntervalS()) {
      if (typeof fn !== 'function' || Number.isNaN(intervalS))
        throw new TypeError('Invalid argument to LuCI.poll.add()');
      if (entries.some((entry) => entry.fn === fn)) return false;
      entries.push({ fn, intervalS: intervalS > 0 ? Math.trunc(intervalS) : defaultIntervalS(), isReady: true });
      if (hasStarted && !poll.active()) poll.start();
      return true;
    },
    remove(fn) {
      const before = entries.length;
      entries = entries.filter((entry) => entry.fn !== fn);
      if (entries.length === 0 && poll.stop()) hasStarted = true;
      return entries.length !== before;
    },
    start() {
      if (poll.active()) return false;
      tick = 0;
      hasStarted = true;
      if (entries.length > 0) {
        timer = window.setInterval(step, TICK_MS);
        step();
        document.dispatchEvent(new CustomEvent('poll-start'));
      }
      return true;
    },
    stop() {
      if (!poll.active()) return false;
      document.dispatchEvent(new CustomEvent('poll-stop'));
      window.clearInterval(timer);
      timer = undefined;
      hasStarted = false;
      return true;
    },
    active: () => timer !== undefined,
  };
  return poll;
}
