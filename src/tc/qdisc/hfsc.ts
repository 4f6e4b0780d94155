/**
 * Hierarchical fair service curve, tc-hfsc(7) and (8): up to three curves a class, each with a slope for a time and a slope after it.
 * Structs from <linux/pkt_sched.h>, what the kernel takes and tells from net/sched/sch_hfsc.c.
 *
 * It keeps curves in ticks, rounded so that a dump tells the bytes per second and µs that were sent (m2sm and sm2m, d2dx and dx2d).
 */
import { bitPerSFromBytePerS, formatDuration, formatRate } from '../../lib/units.ts';
import { duration, rate } from '../../schema/field.ts';
import { minor } from '../../schema/kind_fields.ts';
import { TCA_HFSC } from '../../uapi/tc.ts';
import { beginAttribute, endAttribute } from '../../wire/nla.ts';
import {
  defineOptions,
  defineQdisc,
  field,
  type KernelOption,
  type OptionCodec,
  type OptionSet,
  type OptionValue,
  type OptionValues,
  once,
} from '../kind.ts';
import { keptRateBitPerS, rateBytePerSOf } from '../ratespec.ts';
import { structDecoder } from '../struct_numbers.ts';

/** What fits into the u32 of struct tc_service_curve. */
const LARGEST_RATE_BIT_PER_S = bitPerSFromBytePerS(0xffffffff);
const SMALLEST_RATE_BIT_PER_S = 8;
const LARGEST_DURATION_US = 0xffffffff;

const qdiscRows = () =>
  ({
    defaultMinor: field<number>({
      initial: 0,
      apply: 'change',
      words: (value) => ['default', `0x${value.toString(16)}`],
      uci: {
        name: 'default',
        field: minor(),
        label: 'Default class',
        help: 'The class, by its minor, of packets that no filter sorts; without one they are dropped.',
        example: '20',
      },
    }),
  }) as const;

/** struct tc_hfsc_qopt */
const qdiscCodec: OptionCodec = {
  encode: (w, options) => w.u16(Number(options.defaultMinor)),
  decodeStruct(r, values) {
    values.defaultMinor = r.u16();
  },
};

function slope(word: string, part: 'm1' | 'm2', label: string, help: string): KernelOption<number> {
  return field<number>({
    initial: 0,
    apply: 'change',
    words: (rateBitPerS) => [word, part, formatRate(rateBitPerS)],
    uci: {
      name: `${word}_${part}`,
      field: rate(SMALLEST_RATE_BIT_PER_S, LARGEST_RATE_BIT_PER_S, 'is none'),
      label,
      help,
      example: '10mbit',
    },
  });
}

function time(word: string, label: string): KernelOption<number> {
  return field<number>({
    initial: 0,
    apply: 'change',
    words: (us) => [word, 'd', formatDuration(us)],
    uci: {
      name: `${word}_d`,
      field: duration(0, LARGEST_DURATION_US),
      label,
      help: `How long ${word}_m1 holds after the class has become busy.`,
      example: '10ms',
    },
  });
}

const classRows = () =>
  ({
    realTimeM1BitPerS: slope('rt', 'm1', 'Real-time rate, first', 'What a leaf is guaranteed at first.'),
    realTimeDUs: time('rt', 'Real-time, how long'),
    realTimeM2BitPerS: slope('rt', 'm2', 'Real-time rate', 'What a leaf is guaranteed in the long run.'),
    linkShareM1BitPerS: slope('ls', 'm1', 'Share, first', 'The share at first of what is not guaranteed.'),
    linkShareDUs: time('ls', 'Share, how long'),
    linkShareM2BitPerS: slope('ls', 'm2', 'Share', 'The share in the long run, against those of its siblings.'),
    upperLimitM1BitPerS: slope('ul', 'm1', 'Upper limit, first', 'The most that sharing gives at first.'),
    upperLimitDUs: time('ul', 'Upper limit, how long'),
    upperLimitM2BitPerS: slope('ul', 'm2', 'Upper limit', 'The most that sharing gives in the long run.'),
  }) as const;

