/**
 * A UCI file into sections and options, as libuci merges them, with the line of everything for messages to people.
 *
 * The rules and their surprises: one rejected line rejects the file; an empty value never sets an option, and does not unset one
 * either; a section repeated under its name and type goes on where the first one stood; a repeated option keeps its first place
 * and its last value. `package` lines have no effect. Read in libuci 66127cd76c5d; recordings in test/fixtures/uci.
 */

import { UciLexer, UciSyntaxError } from './ucitext_lexer.ts';

export { UciSyntaxError };

/** An `option` (its value a string) or a `list` (its value the items, at least one). Values decode bytes by decodeUtf8. */
export interface UciOption {
  readonly name: string;
  readonly value: string | readonly string[];
  /** The line, from 1, of the statement that gave the value; of a list, its first item. */
  readonly line: number;
  /** One line for each item of a list; empty for a plain option. */
  readonly itemLines: readonly number[];
}

export interface UciSection {
  readonly type: string;
  /** The given name, or libuci's generated one (`cfg02b618`). Only given names are unique, and only among themselves. */
  readonly name: string;
  readonly anonymous: boolean;
  /** Position from 0 among all sections of the type, named ones included: the `i` of `@type[i]`. */
  readonly index: number;
  /** The line, from 1, of the (first) `config` statement. */
  readonly line: number;
  /** In the order of their first appearance; names are unique. */
  readonly options: readonly UciOption[];
}

export interface UciFile {
  readonly sections: readonly UciSection[];
}

/**
 * Reads a whole file. Never throws: what libuci rejects is given as the {@link UciSyntaxError} that libuci would print, and then
 * nothing of the file is valid. Takes time linear in the size of the file.
 */
export function parseUci(bytes: Uint8Array): UciFile | UciSyntaxError {
  const lexer = new UciLexer(bytes);
  const builder = new FileBuilder();
  try {
    parseLines(lexer, builder);
  } catch (error) {
    if (error instanceof UciSyntaxError) return error;
    throw error;
  }
  return { sections: builder.sections };
}

/**
 * Reads a file of thousands of sections and hands out one after the other, so that they need not be in memory together. A section that is
 * repeated under its name is another one here. With an error what was handed out before is not valid either.
 */
export function eachUciSection(bytes: Uint8Array, visit: (section: UciSection) => void): UciSyntaxError | undefined {
  const lexer = new UciLexer(bytes);
  const builder = new FileBuilder(visit);
  try {
    parseLines(lexer, builder);
  } catch (error) {
    if (error instanceof UciSyntaxError) return error;
    throw error;
  }
  builder.handOut();
  return undefined;
}

/** A name of a section or option: letters, digits and underscores. */
export function isUciName(text: string): boolean {
  return /^[A-Za-z0-9_]+$/.test(text);
}

/** A type of a section, or a name of a config file: printable ASCII without space. */
export function isUciType(text: string): boolean {
  return /^[!-~]+$/.test(text);
}

const PACKAGE_NAME = /^[A-Za-z0-9_-]+$/;

function parseLines(lexer: UciLexer, builder: FileBuilder): void {
  for (;;) {
    if (parsePlainLine(lexer, builder)) continue;
    if (!lexer.nextLine()) return;
    parseLine(lexer, builder);
  }
}

/** What {@link parseLine} does with a line that needs no lexer; false, with nothing done, for any other, and for one that is wrong. */
function parsePlainLine(lexer: UciLexer, builder: FileBuilder): boolean {
  const plain = lexer.plainLine();
  if (plain === undefined) return false;
  const { keyword, name, value } = plain;
  const line = lexer.nextFileLine;
  if (keyword === 'config') {
    if (!builder.openSection(name, value, line)) return false;
  } else if (!builder.hasSection) {
    return false;
  } else if (keyword === 'list') {
    builder.addItem(name, value, line);
  } else if (value !== '') {
    builder.setOption(name, value, line);
  }
  lexer.takePlainLine();
  return true;
}

function parseLine(lexer: UciLexer, builder: FileBuilder): void {
  for (;;) {
    const keyword = lexer.keyword();
    if (keyword === undefined || keyword.startsWith('#')) return;
    const line = lexer.fileLine;
    switch (keyword) {
      case 'p':
      case 'package':
        parsePackage(lexer);
        break;
      case 'c':
      case 'config':
        parseConfig(lexer, builder, line);
        break;
      case 'o':
      case 'option':
        parseOption(lexer, builder, line, false);
        break;
      case 'l':
      case 'list':
        parseOption(lexer, builder, line, true);
        break;
      default:
        lexer.fail('invalid command');
    }
  }
}

function parsePackage(lexer: UciLexer): void {
  lexer.enterArguments('package without name');
  const name = requiredWord(lexer);
  if (!PACKAGE_NAME.test(name)) lexer.fail(BAD_NAME);
  lexer.endStatement();
}

