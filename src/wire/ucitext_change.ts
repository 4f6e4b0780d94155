/**
 * Where the sections of a file begin, and from that which of them another version of the file says otherwise: of a file of thousands of
 * sections only those need to be read.
 */
import { parseUciPart, type UciSection, UciSyntaxError } from './ucitext.ts';
import type { UciOutline } from './ucitext_outline.ts';

const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;
const NUL = 0;

/** A file with its outline. */
export interface OutlinedFile {
  readonly content: Uint8Array;
  readonly outline: UciOutline;
}

export interface UciChange {
  /** The sections from the first to the last that differs, in their order: types, names and lines are what they were. */
  readonly before: readonly UciSection[];
  readonly after: readonly UciSection[];
  readonly file: OutlinedFile;
}

/** How many bytes two versions have in common from the start on, and up to the end. */
export interface CommonBytes {
  readonly start: number;
  readonly end: number;
}

/**
 * What another version of a file says otherwise; undefined where that is more than options within sections: where sections come or go, or
 * lines do, by which every section behind would be on another line, or where the new text is no UCI.
 */
export function changedSections(before: OutlinedFile, content: Uint8Array, common: CommonBytes): UciChange | undefined {
  const { outline } = before;
  const wasBytes = before.content.length;
  const grown = content.length - wasBytes;
  // A line before the first difference belongs to the section of what comes in there, even where the next section begins behind it.
  const first = outline.countBefore(common.start) - 1;
  const from = outline.start(first);
  const line = outline.line(first);
  if (from === undefined || line === undefined) return undefined;
  const sameEnd = Math.min(common.end, wasBytes - common.start, content.length - common.start);
  const last = outline.countBefore(wasBytes - sameEnd);
  const to = outline.start(last) ?? wasBytes;
  const [old, now] = [before.content.subarray(from, to), content.subarray(from, to + grown)];
  if (!isWhole(now) || countLines(old) !== countLines(now)) return undefined;
  const [was, is] = [old, now].map((part) => parseUciPart(part, line, first));
  if (was === undefined || is === undefined || was instanceof UciSyntaxError || is instanceof UciSyntaxError)
    return undefined;
  if (is.outline?.length !== last - first || !isSameInOrder(was.sections, is.sections)) return undefined;
  return {
    before: was.sections,
    after: is.sections,
    file: { content, outline: movedOutline(outline, is.outline, first, last, grown) },
  };
}

/** `outline` where the sections from `first` up to `last` begin as in `part`, and those behind so many bytes later. */
function movedOutline(outline: UciOutline, part: UciOutline, first: number, last: number, grown: number): UciOutline {
  const from = outline.start(first) ?? 0;
  let moved = outline;
  for (let section = first + 1; section <= last; section++) {
    const wasAt = moved.start(section);
    const inPart = part.start(section - first);
    const isAt = inPart === undefined ? (outline.start(section) ?? 0) + grown : from + inPart;
    if (wasAt !== undefined) moved = moved.moved(section, isAt - wasAt);
  }
  return moved;
}

/** Whether no statement of it can go on behind its end: a backslash joins lines, and what is left open in quotes is no UCI by itself. */
function isWhole(part: Uint8Array): boolean {
  return part[part.length - 1] === NEWLINE && part.indexOf(BACKSLASH) < 0 && part.indexOf(NUL) < 0;
}

function isSameInOrder(a: readonly UciSection[], b: readonly UciSection[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ type, name, line }, i) => b[i]?.type === type && b[i]?.name === name && b[i]?.line === line)
  );
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
