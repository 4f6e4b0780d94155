/** Bands by priority, tc-prio(8). One struct tc_prio_qopt, which `prio_tune` in net/sched/sch_prio.c takes and tells as it is. */
import { integer } from '../../schema/field.ts';
import { defineQdisc, field, type OptionCodec, type OptionValues, once } from '../kind.ts';
import {
  flushesBands,
  MOST_BANDS,
  priorityMapField,
  problemsOfMap,
  putPriorityMap,
  takePriorityMap,
} from './priority_map.ts';

const FEWEST_BANDS = 2;
/** Of tc (tc/q_prio.c), the same as pfifo_fast has; the kernel takes no prio without a map. */
const DEFAULT_BANDS = 3;
const DEFAULT_MAP = '1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1';

const rows = () =>
  ({
    bands: field<number>({
      initial: DEFAULT_BANDS,
      apply: 'change',
      words: (bands) => ['bands', String(bands)],
      uci: {
        name: 'bands',
        field: integer(FEWEST_BANDS, MOST_BANDS),
        label: 'Bands',
        help: 'How many queues there are; the first is emptied before the next is looked at.',
        example: '3',
      },
    }),
    priorityMap: field<string>({
      initial: DEFAULT_MAP,
      apply: 'change',
      words: (map) => ['priomap', ...map.split(' ')],
      uci: {
        name: 'priomap',
        field: priorityMapField(),
        label: 'Priority map',
        help: 'The band, from 0, of each of the 16 priorities of packets that no filter sorts.',
        example: DEFAULT_MAP,
      },
    }),
  }) as const;

const codec: OptionCodec = {
  encode(w, options) {
    w.u32(Number(options.bands));
    putPriorityMap(w, String(options.priorityMap));
  },
  decodeStruct(r, values) {
    values.bands = r.u32();
    values.priorityMap = takePriorityMap(r);
  },
};

const bandsOf = (options: OptionValues): number => Number(options.bands ?? DEFAULT_BANDS);

export const prio = once(() =>
  defineQdisc({
    kind: 'prio',
    options: rows(),
    codec,
    check: (options) => problemsOfMap(String(options.priorityMap), bandsOf(options)),
    flushes: (from, to) => flushesBands(bandsOf(from), bandsOf(to)),
    bands: bandsOf,
  }),
);
