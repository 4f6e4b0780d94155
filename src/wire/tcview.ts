/**
 * A qdisc, class or filter read where it lies in the receive buffer, for lists of ten thousand.
 *
 * In QuickJS a property of a new object costs more than decoding its value, and a call more than ten of them. So one view goes
 * over all messages of a dump, and looks for the attributes anew only where they do not lie as in the message before.
 */
import type { Reader } from '../lib/bytes.ts';
import { TCA } from '../uapi/rtnetlink.ts';
import { TCA_STATS } from '../uapi/tc.ts';
import { decodeText, eachHeader, lengthInHeader } from './nla.ts';
import type { TcMessage, TcRate, TcStats } from './tcmsg.ts';

/** struct tcmsg: family and padding, ifindex, handle, parent, info. */
const HEADER_BYTES = 20;
const BASIC_BYTES = 12;
const QUEUE_BYTES = 20;
const U64_BYTES = 8;
const RATE_BYTES = 8;
const RATE64_BYTES = 16;

/** A {@link TcMessage} that is valid until the next `read`, or until the buffer below is written again. */
export class TcView implements TcMessage, TcStats {
  ifindex = 0;
  handle = 0;
  parent = 0;
  kind = '';

  private payload: Reader | undefined;
  private data: Uint8Array = new Uint8Array();
  /** The data as words, see Reader.words; the places below are bytes of it. */
  words: Uint32Array = new Uint32Array();
  private littleEndian = true;
  private start = 0;
  private end = 0;

  // What tells that a message lies as the last one did: its length, and words of it (the headers of all attributes, and the kind) by
  // their distance from its start. The last of `signs` is no word, so that a comparison ends there.
  private lastBytes = -1;
  private signsAt: number[] = [];
  private signs: number[] = [];
  // Words from the start of the message to the header of an attribute; 0 for one that is not there.
  private kindAt = 0;
  private optionsAt = 0;
  private xstatsAt = 0;
  private stabAt = 0;
  private chainAt = 0;
  private ingressBlockAt = 0;
  private egressBlockAt = 0;
  private offloadAt = 0;
  private statsAt = 0;
  private basicAt = 0;
  private packets64At = 0;
  private queueAt = 0;
  private rateAt = 0;
  private rate64At = 0;

  /**
   * Goes to another message. The payload stands where eachMessage left it, or at the beginning of a copy.
   *
   * @throws ShortReadError where an attribute is cut or too short
   */
  read(payload: Reader): this {
    if (payload !== this.payload) {
      this.payload = payload;
      this.data = payload.data;
      this.words = payload.words;
      this.littleEndian = payload.littleEndian;
    }
    const { words, signs, signsAt } = this;
    const start = payload.pos;
    const end = payload.end;
    const header = start >>> 2;
    this.start = start;
    this.end = end;
    let alike = 0;
    if (end - start === this.lastBytes) while (words[header + (signsAt[alike] as number)] === signs[alike]) alike++;
    if (alike === 0 || alike < signs.length - 1) this.findAttributes(payload);
    payload.pos = end;

    this.ifindex = (words[header + 1] as number) | 0;
    this.handle = words[header + 2] as number;
    this.parent = words[header + 3] as number;
    return this;
  }

