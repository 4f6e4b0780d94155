/** What a page shows of a shaper each second: the part of its statistics that it needs, in few bytes. */
import type { DirectionStats, ShaperStats, TinStats } from './stats.ts';

/** The tins as lists, one entry a tin: each name goes over the wire once. */
export type TinColumns = {
  readonly [Name in
    | 'name'
    | 'active'
    | 'rateBitPerS'
    | 'droppedPackets'
    | 'ecnMarkedPackets'
    | 'backlogBytes'
    | 'peakDelayUs'
    | 'averageDelayUs'
    | 'sparseFlows'
    | 'bulkFlows']: readonly TinStats[Name][];
};

export interface BriefDirection
  extends Pick<
    DirectionStats,
    | 'series'
    | 'atMs'
    | 'sentBytes'
    | 'rateBitPerS'
    | 'droppedPackets'
    | 'ecnMarkedPackets'
    | 'backlogBytes'
    | 'peakDelayUs'
    | 'averageDelayUs'
  > {
  readonly tins: TinColumns;
}

/** A shaper's name, and its directions as {@link ShaperStats} has them. */
export interface BriefStats {
  readonly name: string;
  readonly download: BriefDirection | null;
  readonly upload: BriefDirection | null;
}

export function briefStats({ name, download, upload }: ShaperStats): BriefStats {
  return { name, download: briefDirection(download), upload: briefDirection(upload) };
}

function briefDirection(stats: DirectionStats | null): BriefDirection | null {
  if (stats === null) return null;
  const column = <Name extends keyof TinStats>(name: Name): TinStats[Name][] => stats.tins.map((tin) => tin[name]);
  return {
    series: stats.series,
    atMs: stats.atMs,
    sentBytes: stats.sentBytes,
    rateBitPerS: stats.rateBitPerS,
    droppedPackets: stats.droppedPackets,
    ecnMarkedPackets: stats.ecnMarkedPackets,
    backlogBytes: stats.backlogBytes,
    peakDelayUs: stats.peakDelayUs,
    averageDelayUs: stats.averageDelayUs,
    tins: {
      name: column('name'),
      active: column('active'),
      rateBitPerS: column('rateBitPerS'),
      droppedPackets: column('droppedPackets'),
      ecnMarkedPackets: column('ecnMarkedPackets'),
      backlogBytes: column('backlogBytes'),
      peakDelayUs: column('peakDelayUs'),
      averageDelayUs: column('averageDelayUs'),
      sparseFlows: column('sparseFlows'),
      bulkFlows: column('bulkFlows'),
    },
  };
}
