/**
 * Lines as uci itself writes them: `config type 'name'`, `\toption name 'value'`, `\tlist name 'value'`, without a comment, a second
 * statement or anything to take out of the value, which may do without its quotes then. Most lines of most files are of this form, and cost a third of what the lexer takes.
 */
import { decodeUtf8 } from '../lib/utf8.ts';

const TAB = 0x09;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const SINGLE_QUOTE = 0x27;

const NAME = /^[A-Za-z0-9_]+$/;
/** Without quotes: none of these ends a word, begins a comment or joins lines. */
const BARE = /^[A-Za-z0-9_.:/%@+*,-]+$/;

const KEYWORDS = { config: bytesOf('config '), option: bytesOf('option '), list: bytesOf('list ') } as const;

/** How many names, and how many values, are remembered while a file is read. */
const MOST_SHARED = 1024;

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
  /** Names that were right, and short values: the same string for all that say the same. */
  private readonly names = new Map<string, string>();
  private readonly values = new Map<string, string>();

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
    if (space >= 0 && space < newline) return this.lookAtWords(at + 7, newline) && NAME.test(this.value);
    this.name = decodeUtf8(source, at + 7, newline);
    this.value = '';
    return this.takeName();
  }

  private begins(at: number, keyword: PlainKeyword): boolean {
    const word = KEYWORDS[keyword];
    for (let i = 0; i < word.length; i++) if (this.source[at + i] !== word[i]) return false;
    this.keyword = keyword;
    return true;
  }

  /** `name 'value'` up to the newline, or `name value` where the value has no character that means something to UCI. */
  private lookAtWords(at: number, newline: number): boolean {
    const { source } = this;
    const space = source.indexOf(SPACE, at);
    if (space < 0 || space > newline) return false;
    this.name = decodeUtf8(source, at, space);
    if (source[space + 1] !== SINGLE_QUOTE) return this.takeBare(space + 1, newline) && this.takeName();
    if (source.indexOf(SINGLE_QUOTE, space + 2) !== newline - 1 || space + 2 > newline - 1) return false;
    this.value = this.shared(decodeUtf8(source, space + 2, newline - 1));
    return this.takeName();
  }

  private takeBare(start: number, end: number): boolean {
    const value = decodeUtf8(this.source, start, end);
    if (!BARE.test(value)) return false;
    this.value = this.shared(value);
    return true;
  }

  /** Whether it is a name. Those of options are few, and the same again and again. */
  private takeName(): boolean {
    const { name } = this;
    const known = this.names.get(name);
    if (known === undefined) {
      if (!NAME.test(name)) return false;
      if (this.names.size < MOST_SHARED) this.names.set(name, name);
    }
    this.name = known ?? name;
    return true;
  }

  private shared(value: string): string {
    const known = this.values.get(value);
    if (known === undefined && this.values.size < MOST_SHARED) this.values.set(value, value);
    return known ?? value;
  }
}
