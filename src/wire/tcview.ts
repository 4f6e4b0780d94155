/**
 * A qdisc, class or filter read where it lies in the receive buffer, for lists of ten thousand.
 *
 * In QuickJS a property of a new object costs more than decoding its value, and a closure more than three of them. So one view
 * goes over all messages of a dump: it finds the attributes, and makes a value when it is asked for.
 */
import { type Reader, ShortReadError } from '../lib/bytes.ts';
import { TCA } from '../uapi/rtnetlink.ts';
import { TCA_STATS } from '../uapi/tc.ts';
import { ATTRIBUTE_TYPE_MASK, decodeText } from './nla.ts';
import type { TcMessage, TcStats } from './tcmsg.ts';

/** struct tcmsg: family and padding, ifindex, handle, parent, info. */
const HEADER_BYTES = 20;
const BASIC_BYTES = 12;
const QUEUE_BYTES = 20;
const LONGEST_REMEMBERED_KIND = 12;

/** A {@link TcMessage} that is valid until the next `read`, or until the buffer below is written again. */
export class TcView implements TcMessage, TcStats {
  private data: Uint8Array = new Uint8Array();
  private words: Uint32Array = new Uint32Array();
  private littleEndian = true;
  private end = 0;
  /** Index of struct tcmsg in `words`. */
  private header = 0;
  // Offsets of attributes in `data`; 0 for what is not there, since a message stands before them.
  private kindAt = 0;
  private optionsAt = 0;
  private xstatsAt = 0;
  private statsAt = 0;
  private basicAt = 0;
  private packets64At = 0;
  private queueAt = 0;
  /** One bit for each seldom attribute that is there. */
  private present = 0;
  // The kind that was asked for last, and its words: most often the next is the same.
  private lastKind = '';
  private lastLength = 0;
  private first: number | undefined;
  private second: number | undefined;
  private third: number | undefined;

  /**
   * Goes to another message. The payload stands where eachMessage left it, or at the beginning of a copy.
   *
   * @throws ShortReadError where an attribute is cut or too short
   */
  read(payload: Reader): this {
    const { words, littleEndian, end } = payload;
    const start = payload.take(HEADER_BYTES);
    let kindAt = 0;
    let optionsAt = 0;
    let xstatsAt = 0;
    let statsAt = 0;
    let present = 0;
    for (let at = start + HEADER_BYTES; end - at >= 4; ) {
      const header = words[at >>> 2] as number;
      const length = littleEndian ? header & 0xffff : header >>> 16;
      if (length < 4 || length > end - at) throw new ShortReadError(at, length, end);
      const type = (littleEndian ? header >>> 16 : header) & ATTRIBUTE_TYPE_MASK;
      switch (type) {
        case TCA.KIND:
          kindAt = at;
          break;
        case TCA.OPTIONS:
          optionsAt = at;
          break;
        case TCA.STATS2:
          statsAt = at;
          break;
        case TCA.XSTATS:
          xstatsAt = at;
          break;
        case TCA.HW_OFFLOAD:
          // Hardly any qdisc is offloaded, but each says so.
          if (length >= 5 && payload.data[at + 4] !== 0) present |= 1 << TCA.HW_OFFLOAD;
          break;
        case TCA.STAB:
        case TCA.CHAIN:
        case TCA.INGRESS_BLOCK:
        case TCA.EGRESS_BLOCK:
          present |= 1 << type;
          break;
      }
      at += (length + 3) & ~3;
    }
    payload.pos = end;
    this.data = payload.data;
    this.words = words;
    this.littleEndian = littleEndian;
    this.end = end;
    this.header = start >>> 2;
    this.kindAt = kindAt;
    this.optionsAt = optionsAt;
    this.xstatsAt = xstatsAt;
    this.present = present;
    this.readStats(statsAt);
    return this;
  }

  /** Finds the nested attributes of TCA_STATS2. */
  private readStats(statsAt: number): void {
    const { words, littleEndian } = this;
    let basicAt = 0;
    let packets64At = 0;
    let queueAt = 0;
    const end = statsAt === 0 ? 0 : statsAt + this.lengthAt(statsAt);
    for (let at = statsAt + 4; end - at >= 4; ) {
      const header = words[at >>> 2] as number;
      const length = littleEndian ? header & 0xffff : header >>> 16;
      if (length < 4 || length > end - at) throw new ShortReadError(at, length, end);
      const type = (littleEndian ? header >>> 16 : header) & ATTRIBUTE_TYPE_MASK;
      if (type === TCA_STATS.BASIC && length >= 4 + BASIC_BYTES) basicAt = at;
      else if (type === TCA_STATS.QUEUE && length >= 4 + QUEUE_BYTES) queueAt = at;
      else if (type === TCA_STATS.PKT64 && length >= 12) packets64At = at;
      // TCA_XSTATS has the same bytes, for old programs.
      else if (type === TCA_STATS.APP) this.xstatsAt = at;
      at += (length + 3) & ~3;
    }
    this.statsAt = statsAt;
    this.basicAt = basicAt;
    this.packets64At = packets64At;
    this.queueAt = queueAt;
  }

  get ifindex(): number {
    return (this.words[this.header + 1] as number) | 0;
  }
  get handle(): number {
    return this.words[this.header + 2] as number;
  }
  get parent(): number {
    return this.words[this.header + 3] as number;
  }
  get info(): number {
    return this.words[this.header + 4] as number;
  }

