/**
 * CAKE, tc-cake(8). Numbers from <linux/pkt_sched.h>, wire types from `cake_policy` in net/sched/sch_cake.c, initial values
 * from `cake_init` there.
 */
import { bitPerSFromBytePerS, bytePerSFromBitPerS, formatDuration, formatRate, formatSize } from '../../lib/units.ts';
import { boolean, choice, duration, integer, mask32, size } from '../../schema/field.ts';
import { CAKE_ACK, CAKE_ATM, CAKE_DIFFSERV, CAKE_FLOW, TCA_CAKE } from '../../uapi/tc.ts';
import { bool32, enum32, s32, u32, u64, type WireType } from '../../wire/nla.ts';
import { defineQdisc, type OptionValues, option, type ValuesOf } from '../kind.ts';
import { decodeCakeStats } from './cake_stats.ts';

/** Largest rate that we take: above it the kernel's nanoseconds per byte are all rounding. */
export const LARGEST_RATE_BIT_PER_S = 1e12;

/** Names of rtt presets (iproute2: tc/q_cake.c). Target is a twentieth of the interval, as for a bare `rtt`. */
const RTT_PRESETS_US = {
  datacentre: 100,
  lan: 1e3,
  metro: 10e3,
  regional: 30e3,
  internet: 100e3,
  oceanic: 300e3,
  satellite: 1e6,
  interplanetary: 1e9,
} as const;

export const DIFFSERV = {
  besteffort: CAKE_DIFFSERV.BESTEFFORT,
  precedence: CAKE_DIFFSERV.PRECEDENCE,
  diffserv3: CAKE_DIFFSERV.DIFFSERV3,
  diffserv4: CAKE_DIFFSERV.DIFFSERV4,
  diffserv8: CAKE_DIFFSERV.DIFFSERV8,
} as const;

/** Tins of each mode (sch_cake.c: cake_config_*). */
const TIN_COUNT: Readonly<Record<string, number>> = {
  besteffort: 1,
  precedence: 8,
  diffserv3: 3,
  diffserv4: 4,
  diffserv8: 8,
};

const ISOLATION = {
  flowblind: CAKE_FLOW.NONE,
  srchost: CAKE_FLOW.SRC_IP,
  dsthost: CAKE_FLOW.DST_IP,
  hosts: CAKE_FLOW.HOSTS,
  flows: CAKE_FLOW.FLOWS,
  'dual-srchost': CAKE_FLOW.DUAL_SRC,
  'dual-dsthost': CAKE_FLOW.DUAL_DST,
  'triple-isolate': CAKE_FLOW.TRIPLE,
} as const;

const ATM = { none: CAKE_ATM.NONE, atm: CAKE_ATM.ATM, ptm: CAKE_ATM.PTM } as const;
const ACK_FILTER = { no: CAKE_ACK.NONE, yes: CAKE_ACK.FILTER, aggressive: CAKE_ACK.AGGRESSIVE } as const;

type Keys<T> = (keyof T & string)[];
const words = <T extends object>(numbers: T): Keys<T> => Object.keys(numbers) as Keys<T>;

/** The kernel counts bytes per second; 0 is unlimited. */
const rate64: WireType<number> = {
  encode: (w, rateBitPerS) => w.u64(bytePerSFromBitPerS(rateBitPerS)),
  decode: (r) => bitPerSFromBytePerS(u64.decode(r)),
};

