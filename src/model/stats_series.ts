/**
 * The counters of one direction over time: what was added since the last reading, and totals that never go backwards.
 *
 * A series lasts as long as the qdisc. Another qdisc, or the same handle with less on its counters than before, begins a new one,
 * with the counters as they stand there and no rate until the next reading. The kernel's counters of tins are u32 but for bytes:
 * one that is less than before has wrapped when that makes it less than 2^31 more, and tells of a new qdisc when not.
 *
 * Bytes are u64 there and doubles here: exact up to 2^53 (9 PB, 83 days at 10 Gbit/s), then even up to 2^54, and so on: still never
 * less than before, and a rate is off by a few bytes in its interval.
 */
import { bitPerSOver } from '../lib/units.ts';
import { CakeSample, MOST_TINS, QDISC_COLUMN, TIN_COLUMN, TIN_COLUMNS, TIN_COUNTERS } from '../tc/qdisc/cake_sample.ts';
import type { TcView } from '../wire/tcview.ts';
import { Reading } from './stats_reading.ts';

const COUNTERS = TIN_COUNTERS.length;
/** Where the row of the sums begins. */
const SUMS = MOST_TINS * COUNTERS;
const WRAP = 2 ** 32;
const MOST_IN_ONE_READING = 2 ** 31;

/** Rates are over this long at least: many who ask at the same time get one answer. */
const SHORTEST_RATE_MS = 250;

/** Give it readings with `begin`, `add` and `end`; what it then shows is as of the last. */
export class DirectionSeries {
  readonly device: string;
  /** Counts up with each series. */
  series: number;
  /** Monotonic time of the last reading and of the first of this series. */
  atMs = 0;
  sinceMs = 0;
  /** Whether the last reading was the first of its series, with nothing to compare it with. */
  isFirst = true;
  /** Between the last two readings of this series. */
  elapsedMs = 0;
  /** Between those from which the rates come; 0 where there is none. */
  rateIntervalMs = 0;

  /** Total and added since the last reading. */
  sentBytes = 0;
  sentPackets = 0;
  addedBytes = 0;
  /** COUNTERS numbers for each tin, then their sums. */
  readonly totals: Float64Array = new Float64Array((MOST_TINS + 1) * COUNTERS);
  readonly added: Float64Array = new Float64Array((MOST_TINS + 1) * COUNTERS);
  /** bit/s of each tin, then of the direction. */
  readonly rates: Float64Array = new Float64Array(MOST_TINS + 1);
  /** Packets of each tin since the last reading, and while the rates were measured. */
  readonly addedPackets: Float64Array = new Float64Array(MOST_TINS);
  readonly ratePackets: Float64Array = new Float64Array(MOST_TINS);

  private readonly littleEndian: boolean;
  private readonly sample = new CakeSample();
  private current = new Reading();
  private incoming = new Reading();
  private rateAtMs = 0;
  private readonly rateFrom = new Float64Array(MOST_TINS + 1);
  private readonly ratePacketsFrom = new Float64Array(MOST_TINS);

  /** The first series gets the number after `lastSeries`. */
  constructor(device: string, littleEndian: boolean, lastSeries = 0) {
    this.device = device;
    this.littleEndian = littleEndian;
    this.series = lastSeries;
  }

  /** The last reading; without queues where there was nothing to read. */
  get reading(): Reading {
    return this.current;
  }

  /** Begins a reading; `root` is the root qdisc, once it has come by. */
  begin(root?: TcView): void {
    this.incoming.begin(root, root === undefined ? '' : this.sample.modeOf(root, this.littleEndian));
    if (root?.kind === 'cake') this.add(root);
  }

  /** Adds a CAKE below a cake_mq. @throws ShortReadError */
  add(cake: TcView): void {
    this.incoming.add(cake, this.sample, this.littleEndian, this.current);
  }

  /** Ends a reading that was begun at `atMs` of the monotonic clock. */
  end(atMs: number): void {
    const before = this.current;
    const now = this.incoming;
    this.current = now;
    this.incoming = before;
    this.added.fill(0);
    this.addedPackets.fill(0);
    this.addedBytes = this.elapsedMs = 0;
    if (now.queues === 0) return;
    this.isFirst = before.queues === 0 || !this.continues(before, now);
    if (this.isFirst) {
      this.added.fill(0);
      this.addedPackets.fill(0);
      this.start(now, atMs);
    } else {
      this.elapsedMs = atMs - this.atMs;
      this.addedBytes = now.sentBytes - before.sentBytes;
      this.sentPackets += forward(before.sentPackets, now.sentPackets);
      if (sameTins(before, now)) this.rate(now, atMs);
      else this.startTins(now, atMs);
    }
    this.sentBytes = now.sentBytes;
    this.atMs = atMs;
  }

