/**
 * Classes of HTB, tc-htb(8). struct tc_htb_opt and struct tc_htb_xstats from <linux/pkt_sched.h>, `htb_change_class` and
 * `htb_dump_class` in net/sched/sch_htb.c.
 */
import type { Reader } from '../../lib/bytes.ts';
import { bitPerSFromBytePerS } from '../../lib/units.ts';
import { integer, size } from '../../schema/field.ts';
import { TCA_HTB } from '../../uapi/tc.ts';
import { beginAttribute, eachAttribute, endAttribute, putAttribute, u64 } from '../../wire/nla.ts';
import {
  defineOptions,
  field,
  type OptionCodec,
  type OptionSet,
  type OptionValue,
  type OptionValues,
} from '../kind.ts';
import {
  burstRow,
  isRate64,
  LARGEST_SIZE_BYTES,
  linkLayerRows,
  putRatespec,
  rateBytePerSOf,
  rateRow,
  takeRateOfRatespec,
  takeRatespec,
} from '../ratespec.ts';
import { burstInWholeTicks, bytesFromTicks, LARGEST_TICKS, TICK_NS, ticksFromBytes } from '../ticks.ts';

/** TC_HTB_NUMPRIO */
const PRIORITIES = 8;
/** What tc takes for the largest packet where it works out a burst (tc/q_htb.c). */
const DEFAULT_BURST_BYTES = 1600;

const classRows = () =>
  ({
    rateBitPerS: rateRow({
      name: 'rate',
      label: 'Rate',
      help: 'What the class has in any case.',
      example: '10mbit',
    }),
    ceilBitPerS: rateRow({
      name: 'ceil',
      label: 'Ceiling',
      help: 'The most that the class may reach by borrowing from its parent.',
      otherwise: 'the rate',
      example: '20mbit',
    }),
    burstBytes: burstRow({
      name: 'burst',
      label: 'Burst',
      help: 'Bytes that may go out at once above the rate.',
      otherwise: 'worked out from the rate',
      example: '15kb',
    }),
    ceilBurstBytes: burstRow({
      name: 'cburst',
      label: 'Burst at the ceiling',
      help: 'Bytes that may go out at once above the ceiling.',
      otherwise: 'worked out from the ceiling',
      example: '15kb',
    }),
    quantumBytes: field<number>({
      apply: 'change',
      words: (bytes) => (bytes === 0 ? [] : ['quantum', String(bytes)]),
      uci: {
        name: 'quantum',
        field: size(1, LARGEST_SIZE_BYTES),
        label: 'Quantum',
        help: 'Bytes that a leaf sends in its turn while classes of one priority borrow.',
        otherwise: 'worked out from the rate',
        example: '3028',
      },
    }),
    priority: field<number>({
      initial: 0,
      apply: 'change',
      words: (priority) => ['prio', String(priority)],
      uci: {
        name: 'prio',
        field: integer(0, PRIORITIES - 1),
        label: 'Priority',
        help: 'Leaves with a lower number borrow first, and are served first.',
        example: '1',
      },
    }),
    ...linkLayerRows,
  }) as const;

/** Rates in byte/s and bursts of a class as they are sent, with what tc sends for what is not given. */
function sentOf(options: OptionValues): { rate: number; ceil: number; burst: number; ceilBurst: number } {
  const rate = rateBytePerSOf(options.rateBitPerS);
  const ceil = rateBytePerSOf(options.ceilBitPerS ?? options.rateBitPerS);
  return {
    rate,
    ceil,
    burst: Number(options.burstBytes ?? DEFAULT_BURST_BYTES),
    ceilBurst: Number(options.ceilBurstBytes ?? DEFAULT_BURST_BYTES),
  };
}