export const cakeOptions = {
  rateBitPerS: option(TCA_CAKE.BASE_RATE64, rate64, {
    initial: 0,
    apply: 'change',
    words: (rate) => (rate === 0 ? ['unlimited'] : ['bandwidth', formatRate(rate)]),
  }),
  autorateIngress: option(TCA_CAKE.AUTORATE, bool32, {
    initial: false,
    apply: 'change',
    words: (on) => (on ? ['autorate-ingress'] : []),
    uci: {
      name: 'autorate_ingress',
      field: boolean(),
      label: 'Estimate the rate',
      help: 'Let CAKE estimate the capacity from arriving traffic, for links whose rate varies. Ingress only.',
      example: '1',
      group: 'queue',
    },
  }),
  diffserv: option(TCA_CAKE.DIFFSERV_MODE, enum32(DIFFSERV), {
    initial: 'diffserv3',
    apply: 'change',
    words: (mode) => [mode],
    uci: {
      name: 'diffserv',
      field: choice(words(DIFFSERV)),
      label: 'Priority tins',
      help: 'How many priorities packets are sorted into by their DSCP. besteffort ignores DSCP.',
      example: 'diffserv4',
      group: 'fairness',
    },
  }),
  isolation: option(TCA_CAKE.FLOW_MODE, enum32(ISOLATION), {
    initial: 'triple-isolate',
    apply: 'change',
    words: (mode) => [mode],
    uci: {
      name: 'isolation',
      field: choice(words(ISOLATION)),
      label: 'Fairness between',
      help:
        'What gets a fair share: flows, hosts, or flows within hosts. For upload dual-srchost and for download ' +
        'dual-dsthost share evenly between the hosts of your network.',
      example: 'triple-isolate',
      group: 'fairness',
    },
  }),
  nat: option(TCA_CAKE.NAT, bool32, {
    initial: false,
    apply: 'change',
    words: (on) => [on ? 'nat' : 'nonat'],
    uci: {
      name: 'nat',
      field: boolean(),
      label: 'Look behind NAT',
      help: 'Find the hosts behind network address translation, so that fairness between hosts works on a NAT router.',
      example: '0',
      group: 'fairness',
    },
  }),
  wash: option(TCA_CAKE.WASH, bool32, {
    initial: false,
    apply: 'change',
    words: (on) => [on ? 'wash' : 'nowash'],
    uci: {
      name: 'wash',
      field: boolean(),
      label: 'Clear DSCP',
      help: 'Clear the DSCP of packets after they were sorted, for a provider whose marks mean nothing here.',
      example: '1',
      group: 'fairness',
    },
  }),
  ingress: option(TCA_CAKE.INGRESS, bool32, {
    initial: false,
    apply: 'change',
    words: (on) => [on ? 'ingress' : 'egress'],
    uci: {
      name: 'ingress',
      field: boolean(),
      label: 'Ingress mode',
      help: 'Count dropped packets as received, which keeps the queue out of the modem when shaping behind the bottleneck.',
      example: '0',
      group: 'queue',
    },
  }),
  ackFilter: option(TCA_CAKE.ACK_FILTER, enum32(ACK_FILTER), {
    initial: 'no',
    apply: 'change',
    words: (mode) => [{ yes: 'ack-filter', aggressive: 'ack-filter-aggressive' }[mode] ?? 'no-ack-filter'],
    uci: {
      name: 'ack_filter',
      field: choice(words(ACK_FILTER), { '0': 'no', '1': 'yes' }),
      label: 'Filter TCP ACKs',
      help: 'Drop ACKs that a later one makes superfluous. Helps where upload is less than a tenth of download.',
      example: 'yes',
      group: 'queue',
    },
  }),
  splitGso: option(TCA_CAKE.SPLIT_GSO, bool32, {
    initial: true,
    apply: 'change',
    words: (on) => [on ? 'split-gso' : 'no-split-gso'],
    uci: {
      name: 'split_gso',
      field: boolean(),
      label: 'Split superpackets',
      help: 'Split GSO superpackets before queueing them. Off saves CPU above 1 Gbit/s and costs latency below.',
      example: '0',
      group: 'queue',
    },
  }),
  rttUs: option(TCA_CAKE.RTT, u32, {
    initial: RTT_PRESETS_US.internet,
    apply: 'change',
    words: (rttUs) => ['rtt', formatDuration(rttUs)],
    uci: {
      name: 'rtt',
      field: duration(1, RTT_PRESETS_US.interplanetary, RTT_PRESETS_US),
      label: 'Round-trip time',
      help: 'Typical round-trip time of the traffic; the AQM reacts within it.',
      example: '50ms',
      group: 'queue',
    },
  }),
  /** A twentieth of rttUs, as tc sends it; no word of tc sets it alone. */
  targetUs: option(TCA_CAKE.TARGET, u32, { initial: 5000, apply: 'change', words: () => [] }),
  overheadBytes: option(TCA_CAKE.OVERHEAD, s32, {
    initial: 0,
    apply: 'change',
    words: (overhead) => ['overhead', String(overhead)],
    uci: {
      name: 'overhead',
      field: integer(-64, 256),
      label: 'Overhead per packet',
      help: 'Bytes that the link adds to each IP packet. Replaces what the link preset says.',
      otherwise: 'as link says',
      example: '22',
      group: 'link',
    },
  }),
  raw: option(
    TCA_CAKE.RAW,
    { encode: (w) => w.u32(0), decode: () => true },
    {
      initial: false,
      apply: 'change',
      presence: true,
      words: (on) => (on ? ['raw'] : []),
      uci: {
        name: 'raw',
        field: boolean(),
        label: 'No overhead accounting',
        help: 'Count packets as Linux sees them, without any overhead.',
        otherwise: 'as link says, 1 without a link',
        example: '1',
        group: 'link',
      },
    },
  ),
  atm: option(TCA_CAKE.ATM, enum32(ATM), {
    initial: 'none',
    apply: 'change',
    words: (mode) => [mode === 'none' ? 'noatm' : mode],
    uci: {
      name: 'atm',
      field: choice(words(ATM), { '0': 'none', '1': 'atm' }),
      label: 'Cell framing',
      help: 'atm for ADSL (53-byte cells), ptm for VDSL2 (64b/65b coding), none for everything else.',
      otherwise: 'as link says',
      example: 'ptm',
      group: 'link',
    },
  }),
  mpuBytes: option(TCA_CAKE.MPU, u32, {
    initial: 0,
    apply: 'change',
    words: (mpu) => ['mpu', String(mpu)],
    uci: {
      name: 'mpu',
      field: integer(0, 256),
      label: 'Smallest packet on the link',
      help: 'Bytes that even the smallest packet takes. Replaces what the link preset says.',
      otherwise: 'as link says',
      example: '64',
      group: 'link',
    },
  }),
  memoryLimitBytes: option(TCA_CAKE.MEMORY, u32, {
    initial: 0,
    apply: 'change',
    words: (bytes) => (bytes === 0 ? [] : ['memlimit', formatSize(bytes)]),
    uci: {
      name: 'memlimit',
      field: size(2 ** 16, 2 ** 31, 'lets CAKE choose'),
      label: 'Memory limit',
      help: 'Most memory that queued packets may take.',
      example: '4mb',
      group: 'queue',
    },
  }),
  fwmarkMask: option(TCA_CAKE.FWMARK, u32, {
    initial: 0,
    apply: 'change',
    words: (mask) => (mask === 0 ? [] : ['fwmark', `0x${mask.toString(16)}`]),
    uci: {
      name: 'fwmark',
      field: mask32(),
      label: 'Tin from firewall mark',
      help: 'Bits of the firewall mark that choose the tin, before DSCP is looked at.',
      example: '0xff',
      group: 'fairness',
    },
  }),
} as const;

