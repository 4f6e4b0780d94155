/**
 * Flows with PIE each, tc-fq_pie(8). Wire types from `fq_pie_policy` and initial values from `fq_pie_init` in net/sched/sch_fq_pie.c.
 */
import { formatSize } from '../../lib/units.ts';
import { integer, size } from '../../schema/field.ts';
import { TCA_FQ_PIE } from '../../uapi/tc.ts';
import { u32 } from '../../wire/nla.ts';
import { defineQdisc, once, option } from '../kind.ts';
import { structDecoder } from '../struct_numbers.ts';
import { flowsOption, quantumOption } from './flow_rows.ts';
import { keptPieTimes, pieRows } from './pie.ts';
import { dropsBeyond, limitPacketsOption } from './queue_limit.ts';

const LARGEST_MEMORY_BYTES = 2 ** 31;

const options = () => ({
  limitPackets: limitPacketsOption(TCA_FQ_PIE.LIMIT, 10240),
  flows: flowsOption(TCA_FQ_PIE.FLOWS),
  ...pieRows(TCA_FQ_PIE),
  quantumBytes: quantumOption(TCA_FQ_PIE.QUANTUM, 'Bytes that a flow may send when its turn comes.', '1514'),
  memoryLimitBytes: option(TCA_FQ_PIE.MEMORY_LIMIT, u32, {
    initial: 2 ** 25,
    apply: 'change',
    words: (bytes) => ['memory_limit', formatSize(bytes)],
    uci: {
      name: 'memory_limit',
      field: size(1, LARGEST_MEMORY_BYTES),
      label: 'Memory limit',
      help: 'Most memory that queued packets may take.',
      example: '32mb',
    },
  }),
  ecnLimitPercent: option(TCA_FQ_PIE.ECN_PROB, u32, {
    initial: 10,
    apply: 'change',
    words: (percent) => ['ecn_prob', String(percent)],
    uci: {
      name: 'ecn_prob',
      field: integer(0, 99),
      label: 'Mark up to',
      help: 'Packets are marked while less than this percentage of them would be dropped, and dropped above it.',
      example: '10',
    },
  }),
});

const decodeStats = structDecoder({
  inPackets: 'u32',
  droppedPackets: 'u32',
  overlimitDroppedPackets: 'u32',
  overmemoryDroppedPackets: 'u32',
  ecnMarkedPackets: 'u32',
  newFlowCount: 'u32',
  newFlows: 'u32',
  oldFlows: 'u32',
  memoryUsedBytes: 'u32',
});

export const fqPie = once(() =>
  defineQdisc({
    kind: 'fq_pie',
    options: options(),
    expected: keptPieTimes,
    flushes: dropsBeyond('limitPackets'),
    insistsOnNested: true,
    decodeStats,
  }),
);
