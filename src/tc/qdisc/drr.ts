/** Deficit round robin, tc-drr(8): classes that take turns. Wire types from `drr_policy` in net/sched/sch_drr.c. */
import { integer } from '../../schema/field.ts';
import { TCA_DRR } from '../../uapi/tc.ts';
import { u32 } from '../../wire/nla.ts';
import { defineOptions, defineQdisc, type OptionSet, once, option } from '../kind.ts';
import { structDecoder } from '../struct_numbers.ts';

/** What newer kernels bring a quantum to, lest a turn gives nothing (drr_change_class). */
const SMALLEST_QUANTUM_BYTES = 256;
const LARGEST_QUANTUM_BYTES = 2 ** 20;

const classRows = () =>
  ({
    quantumBytes: option<number>(TCA_DRR.QUANTUM, u32, {
      apply: 'change',
      words: (bytes) => ['quantum', String(bytes)],
      uci: {
        name: 'quantum',
        field: integer(SMALLEST_QUANTUM_BYTES, LARGEST_QUANTUM_BYTES),
        label: 'Bytes per turn',
        help: 'Bytes that the class may send when its turn comes; its share follows from it.',
        otherwise: 'a packet of the MTU',
        example: '3028',
      },
    }),
  }) as const;

export const drr = once(() =>
  defineQdisc({
    kind: 'drr',
    options: {},
    classes: defineOptions<OptionSet>({
      kind: 'drr',
      options: classRows(),
      // struct tc_drr_stats: what is left of the turn.
      decodeStats: structDecoder({ deficitBytes: 'u32' }),
    }),
  }),
);
