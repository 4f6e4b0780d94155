/** Quick fair queueing, tc-qfq(8): classes that share by weight. Wire types from `qfq_policy` in net/sched/sch_qfq.c. */
import { integer } from '../../schema/field.ts';
import { TCA_QFQ } from '../../uapi/tc.ts';
import { u32 } from '../../wire/nla.ts';
import { defineOptions, defineQdisc, type OptionSet, type OptionValues, once, option } from '../kind.ts';
import { structDecoder } from '../struct_numbers.ts';

/** QFQ_MAX_WEIGHT, QFQ_MIN_LMAX, QFQ_MAX_LMAX */
const LARGEST_WEIGHT = 1024;
const SMALLEST_MAX_PACKET_BYTES = 512;
const LARGEST_MAX_PACKET_BYTES = 65536;

const classRows = () =>
  ({
    weight: option(TCA_QFQ.WEIGHT, u32, {
      initial: 1,
      apply: 'change',
      words: (weight) => ['weight', String(weight)],
      uci: {
        name: 'weight',
        field: integer(1, LARGEST_WEIGHT),
        label: 'Weight',
        help: 'The share of the class, against the weights of the others.',
        example: '10',
      },
    }),
    maxPacketBytes: option<number>(TCA_QFQ.LMAX, u32, {
      apply: 'change',
      words: (bytes) => ['maxpkt', String(bytes)],
      uci: {
        name: 'maxpkt',
        field: integer(SMALLEST_MAX_PACKET_BYTES, LARGEST_MAX_PACKET_BYTES),
        label: 'Largest packet',
        help: 'The largest packet that is expected; a larger one raises it.',
        otherwise: 'a packet of the MTU',
        example: '1514',
      },
    }),
  }) as const;

/** A packet that is larger raises the limit (qfq_enqueue). */
function readBack(sent: OptionValues, found: OptionValues): OptionValues {
  const { maxPacketBytes } = sent;
  if (maxPacketBytes === undefined || Number(found.maxPacketBytes) < Number(maxPacketBytes)) return sent;
  return { ...sent, maxPacketBytes: found.maxPacketBytes ?? maxPacketBytes };
}

export const qfq = once(() =>
  defineQdisc({
    kind: 'qfq',
    options: {},
    classes: defineOptions<OptionSet>({
      kind: 'qfq',
      options: classRows(),
      expected: readBack,
      // struct tc_qfq_stats
      decodeStats: structDecoder({ weight: 'u32', maxPacketBytes: 'u32' }),
    }),
  }),
);
