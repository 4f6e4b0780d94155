/**
 * Flows with CoDel each, tc-fq_codel(8). Wire types from `fq_codel_policy` and initial values from `fq_codel_init` in
 * net/sched/sch_fq_codel.c.
 */
import type { Reader } from '../../lib/bytes.ts';
import { formatSize } from '../../lib/units.ts';
import { integer, size } from '../../schema/field.ts';
import { byteAndMask } from '../../schema/kind_fields.ts';
import { TCA_FQ_CODEL, TCA_FQ_CODEL_XSTATS } from '../../uapi/tc.ts';
import { putAttribute, u8, u32 } from '../../wire/nla.ts';
import { defineQdisc, field, type OptionCodec, type OptionValues, once, option } from '../kind.ts';
import { structDecoder } from '../struct_numbers.ts';
import { CE_THRESHOLD_OFF_US, checkCodelTimes, codelRows, keptCodelTimes } from './codel.ts';
import { flowsOption, quantumOption } from './flow_rows.ts';
import { dropsBeyond, limitPacketsOption } from './queue_limit.ts';

const LARGEST_MEMORY_BYTES = 2 ** 31;
const NO_SELECTOR = '0x0/0x0';

const options = () => ({
  limitPackets: limitPacketsOption(TCA_FQ_CODEL.LIMIT, 10240),
  flows: flowsOption(TCA_FQ_CODEL.FLOWS),
  quantumBytes: quantumOption(
    TCA_FQ_CODEL.QUANTUM,
    'Bytes that a flow may send when its turn comes; 300 favours small packets.',
    '300',
  ),
  ...codelRows(TCA_FQ_CODEL, true),
  /** Both of TCA_FQ_CODEL_CE_THRESHOLD_SELECTOR and _MASK; a dump has them only where there is a threshold. */
  ceThresholdSelector: field<string>({
    initial: NO_SELECTOR,
    apply: 'change',
    words: (selector) => (selector === NO_SELECTOR ? [] : ['ce_threshold_selector', selector]),
    uci: {
      name: 'ce_threshold_selector',
      field: byteAndMask(),
      label: 'Which packets ce_threshold marks',
      help: 'Value and mask of the DSCP and ECN byte of packets that ce_threshold is for.',
      example: '0x1/0x3',
    },
  }),
  // Without it 32 MB, and 4 MB in kernels of OpenWrt, which has a patch for it.
  memoryLimitBytes: option<number>(TCA_FQ_CODEL.MEMORY_LIMIT, u32, {
    apply: 'change',
    words: (bytes) => ['memory_limit', formatSize(bytes)],
    uci: {
      name: 'memory_limit',
      field: size(1, LARGEST_MEMORY_BYTES),
      label: 'Memory limit',
      help: 'Most memory that queued packets may take.',
      otherwise: "32mb, and 4mb in OpenWrt's kernels",
      example: '4mb',
    },
  }),
  dropBatchPackets: option(TCA_FQ_CODEL.DROP_BATCH_SIZE, u32, {
    initial: 64,
    apply: 'change',
    words: (packets) => ['drop_batch', String(packets)],
    uci: {
      name: 'drop_batch',
      field: integer(1, 0xffffffff),
      label: 'Packets dropped at once',
      help: 'Packets of the largest flow that are dropped at most when a limit is exceeded.',
      example: '64',
    },
  }),
});

/** The selector is two attributes. */
const codec: OptionCodec = {
  encode: (w, { ceThresholdSelector }) => {
    const [selector, mask] = String(ceThresholdSelector).split('/');
    putAttribute(w, TCA_FQ_CODEL.CE_THRESHOLD_MASK, u8, Number(mask));
    putAttribute(w, TCA_FQ_CODEL.CE_THRESHOLD_SELECTOR, u8, Number(selector));
  },
  decodeAttribute: (type, r, values) => {
    const [selector = '', mask = ''] = String(values.ceThresholdSelector).split('/');
    if (type === TCA_FQ_CODEL.CE_THRESHOLD_SELECTOR) values.ceThresholdSelector = `0x${r.u8().toString(16)}/${mask}`;
    if (type === TCA_FQ_CODEL.CE_THRESHOLD_MASK) values.ceThresholdSelector = `${selector}/0x${r.u8().toString(16)}`;
  },
};

function expected(sent: OptionValues): OptionValues {
  const kept = keptCodelTimes(sent);
  return kept.ceThresholdUs === CE_THRESHOLD_OFF_US ? { ...kept, ceThresholdSelector: NO_SELECTOR } : kept;
}

const decodeQdisc = structDecoder({
  largestPacketBytes: 'u32',
  overlimitDroppedPackets: 'u32',
  ecnMarkedPackets: 'u32',
  newFlowCount: 'u32',
  newFlows: 'u32',
  oldFlows: 'u32',
  ceMarkedPackets: 'u32',
  memoryUsedBytes: 'u32',
  overmemoryDroppedPackets: 'u32',
});

const decodeFlow = structDecoder({
  deficitBytes: 's32',
  lastDelayUs: 'u32',
  count: 'u32',
  lastCount: 'u32',
  dropping: 'u32',
  dropNextUs: 's32',
});

/** struct tc_fq_codel_xstats: of the qdisc, or of a flow, which tc shows as a class. */
function decodeStats(r: Reader): object {
  return r.u32() === TCA_FQ_CODEL_XSTATS.CLASS ? decodeFlow(r) : decodeQdisc(r);
}

export const fqCodel = once(() =>
  defineQdisc({
    kind: 'fq_codel',
    options: options(),
    codec,
    expected,
    check: checkCodelTimes,
    flushes: dropsBeyond('limitPackets', 'memoryLimitBytes'),
    decodeStats,
  }),
);
