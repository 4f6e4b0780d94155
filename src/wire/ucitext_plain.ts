/**
 * Lines as uci itself writes them: `config type 'name'`, `\toption name 'value'`, `\tlist name 'value'`, without a comment, a second
 * statement or anything to take out of the value. Most lines of most files are of this form, and cost a third of what the lexer takes.
 */
import { decodeUtf8 } from '../lib/utf8.ts';

const TAB = 0x09;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const SINGLE_QUOTE = 0x27;

const KEYWORDS = { config: bytesOf('config '), option: bytesOf('option '), list: bytesOf('list ') } as const;

export type PlainKeyword = keyof typeof KEYWORDS;

function bytesOf(text: string): readonly number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

/** Looks at one line after the other; what it finds stays in its fields until the next look. */
export class PlainLines {
  keyword: PlainKeyword = 'option';
  /** Of the option; the type of a section. */
  name = '';
  /** Of the option; the name of a section, empty for one without. */
  value = '';
  /** Behind the newline of the line. */
  end = 0;

  private readonly source: Uint8Array;
  private readonly names = new Set<string>();

  constructor(source: Uint8Array) {
    this.source = source;
  }

  /** Whether the line that begins at `start` is of this form, and no longer than `mostBytes`, its newline included. */
  look(start: number, mostBytes: number): boolean {
    const { source } = this;
    const newline = source.indexOf(NEWLINE, start);
    if (newline < 0 || newline - start >= mostBytes) return false;
    this.end = newline + 1;
    const at = source[start] === TAB ? start + 1 : start;
    if (this.begins(at, 'option')) return this.lookAtWords(at + 7, newline);
    if (this.begins(at, 'list')) return this.lookAtWords(at + 5, newline);
    if (!this.begins(at, 'config')) return false;
    const space = source.indexOf(SPACE, at + 7);
    if (space >= 0 && space < newline) return this.lookAtWords(at + 7, newline) && this.isName(this.value);
    this.name = decodeUtf8(source, at + 7, newline);
    this.value = '';
    return this.isName(this.name);
  }

  private begins(at: number, keyword: PlainKeyword): boolean {
    const word = KEYWORDS[keyword];
    for (let i = 0; i < word.length; i++) if (this.source[at + i] !== word[i]) return false;
    this.keyword = keyword;
    return true;
  }

  /** `name 'value'` up to the newline. */
  private lookAtWords(at: number, newline: number): boolean {
    const { source } = this;
    const space = source.indexOf(SPACE, at);
    if (space < 0 || source[space + 1] !== SINGLE_QUOTE) return false;
    if (source.indexOf(SINGLE_QUOTE, space + 2) !== newline - 1 || space + 2 > newline - 1) return false;
    this.name = decodeUtf8(source, at, space);
    this.value = decodeUtf8(source, space + 2, newline - 1);
    return this.isName(this.name);
  }

  /** Names are few, and the same again and again. */
  private isName(name: string): boolean {
    if (this.names.has(name)) return true;
    if (!/^[A-Za-z0-9_]+$/.test(name)) return false;
    this.names.add(name);
    return true;
  }
}
