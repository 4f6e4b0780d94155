/**
 * Statistics of CAKE read where they lie in the receive buffer, for whoever looks at them every second.
 *
 * Where each number lies is found once; as long as the headers of all attributes are where they were, the next reading only picks
 * the numbers. An object for each tin, as decodeCakeStats makes them, would cost twenty times as much.
 */
import { bitPerSFromBytePerS } from '../../lib/units.ts';
import { TCA_CAKE, TCA_CAKE_STATS } from '../../uapi/tc.ts';
import { eachHeader, lengthInHeader, type NumberRows, u64, type WireType } from '../../wire/nla.ts';
import type { TcView } from '../../wire/tcview.ts';
import { DIFFSERV } from './cake.ts';
import { CAKE_STATS_ROWS, CAKE_TIN_ROWS, rate64 } from './cake_stats.ts';

/** Of each tin, what only grows (but for u32 that wrap), then what goes up and down. A field's place is its column. */
export const TIN_COUNTERS = [
  'sentBytes',
  'sentPackets',
  'droppedPackets',
  'ecnMarkedPackets',
  'acksDroppedPackets',
  'wayIndirectHits',
  'wayMisses',
  'wayCollisions',
] as const;
export const TIN_GAUGES = [
  'backlogBytes',
  'sparseFlows',
  'bulkFlows',
  'unresponsiveFlows',
  'thresholdRateBitPerS',
  'peakDelayUs',
  'averageDelayUs',
  'baseDelayUs',
] as const;
const QDISC_FIELDS = ['memoryUsedBytes', 'memoryLimitBytes', 'capacityEstimateBitPerS'] as const;

type TinField = (typeof TIN_COUNTERS)[number] | (typeof TIN_GAUGES)[number];
type Columns<Name extends string> = Readonly<Record<Name, number>>;

function columnsOf<Name extends string>(names: readonly Name[], first = 0): Columns<Name> {
  return Object.fromEntries(names.map((name, i) => [name, first + i])) as Columns<Name>;
}

export const TIN_COLUMN: Columns<TinField> = columnsOf([...TIN_COUNTERS, ...TIN_GAUGES]);
export const TIN_COLUMNS = TIN_COUNTERS.length + TIN_GAUGES.length;
/** CAKE_MAX_TINS, sch_cake.c */
export const MOST_TINS = 8;
/** The numbers of the whole qdisc stand behind those of the tins. */
export const QDISC_COLUMN: Columns<(typeof QDISC_FIELDS)[number]> = columnsOf(QDISC_FIELDS, MOST_TINS * TIN_COLUMNS);
export const SAMPLE_COLUMNS = MOST_TINS * TIN_COLUMNS + QDISC_FIELDS.length;

interface Pick {
  readonly column: number;
  /** What a number of 64 bits is multiplied with; 0 for one of 32 bits. */
  readonly factor64: number;
}

function factor64Of(wire: WireType<number>): number {
  return wire === rate64 ? bitPerSFromBytePerS(1) : wire === u64 ? 1 : 0;
}

/** By attribute. */
function picksOf<Name extends string>(columns: Columns<Name>, rows: NumberRows<Name>): ReadonlyMap<number, Pick> {
  const names = Object.keys(columns) as Name[];
  return new Map(names.map((name) => [rows[name][0], { column: columns[name], factor64: factor64Of(rows[name][1]) }]));
}

const TIN_PICKS = picksOf(TIN_COLUMN, CAKE_TIN_ROWS);
const QDISC_PICKS = picksOf(QDISC_COLUMN, CAKE_STATS_ROWS);

const MODE_NAMES = new Map<number, string>(Object.entries(DIFFSERV).map(([name, mode]) => [mode, name]));

export class CakeSample {
  /**
   * TIN_COLUMNS numbers for each tin, in the order of decodeCakeStats, then those of QDISC_COLUMN. As of the last `read`. All that
   * has 32 bits is read as u32, unresponsiveFlows too, which is an s32.
   */
  readonly values: Float64Array = new Float64Array(SAMPLE_COLUMNS);
  tinCount = 0;

  private lastBytes = -1;
  // Words from the beginning of the statistics: of headers that tell whether all lies as before, of the numbers of 32 bits that are
  // picked, of those of 64.
  private signsAt: number[] = [];
  private signs: number[] = [];
  private at32: number[] = [];
  private columns32: number[] = [];
  private at64: number[] = [];
  private picks64: Pick[] = [];
  // The same of the one option that is looked at.
  private lastOptionsBytes = -1;
  private modeAt = 0;
  private modeHeader = -1;

