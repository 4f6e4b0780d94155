/**
 * The event loop: timers and one poll(2).
 *
 * A turn waits until something is due, then serves every descriptor that is ready once and every timer that was due once, so
 * that neither a busy descriptor nor a chain of timers keeps the others waiting. With no timer it waits for ever: an idle
 * program does not wake up.
 */
import type { Host } from './host.ts';

interface Watch {
  readonly fd: number;
  readonly events: number;
  readonly handler: (events: number) => void;
  live: boolean;
}

interface Timer {
  dueMs: number;
  /** 0 for a timer that runs once. */
  readonly everyMs: number;
  readonly handler: () => void;
  live: boolean;
}

/** An fd, its events and its revents in the list for poll. */
const POLL_WORDS = 3;
const LONGEST_WAIT_MS = 0x7fff_ffff;

export class Loop {
  private readonly host: Host;
  private readonly onError: (error: unknown) => void;
  private watches: Watch[] = [];
  /** Soonest first; equals in the order they came. */
  private timers: Timer[] = [];
  private pollList = new Int32Array(0);
  private pollListStale = false;
  private stopped = false;

  /** `onError` gets what a handler threw; the loop goes on, unless `onError` throws itself. */
  constructor(host: Host, onError: (error: unknown) => void) {
    this.host = host;
    this.onError = onError;
  }

  /**
   * Calls `handler` with poll's revents while `fd` is ready for `events` (POLLIN, POLLOUT; errors and hang-ups always count).
   * Gives the function that ends the watch: call it before closing the descriptor.
   */
  watch(fd: number, events: number, handler: (events: number) => void): () => void {
    const watch: Watch = { fd, events, handler, live: true };
    this.watches.push(watch);
    this.pollListStale = true;
    return () => this.unwatch(watch);
  }

  /**
   * Calls `handler` once in `delayMs`, and from then on each `everyMs` when that is given (a multiple that was missed is left
   * out, not caught up). Gives the function that cancels it.
   */
  after(delayMs: number, handler: () => void, everyMs = 0): () => void {
    const timer: Timer = { dueMs: this.host.monotonicMs() + delayMs, everyMs, handler, live: true };
    this.schedule(timer);
    return () => {
      if (!timer.live) return;
      timer.live = false;
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** The turn that is running is the last. */
  stop(): void {
    this.stopped = true;
  }

  /** One round; false once stopped, or when there is nothing left to wait for. For `Host.run`. */
  turn(): boolean {
    if (this.stopped || (this.watches.length === 0 && this.timers.length === 0)) return false;
    const ready = this.wait();
    const nowMs = this.host.monotonicMs();
    if (ready > 0) this.serveWatches();
    this.serveTimers(nowMs);
    return !this.stopped;
  }

  private unwatch(watch: Watch): void {
    if (!watch.live) return;
    watch.live = false;
    this.watches = this.watches.filter((other) => other !== watch);
    this.pollListStale = true;
  }

  private schedule(timer: Timer): void {
    let at = this.timers.length;
    while (at > 0 && (this.timers[at - 1] as Timer).dueMs > timer.dueMs) at--;
    this.timers.splice(at, 0, timer);
  }

  private wait(): number {
    if (this.pollListStale) this.fillPollList();
    const ready = this.host.poll(this.pollList, this.waitMs());
    if (ready < 0 && ready !== -(this.host.errno.EINTR as number)) {
      // Going on would be a loop that never waits.
      throw new Error(`poll of ${this.watches.length} descriptors: ${this.host.errorText(-ready)}`);
    }
    return ready;
  }

  private waitMs(): number {
    const soonest = this.timers[0];
    if (soonest === undefined) return -1;
    // Rounded up: waking up early would only mean waiting again.
    return Math.min(Math.max(Math.ceil(soonest.dueMs - this.host.monotonicMs()), 0), LONGEST_WAIT_MS);
  }

  private fillPollList(): void {
    this.pollList = new Int32Array(this.watches.length * POLL_WORDS);
    this.watches.forEach((watch, i) => {
      this.pollList[i * POLL_WORDS] = watch.fd;
      this.pollList[i * POLL_WORDS + 1] = watch.events;
    });
    this.pollListStale = false;
  }

  /** A handler may add and end watches: those it adds wait for the next turn, those it ends are not called any more. */
  private serveWatches(): void {
    const { watches, pollList } = this;
    watches.forEach((watch, i) => {
      const events = pollList[i * POLL_WORDS + 2] as number;
      if (events === 0 || !watch.live) return;
      if (events & this.host.constants.POLLNVAL) {
        this.unwatch(watch);
        this.onError(new Error(`descriptor ${watch.fd} was closed while it was watched`));
        return;
      }
      this.guarded(() => watch.handler(events));
    });
  }

  private serveTimers(nowMs: number): void {
    let due = 0;
    while (due < this.timers.length && (this.timers[due] as Timer).dueMs <= nowMs) due++;
    if (due === 0) return;
    for (const timer of this.timers.splice(0, due)) {
      if (!timer.live) continue;
      if (timer.everyMs > 0) {
        const missed = Math.floor((nowMs - timer.dueMs) / timer.everyMs);
        timer.dueMs += (missed + 1) * timer.everyMs;
        this.schedule(timer);
      } else {
        timer.live = false;
      }
      this.guarded(timer.handler);
    }
  }

  private guarded(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.onError(error);
    }
  }
}

/** struct signalfd_siginfo: its size, and the signal's number as its first word. */
const SIGINFO_BYTES = 128;

/**
 * Calls `handler` with each of `signals` that arrives, from the loop. Signals that came before are not lost. Gives the function
 * that ends it; the signals stay blocked.
 *
 * @throws Error where the kernel gives no descriptor.
 */
export function watchSignals(
  host: Host,
  loop: Loop,
  signals: readonly number[],
  handler: (signal: number) => void,
): () => void {
  const fd = host.signalfd(signals);
  if (fd < 0) throw new Error(`signalfd: ${host.errorText(-fd)}`);
  const siginfo = new Uint8Array(SIGINFO_BYTES);
  const view = new DataView(siginfo.buffer);
  const unwatch = loop.watch(fd, host.constants.POLLIN, () => {
    while (host.read(fd, siginfo, 0, SIGINFO_BYTES) === SIGINFO_BYTES) handler(view.getUint32(0, host.littleEndian));
  });
  return () => {
    unwatch();
    host.close(fd);
  };
}
