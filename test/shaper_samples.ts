/** Statuses and statistics of shapers, made up for tests. */
import type { DirectionStats, ShaperStats, TinStats } from '../src/model/stats.ts';
import type { DirectionStatus, ShaperStatus } from '../src/model/status.ts';
import { cakeTinName } from '../src/tc/qdisc/cake_stats.ts';

export function directionStatus(more: Partial<DirectionStatus> = {}): DirectionStatus {
  return {
    wantedRateBitPerS: 20_000_000,
    rateBitPerS: 20_000_000,
    kind: 'cake',
    kindReason: null,
    link: [],
    qdiscDevice: 'eth1',
    inForce: true,
    reason: null,
    ...more,
  };
}

export function shaperStatus(more: Partial<ShaperStatus> = {}): ShaperStatus {
  return {
    name: 'wan',
    device: 'eth1',
    state: 'shaping',
    reason: null,
    download: directionStatus({ qdiscDevice: 'ifb-eth1' }),
    upload: directionStatus(),
    offloads: [],
    fixedFeatures: [],
    ...more,
  };
}

export function tinStats(more: Partial<TinStats> = {}): TinStats {
  return {
    name: 'Best Effort',
    active: true,
    sentBytes: 1_234_567,
    sentPackets: 1234,
    rateBitPerS: 8_000_000,
    droppedPackets: 12,
    ecnMarkedPackets: 3,
    acksDroppedPackets: 1,
    wayIndirectHits: 4,
    wayMisses: 50,
    wayCollisions: 2,
    thresholdRateBitPerS: 20_000_000,
    backlogBytes: 3028,
    peakDelayUs: 12_345,
    averageDelayUs: 1230,
    baseDelayUs: 20,
    sparseFlows: 3,
    bulkFlows: 1,
    unresponsiveFlows: 0,
    ...more,
  };
}

/** With four tins, of which only Best Effort is active. */
export function directionStats(more: Partial<DirectionStats> = {}): DirectionStats {
  const idle = {
    active: false,
    rateBitPerS: 0,
    sentBytes: 0,
    sentPackets: 0,
    backlogBytes: 0,
    peakDelayUs: 0,
    droppedPackets: 0,
  };
  const { name: _name, active: _active, ...counters } = tinStats();
  return {
    ...counters,
    device: 'eth1',
    kind: 'cake',
    queues: 1,
    diffserv: 'diffserv4',
    series: 1,
    atMs: 60_000,
    watchedMs: 60_000,
    rateIntervalMs: 1000,
    backlogPackets: 2,
    memoryUsedBytes: 100_000,
    memoryLimitBytes: 4_194_304,
    capacityEstimateBitPerS: 0,
    tins: [0, 1, 2, 3].map((tin) => tinStats({ name: cakeTinName('diffserv4', tin), ...(tin === 1 ? {} : idle) })),
    ...more,
  };
}

export function shaperStats(more: Partial<ShaperStats> = {}): ShaperStats {
  return {
    name: 'wan',
    device: 'eth1',
    download: directionStats({ device: 'ifb-eth1' }),
    upload: directionStats(),
    ...more,
  };
}
