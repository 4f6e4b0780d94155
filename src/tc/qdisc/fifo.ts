/** Plain queues, tc-pfifo(8), tc-bfifo(8) and tc-pfifo_fast(8), from net/sched/sch_fifo.c and `pfifo_fast_ops` in sch_generic.c. */
import { formatSize } from '../../lib/units.ts';
import { size } from '../../schema/field.ts';
import { defineQdisc, field, type KernelOption, type OptionCodec, once, type QdiscKind } from '../kind.ts';
import { limitPacketsRow } from './queue_limit.ts';

/** struct tc_fifo_qopt is one u32. Without it the limit follows from the length of the device's queue. */
function codecOf(limit: string): OptionCodec {
  return {
    encode: (w, options) => {
      if (typeof options[limit] === 'number') w.u32(options[limit]);
    },
    decodeStruct: (r, values) => {
      values[limit] = r.u32();
    },
  };
}

function fifo(kind: string, name: string, limit: KernelOption<number>): QdiscKind {
  return defineQdisc({ kind, options: { [name]: limit }, codec: codecOf(name) });
}

export const pfifo = once(() => fifo('pfifo', 'limitPackets', field<number>({ apply: 'change', ...limitPacketsRow })));

export const bfifo = once(() =>
  fifo(
    'bfifo',
    'limitBytes',
    field<number>({
      apply: 'change',
      words: (bytes) => ['limit', formatSize(bytes)],
      uci: {
        name: 'limit',
        field: size(1, 0xffffffff),
        label: 'Bytes at most',
        help: 'Bytes that may wait; what arrives beyond them is dropped.',
        otherwise: "the device's queue in packets of its MTU",
        example: '64kb',
      },
    }),
  ),
);

/** What an unconfigured device has. It takes no options, and tells its three bands as a struct. */
export const pfifoFast = once(() =>
  defineQdisc({
    kind: 'pfifo_fast',
    options: {},
    codec: { encode: () => {}, decodeStruct: (r) => void r.take(r.remaining) },
  }),
);