  /**
   * Reads the statistics of a CAKE; false where it has none, as a cake_mq itself.
   *
   * @throws ShortReadError where an attribute is cut
   */
  read(view: TcView, littleEndian: boolean): boolean {
    const bytes = view.xstatsBytes;
    if (bytes === 0) return false;
    const { words } = view;
    const first = view.xstatsStart >>> 2;
    if (bytes !== this.lastBytes || !this.liesAsBefore(words, first)) this.learn(words, littleEndian, first * 4, bytes);
    const { at32, columns32, at64, picks64, values } = this;
    for (let i = 0; i < at32.length; i++) values[columns32[i] as number] = words[first + (at32[i] as number)] as number;
    for (let i = 0; i < at64.length; i++) {
      const at = first + (at64[i] as number);
      const { column, factor64 } = picks64[i] as Pick;
      const low = words[littleEndian ? at : at + 1] as number;
      const high = words[littleEndian ? at + 1 : at] as number;
      values[column] = factor64 * (high * 0x1_0000_0000 + low);
    }
    return true;
  }

  /** The mode of the tins (`diffserv4`) of a CAKE or cake_mq; '' where its options do not tell. @throws ShortReadError */
  modeOf(view: TcView, littleEndian: boolean): string {
    const { words, optionsStart, optionsBytes } = view;
    const at = (optionsStart >>> 2) + this.modeAt;
    if (optionsBytes !== this.lastOptionsBytes || words[at] !== this.modeHeader) {
      this.lastOptionsBytes = this.modeHeader = -1;
      eachHeader(words, littleEndian, optionsStart, optionsStart + optionsBytes, (type, header, word) => {
        if (type !== TCA_CAKE.DIFFSERV_MODE) return;
        this.modeAt = (header - optionsStart) >>> 2;
        this.modeHeader = word;
      });
      if (this.modeHeader < 0) return '';
      this.lastOptionsBytes = optionsBytes;
    }
    return MODE_NAMES.get(words[(optionsStart >>> 2) + this.modeAt + 1] as number) ?? '';
  }

  private liesAsBefore(words: Uint32Array, first: number): boolean {
    const { signsAt, signs } = this;
    for (let i = 0; i < signs.length; i++) {
      if (words[first + (signsAt[i] as number)] !== signs[i]) return false;
    }
    return true;
  }

  /**
   * Of the headers, those of the tins and of numbers of 64 bits are signs: before these the kernel may put padding, now here and
   * now there (nla_put_64bit), and all others have the same length and move with them.
   */
  private learn(words: Uint32Array, littleEndian: boolean, start: number, bytes: number): void {
    this.lastBytes = -1;
    for (const list of [this.signsAt, this.signs, this.at32, this.columns32, this.at64, this.picks64]) list.length = 0;
    this.values.fill(0);
    let tin = 0;
    const sign = (at: number, header: number): void => {
      this.signsAt.push((at - start) >>> 2);
      this.signs.push(header);
    };
    const level = (from: number, to: number, picks: ReadonlyMap<number, Pick>, firstColumn: number): void => {
      eachHeader(words, littleEndian, from, to, (type, at, header) => {
        const end = at + lengthInHeader(header, littleEndian);
        const pick = picks.get(type);
        if (picks === QDISC_PICKS && type === TCA_CAKE_STATS.TIN_STATS) {
          eachHeader(words, littleEndian, at + 4, end, (_index, tinAt, tinHeader) => {
            sign(tinAt, tinHeader);
            const tinEnd = tinAt + lengthInHeader(tinHeader, littleEndian);
            if (tin < MOST_TINS) level(tinAt + 4, tinEnd, TIN_PICKS, tin++ * TIN_COLUMNS);
          });
        } else if (pick !== undefined && end - at >= (pick.factor64 === 0 ? 8 : 12)) {
          const number = (at + 4 - start) >>> 2;
          if (pick.factor64 === 0) {
            this.at32.push(number);
            this.columns32.push(firstColumn + pick.column);
          } else {
            sign(at, header);
            this.at64.push(number);
            this.picks64.push({ ...pick, column: firstColumn + pick.column });
          }
        }
      });
    };
    level(start, start + bytes, QDISC_PICKS, 0);
    this.tinCount = tin;
    this.lastBytes = bytes;
  }
}
