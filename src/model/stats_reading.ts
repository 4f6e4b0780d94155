/**
 * What the kernel counts for one direction at one moment: its CAKE, or the CAKEs below its cake_mq taken together.
 *
 * Numbers in one typed array, since two of these are filled every second for as long as the agent runs.
 */
import {
  type CakeSample,
  MOST_TINS,
  QDISC_COLUMN,
  SAMPLE_COLUMNS,
  TIN_COLUMN,
  TIN_COLUMNS,
} from '../tc/qdisc/cake_sample.ts';
import type { TcView } from '../wire/tcview.ts';

/** How much a CAKE below a cake_mq has to say about the delays of a tin: nothing ever sent, nothing lately, sending. */
const UNUSED = 0;
const IDLE = 1;
const SENDING = 2;

const { peakDelayUs, averageDelayUs, baseDelayUs, thresholdRateBitPerS, sentPackets, backlogBytes } = TIN_COLUMN;

export class Reading {
  ifindex = 0;
  handle = 0;
  kind = '';
  /** Of the tins, `diffserv4`. */
  mode = '';
  /** CAKEs that were added; 0 while nothing was read. */
  queues = 0;
  tinCount = 0;
  sentBytes = 0;
  sentPackets = 0;
  backlogBytes = 0;
  backlogPackets = 0;
  /** Columns of CakeSample: sums over the queues, but the largest threshold and capacity, and of the delays see `addDelays`. */
  readonly values: Float64Array = new Float64Array(SAMPLE_COLUMNS);
  /** Packets of each tin of each queue, as the kernel counts them. */
  private queuePackets = new Float64Array(MOST_TINS);
  private readonly standing = new Uint8Array(MOST_TINS);
  private readonly weights = new Float64Array(MOST_TINS);

  /** Forgets what was read, and takes note of the root. */
  begin(root: TcView | undefined, mode: string): void {
    this.queues = this.tinCount = 0;
    this.sentBytes = this.sentPackets = this.backlogBytes = this.backlogPackets = 0;
    this.values.fill(0);
    this.standing.fill(UNUSED);
    if (root === undefined) return;
    this.ifindex = root.ifindex;
    this.handle = root.handle;
    this.kind = root.kind;
    this.mode = mode;
  }

  /**
   * Adds a CAKE: the root itself, or the next queue of a cake_mq, `before` being what was read the time before.
   *
   * @throws ShortReadError where its statistics are cut
   */
  add(cake: TcView, sample: CakeSample, littleEndian: boolean, before: Reading): void {
    if (!sample.read(cake, littleEndian)) return;
    this.sentBytes += cake.bytes;
    this.sentPackets += cake.packets;
    this.backlogBytes += cake.backlogBytes;
    this.backlogPackets += cake.qlen;
    const { values } = this;
    const { values: own, tinCount } = sample;
    this.tinCount = Math.max(this.tinCount, tinCount);
    // By far the most common, and nothing to add up.
    if (this.kind === 'cake') {
      values.set(own);
      this.queues = 1;
      return;
    }
    for (let tin = 0; tin < tinCount; tin++) {
      const first = tin * TIN_COLUMNS;
      for (let column = first; column < first + thresholdRateBitPerS; column++) {
        values[column] = (values[column] as number) + (own[column] as number);
      }
      raise(values, first + thresholdRateBitPerS, own);
      this.addDelays(tin, own, before);
    }
    for (const column of [QDISC_COLUMN.memoryUsedBytes, QDISC_COLUMN.memoryLimitBytes]) {
      values[column] = (values[column] as number) + (own[column] as number);
    }
    raise(values, QDISC_COLUMN.capacityEstimateBitPerS, own);
    this.queues += 1;
  }

  /**
   * The delays that CAKE tells stand still while a tin sends nothing, so of several queues those count that are sending; else all
   * that have ever sent. Peak: the largest; base: the smallest; average: weighted by packets.
   */
  private addDelays(tin: number, own: Float64Array, before: Reading): void {
    const { values, standing, weights } = this;
    const first = tin * TIN_COLUMNS;
    const packets = own[first + sentPackets] as number;
    const lately = packets - before.packetsOf(this.queues, tin);
    this.notePackets(this.queues, tin, packets);
    const isSending = lately !== 0 || own[first + backlogBytes] !== 0;
    const ownStanding = packets === 0 ? UNUSED : isSending ? SENDING : IDLE;
    if (ownStanding < (standing[tin] as number)) return;
    const weight = ownStanding === IDLE ? packets : Math.max(lately, 1);
    if (ownStanding > (standing[tin] as number) || ownStanding === UNUSED) {
      standing[tin] = ownStanding;
      weights[tin] = weight;
      for (const column of [peakDelayUs, averageDelayUs, baseDelayUs]) {
        values[first + column] = own[first + column] as number;
      }
      return;
    }
    raise(values, first + peakDelayUs, own);
    const base = first + baseDelayUs;
    values[base] = Math.min(values[base] as number, own[base] as number);
    const average = first + averageDelayUs;
    const sum = (weights[tin] as number) + weight;
    values[average] =
      ((values[average] as number) * (weights[tin] as number) + (own[average] as number) * weight) / sum;
    weights[tin] = sum;
  }

  private packetsOf(queue: number, tin: number): number {
    return queue < this.queues ? (this.queuePackets[queue * MOST_TINS + tin] as number) : 0;
  }

  private notePackets(queue: number, tin: number, packets: number): void {
    const at = queue * MOST_TINS + tin;
    if (at >= this.queuePackets.length) {
      const larger = new Float64Array(this.queuePackets.length * 2);
      larger.set(this.queuePackets);
      this.queuePackets = larger;
    }
    this.queuePackets[at] = packets;
  }
}

function raise(values: Float64Array, column: number, own: Float64Array): void {
  values[column] = Math.max(values[column] as number, own[column] as number);
}
