/** The hosts that the bridge counts, read for people: rates since the reading before, and the first by some order. */
import type { HostReading, RoundTrips, Traffic } from '../bpf/hosts.ts';
import { weir_direction, weir_side } from '../bpf/layout_gen.ts';
import type { BpfMaps } from '../bpf/maps.ts';
import { formatAddress } from '../lib/address.ts';
import { formatClass } from '../model/resource/steering.ts';
import { decodeSteering } from './bridge_kernel.ts';
import type { HostOrder } from './host_order.ts';

export interface HostTraffic extends Traffic {
  /** Null until there are two readings. */
  readonly rateBitPerS: number | null;
}

export interface HostReport {
  readonly address: string;
  /** Of the section of the configuration. */
  readonly name: string | null;
  readonly class: string | null;
  readonly uploadClass: string | null;
  readonly download: HostTraffic;
  readonly upload: HostTraffic;
  readonly seenAgoMs: number;
  /** Round trips from the router to either side; null where none was measured. */
  readonly rtt: { readonly internet: RoundTrips | null; readonly local: RoundTrips | null };
}

export interface HostsReport {
  /** How many are counted. */
  readonly total: number;
  readonly hosts: readonly HostReport[];
}

/** Rates are over at least so long; who asks again before gets those of the last reading. */
const SHORTEST_MS = 500;
/** A reading this old is no beginning of a rate any more. */
const LONGEST_MS = 30_000;

/** Bytes of each host at one moment, by its address as text. */
interface Bytes {
  readonly atMs: number;
  readonly hosts: ReadonlyMap<string, readonly [download: number, upload: number]>;
}

/** One host of a reading, as far as the order needs it. */
interface Entry {
  readonly key: string;
  readonly rates: readonly [download: number | null, upload: number | null];
  readonly rank: number;
}

export class HostTable {
  private before: Bytes | undefined;
  private now: Bytes | undefined;

  /** The first `limit` hosts. @throws KernelError */
  read(
    maps: BpfMaps,
    nowMs: number,
    order: HostOrder,
    limit: number,
    nameOf: (address: Uint8Array) => string | undefined,
  ): HostsReport {
    this.takeReading(maps, nowMs);
    const entries: Entry[] = [];
    maps.eachHost((host) => {
      const key = keyOf(host.address);
      const rates = this.ratesOf(key);
      entries.push({ key, rates, rank: rankOf(host, order, rates) });
    });
    const compare =
      order === 'address' ? (a: Entry, b: Entry) => (a.key < b.key ? -1 : 1) : (a: Entry, b: Entry) => b.rank - a.rank;
    const chosen = new Map(
      entries
        .sort(compare)
        .slice(0, limit)
        .map((entry) => [entry.key, entry]),
    );
    const reports = new Map<string, HostReport>();
    maps.eachHost((host) => {
      const entry = chosen.get(keyOf(host.address));
      if (entry !== undefined) reports.set(entry.key, reportOf(host, entry.rates, nowMs, nameOf));
    });
    return { total: entries.length, hosts: [...chosen.keys()].flatMap((key) => reports.get(key) ?? []) };
  }

  /** Keeps the bytes of all hosts, so that the next reading gives rates. */
  private takeReading(maps: BpfMaps, nowMs: number): void {
    if (this.now !== undefined && nowMs - this.now.atMs < SHORTEST_MS) return;
    const hosts = new Map<string, readonly [number, number]>();
    maps.eachHost((host) => {
      hosts.set(keyOf(host.address), [
        host.traffic(weir_direction.DOWNLOAD).bytes,
        host.traffic(weir_direction.UPLOAD).bytes,
      ]);
    });
    this.before = this.now !== undefined && nowMs - this.now.atMs <= LONGEST_MS ? this.now : undefined;
    this.now = { atMs: nowMs, hosts };
  }

  /** A host that gave way and came back begins anew, never with a negative rate. */
  private ratesOf(key: string): readonly [number | null, number | null] {
    const { before, now } = this;
    const bytes = now?.hosts.get(key);
    if (before === undefined || now === undefined || bytes === undefined) return [null, null];
    const was = before.hosts.get(key) ?? [0, 0];
    const seconds = (now.atMs - before.atMs) / 1000;
    const rate = (i: 0 | 1): number => Math.round((8 * (bytes[i] >= was[i] ? bytes[i] - was[i] : bytes[i])) / seconds);
    return [rate(0), rate(1)];
  }
}

/** An address as characters U+0000 to U+00FF: a key that sorts as the address does. */
function keyOf(address: Uint8Array): string {
  return String.fromCharCode(...address);
}

function rankOf(host: HostReading, order: HostOrder, [download, upload]: Entry['rates']): number {
  switch (order) {
    case 'download':
      return download ?? host.traffic(weir_direction.DOWNLOAD).bytes;
    case 'upload':
      return upload ?? host.traffic(weir_direction.UPLOAD).bytes;
    case 'bytes':
      return host.traffic(weir_direction.DOWNLOAD).bytes + host.traffic(weir_direction.UPLOAD).bytes;
    case 'rtt':
      return host.roundTrips(weir_side.SIDE_INTERNET).p50Us;
    case 'address':
      return 0;
  }
}

function reportOf(
  host: HostReading,
  [download, upload]: Entry['rates'],
  nowMs: number,
  nameOf: (address: Uint8Array) => string | undefined,
): HostReport {
  const { address } = host;
  const { classDownload, classUpload } = decodeSteering(host.found);
  const roundTrips = (side: weir_side): RoundTrips | null => {
    const trips = host.roundTrips(side);
    return trips.total === 0 ? null : trips;
  };
  return {
    address: formatAddress(address),
    name: nameOf(address) ?? null,
    class: formatClass(classDownload),
    uploadClass: formatClass(classUpload),
    download: { ...host.traffic(weir_direction.DOWNLOAD), rateBitPerS: download },
    upload: { ...host.traffic(weir_direction.UPLOAD), rateBitPerS: upload },
    seenAgoMs: Math.max(0, Math.round(nowMs - host.lastSeenNs / 1e6)),
    rtt: { internet: roundTrips(weir_side.SIDE_INTERNET), local: roundTrips(weir_side.SIDE_LOCAL) },
  };
}