function parseConfig(lexer: UciLexer, builder: FileBuilder, line: number): void {
  lexer.enterArguments('config without name');
  const type = requiredWord(lexer);
  if (!isUciType(type)) lexer.fail('invalid character in type field');
  const name = lexer.word();
  if (name !== '' && !isUciName(name)) lexer.fail(BAD_NAME);
  lexer.endStatement();
  if (!builder.openSection(type, name, line)) {
    lexer.fail('section of different type overwrites prior section with same name');
  }
}

function parseOption(lexer: UciLexer, builder: FileBuilder, line: number, isItem: boolean): void {
  if (!builder.hasSection) lexer.fail('option/list command found before the first section');
  lexer.enterArguments('option without name');
  const name = requiredWord(lexer);
  if (!isUciName(name)) lexer.fail(BAD_NAME);
  const value = lexer.word();
  lexer.endStatement();
  if (isItem) builder.addItem(name, value, line);
  else if (value !== '') builder.setOption(name, value, line);
}

const BAD_NAME = 'invalid character in name field';

function requiredWord(lexer: UciLexer): string {
  const word = lexer.word();
  if (word === '') lexer.fail('insufficient arguments');
  return word;
}

/** Of plain options, which a file of thousands of sections is full of. */
const NO_LINES: number[] = [];

interface OptionDraft extends UciOption {
  value: string | string[];
  line: number;
  itemLines: number[];
}

/** Where options go, findable by name: a file of thousands must not cost a search of thousands a line. */
interface SectionDraft {
  readonly type: string;
  readonly options: OptionDraft[];
  readonly byName: Map<string, OptionDraft>;
}

/** Merges statements into sections. Maps hold the first of a name, as libuci's searches find it. */
class FileBuilder {
  readonly sections: UciSection[] = [];
  private readonly byName = new Map<string, SectionDraft>();
  private readonly countByType = new Map<string, number>();
  private current: SectionDraft | undefined;
  private opened = 0;
  /** Gets each section as soon as it is complete; it is forgotten then. */
  private readonly visit: ((section: UciSection) => void) | undefined;

  constructor(visit?: (section: UciSection) => void) {
    this.visit = visit;
  }

  /** Hands out what there is, and forgets it. */
  handOut(): void {
    for (const section of this.sections) this.visit?.(section);
    this.sections.length = 0;
    this.byName.clear();
  }

  get hasSection(): boolean {
    return this.current !== undefined;
  }

  /** Begins or resumes a section; an empty name is an anonymous one. False when the name belongs to another type. */
  openSection(type: string, givenName: string, line: number): boolean {
    if (this.visit !== undefined) this.handOut();
    // A given name can hit a generated one: then the options go to that section, which stays anonymous.
    const earlier = givenName === '' ? undefined : this.byName.get(givenName);
    if (earlier !== undefined) {
      this.current = earlier;
      return earlier.type === type;
    }
    const anonymous = givenName === '';
    this.opened++;
    const name = anonymous ? generatedName(this.opened, type) : givenName;
    const index = this.countByType.get(type) ?? 0;
    this.countByType.set(type, index + 1);
    const options: OptionDraft[] = [];
    this.current = { type, options, byName: new Map() };
    if (!this.byName.has(name)) this.byName.set(name, this.current);
    this.sections.push({ type, name, anonymous, index, line, options });
    return true;
  }

  setOption(name: string, value: string, line: number): void {
    const earlier = this.current?.byName.get(name);
    if (earlier === undefined) {
      this.append({ name, value, line, itemLines: NO_LINES });
      return;
    }
    earlier.value = value;
    earlier.line = line;
    earlier.itemLines = NO_LINES;
  }

  addItem(name: string, item: string, line: number): void {
    const earlier = this.current?.byName.get(name);
    if (earlier === undefined) {
      this.append({ name, value: [item], line, itemLines: [line] });
      return;
    }
    if (typeof earlier.value === 'string') {
      earlier.value = [earlier.value, item];
      earlier.itemLines = [earlier.line, line];
    } else {
      earlier.value.push(item);
      earlier.itemLines.push(line);
    }
  }

  private append(option: OptionDraft): void {
    this.current?.options.push(option);
    this.current?.byName.set(option.name, option);
  }
}

/**
 * libuci's name of an anonymous section: `cfg`, the section's position from 1 in hex, and 16 bits of Bernstein's hash (times 33,
 * plus the byte, from 5381) of its type. Options never enter: at load the name is made before the first one is read.
 */
function generatedName(position: number, type: string): string {
  let hash = 5381;
  for (let i = 0; i < type.length; i++) hash = (Math.imul(hash, 33) + type.charCodeAt(i)) | 0;
  return `cfg${position.toString(16).padStart(2, '0')}${(hash & 0xffff).toString(16).padStart(4, '0')}`;
}
