/** Text as mdoc(7): escapes, paragraphs, and help texts of commands, whose shape is always the same, as lists and paragraphs. */

/** Characters that formatters would take for something else, or print as others than those to type (groff_char(7)). */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll("'", '\\(aq').replaceAll('"', '\\(dq');
}

/** A line of text that is no request, whatever it begins with. Words with a hyphen or underscore are not broken at line ends. */
export function mdocText(text: string): string {
  const words = text.split(' ').map((word) => (/[a-z][-_][a-z]/i.test(word) ? `\\%${escaped(word)}` : escaped(word)));
  return words.join(' ').replace(/^\./, '\\&.');
}

/** An argument of a macro: one word to it, and never the name of another. */
export function mdocArgument(text: string): string {
  return `"${escaped(text)}"`;
}

/** Flowing text, a line a sentence. */
export function mdocParagraph(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .split(/(?<=[.;:]) (?=[A-Z])/)
    .map(mdocText)
    .join('\n');
}

export interface MdocItem {
  readonly term: string;
  /** Lines of mdoc. */
  readonly body: string;
}

/** A list of terms, each with a body. */
export function mdocList(items: readonly MdocItem[]): string {
  const lines = items.map(({ term, body }) => `.It Ic ${mdocArgument(term)}\n${body}`);
  return `.Bl -tag -width 10n\n${lines.join('\n')}\n.El`;
}

/** `  term   what it means`, and what is indented further goes on with it. */
const ITEM = /^ {2,3}(\S.*?)(?: {2,}(\S.*))?$/;

/**
 * A help text behind its usage line: paragraphs, lines that end with a colon, and below them lines of a term and its meaning.
 *
 * @throws Error for a line of another shape, which the page would get wrong
 */
export function mdocHelp(lines: readonly string[]): string {
  const parts: string[] = [];
  let text: string[] = [];
  let items: { term: string; text: string }[] = [];
  const flush = (): void => {
    if (text.length > 0) parts.push(`${parts.length > 0 ? '.Pp\n' : ''}${mdocParagraph(text.join(' '))}`);
    if (items.length > 0) {
      parts.push(mdocList(items.map((item) => ({ term: item.term, body: mdocParagraph(item.text) }))));
    }
    text = [];
    items = [];
  };
  for (const line of lines) {
    const last = items.at(-1);
    const [, term, meaning] = ITEM.exec(line) ?? [];
    if (line === '') flush();
    else if (!line.startsWith(' ')) {
      if (items.length > 0) flush();
      text.push(line);
    } else if (term !== undefined) {
      if (text.length > 0) flush();
      items.push({ term, text: meaning ?? '' });
    } else if (last !== undefined && /^ {6,}\S/.test(line)) last.text += ` ${line.trim()}`;
    else throw new Error(`no line of a help text: '${line}'`);
  }
  flush();
  return parts.join('\n');
}