/** The curves with the names of their rows. */
const CURVES = [
  { word: 'rt', attribute: TCA_HFSC.RSC, m1: 'realTimeM1BitPerS', d: 'realTimeDUs', m2: 'realTimeM2BitPerS' },
  { word: 'ls', attribute: TCA_HFSC.FSC, m1: 'linkShareM1BitPerS', d: 'linkShareDUs', m2: 'linkShareM2BitPerS' },
  { word: 'ul', attribute: TCA_HFSC.USC, m1: 'upperLimitM1BitPerS', d: 'upperLimitDUs', m2: 'upperLimitM2BitPerS' },
] as const;

type Curve = (typeof CURVES)[number];

/** A curve without a slope is none, and the kernel passes it over. */
function isThere(curve: Curve, options: OptionValues): boolean {
  return rateBytePerSOf(options[curve.m1]) > 0 || rateBytePerSOf(options[curve.m2]) > 0;
}

/** struct tc_service_curve for each curve: m1, d, m2. */
const classCodec: OptionCodec = {
  encode(w, options) {
    for (const curve of CURVES) {
      if (!isThere(curve, options)) continue;
      const at = beginAttribute(w, curve.attribute);
      w.u32(rateBytePerSOf(options[curve.m1]));
      w.u32(Number(options[curve.d]));
      w.u32(rateBytePerSOf(options[curve.m2]));
      endAttribute(w, at);
    }
  },
  decodeAttribute(type, r, values) {
    const curve = CURVES.find(({ attribute }) => attribute === type);
    if (curve === undefined) return;
    values[curve.m1] = bitPerSFromBytePerS(r.u32());
    values[curve.d] = r.u32();
    values[curve.m2] = bitPerSFromBytePerS(r.u32());
  },
};

/** Rates are kept in whole bytes per second. */
function classReadBack(sent: OptionValues): OptionValues {
  const kept: Record<string, OptionValue> = { ...sent };
  for (const curve of CURVES) {
    for (const name of [curve.m1, curve.m2]) kept[name] = keptRateBitPerS(Number(sent[name]));
    if (!isThere(curve, sent)) kept[curve.d] = 0;
  }
  return kept;
}

function checkClass(options: OptionValues): string[] {
  const [realTime, linkShare, upperLimit] = CURVES.map((curve) => isThere(curve, options));
  const wrong: string[] = [];
  if (!realTime && !linkShare) wrong.push('a class needs a real-time (rt) or a link-share (ls) curve');
  if (upperLimit && !linkShare) wrong.push('an upper limit (ul) needs a link-share (ls) curve');
  return wrong;
}

function classWords(options: OptionValues): string[] {
  return CURVES.filter((curve) => isThere(curve, options)).flatMap(({ word, m1, d, m2 }) => [
    ...[word, 'm1', formatRate(Number(options[m1]))],
    ...['d', formatDuration(Number(options[d])), 'm2', formatRate(Number(options[m2]))],
  ]);
}

export const hfsc = once(() =>
  defineQdisc({
    kind: 'hfsc',
    options: qdiscRows(),
    codec: qdiscCodec,
    classes: defineOptions<OptionSet>({
      kind: 'hfsc',
      options: classRows(),
      codec: classCodec,
      expected: classReadBack,
      // A curve that is left out of a change stays (hfsc_change_class).
      rebuilds: (from, to) => CURVES.some((curve) => isThere(curve, from) && !isThere(curve, to)),
      check: checkClass,
      words: classWords,
      // struct tc_hfsc_stats: bytes in all and those under the real-time curve, how often it became busy, and 0 for a leaf.
      decodeStats: structDecoder({ workBytes: 'u64', realTimeWorkBytes: 'u64', periods: 'u32', level: 'u32' }),
    }),
  }),
);