  get kind(): string {
    const { words, kindAt } = this;
    if (kindAt === 0) return '';
    const length = this.lengthAt(kindAt) - 4;
    const word = (kindAt >>> 2) + 1;
    const first = words[word];
    const second = length > 4 ? words[word + 1] : 0;
    const third = length > 8 ? words[word + 2] : 0;
    if (length !== this.lastLength || first !== this.first || second !== this.second || third !== this.third) {
      this.lastKind = decodeText(this.data, kindAt + 4, kindAt + 4 + length);
      this.lastLength = length <= LONGEST_REMEMBERED_KIND ? length : -1;
      this.first = first;
      this.second = second;
      this.third = third;
    }
    return this.lastKind;
  }

  /** A copy of what TCA_OPTIONS holds. */
  get options(): Uint8Array | undefined {
    return this.copyAt(this.optionsAt);
  }
  get xstats(): Uint8Array | undefined {
    return this.copyAt(this.xstatsAt);
  }
  get stab(): Uint8Array | undefined {
    return this.copyAt(this.find(TCA.STAB));
  }
  get chain(): number | undefined {
    return this.numberAt(this.find(TCA.CHAIN));
  }
  get ingressBlock(): number | undefined {
    return this.numberAt(this.find(TCA.INGRESS_BLOCK));
  }
  get egressBlock(): number | undefined {
    return this.numberAt(this.find(TCA.EGRESS_BLOCK));
  }
  get offloaded(): true | undefined {
    return (this.present & (1 << TCA.HW_OFFLOAD)) === 0 ? undefined : true;
  }

  get stats(): TcStats | undefined {
    return this.statsAt === 0 ? undefined : this;
  }
  get bytes(): number {
    return this.counter64(this.basicAt);
  }
  get packets(): number {
    if (this.packets64At !== 0) return this.counter64(this.packets64At);
    return this.basicAt === 0 ? 0 : (this.words[(this.basicAt >>> 2) + 3] as number);
  }
  get qlen(): number {
    return this.queueAt === 0 ? 0 : (this.words[(this.queueAt >>> 2) + 1] as number);
  }
  get backlogBytes(): number {
    return this.queueAt === 0 ? 0 : (this.words[(this.queueAt >>> 2) + 2] as number);
  }
  get drops(): number {
    return this.queueAt === 0 ? 0 : (this.words[(this.queueAt >>> 2) + 3] as number);
  }
  get requeues(): number {
    return this.queueAt === 0 ? 0 : (this.words[(this.queueAt >>> 2) + 4] as number);
  }
  get overlimits(): number {
    return this.queueAt === 0 ? 0 : (this.words[(this.queueAt >>> 2) + 5] as number);
  }

  /** A plain object to keep, without the properties that are undefined here. */
  copy(): TcMessage {
    const { words, header, queueAt } = this;
    const message: { -readonly [Key in keyof TcMessage]: TcMessage[Key] } = {
      ifindex: (words[header + 1] as number) | 0,
      handle: words[header + 2] as number,
      parent: words[header + 3] as number,
      info: words[header + 4] as number,
      kind: this.kind,
    };
    if (this.optionsAt !== 0) message.options = this.copyAt(this.optionsAt);
    if (this.xstatsAt !== 0) message.xstats = this.copyAt(this.xstatsAt);
    if (this.statsAt !== 0) {
      const queue = queueAt >>> 2;
      message.stats = {
        bytes: this.counter64(this.basicAt),
        packets: this.packets,
        drops: queue === 0 ? 0 : (words[queue + 3] as number),
        overlimits: queue === 0 ? 0 : (words[queue + 5] as number),
        requeues: queue === 0 ? 0 : (words[queue + 4] as number),
        backlogBytes: queue === 0 ? 0 : (words[queue + 2] as number),
        qlen: queue === 0 ? 0 : (words[queue + 1] as number),
      };
    }
    if (this.present !== 0) this.copySeldom(message);
    return message;
  }

  private copySeldom(message: { -readonly [Key in keyof TcMessage]: TcMessage[Key] }): void {
    const { stab, chain, ingressBlock, egressBlock, offloaded } = this;
    if (stab !== undefined) message.stab = stab;
    if (chain !== undefined) message.chain = chain;
    if (ingressBlock !== undefined) message.ingressBlock = ingressBlock;
    if (egressBlock !== undefined) message.egressBlock = egressBlock;
    if (offloaded !== undefined) message.offloaded = offloaded;
  }

  /** The length of the attribute at `at`, its header included. */
  private lengthAt(at: number): number {
    const header = this.words[at >>> 2] as number;
    return this.littleEndian ? header & 0xffff : header >>> 16;
  }

  /** The offset of a seldom attribute, or 0. `read` has checked all lengths. */
  private find(type: number): number {
    if ((this.present & (1 << type)) === 0) return 0;
    for (let at = this.header * 4 + HEADER_BYTES; this.end - at >= 4; at += (this.lengthAt(at) + 3) & ~3) {
      const header = this.words[at >>> 2] as number;
      if (((this.littleEndian ? header >>> 16 : header) & ATTRIBUTE_TYPE_MASK) === type) return at;
    }
    return 0;
  }

  private copyAt(at: number): Uint8Array | undefined {
    return at === 0 ? undefined : this.data.slice(at + 4, at + this.lengthAt(at));
  }

  private numberAt(at: number): number | undefined {
    return at === 0 || this.lengthAt(at) < 8 ? undefined : (this.words[(at >>> 2) + 1] as number);
  }

  /** A u64, exact up to 2^53. */
  private counter64(at: number): number {
    if (at === 0) return 0;
    const first = this.words[(at >>> 2) + 1] as number;
    const second = this.words[(at >>> 2) + 2] as number;
    return this.littleEndian ? second * 0x1_0000_0000 + first : first * 0x1_0000_0000 + second;
  }
}