export type CakeOptions = ValuesOf<typeof cakeOptions>;

/** Target that belongs to an rtt, never 0 (tc/q_cake.c). */
export function targetUsOf(rttUs: number): number {
  return Math.max(1, Math.floor(rttUs / 20));
}

export const cake = defineQdisc({
  kind: 'cake',
  options: cakeOptions,
  expected: readBack,
  flushes: flushesTins,
  decodeStats: decodeCakeStats,
});

/** Rates are kept in whole bytes per second; with autorate_ingress the rate in a dump is the kernel's estimate. */
export function readBack(sent: OptionValues, found: OptionValues): OptionValues {
  if (sent.autorateIngress === true && found.autorateIngress === true) {
    return { ...sent, rateBitPerS: found.rateBitPerS ?? 0 };
  }
  const { rateBitPerS } = sent;
  if (typeof rateBitPerS !== 'number') return sent;
  return { ...sent, rateBitPerS: bitPerSFromBytePerS(bytePerSFromBitPerS(rateBitPerS)) };
}

/** Tins that vanish are emptied without being counted as drops (sch_cake.c: cake_clear_tin; measured in the lab). */
export function flushesTins(from: OptionValues, to: OptionValues): string | undefined {
  const before = TIN_COUNT[String(from.diffserv)] ?? 0;
  const after = TIN_COUNT[String(to.diffserv)] ?? 0;
  if (after >= before) return undefined;
  return `${before - after} of ${before} tins go away, and packets queued in them are lost`;
}
