/**
 * Kinds whose dumped options can be sent back as they are, so that someone else's qdisc can be put back.
 *
 * The kernel keeps some times in coarser units than µs and rounds down both when it takes and when it tells them
 * (codel.h: 1024 ns; pkt_sched.h: 64 ns). Sent back as told, such a time would come back smaller each time.
 */
import { TCA_CODEL, TCA_FQ_CODEL, TCA_FQ_PIE, TCA_PIE } from '../../uapi/tc.ts';
import { ATTRIBUTE_TYPE_MASK } from '../../wire/nla.ts';

/** ns of the unit, by attribute. */
type RoundedTimes = Readonly<Record<number, number>>;

const CODEL_UNIT_NS = 1 << 10;
const PSCHED_UNIT_NS = 1 << 6;
const NS_PER_US = 1000;

const RESTORABLE: Readonly<Record<string, RoundedTimes>> = {
  bfifo: {},
  cake: {},
  cake_mq: {},
  codel: {
    [TCA_CODEL.TARGET]: CODEL_UNIT_NS,
    [TCA_CODEL.INTERVAL]: CODEL_UNIT_NS,
    [TCA_CODEL.CE_THRESHOLD]: CODEL_UNIT_NS,
  },
  fq: {},
  fq_codel: {
    [TCA_FQ_CODEL.TARGET]: CODEL_UNIT_NS,
    [TCA_FQ_CODEL.INTERVAL]: CODEL_UNIT_NS,
    [TCA_FQ_CODEL.CE_THRESHOLD]: CODEL_UNIT_NS,
  },
  fq_pie: { [TCA_FQ_PIE.TARGET]: PSCHED_UNIT_NS },
  mq: {},
  noqueue: {},
  pfifo: {},
  pfifo_fast: {},
  pie: { [TCA_PIE.TARGET]: PSCHED_UNIT_NS },
};

/** Whether the kernel takes the options of this kind only under NLA_F_NESTED (sch_fq_pie.c alone calls nla_parse_nested). */
export function insistsOnNested(kind: string): boolean {
  return kind === 'fq_pie';
}

export function isRestorable(kind: string): boolean {
  return Object.hasOwn(RESTORABLE, kind);
}

/** Whether there are dumped options that must be sent as others to be the same again. */
export function roundsTimes(kind: string): boolean {
  return Object.keys(RESTORABLE[kind] ?? {}).length > 0;
}

/** Dumped TCA_OPTIONS as they must be sent so that a dump gives the same again. */
export function optionsToRestore(kind: string, dumped: Uint8Array, littleEndian: boolean): Uint8Array {
  if (!roundsTimes(kind)) return dumped;
  const times = RESTORABLE[kind] ?? {};
  const options = dumped.slice();
  const view = new DataView(options.buffer);
  for (let at = 0; at + 4 <= options.length; ) {
    const length = view.getUint16(at, littleEndian);
    const unitNs = times[view.getUint16(at + 2, littleEndian) & ATTRIBUTE_TYPE_MASK];
    if (length < 4 || at + length > options.length) break;
    if (unitNs !== undefined && length === 8) {
      view.setUint32(at + 4, timeToSendUs(view.getUint32(at + 4, littleEndian), unitNs), littleEndian);
    }
    at += (length + 3) & ~3;
  }
  return options;
}

/** What to send so that the kernel tells `toldUs`: that, or 1 µs more where it would be rounded down. */
function timeToSendUs(toldUs: number, unitNs: number): number {
  const kept = Math.floor((toldUs * NS_PER_US) / unitNs);
  return Math.floor((kept * unitNs) / NS_PER_US) === toldUs ? toldUs : toldUs + 1;
}