  /** Whether a tin sent anything (`packets` of it), or has something to send. */
  isActive(tin: number, packets: Float64Array): boolean {
    return packets[tin] !== 0 || this.current.values[tin * TIN_COLUMNS + TIN_COLUMN.backlogBytes] !== 0;
  }

  /** Fills `added` and adds to `totals`, their last rows with the sums; false where `now` cannot follow on `before`. */
  private continues(before: Reading, now: Reading): boolean {
    if (now.ifindex !== before.ifindex || now.handle !== before.handle || now.kind !== before.kind) return false;
    if (now.sentBytes < before.sentBytes || forward(before.sentPackets, now.sentPackets) < 0) return false;
    const memory = QDISC_COLUMN.memoryUsedBytes;
    const { values: from } = before;
    const { values: to } = now;
    if ((to[memory] as number) < (from[memory] as number)) return false;
    if (!sameTins(before, now)) return true;
    const { added, totals } = this;
    for (let tin = 0; tin < now.tinCount; tin++) {
      const first = tin * TIN_COLUMNS;
      const row = tin * COUNTERS;
      for (let i = 0; i < COUNTERS; i++) {
        let more = (to[first + i] as number) - (from[first + i] as number);
        if (more === 0) continue;
        if (more < 0) {
          more = i === TIN_COLUMN.sentBytes ? -1 : forward(from[first + i] as number, to[first + i] as number);
          if (more < 0) return false;
        }
        added[row + i] = more;
        added[SUMS + i] = (added[SUMS + i] as number) + more;
        totals[row + i] = (totals[row + i] as number) + more;
        totals[SUMS + i] = (totals[SUMS + i] as number) + more;
      }
      this.addedPackets[tin] = added[row + TIN_COLUMN.sentPackets] as number;
    }
    return true;
  }

  private start(now: Reading, atMs: number): void {
    this.series += 1;
    this.sinceMs = atMs;
    this.sentPackets = now.sentPackets;
    this.totals.fill(0);
    this.startTins(now, atMs);
    for (let tin = 0; tin < now.tinCount; tin++) {
      for (let i = 0; i < COUNTERS; i++) {
        this.totals[SUMS + i] = (this.totals[SUMS + i] as number) + (this.totals[tin * COUNTERS + i] as number);
      }
    }
  }

  /** The tins are others than before: their counters are as they stand. The sums of the direction go on. */
  private startTins({ values, tinCount, sentBytes }: Reading, atMs: number): void {
    this.totals.fill(0, 0, SUMS);
    for (let tin = 0; tin < tinCount; tin++) {
      this.totals.set(values.subarray(tin * TIN_COLUMNS, tin * TIN_COLUMNS + COUNTERS), tin * COUNTERS);
    }
    this.rateIntervalMs = 0;
    this.measure(tinCount, sentBytes, atMs, atMs);
  }

  private rate({ tinCount, sentBytes }: Reading, atMs: number): void {
    const intervalMs = atMs - this.rateAtMs;
    if (intervalMs < SHORTEST_RATE_MS) return;
    this.rateIntervalMs = intervalMs;
    this.measure(tinCount, sentBytes, this.rateAtMs, atMs);
  }

  /** The rates since `fromMs`, where that is before `atMs`; the next ones will be since `atMs`. */
  private measure(tinCount: number, sentBytes: number, fromMs: number, atMs: number): void {
    const { totals, rates, rateFrom, ratePackets, ratePacketsFrom } = this;
    for (let tin = 0; tin <= tinCount; tin++) {
      const row = tin === tinCount ? MOST_TINS : tin;
      const bytes = row === MOST_TINS ? sentBytes : (totals[row * COUNTERS + TIN_COLUMN.sentBytes] as number);
      if (fromMs < atMs) rates[row] = bitPerSOver(bytes - (rateFrom[row] as number), atMs - fromMs);
      rateFrom[row] = bytes;
      if (row === MOST_TINS) continue;
      const packets = totals[row * COUNTERS + TIN_COLUMN.sentPackets] as number;
      ratePackets[row] = fromMs < atMs ? packets - (ratePacketsFrom[row] as number) : 0;
      ratePacketsFrom[row] = packets;
    }
    this.rateAtMs = atMs;
  }
}

function sameTins(before: Reading, now: Reading): boolean {
  return now.mode === before.mode && now.tinCount === before.tinCount;
}

/** How much a u32, or a sum of several, has grown; below 0 where it cannot be the same counter. */
function forward(from: number, to: number): number {
  if (to >= from) return to - from;
  const more = to - from + WRAP * Math.ceil((from - to) / WRAP);
  return more < MOST_IN_ONE_READING ? more : -1;
}
