/**
 * The size table of a qdisc (TCA_STAB), tc-stab(8): what packets take on the link, for every kind. The kernel adds the overhead and looks
 * the rest up in the table, which is worked out here as tc does it (iproute2: tc/tc_core.c, tc_calc_size_table); a dump has the struct
 * tc_sizespec without it (net/sched/sch_api.c: qdisc_dump_stab).
 *
 * A change of a qdisc that comes without a table takes the table away (qdisc_change), so it is always sent along.
 */
import { integer } from '../schema/field.ts';
import { TCA_STAB } from '../uapi/tc.ts';
import { beginAttribute, endAttribute } from '../wire/nla.ts';
import { defineOptions, field, type OptionCodec, type OptionSet, type OptionValues, once } from './kind.ts';
import { linkLayerName, linkLayerNumber, linkLayerRows, overheadRow } from './ratespec.ts';

const ATM_CELL_BYTES = 53;
const ATM_PAYLOAD_BYTES = 48;
/** Of tc. */
const DEFAULT_MTU_BYTES = 2047;
const DEFAULT_TABLE_SLOTS = 512;
const LARGEST_ENTRY = 0xffff;
/** STAB_SIZE_LOG_MAX */
const LARGEST_LOG = 30;

const rows = () =>
  ({
    linkLayer: linkLayerRows.linkLayer,
    overheadBytes: overheadRow(-64, { help: 'Bytes that the link adds to each packet as Linux sees it.' }),
    mpuBytes: linkLayerRows.mpuBytes,
    mtuBytes: field<number>({
      initial: DEFAULT_MTU_BYTES,
      apply: 'change',
      words: (bytes) => (bytes === 0 ? [] : ['mtu', String(bytes)]),
      uci: {
        name: 'mtu',
        field: integer(1, 65535),
        label: 'Largest packet',
        help: 'The largest packet that the table is made for.',
        example: '2047',
      },
    }),
    tableSlots: field<number>({
      initial: DEFAULT_TABLE_SLOTS,
      apply: 'change',
      words: (slots) => (slots === 0 ? [] : ['tsize', String(slots)]),
      uci: {
        name: 'tsize',
        field: integer(2, 4096),
        label: 'Table size',
        help: 'Into how many sizes packets are sorted.',
        example: '512',
      },
    }),
  }) as const;

/** With nothing but an overhead there is nothing to look up, and tc sends no table. */
function needsTable({ linkLayer, mpuBytes }: OptionValues): boolean {
  return linkLayer === 'atm' || Number(mpuBytes) !== 0;
}

interface SizeTable {
  readonly cellLog: number;
  readonly sizeLog: number;
  readonly entries: readonly number[];
}

function sizeTable(options: OptionValues): SizeTable {
  const [slots, mpu] = [Number(options.tableSlots), Number(options.mpuBytes)];
  let cellLog = 0;
  while (Number(options.mtuBytes) >> cellLog > slots - 1) cellLog++;
  const sizes = Array.from({ length: slots }, (_slot, index) => {
    const bytes = Math.max((index + 1) * 2 ** cellLog, mpu);
    return options.linkLayer === 'atm' ? Math.ceil(bytes / ATM_PAYLOAD_BYTES) * ATM_CELL_BYTES : bytes;
  });
  let sizeLog = 0;
  while (sizeLog < LARGEST_LOG && sizes.some((bytes) => bytes >> sizeLog > LARGEST_ENTRY)) sizeLog++;
  return { cellLog, sizeLog, entries: sizes.map((bytes) => bytes >> sizeLog) };
}

/** struct tc_sizespec: cell_log, size_log, cell_align, overhead, linklayer, mpu, mtu, tsize; then a u16 for each slot. */
const codec: OptionCodec = {
  encode(w, options) {
    const table = needsTable(options) ? sizeTable(options) : undefined;
    const at = beginAttribute(w, TCA_STAB.BASE);
    w.u8(table?.cellLog ?? 0);
    w.u8(table?.sizeLog ?? 0);
    // A slot holds the size of its largest packet, so one of exactly that size belongs into it: -1.
    w.u16(table === undefined ? 0 : 0xffff);
    w.s32(Number(options.overheadBytes));
    w.u32(linkLayerNumber(String(options.linkLayer)));
    w.u32(Number(options.mpuBytes));
    w.u32(table === undefined ? 0 : Number(options.mtuBytes));
    w.u32(table?.entries.length ?? 0);
    endAttribute(w, at);
    if (table === undefined) return;
    const data = beginAttribute(w, TCA_STAB.DATA);
    for (const entry of table.entries) w.u16(entry);
    endAttribute(w, data);
  },
  decodeAttribute(type, r, values) {
    if (type !== TCA_STAB.BASE) return;
    r.take(4);
    values.overheadBytes = r.s32();
    values.linkLayer = linkLayerName(r.u32());
    values.mpuBytes = r.u32();
    values.mtuBytes = r.u32();
    values.tableSlots = r.u32();
  },
};

/** Options of TCA_STAB. */
export const stab = once(() =>
  defineOptions<OptionSet>({
    kind: 'stab',
    options: rows(),
    codec,
    expected: (sent) => (needsTable(sent) ? sent : { ...sent, mtuBytes: 0, tableSlots: 0 }),
  }),
);
