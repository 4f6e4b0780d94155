/** Reading the shapers' counters each second, as long as somebody wants to know; with nobody about, nothing wakes up. */
import type { Host } from '../host/host.ts';
import type { Loop } from '../host/loop.ts';
import { KernelError } from '../host/refusal.ts';
import type { Log } from '../lib/log.ts';
import { History, type ShaperHistory } from '../model/history.ts';
import { Sampler, type ShaperPlace } from '../model/sampler.ts';
import type { ShaperStats } from '../model/stats.ts';
import { type BriefStats, briefStats } from '../model/stats_brief.ts';
import type { Kernel } from './kernel.ts';
import { takeSample } from './sample.ts';

export const SAMPLE_EVERY_MS = 1000;
/** Who asks once is likely to ask again. */
const ASKED_FOR_MS = 15_000;
/** Without a reading so young, rates are measured anew over so long before anybody is answered. */
const FRESH_MS = 2 * SAMPLE_EVERY_MS;
const FIRST_RATE_MS = 250;
/** Questions that wait for a first rate. */
const MOST_WAITING = 1024;

export interface StatsReport {
  readonly shapers: readonly ShaperStats[];
}

export interface BriefReport {
  readonly shapers: readonly BriefStats[];
}

export class Sampling {
  private readonly host: Host;
  private readonly loop: Loop;
  private readonly kernel: Kernel;
  private readonly log: Log;
  private readonly sampler: Sampler;
  private readonly history = new History();
  private readonly onSample: () => void;
  private cancel: (() => void) | undefined;
  private readonly reasons = new Set<string>();
  private askedUntilMs = 0;
  private readAtMs = Number.NEGATIVE_INFINITY;
  private waiting: (() => void)[] = [];
  /** What was told of this reading, by shaper: whoever asks next gets the same object, so that it is encoded once. */
  private readonly told = new Map<string | undefined, StatsReport>();
  private readonly toldBriefly = new Map<string | undefined, BriefReport>();
  private failing = false;
  /** How many readings there were. */
  count = 0;

  /** `onSample` is called after each reading. */
  constructor(host: Host, loop: Loop, kernel: Kernel, log: Log, onSample: () => void) {
    this.host = host;
    this.loop = loop;
    this.kernel = kernel;
    this.log = log;
    this.sampler = new Sampler(host.littleEndian);
    this.onSample = onSample;
  }

  /** The shapers that there are, and where those are now that have a device. */
  setPlaces(names: readonly string[], places: readonly ShaperPlace[]): void {
    this.history.keep(names);
    this.sampler.setPlaces(places);
  }

  /** Whether to read on for this reason, whoever asks. */
  want(reason: string, wanted: boolean): void {
    if (wanted) this.reasons.add(reason);
    else this.reasons.delete(reason);
    this.schedule();
  }

  /**
   * Calls `answer` once there are rates of now, at once where there are. False where too many wait already.
   */
  ask(answer: () => void): boolean {
    const nowMs = this.host.monotonicMs();
    const isFresh = nowMs - this.readAtMs < FRESH_MS && this.waiting.length === 0;
    this.askedUntilMs = nowMs + ASKED_FOR_MS;
    this.schedule();
    if (isFresh) {
      answer();
      return true;
    }
    if (this.waiting.length >= MOST_WAITING) return false;
    this.waiting.push(answer);
    if (this.waiting.length > 1) return true;
    this.read();
    this.loop.after(FIRST_RATE_MS, () => {
      this.read();
      const answers = this.waiting;
      this.waiting = [];
      for (const one of answers) one();
    });
    return true;
  }

  /** As of the last reading, of one shaper or of all; the same object until the next. */
  report(name?: string): StatsReport {
    let report = this.told.get(name);
    if (report === undefined) {
      report = { shapers: this.sampler.stats(name) };
      this.told.set(name, report);
    }
    return report;
  }

  /** Likewise what a page needs each second. */
  briefReport(name?: string): BriefReport {
    let report = this.toldBriefly.get(name);
    if (report === undefined) {
      report = { shapers: this.sampler.stats(name).map(briefStats) };
      this.toldBriefly.set(name, report);
    }
    return report;
  }

  /** See {@link History.of}. */
  historyOf(name: string, resolutionS: number, most?: number): ShaperHistory | undefined {
    return this.history.of(name, resolutionS, this.host.monotonicMs(), most);
  }

  get historyBytes(): number {
    return this.history.bytes;
  }

  private schedule(): void {
    const isWanted = this.reasons.size > 0 || this.host.monotonicMs() < this.askedUntilMs;
    if (isWanted === (this.cancel !== undefined)) return;
    this.cancel?.();
    this.cancel = isWanted ? this.loop.after(SAMPLE_EVERY_MS, () => this.tick(), SAMPLE_EVERY_MS) : undefined;
  }

  private tick(): void {
    this.schedule();
    if (this.cancel !== undefined) this.read();
  }

  /** Reads now: enough for counters without rates. */
  read(): void {
    try {
      takeSample(this.host, this.kernel, this.sampler);
      this.failing = false;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      if (!this.failing) this.log.write('warning', `statistics: ${error.message}`);
      this.failing = true;
      return;
    }
    this.count++;
    this.told.clear();
    this.toldBriefly.clear();
    this.readAtMs = this.host.monotonicMs();
    this.history.record(this.sampler.shapers);
    this.onSample();
  }
}
