/**
 * UCI text into words, as libuci cuts it.
 *
 * libuci reads a line into a buffer, compacts each word in place over its own quotes and backslashes, and appends the next line
 * when a quote or a backslash leaves the word open. Several surprises follow from that: what a `;` does depends on whether the
 * word before it was compacted, error positions count from the first line of a statement, and a NUL byte swallows as much as
 * happened to be read with it. They are kept here, since a file must mean the same to us as to everything else on the router.
 * Read in libuci 66127cd76c5d; held against recordings in test/fixtures/uci.
 */

import { decodeUtf8 } from '../lib/utf8.ts';
import { PlainLines } from './ucitext_plain.ts';

const NUL = 0;
const TAB = 0x09;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const HASH = 0x23;
const SINGLE_QUOTE = 0x27;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;

/** libuci's first line buffer. It decides only how much a NUL byte swallows. */
const FIRST_CHUNK_BYTES = 32;
/** libuci doubles its buffer without end; past a gigabyte it fails or hangs, and here the size only stops to matter. */
const LARGEST_CHUNK_BYTES = 2 ** 30;

/**
 * Why libuci rejects a file. `line` counts from 1 (0 for a file of one unfinished line) and `byte` from 0, within all the
 * lines that the statement has spanned so far. `message` is the text that `uci` prints after its own name.
 */
export class UciSyntaxError extends Error {
  readonly reason: string;
  readonly line: number;
  readonly byte: number;
  constructor(reason: string, line: number, byte: number) {
    super(`Parse error (${reason}) at line ${line}, byte ${byte}`);
    this.name = 'UciSyntaxError';
    this.reason = reason;
    this.line = line;
    this.byte = byte;
  }
}

/** Whitespace of C's isspace(3): space, tab, newline, vertical tab, form feed, carriage return. */
function isBlank(byte: number): boolean {
  return byte === SPACE || (byte >= TAB && byte <= CARRIAGE_RETURN);
}

/**
 * A cursor over the statements of a file. Each line is entered by {@link nextLine}; each statement on it by {@link keyword},
 * {@link enterArguments} and then {@link word} until the line or a `;` ends it. Rejections are thrown as {@link UciSyntaxError}.
 */
export class UciLexer {
  private readonly source: Uint8Array;
  private sourcePos = 0;
  private chunkBytes = FIRST_CHUNK_BYTES;

  /** The lines that the current statement has read so far are `buffer[0, end)`. */
  private buffer: Uint8Array = new Uint8Array(256);
  private end = 0;
  private pos = 0;
  private keywordEnd = 0;

  /** Lines as libuci counts them, for its messages: one unfinished, or cut by a NUL, is not counted. */
  private countedLines = 0;
  private newlinesRead: number;
  private lastLine = 0;

  private readonly plain: PlainLines;
  private readonly hasNul: boolean;

  /** `line`, from 1, is the one in the file with which `source` begins. */
  constructor(source: Uint8Array, line: number) {
    this.source = source;
    this.newlinesRead = line - 1;
    this.plain = new PlainLines(source);
    this.hasNul = source.indexOf(NUL) >= 0;
  }

  /** The next line where it needs no lexer; {@link takePlainLine} goes on behind it. The lexer reads it just the same if it is not taken. */
  plainLine(): PlainLines | undefined {
    // A longer line would make libuci's buffer grow, which is not forgotten; a NUL byte is never plain.
    if (this.hasNul || !this.plain.look(this.sourcePos, this.chunkBytes - 1)) return undefined;
    return this.plain;
  }

  takePlainLine(): void {
    this.sourcePos = this.plain.end;
    this.countedLines += 1;
    this.newlinesRead += 1;
  }

  /** The byte of the source that comes next. */
  get offset(): number {
    return this.sourcePos;
  }

  /** The line in the file, from 1, that comes next. */
  get nextFileLine(): number {
    return this.newlinesRead + 1;
  }

  /** The line in the file, from 1, that was read last: where a statement begins, if asked before its words are read. */
  get fileLine(): number {
    return this.lastLine;
  }

  /** Goes on to the first statement of the next line; false at the end of the file. */
  nextLine(): boolean {
    if (this.sourcePos >= this.source.length) return false;
    this.readLine(0);
    this.pos = 0;
    this.skipBlanks();
    return true;
  }

  /** The first word of the next statement without entering it, or undefined where the line is over. */
  keyword(): string | undefined {
    let start = this.pos;
    while (start < this.end && this.isKeywordDelimiter(start)) start += 1;
    if (start >= this.end) return undefined;
    let stop = start;
    while (stop < this.end && !this.isKeywordDelimiter(stop)) stop += 1;
    this.keywordEnd = stop;
    return decodeUtf8(this.buffer, start, stop);
  }

  /** Moves behind the keyword; a file that ends right after it is rejected for `reasonIfNone`. */
  enterArguments(reasonIfNone: string): void {
    if (this.keywordEnd >= this.end) this.fail(reasonIfNone);
    this.pos = this.keywordEnd + 1;
  }

