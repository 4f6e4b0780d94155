/** Dumps of CAKE made up for tests, byte by byte as the kernel sends them (see test/captures for real ones). */
import { Reader, Writer } from '../src/lib/bytes.ts';
import { DIFFSERV } from '../src/tc/qdisc/cake.ts';
import { TCA } from '../src/uapi/rtnetlink.ts';
import { TC_H, TCA_CAKE, TCA_CAKE_STATS, TCA_CAKE_TIN_STATS, TCA_STATS } from '../src/uapi/tc.ts';
import { beginAttribute, endAttribute, putAttribute, s32, text, u32, u64 } from '../src/wire/nla.ts';
import { TcView } from '../src/wire/tcview.ts';

/** What is left out is 0. */
export interface TinNumbers {
  readonly bytes?: number;
  readonly packets?: number;
  readonly drops?: number;
  readonly marks?: number;
  readonly ackDrops?: number;
  readonly backlog?: number;
  readonly peakUs?: number;
  readonly averageUs?: number;
  readonly baseUs?: number;
  readonly bulk?: number;
  readonly unresponsive?: number;
}

export interface CakeNumbers {
  readonly kind?: string;
  readonly ifindex?: number;
  readonly handle?: number;
  readonly parent?: number;
  readonly mode?: keyof typeof DIFFSERV;
  readonly bytes?: number;
  readonly packets?: number;
  readonly backlog?: number;
  readonly memoryUsed?: number;
  /** Absent for a cake_mq, which has no statistics of its own. */
  readonly tins?: readonly TinNumbers[];
}

/** A qdisc message's payload. */
export function cakeMessage(numbers: CakeNumbers, littleEndian = true): Uint8Array {
  const w = new Writer(littleEndian);
  w.u32(0);
  for (const word of [numbers.ifindex ?? 7, numbers.handle ?? 0x7e000000, numbers.parent ?? TC_H.ROOT, 1]) w.u32(word);
  putAttribute(w, TCA.KIND, text, numbers.kind ?? 'cake');
  const options = beginAttribute(w, TCA.OPTIONS);
  putAttribute(w, TCA_CAKE.BASE_RATE64, u64, 1_000_000);
  putAttribute(w, TCA_CAKE.DIFFSERV_MODE, u32, DIFFSERV[numbers.mode ?? 'diffserv4']);
  endAttribute(w, options);
  const stats = beginAttribute(w, TCA.STATS2);
  if (numbers.tins !== undefined) putCakeStats(w, numbers.memoryUsed ?? 0, numbers.tins);
  const basic = beginAttribute(w, TCA_STATS.BASIC);
  w.u64(numbers.bytes ?? 0);
  w.u32(numbers.packets ?? 0);
  w.u32(0);
  endAttribute(w, basic);
  const queue = beginAttribute(w, TCA_STATS.QUEUE);
  for (const word of [0, numbers.backlog ?? 0, 0, 0, 0]) w.u32(word);
  endAttribute(w, queue);
  endAttribute(w, stats);
  return w.bytes();
}

function putCakeStats(w: Writer, memoryUsed: number, tins: readonly TinNumbers[]): void {
  const app = beginAttribute(w, TCA_STATS.APP);
  putAttribute(w, TCA_CAKE_STATS.CAPACITY_ESTIMATE64, u64, 0);
  putAttribute(w, TCA_CAKE_STATS.MEMORY_LIMIT, u32, 4_194_304);
  putAttribute(w, TCA_CAKE_STATS.MEMORY_USED, u32, memoryUsed);
  const list = beginAttribute(w, TCA_CAKE_STATS.TIN_STATS);
  tins.forEach((tin, i) => {
    const nest = beginAttribute(w, i + 1);
    putAttribute(w, TCA_CAKE_TIN_STATS.THRESHOLD_RATE64, u64, 1_000_000 >> i);
    putAttribute(w, TCA_CAKE_TIN_STATS.SENT_BYTES64, u64, tin.bytes ?? 0);
    for (const [attribute, value] of [
      [TCA_CAKE_TIN_STATS.BACKLOG_BYTES, tin.backlog],
      [TCA_CAKE_TIN_STATS.SENT_PACKETS, tin.packets],
      [TCA_CAKE_TIN_STATS.DROPPED_PACKETS, tin.drops],
      [TCA_CAKE_TIN_STATS.ECN_MARKED_PACKETS, tin.marks],
      [TCA_CAKE_TIN_STATS.ACKS_DROPPED_PACKETS, tin.ackDrops],
      [TCA_CAKE_TIN_STATS.PEAK_DELAY_US, tin.peakUs],
      [TCA_CAKE_TIN_STATS.AVG_DELAY_US, tin.averageUs],
      [TCA_CAKE_TIN_STATS.BASE_DELAY_US, tin.baseUs],
      [TCA_CAKE_TIN_STATS.BULK_FLOWS, tin.bulk],
    ] as const) {
      putAttribute(w, attribute, u32, value ?? 0);
    }
    putAttribute(w, TCA_CAKE_TIN_STATS.UNRESPONSIVE_FLOWS, s32, tin.unresponsive ?? 0);
    endAttribute(w, nest);
  });
  endAttribute(w, list);
  endAttribute(w, app);
}

/** Shows each message to `visit` as a dump does. */
export function eachView(messages: readonly Uint8Array[], visit: (view: TcView) => void, littleEndian = true): void {
  const view = new TcView();
  for (const message of messages) visit(view.read(new Reader(message, littleEndian)));
}
