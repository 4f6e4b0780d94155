/** References into UCI as people write them: `config[.section[.option]]`, a section by name or as `@type[index]`. */

import { isUciName, isUciType, type UciFile, type UciOption, type UciSection } from './ucitext.ts';

export interface UciPath {
  /** The name of a config file, or its absolute path. */
  readonly config: string;
  readonly section: string | undefined;
  readonly option: string | undefined;
  /** Whether `=` and a value followed. */
  readonly hasValue: boolean;
}

/** What a path leads to: the whole file where neither a section nor an option is asked for. */
export interface UciTarget {
  readonly section: UciSection | undefined;
  readonly option: UciOption | undefined;
}

/** The parts of a reference, or undefined where libuci calls it a parse error. */
export function parseUciPath(text: string): UciPath | undefined {
  const equals = text.indexOf('=');
  const parts = (equals < 0 ? text : text.slice(0, equals)).split('.');
  const [config, section, option] = parts;
  if (config === undefined || !isUciType(config) || parts.length > 3) return undefined;
  if (option !== undefined && !isUciName(option)) return undefined;
  return { config, section, option, hasValue: equals >= 0 };
}

/** Follows a path within its file: `missing` when nothing is there, `invalid` when the section is no name and no `@type[i]`. */
export function findUciTarget(file: UciFile, path: UciPath): UciTarget | 'missing' | 'invalid' {
  if (path.section === undefined) return { section: undefined, option: undefined };
  const section = findUciSection(file, path.section);
  if (section === undefined) return 'missing';
  if (section === 'invalid') return 'invalid';
  if (path.option === undefined) return { section, option: undefined };
  const option = section.options.find((candidate) => candidate.name === path.option);
  return option === undefined ? 'missing' : { section, option };
}

function findUciSection(file: UciFile, reference: string): UciSection | undefined | 'invalid' {
  if (isUciName(reference)) return file.sections.find((section) => section.name === reference);
  const match = /^@([^[]*)\[([^\]]*)\]$/.exec(reference);
  if (match === null) return 'invalid';
  const type = match[1] ?? '';
  const index = match[2] ?? '';
  // What strtol(3) takes: no digits at all count as 0, and `@[i]` counts the sections of every type.
  if (!/^(?:[\t-\r ]*[-+]?[0-9]+)?$/.test(index) || (type !== '' && !isUciType(type))) return 'invalid';
  const candidates = type === '' ? file.sections : file.sections.filter((section) => section.type === type);
  return candidates.at(Number(index));
}
