/** A qdisc with its options and counters as plain data, for `show` and for whoever asks over a bus. */
import { Reader } from '../lib/bytes.ts';
import { formatHandle } from '../tc/handle.ts';
import { decodeOptions, type OptionValues } from '../tc/kind.ts';
import { qdiscKind } from '../tc/registry.ts';
import type { TcMessage } from '../wire/tcmsg.ts';

export interface QdiscView {
  readonly device: string;
  readonly kind: string;
  readonly handle: string;
  readonly parent: string;
  /** Empty for kinds whose options weir does not know. */
  readonly options: OptionValues;
  readonly sentBytes: number;
  readonly sentPackets: number;
  readonly drops: number;
  readonly overlimits: number;
  readonly requeues: number;
  readonly backlogBytes: number;
  readonly backlogPackets: number;
  /** The kind's own statistics; of CAKE see tc/qdisc/cake_stats.ts. */
  readonly details?: object;
}

const NO_OPTIONS: OptionValues = {};

export function qdiscView(message: TcMessage, device: string, littleEndian: boolean): QdiscView {
  const kind = qdiscKind(message.kind);
  const { options, stats, xstats } = message;
  const known = kind !== undefined && options !== undefined;
  const view: QdiscView = {
    device,
    kind: message.kind,
    handle: formatHandle(message.handle),
    parent: formatHandle(message.parent),
    options: known ? decodeOptions(kind, options, littleEndian) : NO_OPTIONS,
    sentBytes: stats?.bytes ?? 0,
    sentPackets: stats?.packets ?? 0,
    drops: stats?.drops ?? 0,
    overlimits: stats?.overlimits ?? 0,
    requeues: stats?.requeues ?? 0,
    backlogBytes: stats?.backlogBytes ?? 0,
    backlogPackets: stats?.qlen ?? 0,
  };
  if (kind?.decodeStats === undefined || xstats === undefined) return view;
  return { ...view, details: kind.decodeStats(new Reader(xstats, littleEndian)) };
}