  /** The next word without its quotes and backslashes; empty at the end of the statement, or where `''` is written. */
  word(): string {
    this.skipBlanks();
    if (this.current() === SEMICOLON) {
      this.pos += 1;
      return '';
    }
    const start = this.pos;
    const stop = this.compactWord();
    return decodeUtf8(this.buffer, start, stop);
  }

  /** The end of the statement: the end of the line, a comment or a `;`. Anything else is rejected. */
  endStatement(): void {
    if (this.word() !== '') this.fail('too many arguments');
  }

  fail(reason: string): never {
    throw new UciSyntaxError(reason, this.countedLines, this.pos);
  }

  private current(): number {
    return this.pos < this.end ? (this.buffer[this.pos] as number) : NUL;
  }

  /** Only these two: a keyword right before the end of the line takes the newline with it and is unknown. */
  private isKeywordDelimiter(at: number): boolean {
    const byte = this.buffer[at];
    return byte === SPACE || byte === TAB;
  }

  private skipBlanks(): void {
    while (this.pos < this.end && isBlank(this.buffer[this.pos] as number)) this.pos += 1;
  }

  /** Copies the word at the cursor over its own quotes and gives the offset behind it; the cursor ends behind the source. */
  private compactWord(): number {
    let target = this.pos;
    do {
      const byte = this.current();
      if (byte === SINGLE_QUOTE) {
        target = this.compactQuoted(target, SINGLE_QUOTE);
      } else if (byte === DOUBLE_QUOTE) {
        target = this.compactQuoted(target, DOUBLE_QUOTE);
      } else if (byte === NUL) {
        return target;
      } else if (byte === HASH) {
        this.end = this.pos;
        return target;
      } else if (byte === SEMICOLON) {
        // The word's terminator lands on the `;` itself, and so ends the line, unless the word has become shorter.
        if (target === this.pos) this.end = this.pos;
        return target;
      } else if (byte !== BACKSLASH || this.takeBackslash()) {
        target = this.copyByte(target);
      }
    } while (this.pos < this.end && !isBlank(this.buffer[this.pos] as number));
    if (this.pos < this.end) this.pos += 1;
    return target;
  }

  private compactQuoted(start: number, quote: number): number {
    let target = start;
    this.pos += 1;
    for (;;) {
      const byte = this.current();
      if (byte === quote) {
        this.pos += 1;
        return target;
      }
      if (byte === NUL) {
        this.readLine(this.pos);
        if (this.current() === NUL) this.fail(`EOF with unterminated ${String.fromCharCode(quote)}`);
      } else if (byte !== BACKSLASH || quote === SINGLE_QUOTE || this.takeBackslash()) {
        target = this.copyByte(target);
      }
    }
  }

  private copyByte(target: number): number {
    this.buffer[target] = this.current();
    this.pos += 1;
    return target + 1;
  }

  /** Steps over a backslash: true when a byte follows to be taken as it is, false when the next line was joined on. */
  private takeBackslash(): boolean {
    this.pos += 1;
    const byte = this.current();
    const atCrLf = byte === CARRIAGE_RETURN && this.pos + 2 === this.end && this.buffer[this.pos + 1] === NEWLINE;
    if (byte !== NUL && byte !== NEWLINE && !atCrLf) return true;
    this.readLine(this.pos);
    return false;
  }

  /**
   * Replaces the buffer from `offset` on by the next line, newline included. A NUL byte ends what is kept of a chunk, and the
   * line goes on with the next chunk, so that the following line is glued on.
   */
  private readLine(offset: number): void {
    this.end = offset;
    this.lastLine = this.newlinesRead + 1;
    if (offset >= this.chunkBytes - 1) this.doubleChunk();
    for (;;) {
      const chunk = this.readChunk(this.chunkBytes - this.end - 1);
      const nul = chunk.indexOf(NUL);
      const kept = nul < 0 ? chunk : chunk.subarray(0, nul);
      if (kept.length === 0) return;
      this.append(kept);
      if (kept[kept.length - 1] === NEWLINE) {
        this.countedLines += 1;
        return;
      }
      this.doubleChunk();
    }
  }

  /** Up to `limitBytes` of the source, ending after a newline; empty at the end of the file. */
  private readChunk(limitBytes: number): Uint8Array {
    const available = this.source.subarray(this.sourcePos, this.sourcePos + limitBytes);
    const newline = available.indexOf(NEWLINE);
    const chunk = newline < 0 ? available : available.subarray(0, newline + 1);
    if (newline >= 0) this.newlinesRead += 1;
    this.sourcePos += chunk.length;
    return chunk;
  }

  private append(bytes: Uint8Array): void {
    const needed = this.end + bytes.length;
    if (needed > this.buffer.length) {
      const larger = new Uint8Array(Math.max(needed, this.buffer.length * 2));
      larger.set(this.buffer.subarray(0, this.end));
      this.buffer = larger;
    }
    this.buffer.set(bytes, this.end);
    this.end = needed;
  }

  private doubleChunk(): void {
    if (this.chunkBytes < LARGEST_CHUNK_BYTES) this.chunkBytes *= 2;
  }
}
