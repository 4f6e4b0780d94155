/**
 * Sections of UCI as `uci show` and `uci export` print them, byte for byte once encoded by encodeUtf8.
 *
 * libuci does not quote types on export, so a type with a `#`, `;`, quote or backslash comes out as text that reads differently.
 */

import type { UciFile, UciOption, UciSection } from './ucitext.ts';

export interface UciShowStyle {
  /** Anonymous sections as `@type[0]` (the default of `uci`), or by their generated names (`-X`). */
  readonly extended: boolean;
  /** Between the items of a list (`-d`); `uci` takes a space. */
  readonly delimiter: string;
}

export const DEFAULT_SHOW_STYLE: UciShowStyle = { extended: true, delimiter: ' ' };

/** All of a config file as `uci show CONFIG` prints it; empty for a file without sections. */
export function formatUciShow(file: UciFile, config: string, style: UciShowStyle = DEFAULT_SHOW_STYLE): string {
  let text = '';
  for (const section of file.sections) {
    const useIndex = style.extended && section.anonymous;
    const reference = useIndex ? `@${section.type}[${section.index}]` : section.name;
    text += formatShownSection(section, `${config}.${reference}`, style.delimiter);
  }
  return text;
}

/** A section as `uci show` prints it; `prefix` is `config.section`. */
export function formatShownSection(section: UciSection, prefix: string, delimiter: string): string {
  let text = `${prefix}=${section.type}\n`;
  for (const option of section.options) text += formatShownOption(option, prefix, delimiter);
  return text;
}

/** A line of `uci show`; `prefix` is `config.section`. */
export function formatShownOption(option: UciOption, prefix: string, delimiter: string): string {
  const { name, value } = option;
  const quoted = typeof value === 'string' ? quoteUci(value) : value.map(quoteUci).join(delimiter);
  return `${prefix}.${name}=${quoted}\n`;
}

/** A value as `uci get` prints it: items of a list are quoted only where they contain whitespace, other values never. */
export function formatGottenValue(value: UciOption['value'], delimiter: string): string {
  if (typeof value === 'string') return `${value}\n`;
  return `${value.map((item) => (/[ \t\r\n]/.test(item) ? quoteUci(item) : item)).join(delimiter)}\n`;
}

export interface UciExportStyle {
  /** Anonymous sections get their generated names (`-n`). */
  readonly named: boolean;
}

/** All of a config file as `uci export CONFIG` prints it. */
export function formatUciExport(
  file: Pick<UciFile, 'sections'>,
  config: string,
  style: UciExportStyle = { named: false },
): string {
  let text = `package ${escapeQuotes(config)}\n`;
  for (const section of file.sections) {
    const name = section.anonymous && !style.named ? '' : ` ${quoteUci(section.name)}`;
    text += `\nconfig ${escapeQuotes(section.type)}${name}\n`;
    for (const { name, value } of section.options) {
      if (typeof value === 'string') text += `\toption ${name} ${quoteUci(value)}\n`;
      else for (const item of value) text += `\tlist ${name} ${quoteUci(item)}\n`;
    }
  }
  return `${text}\n`;
}

function escapeQuotes(text: string): string {
  return text.replaceAll("'", "'\\''");
}

/** `text` as one word of a UCI file or of a shell: in single quotes, each of its own written as `'\''`. */
export function quoteUci(text: string): string {
  return `'${escapeQuotes(text)}'`;
}