  /** Reads the attributes of a message that is not like the last. */
  private findAttributes(payload: Reader): void {
    this.forget();
    payload.take(HEADER_BYTES);
    this.eachHeader(this.start + HEADER_BYTES, this.end, (type, at) => {
      switch (type) {
        case TCA.KIND:
          this.kindAt = at;
          break;
        case TCA.OPTIONS:
          this.optionsAt = at;
          break;
        case TCA.XSTATS:
          this.xstatsAt = at;
          break;
        case TCA.STAB:
          this.stabAt = at;
          break;
        case TCA.CHAIN:
          this.chainAt = at;
          break;
        case TCA.INGRESS_BLOCK:
          this.ingressBlockAt = at;
          break;
        case TCA.EGRESS_BLOCK:
          this.egressBlockAt = at;
          break;
        case TCA.HW_OFFLOAD:
          this.offloadAt = at;
          break;
        case TCA.STATS2:
          this.statsAt = at;
          break;
      }
    });
    if (this.statsAt !== 0) {
      const stats = this.start + this.statsAt * 4;
      this.eachHeader(stats + 4, stats + 4 + this.lengthOf(this.statsAt), (type, at) => {
        const length = this.lengthOf(at);
        if (type === TCA_STATS.BASIC && length >= BASIC_BYTES) this.basicAt = at;
        else if (type === TCA_STATS.QUEUE && length >= QUEUE_BYTES) this.queueAt = at;
        else if (type === TCA_STATS.PKT64 && length >= U64_BYTES) this.packets64At = at;
        else if (type === TCA_STATS.RATE_EST && length >= RATE_BYTES) this.rateAt = at;
        else if (type === TCA_STATS.RATE_EST64 && length >= RATE64_BYTES) this.rate64At = at;
        // TCA_XSTATS has the same bytes, for old programs.
        else if (type === TCA_STATS.APP) this.xstatsAt = at;
      });
    }
    if (this.kindAt !== 0) this.readKind();
    this.addSign(0, -1);
    this.lastBytes = this.end - this.start;
  }

  private forget(): void {
    this.lastBytes = -1;
    this.signs = [];
    this.signsAt = [];
    this.kind = '';
    this.kindAt = this.optionsAt = this.xstatsAt = this.stabAt = this.chainAt = 0;
    this.ingressBlockAt = this.egressBlockAt = this.offloadAt = 0;
    this.statsAt = this.basicAt = this.packets64At = this.queueAt = this.rateAt = this.rate64At = 0;
  }

  private eachHeader(from: number, to: number, visit: (type: number, wordsFromStart: number) => void): void {
    eachHeader(this.words, this.littleEndian, from, to, (type, at, header) => {
      const wordsFromStart = (at - this.start) >>> 2;
      this.addSign(wordsFromStart, header);
      visit(type, wordsFromStart);
    });
  }

  private readKind(): void {
    const from = this.start + this.kindAt * 4 + 4;
    const to = from + this.lengthOf(this.kindAt);
    this.kind = decodeText(this.data, from, to);
    for (let at = from; at < to; at += 4) this.addSign((at - this.start) >>> 2, this.words[at >>> 2] as number);
  }

  private addSign(at: number, word: number): void {
    this.signsAt.push(at);
    this.signs.push(word);
  }

  get info(): number {
    return this.words[(this.start >>> 2) + 4] as number;
  }

  /** Whether nothing ever went through it and nothing waits, of those that count: for lists in which most are so. */
  get isIdle(): boolean {
    const { words, basicAt, queueAt, packets64At } = this;
    const start = this.start >>> 2;
    const basic = start + basicAt;
    if (basicAt !== 0 && (words[basic + 1] !== 0 || words[basic + 2] !== 0 || words[basic + 3] !== 0)) return false;
    if (packets64At !== 0 && this.packets !== 0) return false;
    if (queueAt === 0) return true;
    const queue = start + queueAt;
    if (words[queue + 1] !== 0 || words[queue + 2] !== 0 || words[queue + 3] !== 0) return false;
    return words[queue + 4] === 0 && words[queue + 5] === 0;
  }

  // Of TCA_STATS2; 0 without it.
  get bytes(): number {
    return this.basicAt === 0 ? 0 : this.u64At(this.basicAt + 1);
  }
  get packets(): number {
    return this.packets64At === 0 ? this.basicWord(3) : this.u64At(this.packets64At + 1);
  }
  get qlen(): number {
    return this.queueWord(1);
  }
  get backlogBytes(): number {
    return this.queueWord(2);
  }
  get drops(): number {
    return this.queueWord(3);
  }
  get requeues(): number {
    return this.queueWord(4);
  }
  get overlimits(): number {
    return this.queueWord(5);
  }
  get rate(): TcRate | undefined {
    const { rateAt, rate64At } = this;
    // The wider one only comes where the other has no room (gen_stats.c: gnet_stats_copy_rate_est).
    if (rate64At !== 0) return { bytePerS: this.u64At(rate64At + 1), packetPerS: this.u64At(rate64At + 3) };
    const at = (this.start >>> 2) + rateAt;
    return rateAt === 0
      ? undefined
      : { bytePerS: this.words[at + 1] as number, packetPerS: this.words[at + 2] as number };
  }

