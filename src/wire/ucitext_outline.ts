/** Where the sections of a UCI file begin. */

/** From one section on all have moved by so many bytes. */
interface Move {
  readonly from: number;
  readonly bytes: number;
}

/** So many moves are remembered before they are carried out: of ten thousand sections that takes a router milliseconds. */
const MOST_MOVES = 64;

/** Sections by their position in the file, from 0. */
export class UciOutline {
  private readonly starts: Uint32Array;
  private readonly lines: Uint32Array;
  private readonly names: readonly string[];
  private readonly moves: readonly Move[];

  /** `starts` are the first bytes of the sections before the `moves`, `lines` their lines from 1. */
  constructor(starts: Uint32Array, lines: Uint32Array, names: readonly string[], moves: readonly Move[] = []) {
    this.starts = starts;
    this.lines = lines;
    this.names = names;
    this.moves = moves;
  }

  get length(): number {
    return this.starts.length;
  }

  /** The first byte of a section; undefined where there is none. */
  start(section: number): number | undefined {
    const start = this.starts[section];
    if (start === undefined) return undefined;
    return this.moves.reduce((at, { from, bytes }) => (section >= from ? at + bytes : at), start);
  }

  /** The line of a section, from 1. */
  line(section: number): number | undefined {
    return this.lines[section];
  }

  /** The first section of this name; undefined where there is none. */
  sectionNamed(name: string): number | undefined {
    const section = this.names.indexOf(name);
    return section < 0 ? undefined : section;
  }

  /** How many sections begin before this byte. */
  countBefore(byte: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.start(middle) ?? byte) < byte) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The same where the sections from `from` on begin so many bytes later. */
  moved(from: number, bytes: number): UciOutline {
    if (bytes === 0) return this;
    const moves = [...this.moves, { from, bytes }];
    if (moves.length < MOST_MOVES) return new UciOutline(this.starts, this.lines, this.names, moves);
    const starts = this.starts.map((_, section) => (this.start(section) ?? 0) + (section >= from ? bytes : 0));
    return new UciOutline(starts, this.lines, this.names);
  }
}
