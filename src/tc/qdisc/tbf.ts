/**
 * Token bucket filter, tc-tbf(8): one rate, and a peak rate if wanted. Structs from <linux/pkt_sched.h>, what the kernel takes and tells
 * from net/sched/sch_tbf.c.
 */
import { bitPerSFromBytePerS, formatDuration, formatSize, secondsFromUs } from '../../lib/units.ts';
import { duration, size } from '../../schema/field.ts';
import { TCA_TBF } from '../../uapi/tc.ts';
import { beginAttribute, eachAttribute, endAttribute, putAttribute, u32, u64 } from '../../wire/nla.ts';
import { defineQdisc, field, type OptionCodec, type OptionValue, type OptionValues, once } from '../kind.ts';
import {
  burstRow,
  isRate64,
  LARGEST_SIZE_BYTES,
  linkLayerRows,
  putRatespec,
  RATESPEC_BYTES,
  rateBytePerSOf,
  rateField,
  rateRow,
  rateWords,
  sizeWords,
  takeRateOfRatespec,
  takeRatespec,
} from '../ratespec.ts';
import { LARGEST_TICKS, type LinkRate, packetOfTicks, ticksFromBytes, ticksOfPacket } from '../ticks.ts';

const LARGEST_LATENCY_US = 60e6;

const rows = () =>
  ({
    rateBitPerS: rateRow({
      name: 'rate',
      label: 'Rate',
      help: 'What goes out in the long run.',
      example: '20mbit',
    }),
    burstBytes: burstRow({
      name: 'burst',
      label: 'Burst',
      help: 'Bytes that may go out at once; no larger packet ever goes out.',
      example: '15kb',
    }),
    limitBytes: field<number>({
      apply: 'change',
      words: (bytes) => ['limit', formatSize(bytes)],
      uci: {
        name: 'limit',
        field: size(1, LARGEST_SIZE_BYTES),
        label: 'Limit',
        help: 'Most bytes that wait.',
        otherwise: 'as latency says',
        example: '100kb',
      },
    }),
    // No field of the struct: the limit is worked out from it.
    latencyUs: field<number>({
      apply: 'change',
      words: (us) => ['latency', formatDuration(us)],
      uci: {
        name: 'latency',
        field: duration(1, LARGEST_LATENCY_US),
        label: 'Latency',
        help: 'The longest that a packet may wait, in place of a limit.',
        example: '50ms',
      },
    }),
    peakRateBitPerS: field<number>({
      initial: 0,
      apply: 'change',
      words: rateWords('peakrate'),
      uci: {
        name: 'peakrate',
        field: rateField('is none'),
        label: 'Peak rate',
        help: 'The rate of a burst.',
        example: '40mbit',
      },
    }),
    mtuBytes: field<number>({
      initial: 0,
      apply: 'change',
      words: sizeWords('mtu'),
      uci: {
        name: 'mtu',
        field: size(1, LARGEST_SIZE_BYTES, 'is none'),
        label: 'Burst at the peak rate',
        help: 'Bytes that may go out at once above the peak rate; the MTU or more.',
        example: '1540',
      },
    }),
    ...linkLayerRows,
  }) as const;

interface Sent {
  readonly rate: LinkRate;
  readonly peak: LinkRate;
  readonly burst: number;
  readonly limit: number;
  readonly mtu: number;
}

function sentOf(options: OptionValues): Sent {
  const link = {
    overheadBytes: Number(options.overheadBytes),
    mpuBytes: Number(options.mpuBytes),
    linkLayer: String(options.linkLayer),
  };
  const rate = { ...link, rateBytePerS: rateBytePerSOf(options.rateBitPerS) };
  const peak = { ...link, rateBytePerS: rateBytePerSOf(options.peakRateBitPerS) };
  const burst = Number(options.burstBytes ?? 0);
  const mtu = Number(options.mtuBytes);
  const limit = Number(options.limitBytes ?? limitOf(Number(options.latencyUs ?? 0), rate, peak, burst, mtu));
  return { rate, peak, burst, limit, mtu };
}

/** As tc does it (tc/q_tbf.c): what goes out within the latency, beside the burst. */
function limitOf(latencyUs: number, rate: LinkRate, peak: LinkRate, burst: number, mtu: number): number {
  const atRate = rate.rateBytePerS * secondsFromUs(latencyUs) + burst;
  const atPeak = peak.rateBytePerS * secondsFromUs(latencyUs) + mtu;
  const limit = peak.rateBytePerS > 0 ? Math.min(atRate, atPeak) : atRate;
  return Math.min(Math.floor(limit), 0xffffffff);
}