/** struct tc_htb_opt: rate and ceil (struct tc_ratespec), buffer, cbuffer (ticks), quantum, level, prio. */
const classCodec: OptionCodec = {
  encode(w, options) {
    const { rate, ceil, burst, ceilBurst } = sentOf(options);
    if (isRate64(rate)) putAttribute(w, TCA_HTB.RATE64, u64, rate);
    if (isRate64(ceil)) putAttribute(w, TCA_HTB.CEIL64, u64, ceil);
    const at = beginAttribute(w, TCA_HTB.PARMS);
    putRatespec(w, rate, options);
    putRatespec(w, ceil, options);
    w.u32(ticksFromBytes(burst, rate));
    w.u32(ticksFromBytes(ceilBurst, ceil));
    w.u32(Number(options.quantumBytes ?? 0));
    w.u32(0);
    w.u32(Number(options.priority));
    endAttribute(w, at);
  },
  /** All attributes at once, since a burst is in ticks of a rate that another attribute may hold. */
  decodeStruct(r, values) {
    let [rate, ceil, burstTicks, ceilBurstTicks] = [0, 0, 0, 0];
    eachAttribute(r, (type, payload) => {
      if (type === TCA_HTB.RATE64) rate = u64.decode(payload);
      else if (type === TCA_HTB.CEIL64) ceil = u64.decode(payload);
      if (type !== TCA_HTB.PARMS) return;
      const rateSpec = takeRatespec(payload);
      rate = Math.max(rate, rateSpec.rateBytePerS);
      ceil = Math.max(ceil, takeRateOfRatespec(payload));
      burstTicks = payload.u32();
      ceilBurstTicks = payload.u32();
      const quantum = payload.u32();
      // 0 lets the kernel choose.
      if (quantum > 0) values.quantumBytes = quantum;
      // No option: 0 for a leaf, and more for a class that has classes below it.
      values.level = payload.u32();
      values.priority = payload.u32();
      values.overheadBytes = rateSpec.overheadBytes;
      values.mpuBytes = rateSpec.mpuBytes;
      values.linkLayer = rateSpec.linkLayer;
    });
    values.rateBitPerS = bitPerSFromBytePerS(rate);
    values.ceilBitPerS = bitPerSFromBytePerS(ceil);
    values.burstBytes = bytesFromTicks(burstTicks, rate);
    values.ceilBurstBytes = bytesFromTicks(ceilBurstTicks, ceil);
  },
};

/**
 * Rates come back in whole bytes per second and bursts in whole ticks. A class that has others below it keeps the quantum and the
 * priority of the time when it was a leaf, and takes no others (htb_change_class).
 */
function classReadBack(sent: OptionValues, found: OptionValues): OptionValues {
  const { rate, ceil, burst, ceilBurst } = sentOf(sent);
  const kept: Record<string, OptionValue> = {
    ...sent,
    rateBitPerS: bitPerSFromBytePerS(rate),
    ceilBitPerS: bitPerSFromBytePerS(ceil),
    burstBytes: burstInWholeTicks(burst, rate),
    ceilBurstBytes: burstInWholeTicks(ceilBurst, ceil),
  };
  if (Number(found.level ?? 0) === 0) return kept;
  for (const name of ['quantumBytes', 'priority']) {
    const value = found[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

function checkClass(options: OptionValues): string[] {
  const { rate, ceil, burst, ceilBurst } = sentOf(options);
  const wrong: string[] = [];
  if (rate > ceil) wrong.push('the ceiling is below the rate');
  if (ticksFromBytes(burst, rate) === LARGEST_TICKS) wrong.push('the burst takes more than 274 s at the rate');
  if (ticksFromBytes(ceilBurst, ceil) === LARGEST_TICKS) wrong.push('the burst at the ceiling takes more than 274 s');
  return wrong;
}

/** Of a class: struct tc_htb_xstats. */
export interface HtbClassStats {
  /** Packets that went out within the rate, of the class itself or of one below it. */
  readonly lentPackets: number;
  /** Packets that went out on what the parent lent. */
  readonly borrowedPackets: number;
  /** What the class may send at once now, as the time that it takes at the rate; below 0 it waits. */
  readonly tokensNs: number;
  /** The same at the ceiling. */
  readonly ceilTokensNs: number;
}

function decodeClassStats(r: Reader): HtbClassStats {
  const lentPackets = r.u32();
  const borrowedPackets = r.u32();
  // Giants, which no kernel counts any more.
  r.u32();
  return { lentPackets, borrowedPackets, tokensNs: r.s32() * TICK_NS, ceilTokensNs: r.s32() * TICK_NS };
}

export function htbClasses(): OptionSet {
  return defineOptions<OptionSet>({
    kind: 'htb',
    options: classRows(),
    codec: classCodec,
    expected: classReadBack,
    check: checkClass,
    decodeStats: decodeClassStats,
  });
}
