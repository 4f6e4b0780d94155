/**
 * A UCI file into sections and options, as libuci merges them, with the line of everything for messages to people.
 *
 * The rules and their surprises: one rejected line rejects the file; an empty value never sets an option, and does not unset one
 * either; a section repeated under its name and type goes on where the first one stood; a repeated option keeps its first place
 * and its last value. `package` lines have no effect. Read in libuci 66127cd76c5d; recordings in test/fixtures/uci.
 */

import { FileBuilder, type UciSection } from './ucitext_builder.ts';
import { UciLexer, UciSyntaxError } from './ucitext_lexer.ts';
import type { UciOutline } from './ucitext_outline.ts';

export type { UciOption, UciSection } from './ucitext_builder.ts';
export { UciSyntaxError };

export interface UciFile {
  readonly sections: readonly UciSection[];
  /** Undefined where a section begins behind another statement in its line, or is repeated. */
  readonly outline: UciOutline | undefined;
}

/**
 * Reads a whole file. Never throws: what libuci rejects is given as the {@link UciSyntaxError} that libuci would print, and then
 * nothing of the file is valid. Takes time linear in the size of the file.
 */
export function parseUci(bytes: Uint8Array): UciFile | UciSyntaxError {
  return parseUciPart(bytes, 1, 0);
}

/**
 * As {@link parseUci}, for a part of a file that begins on `line` (from 1) with a section behind `before` others. The outline and the
 * `index` of its sections count from the part.
 */
export function parseUciPart(bytes: Uint8Array, line: number, before: number): UciFile | UciSyntaxError {
  const lexer = new UciLexer(bytes, line);
  const builder = new FileBuilder({ before });
  try {
    parseLines(lexer, builder);
  } catch (error) {
    if (error instanceof UciSyntaxError) return error;
    throw error;
  }
  return { sections: builder.sections, outline: builder.outline };
}

/**
 * Reads a file of thousands of sections and hands out one after the other, so that they need not be in memory together. A section that is
 * repeated under its name is another one here. With an error what was handed out before is not valid either.
 */
export function eachUciSection(bytes: Uint8Array, visit: (section: UciSection) => void): UciSyntaxError | undefined {
  const lexer = new UciLexer(bytes, 1);
  const builder = new FileBuilder({ visit });
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
    const start = lexer.offset;
    if (!lexer.nextLine()) return;
    parseLine(lexer, builder, start);
  }
}

/** What {@link parseLine} does with a line that needs no lexer; false, with nothing done, for any other, and for one that is wrong. */
function parsePlainLine(lexer: UciLexer, builder: FileBuilder): boolean {
  const plain = lexer.plainLine();
  if (plain === undefined) return false;
  const { keyword, name, value } = plain;
  const line = lexer.nextFileLine;
  if (keyword === 'config') {
    if (!builder.openSection(name, value, line, lexer.offset)) return false;
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

/** `start` is the byte at which the line begins. */
function parseLine(lexer: UciLexer, builder: FileBuilder, start: number): void {
  for (let at: number | undefined = start; ; at = undefined) {
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
        parseConfig(lexer, builder, line, at);
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

function parseConfig(lexer: UciLexer, builder: FileBuilder, line: number, start: number | undefined): void {
  lexer.enterArguments('config without name');
  const type = requiredWord(lexer);
  if (!isUciType(type)) lexer.fail('invalid character in type field');
  const name = lexer.word();
  if (name !== '' && !isUciName(name)) lexer.fail(BAD_NAME);
  lexer.endStatement();
  if (!builder.openSection(type, name, line, start)) {
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
