/**
 * The JSON of {@link qdiscView}, written straight from a view over the kernel's dump.
 *
 * For ten thousand qdiscs, an object of each and JSON.stringify over it would take four times as long as all the rest.
 */
import { Reader } from '../lib/bytes.ts';
import { formatHandle } from '../tc/handle.ts';
import { decodeOptions, type QdiscKind } from '../tc/kind.ts';
import { qdiscKind } from '../tc/registry.ts';
import type { TcView } from '../wire/tcview.ts';

const PARENT = '","parent":"';
const NO_OPTIONS = '{}';
/** The rest of a qdisc of another kind through which nothing ever went. */
const IDLE =
  `","options":${NO_OPTIONS},"sentBytes":0,"sentPackets":0,` +
  '"drops":0,"overlimits":0,"requeues":0,"backlogBytes":0,"backlogPackets":0}';

export class QdiscJson {
  private readonly littleEndian: boolean;
  private readonly nameOf: (ifindex: number) => string;
  // Neighbours in a dump begin alike.
  private lastIfindex = -1;
  private lastKind = '';
  private known: QdiscKind | undefined;
  private beginning = '';

  /** @param nameOf the name of a device */
  constructor(nameOf: (ifindex: number) => string, littleEndian: boolean) {
    this.nameOf = nameOf;
    this.littleEndian = littleEndian;
  }

  /** `JSON.stringify(qdiscView(qdisc, …))`, to the character. */
  format(qdisc: TcView): string {
    if (qdisc.ifindex !== this.lastIfindex || qdisc.kind !== this.lastKind) this.begin(qdisc.ifindex, qdisc.kind);
    // Texts are added in half the time that a template takes.
    const place = this.beginning + formatHandle(qdisc.handle) + PARENT + formatHandle(qdisc.parent);
    const { known } = this;
    if (known === undefined && qdisc.isIdle) return place + IDLE;
    const options = known === undefined ? NO_OPTIONS : this.options(qdisc, known);
    const details = known === undefined ? '' : this.details(qdisc, known);
    return `${place}","options":${options},"sentBytes":${qdisc.bytes},"sentPackets":${qdisc.packets}${queueOf(qdisc)}${details}}`;
  }

  private begin(ifindex: number, kind: string): void {
    this.lastIfindex = ifindex;
    this.lastKind = kind;
    this.known = qdiscKind(kind);
    this.beginning = `{"device":${JSON.stringify(this.nameOf(ifindex))},"kind":${JSON.stringify(kind)},"handle":"`;
  }

  private options(qdisc: TcView, kind: QdiscKind): string {
    const { options } = qdisc;
    return options === undefined ? NO_OPTIONS : JSON.stringify(decodeOptions(kind, options, this.littleEndian));
  }

  private details(qdisc: TcView, kind: QdiscKind): string {
    const { xstats } = qdisc;
    if (kind.decodeStats === undefined || xstats === undefined) return '';
    return `,"details":${JSON.stringify(kind.decodeStats(new Reader(xstats, this.littleEndian)))}`;
  }
}

function queueOf({ drops, overlimits, requeues, backlogBytes, qlen }: TcView): string {
  return (
    `,"drops":${drops},"overlimits":${overlimits},"requeues":${requeues}` +
    `,"backlogBytes":${backlogBytes},"backlogPackets":${qlen}`
  );
}
