/** Queues for flows and their turns, as fq_codel and fq_pie have them: `fq_codel_change` and `fq_pie_change` in net/sched/. */
import { integer } from '../../schema/field.ts';
import { u32 } from '../../wire/nla.ts';
import { type KernelOption, option } from '../kind.ts';

const LARGEST_FLOWS = 65536;
/** FQ_CODEL_QUANTUM_MAX and `fq_pie_q_range`, and what the kernel makes of less. */
const LARGEST_QUANTUM_BYTES = 2 ** 20;
const SMALLEST_QUANTUM_BYTES = 256;

/** TCA_*_FLOWS, which only a new qdisc takes. */
export function flowsOption(attribute: number): KernelOption<number> {
  return option(attribute, u32, {
    initial: 1024,
    apply: 'rebuild',
    words: (flows) => ['flows', String(flows)],
    uci: {
      name: 'flows',
      field: integer(1, LARGEST_FLOWS),
      label: 'Queues for flows',
      help: 'Into how many queues flows are hashed.',
      example: '1024',
    },
  });
}

/** TCA_*_QUANTUM; without it a packet of the device's MTU. */
export function quantumOption(attribute: number, help: string, example: string): KernelOption<number> {
  return option<number>(attribute, u32, {
    apply: 'change',
    words: (bytes) => ['quantum', String(bytes)],
    uci: {
      name: 'quantum',
      field: integer(SMALLEST_QUANTUM_BYTES, LARGEST_QUANTUM_BYTES),
      label: 'Bytes per turn',
      help,
      otherwise: 'a packet of the MTU',
      example,
    },
  });
}
