/** The map `hosts`, read where it lies: thousands of hosts, of which a caller keeps a few. */
import { ADDRESS, STEERING, type Steering, u64At } from './codecs.ts';
import { WEIR, type weir_direction, weir_host, weir_rtt, type weir_side, weir_traffic } from './layout_gen.ts';
import type { BpfTable, Codec } from './table.ts';

export interface Traffic {
  readonly bytes: number;
  readonly packets: number;
  readonly drops: number;
}

/** Round trips from the router to one side of a host. */
export interface RoundTrips {
  /** The smallest since the host was first seen; 0 for none. */
  readonly minUs: number;
  readonly p50Us: number;
  readonly p90Us: number;
  /** How many were ever measured. */
  readonly total: number;
}

/** Round trips as they are counted; see shared.h for the buckets. */
export interface MeasuredRoundTrips {
  readonly buckets: readonly number[];
  readonly minUs: number;
  readonly total: number;
}

/** Those of several hosts as one. */
export function roundTripsOf(measured: readonly MeasuredRoundTrips[]): RoundTrips {
  const buckets = Array.from({ length: WEIR.RTT_BUCKETS }, (_, i) =>
    measured.reduce((sum, one) => sum + (one.buckets[i] ?? 0), 0),
  );
  const smallest = measured.filter(({ total }) => total > 0).map(({ minUs }) => minUs);
  const minUs = smallest.length === 0 ? 0 : Math.min(...smallest);
  return {
    minUs,
    // Where in its bucket a sample lies is not known, but not below the smallest.
    p50Us: Math.max(percentileUs(buckets, 0.5), minUs),
    p90Us: Math.max(percentileUs(buckets, 0.9), minUs),
    total: measured.reduce((sum, { total }) => sum + total, 0),
  };
}

/** One host. It is the same object for each host of a reading, so that a visitor copies what it keeps. */
export class HostReading {
  private keys: DataView = EMPTY;
  private keyAt = 0;
  private values: DataView = EMPTY;
  private valueAt = 0;
  private readonly littleEndian: boolean;

  constructor(littleEndian: boolean) {
    this.littleEndian = littleEndian;
  }

  /** Makes it be the host whose key and value lie there. */
  moveTo(keys: DataView, keyAt: number, values: DataView, valueAt: number): void {
    this.keys = keys;
    this.keyAt = keyAt;
    this.values = values;
    this.valueAt = valueAt;
  }

  /** 16 bytes, copied. */
  get address(): Uint8Array {
    return ADDRESS.read(this.keys, this.keyAt, this.littleEndian);
  }

  /** On the clock of bpf_ktime_get_ns(), which is CLOCK_MONOTONIC. */
  get lastSeenNs(): number {
    return u64At(this.values, this.valueAt + weir_host.last_seen_ns, this.littleEndian);
  }

  /** What was found for it in `steering`, or else the settings' `unknown`, when the settings had this host's generation. */
  get found(): Steering {
    return STEERING.read(this.values, this.valueAt + weir_host.found, this.littleEndian);
  }

  get isSteered(): boolean {
    return this.values.getUint32(this.valueAt + weir_host.is_steered, this.littleEndian) !== 0;
  }

  get generation(): number {
    return this.values.getUint32(this.valueAt + weir_host.generation, this.littleEndian);
  }

  traffic(direction: weir_direction): Traffic {
    const at = this.valueAt + weir_host.traffic + direction * weir_traffic.BYTES;
    const number = (field: weir_traffic): number => u64At(this.values, at + field, this.littleEndian);
    return {
      bytes: number(weir_traffic.bytes),
      packets: number(weir_traffic.packets),
      drops: number(weir_traffic.drops),
    };
  }

  roundTrips(side: weir_side): RoundTrips {
    return roundTripsOf([this.measured(side)]);
  }

  measured(side: weir_side): MeasuredRoundTrips {
    const { values, littleEndian } = this;
    const at = this.valueAt + weir_host.rtt + side * weir_rtt.BYTES;
    return {
      buckets: Array.from({ length: WEIR.RTT_BUCKETS }, (_, i) =>
        values.getUint16(at + weir_rtt.buckets + 2 * i, littleEndian),
      ),
      minUs: values.getUint32(at + weir_rtt.min_us, littleEndian),
      total: values.getUint32(at + weir_rtt.total, littleEndian),
    };
  }
}

const EMPTY = new DataView(new ArrayBuffer(0));

/** A value of `hosts` is only read, and as a HostReading. */
export const HOST: Codec<never> = {
  bytes: weir_host.BYTES,
  write() {
    throw new Error('only the programs write hosts');
  },
  read() {
    throw new Error('hosts are read where they lie');
  },
};

/** Visits every host, in no order. @throws KernelError */
export function eachHost(
  table: BpfTable<Uint8Array, never>,
  littleEndian: boolean,
  visit: (host: HostReading) => void,
): void {
  const reading = new HostReading(littleEndian);
  table.each((keys, keyAt, values, valueAt) => {
    reading.moveTo(keys, keyAt, values, valueAt);
    visit(reading);
  });
}

const US_PER_MS = 1000;

/** Where bucket `i` begins, in µs: 1 ms wide below 16 ms, then 16 of equal width for each doubling (shared.h). */
export function bucketStartUs(i: number): number {
  if (i < WEIR.RTT_LINEAR_MS) return i * US_PER_MS;
  const octave = Math.floor(i / WEIR.RTT_LINEAR_MS) - 1;
  return (WEIR.RTT_LINEAR_MS + (i % WEIR.RTT_LINEAR_MS)) * 2 ** octave * US_PER_MS;
}

/** The value below which that part of the samples lies, as if they were spread evenly within a bucket; 0 without samples. */
export function percentileUs(buckets: readonly number[], part: number): number {
  let left = part * buckets.reduce((sum, count) => sum + count, 0);
  for (const [i, count] of buckets.entries()) {
    if (count > 0 && left <= count) {
      const start = bucketStartUs(i);
      return Math.round(start + ((bucketStartUs(i + 1) - start) * left) / count);
    }
    left -= count;
  }
  return 0;
}
