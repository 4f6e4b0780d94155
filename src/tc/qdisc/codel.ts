/**
 * CoDel, tc-codel(8). Wire types from `codel_policy` and initial values from `codel_init` in net/sched/sch_codel.c and
 * `codel_params_init` in include/net/codel_impl.h. The rows of its parameters are fq_codel's too.
 */
import { formatDuration } from '../../lib/units.ts';
import { boolean, duration } from '../../schema/field.ts';
import { TCA_CODEL } from '../../uapi/tc.ts';
import { bool32, u32 } from '../../wire/nla.ts';
import { defineQdisc, type KernelOption, type OptionValues, once, option } from '../kind.ts';
import { structDecoder } from '../struct_numbers.ts';
import { dropsBeyond, limitPacketsOption } from './queue_limit.ts';

const LARGEST_TIME_US = 1e9;
/** Times are kept in units of 1024 ns, CODEL_SHIFT in include/net/codel.h. */
const UNIT_NS = 1 << 10;
const NS_PER_US = 1000;

/**
 * The kernel has no attribute that turns the threshold off again, but a time: what it keeps as CODEL_DISABLED_THRESHOLD (INT_MAX units),
 * of which a dump tells nothing.
 */
export const CE_THRESHOLD_OFF_US = 2199023255;

/** What a dump tells of a time: whole units, and whole µs of those. */
function keptTimeUs(us: number): number {
  return Math.floor((Math.floor((us * NS_PER_US) / UNIT_NS) * UNIT_NS) / NS_PER_US);
}

/** What a dump shows of the times among {@link codelRows}. */
export function keptCodelTimes(options: OptionValues): OptionValues {
  const kept: Record<string, number> = {};
  for (const name of ['targetUs', 'intervalUs', 'ceThresholdUs']) {
    const us = options[name];
    if (typeof us === 'number' && us !== CE_THRESHOLD_OFF_US) kept[name] = keptTimeUs(us);
  }
  return { ...options, ...kept };
}

/** CoDel works only where the target is less than the interval. */
export function checkCodelTimes({ targetUs, intervalUs }: OptionValues): readonly string[] {
  return Number(targetUs) < Number(intervalUs) ? [] : ['target must be less than interval'];
}

/** TCA_*_CE_THRESHOLD; `offUs` is the time that stands for none. */
export function ceThresholdOption(attribute: number, offUs: number): KernelOption<number> {
  return option(attribute, u32, {
    initial: offUs,
    apply: 'change',
    words: (us) => (us === offUs ? [] : ['ce_threshold', formatDuration(us)]),
    uci: {
      name: 'ce_threshold',
      field: duration(0, LARGEST_TIME_US, { off: offUs }),
      label: 'Mark above a delay',
      help: 'Every packet that knows ECN is marked above this delay, as DCTCP wants it.',
      example: '1ms',
    },
  });
}

/** The parameters of CoDel, by the attributes of one kind. */
export function codelRows(
  attributes: {
    readonly TARGET: number;
    readonly INTERVAL: number;
    readonly CE_THRESHOLD: number;
    readonly ECN: number;
  },
  ecn: boolean,
) {
  return {
    targetUs: option(attributes.TARGET, u32, {
      initial: 5000,
      apply: 'change',
      words: (us) => ['target', formatDuration(us)],
      uci: {
        name: 'target',
        field: duration(1, LARGEST_TIME_US),
        label: 'Target delay',
        help: 'Delay in the queue that is fine for good.',
        example: '5ms',
      },
    }),
    intervalUs: option(attributes.INTERVAL, u32, {
      initial: 100_000,
      apply: 'change',
      words: (us) => ['interval', formatDuration(us)],
      uci: {
        name: 'interval',
        field: duration(1, LARGEST_TIME_US),
        label: 'Interval',
        help: 'How long the delay may be above the target; a typical round-trip time.',
        example: '100ms',
      },
    }),
    ecn: option(attributes.ECN, bool32, {
      initial: ecn,
      apply: 'change',
      words: (on) => [on ? 'ecn' : 'noecn'],
      uci: {
        name: 'ecn',
        field: boolean(),
        label: 'Mark with ECN',
        help: 'Mark packets of flows that know ECN instead of dropping them.',
        example: '1',
      },
    }),
    ceThresholdUs: ceThresholdOption(attributes.CE_THRESHOLD, CE_THRESHOLD_OFF_US),
  };
}

const decodeStats = structDecoder({
  largestPacketBytes: 'u32',
  count: 'u32',
  lastCount: 'u32',
  lastDelayUs: 'u32',
  dropNextUs: 's32',
  overlimitDroppedPackets: 'u32',
  ecnMarkedPackets: 'u32',
  dropping: 'u32',
  ceMarkedPackets: 'u32',
});

export const codel = once(() =>
  defineQdisc({
    kind: 'codel',
    options: { limitPackets: limitPacketsOption(TCA_CODEL.LIMIT, 1000), ...codelRows(TCA_CODEL, false) },
    expected: keptCodelTimes,
    check: checkCodelTimes,
    flushes: dropsBeyond('limitPackets'),
    decodeStats,
  }),
);
