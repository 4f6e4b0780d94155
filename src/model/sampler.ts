/** From one dump of all qdiscs to a reading of each shaped direction. */
import { isOurs, majorOf } from '../tc/handle.ts';
import { TC_H } from '../uapi/tc.ts';
import type { TcView } from '../wire/tcview.ts';
import { DIRECTIONS, type DirectionName } from './config.ts';
import { directionStats, type ShaperStats } from './stats.ts';
import { DirectionSeries } from './stats_series.ts';
import type { ShaperStatus } from './status.ts';

/** Where a shaper sits; a direction that is not shaped is left out. */
export interface ShaperPlace {
  readonly name: string;
  readonly device: string;
  readonly directions: Readonly<Partial<Record<DirectionName, { readonly device: string; readonly ifindex: number }>>>;
}

/** The places of those shapers of which something is in force. */
export function placesOf(
  statuses: readonly ShaperStatus[],
  ifindexOf: (device: string) => number | undefined,
): ShaperPlace[] {
  return statuses.flatMap((status): ShaperPlace[] => {
    if (status.device === null) return [];
    const directions: Record<string, { device: string; ifindex: number }> = {};
    for (const direction of DIRECTIONS) {
      const device = status[direction]?.qdiscDevice;
      const ifindex = device === undefined ? undefined : ifindexOf(device);
      if (device !== undefined && ifindex !== undefined) directions[direction] = { device, ifindex };
    }
    return Object.keys(directions).length === 0 ? [] : [{ name: status.name, device: status.device, directions }];
  });
}

export interface ShaperSeries {
  readonly name: string;
  readonly device: string;
  readonly download: DirectionSeries | undefined;
  readonly upload: DirectionSeries | undefined;
}

/**
 * Feed it a dump: `begin` when the dump starts (and again should it start anew), `visit` for each qdisc, `end` after the last.
 * Qdiscs of devices that are not in `places`, and roots that are not weir's, are passed over.
 */
export class Sampler {
  private readonly littleEndian: boolean;
  private list: ShaperSeries[] = [];
  private byIfindex = new Map<number, DirectionSeries>();
  /** The numbers that were used up by what is not read any more, by shaper and direction: a device may come back. */
  private readonly lastSeries = new Map<string, number>();
  /** The major of the cake_mq whose CAKEs are awaited, by device. */
  private readonly awaited = new Map<number, number>();

  constructor(littleEndian: boolean) {
    this.littleEndian = littleEndian;
  }

  get shapers(): readonly ShaperSeries[] {
    return this.list;
  }

  /** Whether the last dump had nothing for a place that had something before: its device may be another one by now. */
  get misses(): boolean {
    return [...this.byIfindex.values()].some(({ reading, series }) => series > 0 && reading.queues === 0);
  }

  /** From now on reads these. What was known of a shaper's direction goes on where its device has the same name. */
  setPlaces(places: readonly ShaperPlace[]): void {
    const known = this.list;
    for (const shaper of known) {
      for (const direction of DIRECTIONS) {
        const { series } = shaper[direction] ?? {};
        if (series !== undefined) this.lastSeries.set(`${shaper.name} ${direction}`, series);
      }
    }
    const byIfindex = new Map<number, DirectionSeries>();
    this.list = places.map(({ name, device, directions }) => {
      const before = known.find((shaper) => shaper.name === name);
      const seriesOf = (direction: DirectionName): DirectionSeries | undefined => {
        const place = directions[direction];
        if (place === undefined) return undefined;
        const old = before?.[direction];
        const last = this.lastSeries.get(`${name} ${direction}`);
        const series = old?.device === place.device ? old : new DirectionSeries(place.device, this.littleEndian, last);
        byIfindex.set(place.ifindex, series);
        return series;
      };
      return { name, device, download: seriesOf('download'), upload: seriesOf('upload') };
    });
    this.byIfindex = byIfindex;
  }

  begin(): void {
    this.awaited.clear();
    for (const series of this.byIfindex.values()) series.begin();
  }

  /** @throws ShortReadError */
  visit(view: TcView): void {
    const series = this.byIfindex.get(view.ifindex);
    if (series === undefined) return;
    const { parent, handle, kind } = view;
    if (parent === TC_H.ROOT) {
      if (!isOurs(handle)) return;
      series.begin(view);
      if (kind === 'cake_mq') this.awaited.set(view.ifindex, majorOf(handle));
    } else if (kind === 'cake' && this.awaited.get(view.ifindex) === majorOf(parent)) {
      series.add(view);
    }
  }

  /** @param atMs monotonic time at which the dump began */
  end(atMs: number): void {
    for (const series of this.byIfindex.values()) series.end(atMs);
  }

  /** Of one shaper or of all, as of the last dump. */
  stats(name?: string): ShaperStats[] {
    const wanted = name === undefined ? this.list : this.list.filter((shaper) => shaper.name === name);
    return wanted.map(({ name, device, download, upload }) => ({
      name,
      device,
      download: download === undefined ? null : directionStats(download),
      upload: upload === undefined ? null : directionStats(upload),
    }));
  }
}
