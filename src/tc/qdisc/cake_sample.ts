/**
 * Statistics of CAKE read where they lie in the receive buffer, for whoever looks at them every second.
 *
 * Where each number lies is found once; as long as the headers of all attributes are where they were, the next reading only picks
 * the numbers. An object for each tin, as decodeCakeStats makes them, would cost twenty times as much.
 */
import { bitPerSFromBytePerS } from '../../lib/units.ts';
import { TCA_CAKE, TCA_CAKE_STATS } from '../../uapi/tc.ts';
import { eachHeader, lengthInHeader, type NumberRows, s32, u32, type WireType } from '../../wire/nla.ts';
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

type Shape = 'u32' | 's32' | 'u64' | 'rate64';
const BIT_PER_BYTE = bitPerSFromBytePerS(1);

function shapeOf(wire: WireType<number>): Shape {
  if (wire === rate64) return 'rate64';
  return wire === u32 ? 'u32' : wire === s32 ? 's32' : 'u64';
}

interface Pick {
  readonly column: number;
  readonly shape: Shape;
}

/** By attribute. */
function picksOf<Name extends string>(columns: Columns<Name>, rows: NumberRows<Name>): ReadonlyMap<number, Pick> {
  const names = Object.keys(columns) as Name[];
  return new Map(names.map((name) => [rows[name][0], { column: columns[name], shape: shapeOf(rows[name][1]) }]));
}

const TIN_PICKS = picksOf(TIN_COLUMN, CAKE_TIN_ROWS);
const QDISC_PICKS = picksOf(QDISC_COLUMN, CAKE_STATS_ROWS);

export class CakeSample {
  /** TIN_COLUMNS numbers for each tin, in the order of decodeCakeStats, then those of QDISC_COLUMN. As of the last `read`. */
  readonly values: Float64Array = new Float64Array(SAMPLE_COLUMNS);
  tinCount = 0;

  private lastBytes = -1;
  // Words from the beginning of the statistics: of every header, and of every number that is picked.
  private signsAt: number[] = [];
  private signs: number[] = [];
  private picksAt: number[] = [];
  private shapes: Shape[] = [];
  private columns: number[] = [];

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
    const { picksAt, shapes, columns, values } = this;
    for (let i = 0; i < picksAt.length; i++) {
      const at = first + (picksAt[i] as number);
      const shape = shapes[i];
      let value = words[at] as number;
      if (shape === 's32') {
        value |= 0;
      } else if (shape !== 'u32') {
        const next = words[at + 1] as number;
        value = littleEndian ? next * 0x1_0000_0000 + value : value * 0x1_0000_0000 + next;
        if (shape === 'rate64') value *= BIT_PER_BYTE;
      }
      values[columns[i] as number] = value;
    }
    return true;
  }

  private liesAsBefore(words: Uint32Array, first: number): boolean {
    const { signsAt, signs } = this;
    for (let i = 0; i < signs.length; i++) {
      if (words[first + (signsAt[i] as number)] !== signs[i]) return false;
    }
    return true;
  }

  private learn(words: Uint32Array, littleEndian: boolean, start: number, bytes: number): void {
    this.lastBytes = -1;
    this.signs = [];
    this.signsAt = [];
    this.picksAt = [];
    this.shapes = [];
    this.columns = [];
    this.values.fill(0);
    let tin = 0;
    const each = (from: number, to: number, visit: (type: number, payload: number, length: number) => void): void => {
      eachHeader(words, littleEndian, from, to, (type, at, header) => {
        this.signsAt.push((at - start) >>> 2);
        this.signs.push(header);
        visit(type, at + 4, lengthInHeader(header, littleEndian) - 4);
      });
    };
    each(start, start + bytes, (type, payload, length) => {
      this.pick(QDISC_PICKS.get(type), 0, (payload - start) >>> 2, length);
      if (type !== TCA_CAKE_STATS.TIN_STATS) return;
      each(payload, payload + length, (_index, tinPayload, tinLength) => {
        if (tin === MOST_TINS) return;
        const firstColumn = tin++ * TIN_COLUMNS;
        each(tinPayload, tinPayload + tinLength, (tinType, number, numberLength) => {
          this.pick(TIN_PICKS.get(tinType), firstColumn, (number - start) >>> 2, numberLength);
        });
      });
    });
    this.tinCount = tin;
    this.lastBytes = bytes;
  }

  /** A number shorter than its type is left 0. */
  private pick(pick: Pick | undefined, firstColumn: number, at: number, length: number): void {
    if (pick === undefined || length < (pick.shape === 'u32' || pick.shape === 's32' ? 4 : 8)) return;
    this.picksAt.push(at);
    this.shapes.push(pick.shape);
    this.columns.push(firstColumn + pick.column);
  }
}

const MODE_NAMES = new Map<number, string>(Object.entries(DIFFSERV).map(([name, mode]) => [mode, name]));

/** The mode of the tins (`diffserv4`) of a CAKE or cake_mq; '' where its options do not tell. */
export function tinModeOf(view: TcView, littleEndian: boolean): string {
  const from = view.optionsStart;
  let mode = '';
  eachHeader(view.words, littleEndian, from, from + view.optionsBytes, (type, at) => {
    if (type === TCA_CAKE.DIFFSERV_MODE) mode = MODE_NAMES.get(view.words[(at >>> 2) + 1] as number) ?? '';
  });
  return mode;
}
