/**
 * PIE, tc-pie(8), RFC 8033. Wire types from `pie_policy` in net/sched/sch_pie.c, initial values from `pie_params_init` in
 * include/net/pie.h. The rows of its parameters are fq_pie's too.
 */
import { formatDuration } from '../../lib/units.ts';
import { boolean, duration, integer } from '../../schema/field.ts';
import { TCA_PIE } from '../../uapi/tc.ts';
import { bool32, u32 } from '../../wire/nla.ts';
import { keptInJiffies } from '../jiffies.ts';
import { defineQdisc, type OptionValues, once, option } from '../kind.ts';
import { structDecoder } from '../struct_numbers.ts';
import { TICK_NS } from '../ticks.ts';
import { dropsBeyond, limitPacketsOption } from './queue_limit.ts';

/** A dump has the target in a u32 of ns on its way (`pie_dump`). */
const LARGEST_TARGET_US = 4e6;
const LARGEST_UPDATE_US = 1e9;
/** ALPHA_MAX and BETA_MAX of tc. */
const LARGEST_WEIGHT = 32;
const NS_PER_US = 1000;

/** What a dump shows of the times among {@link pieRows}: the target in whole ticks, the update in whole jiffies. */
export function keptPieTimes(sent: OptionValues, found: OptionValues): OptionValues {
  const { targetUs, updateIntervalUs } = sent;
  return {
    ...sent,
    ...(typeof targetUs === 'number' ? { targetUs: inWholeTicks(targetUs) } : {}),
    ...(typeof updateIntervalUs === 'number'
      ? { updateIntervalUs: keptInJiffies(updateIntervalUs, found.updateIntervalUs) }
      : {}),
  };
}

function inWholeTicks(us: number): number {
  return Math.floor((Math.floor((us * NS_PER_US) / TICK_NS) * TICK_NS) / NS_PER_US);
}

/** The parameters of PIE, by the attributes of one kind. */
export function pieRows(attributes: {
  readonly TARGET: number;
  readonly TUPDATE: number;
  readonly ALPHA: number;
  readonly BETA: number;
  readonly ECN: number;
  readonly BYTEMODE: number;
  readonly DQ_RATE_ESTIMATOR: number;
}) {
  return {
    targetUs: option(attributes.TARGET, u32, {
      initial: 15_000,
      apply: 'change',
      words: (us) => ['target', formatDuration(us)],
      uci: {
        name: 'target',
        field: duration(1, LARGEST_TARGET_US),
        label: 'Target delay',
        help: 'Delay in the queue that PIE keeps.',
        example: '15ms',
      },
    }),
    // Without it 15 ms in whole jiffies.
    updateIntervalUs: option<number>(attributes.TUPDATE, u32, {
      apply: 'change',
      words: (us) => ['tupdate', formatDuration(us)],
      uci: {
        name: 'tupdate',
        field: duration(1, LARGEST_UPDATE_US),
        label: 'Update interval',
        help: 'How often the probability of a drop is worked out.',
        otherwise: '15ms',
        example: '15ms',
      },
    }),
    alpha: option(attributes.ALPHA, u32, {
      initial: 2,
      apply: 'change',
      words: (weight) => ['alpha', String(weight)],
      uci: {
        name: 'alpha',
        field: integer(0, LARGEST_WEIGHT),
        label: 'Weight of the delay',
        help: 'How much the distance from the target counts, in sixteenths.',
        example: '2',
      },
    }),
    beta: option(attributes.BETA, u32, {
      initial: 20,
      apply: 'change',
      words: (weight) => ['beta', String(weight)],
      uci: {
        name: 'beta',
        field: integer(0, LARGEST_WEIGHT),
        label: 'Weight of the change',
        help: 'How much the change of the delay counts, in sixteenths.',
        example: '20',
      },
    }),
    ecn: option(attributes.ECN, bool32, {
      initial: false,
      apply: 'change',
      words: (on) => [on ? 'ecn' : 'noecn'],
      uci: {
        name: 'ecn',
        field: boolean(),
        label: 'Mark with ECN',
        help: 'Mark packets of flows that know ECN instead of dropping them, while few are dropped.',
        example: '1',
      },
    }),
    byteMode: option(attributes.BYTEMODE, bool32, {
      initial: false,
      apply: 'change',
      words: (on) => [on ? 'bytemode' : 'nobytemode'],
      uci: {
        name: 'bytemode',
        field: boolean(),
        label: 'Drop by size',
        help: 'Drop small packets less often than large ones.',
        example: '1',
      },
    }),
    dequeueRateEstimator: option(attributes.DQ_RATE_ESTIMATOR, bool32, {
      initial: false,
      apply: 'change',
      words: (on) => [on ? 'dq_rate_estimator' : 'no_dq_rate_estimator'],
      uci: {
        name: 'dq_rate_estimator',
        field: boolean(),
        label: 'Estimate the delay',
        help: 'Work out the delay from the rate of departures instead of measuring it.',
        example: '1',
      },
    }),
  };
}

/** `probability` is in parts of 2^64. */
const decodeStats = structDecoder({
  probability: 'u64',
  delayUs: 'u32',
  averageDequeueRateBytePerS: 'u32',
  dequeueRateEstimating: 'u32',
  inPackets: 'u32',
  droppedPackets: 'u32',
  overlimitDroppedPackets: 'u32',
  mostQueuedPackets: 'u32',
  ecnMarkedPackets: 'u32',
});

export const pie = once(() =>
  defineQdisc({
    kind: 'pie',
    options: { limitPackets: limitPacketsOption(TCA_PIE.LIMIT, 1000), ...pieRows(TCA_PIE) },
    expected: keptPieTimes,
    flushes: dropsBeyond('limitPackets'),
    decodeStats,
  }),
);