  /** Where TCA_OPTIONS and TCA_STATS_APP lie, and how long they are: 0 where there is none. */
  get optionsStart(): number {
    return this.start + this.optionsAt * 4 + 4;
  }
  get optionsBytes(): number {
    return this.optionsAt === 0 ? 0 : this.lengthOf(this.optionsAt);
  }
  get xstatsStart(): number {
    return this.start + this.xstatsAt * 4 + 4;
  }
  get xstatsBytes(): number {
    return this.xstatsAt === 0 ? 0 : this.lengthOf(this.xstatsAt);
  }

  /** A copy of what TCA_OPTIONS holds. */
  get options(): Uint8Array | undefined {
    return this.copyOf(this.optionsAt);
  }
  get xstats(): Uint8Array | undefined {
    return this.copyOf(this.xstatsAt);
  }
  get stab(): Uint8Array | undefined {
    return this.copyOf(this.stabAt);
  }
  get chain(): number | undefined {
    return this.numberOf(this.chainAt);
  }
  get ingressBlock(): number | undefined {
    return this.numberOf(this.ingressBlockAt);
  }
  get egressBlock(): number | undefined {
    return this.numberOf(this.egressBlockAt);
  }
  get offloaded(): true | undefined {
    if (this.offloadAt === 0 || this.lengthOf(this.offloadAt) === 0) return undefined;
    return this.data[this.start + this.offloadAt * 4 + 4] === 0 ? undefined : true;
  }
  get stats(): TcStats | undefined {
    return this.statsAt === 0 ? undefined : this;
  }

  /** A plain object to keep, without the properties that are undefined here. */
  copy(): TcMessage {
    const { ifindex, handle, parent, info, kind } = this;
    const message: { -readonly [Key in keyof TcMessage]: TcMessage[Key] } = { ifindex, handle, parent, info, kind };
    if (this.optionsAt !== 0) message.options = this.copyOf(this.optionsAt);
    if (this.xstatsAt !== 0) message.xstats = this.copyOf(this.xstatsAt);
    if (this.statsAt !== 0) {
      const { bytes, packets, drops, overlimits, requeues, backlogBytes, qlen, rate } = this;
      const stats = { bytes, packets, drops, overlimits, requeues, backlogBytes, qlen };
      message.stats = rate === undefined ? stats : { ...stats, rate };
    }
    if (this.stabAt !== 0) message.stab = this.copyOf(this.stabAt);
    const { chain, ingressBlock, egressBlock, offloaded } = this;
    if (chain !== undefined) message.chain = chain;
    if (ingressBlock !== undefined) message.ingressBlock = ingressBlock;
    if (egressBlock !== undefined) message.egressBlock = egressBlock;
    if (offloaded !== undefined) message.offloaded = offloaded;
    return message;
  }

  /** Bytes in the attribute whose header is `at` words from the start. */
  private lengthOf(at: number): number {
    return lengthInHeader(this.words[(this.start >>> 2) + at] as number, this.littleEndian) - 4;
  }

  private copyOf(at: number): Uint8Array | undefined {
    const from = this.start + at * 4 + 4;
    return at === 0 ? undefined : this.data.slice(from, from + this.lengthOf(at));
  }

  private numberOf(at: number): number | undefined {
    return at === 0 || this.lengthOf(at) < 4 ? undefined : (this.words[(this.start >>> 2) + at + 1] as number);
  }

  private basicWord(word: number): number {
    return this.basicAt === 0 ? 0 : (this.words[(this.start >>> 2) + this.basicAt + word] as number);
  }

  private queueWord(word: number): number {
    return this.queueAt === 0 ? 0 : (this.words[(this.start >>> 2) + this.queueAt + word] as number);
  }

  /** The u64 that begins so many words from the start, exact up to 2^53. */
  private u64At(at: number): number {
    const word = (this.start >>> 2) + at;
    const first = this.words[word] as number;
    const second = this.words[word + 1] as number;
    return this.littleEndian ? second * 0x1_0000_0000 + first : first * 0x1_0000_0000 + second;
  }
}