/** struct tc_tbf_qopt: rate and peak rate (struct tc_ratespec), limit, buffer, mtu (ticks). */
const codec: OptionCodec = {
  encode(w, options) {
    const { rate, peak, burst, limit, mtu } = sentOf(options);
    const hasPeak = peak.rateBytePerS > 0;
    const at = beginAttribute(w, TCA_TBF.PARMS);
    putRatespec(w, rate.rateBytePerS, options);
    if (hasPeak) putRatespec(w, peak.rateBytePerS, options);
    else w.zeros(RATESPEC_BYTES);
    w.u32(limit);
    w.u32(ticksFromBytes(burst, rate.rateBytePerS));
    w.u32(hasPeak ? ticksFromBytes(mtu, peak.rateBytePerS) : 0);
    endAttribute(w, at);
    // The sizes themselves are what the kernel goes by.
    putAttribute(w, TCA_TBF.BURST, u32, burst);
    if (isRate64(rate.rateBytePerS)) putAttribute(w, TCA_TBF.RATE64, u64, rate.rateBytePerS);
    if (!hasPeak) return;
    if (isRate64(peak.rateBytePerS)) putAttribute(w, TCA_TBF.PRATE64, u64, peak.rateBytePerS);
    putAttribute(w, TCA_TBF.PBURST, u32, mtu);
  },
  /** All attributes at once, since sizes are in ticks of a rate that another attribute may hold. */
  decodeStruct(r, values) {
    let [rate, peak, burstTicks, mtuTicks] = [0, 0, 0, 0];
    let burst: number | undefined;
    let mtu: number | undefined;
    eachAttribute(r, (type, payload) => {
      switch (type) {
        case TCA_TBF.PARMS: {
          const rateSpec = takeRatespec(payload);
          rate = Math.max(rate, rateSpec.rateBytePerS);
          peak = Math.max(peak, takeRateOfRatespec(payload));
          values.limitBytes = payload.u32();
          burstTicks = payload.u32();
          mtuTicks = payload.u32();
          values.overheadBytes = rateSpec.overheadBytes;
          values.mpuBytes = rateSpec.mpuBytes;
          values.linkLayer = rateSpec.linkLayer;
          break;
        }
        case TCA_TBF.RATE64:
          rate = u64.decode(payload);
          break;
        case TCA_TBF.PRATE64:
          peak = u64.decode(payload);
          break;
        case TCA_TBF.BURST:
          burst = payload.u32();
          break;
        case TCA_TBF.PBURST:
          mtu = payload.u32();
          break;
      }
    });
    values.rateBitPerS = bitPerSFromBytePerS(rate);
    values.peakRateBitPerS = bitPerSFromBytePerS(peak);
    const link = sentOf(values);
    values.burstBytes = burst ?? packetOfTicks(burstTicks, link.rate);
    values.mtuBytes = peak === 0 ? 0 : (mtu ?? packetOfTicks(mtuTicks, link.peak));
  },
};

/** Sizes come back in whole ticks, and a latency as the limit that it makes. */
function readBack(sent: OptionValues): OptionValues {
  const { rate, peak, burst, limit, mtu } = sentOf(sent);
  const { latencyUs: _worked, ...rest } = sent;
  const kept: Record<string, OptionValue> = {
    ...rest,
    rateBitPerS: bitPerSFromBytePerS(rate.rateBytePerS),
    peakRateBitPerS: bitPerSFromBytePerS(peak.rateBytePerS),
    burstBytes: packetOfTicks(ticksOfPacket(burst, rate), rate),
    limitBytes: limit,
    mtuBytes: peak.rateBytePerS === 0 ? 0 : packetOfTicks(ticksOfPacket(mtu, peak), peak),
  };
  return kept;
}

function check(options: OptionValues): string[] {
  const { rate, peak, burst, mtu } = sentOf(options);
  const wrong: string[] = [];
  if (rate.rateBytePerS === 0) wrong.push('the rate is missing');
  if (burst === 0) wrong.push('the burst is missing');
  const bounds = [options.limitBytes, options.latencyUs].filter((bound) => bound !== undefined).length;
  if (bounds === 0) wrong.push('one of limit and latency must be given');
  if (bounds === 2) wrong.push('limit and latency exclude each other');
  if (rate.rateBytePerS > 0 && ticksFromBytes(burst, rate.rateBytePerS) === LARGEST_TICKS) {
    wrong.push('the burst takes more than 274 s at the rate');
  }
  if (peak.rateBytePerS > 0 && peak.rateBytePerS <= rate.rateBytePerS)
    wrong.push('the peak rate is not above the rate');
  if (peak.rateBytePerS > 0 && mtu === 0) wrong.push('a peak rate needs an mtu');
  return wrong;
}

export const tbf = once(() =>
  defineQdisc({
    kind: 'tbf',
    options: rows(),
    codec,
    expected: readBack,
    check,
    bands: () => 1,
  }),
);
