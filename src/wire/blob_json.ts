/**
 * blobmsg ⇄ JSON text, as the `ubus` command reads and prints it (libubox: blobmsg_json.c, on json-c).
 *
 * JSON.parse would not do: `1e3` is a DOUBLE and `1000` an INT32, and integers go to 64 bits.
 */
import { BLOBMSG, type BlobField, fieldOf } from './blobmsg.ts';

/** json-c's JSON_TOKENER_DEFAULT_DEPTH. */
const MOST_LEVELS = 32;
const INT64_MAX = 2n ** 63n - 1n;

// ---- Reading ----

/** The fields of a JSON object; undefined for anything else. */
export function parseBlobJson(text: string): BlobField[] | undefined {
  try {
    const parser = new Parser(text);
    const { value } = parser.value('', 0);
    return parser.isAtEnd() && text.trimStart().startsWith('{') && Array.isArray(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

class Parser {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  isAtEnd(): boolean {
    return this.peek() === '';
  }

  /** The next character that is no space, which stays. */
  private peek(): string {
    while (' \t\r\n'.includes(this.text.charAt(this.at)) && this.at < this.text.length) this.at++;
    return this.text.charAt(this.at);
  }

  private accept(character: string): boolean {
    const found = this.peek() === character;
    if (found) this.at++;
    return found;
  }

  private expect(character: string): void {
    if (!this.accept(character)) throw new SyntaxError(`'${character}' at ${this.at}`);
  }

  value(name: string, level: number): BlobField {
    if (level > MOST_LEVELS) throw new SyntaxError('too many levels');
    switch (this.peek()) {
      case '{':
        return { name, type: BLOBMSG.TABLE, value: this.table(level) };
      case '[':
        return { name, type: BLOBMSG.ARRAY, value: this.array(level) };
      case '"':
        return { name, type: BLOBMSG.STRING, value: this.string() };
    }
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (!this.text.startsWith(word, this.at)) continue;
      this.at += word.length;
      return fieldOf(name, value);
    }
    return this.number(name);
  }

  private table(level: number): BlobField[] {
    // Of a repeated name the last value counts, at the first's place.
    const fields = new Map<string, BlobField>();
    this.list('{', '}', () => {
      if (this.peek() !== '"') throw new SyntaxError('a name is missing');
      const name = this.string();
      this.expect(':');
      fields.set(name, this.value(name, level + 1));
    });
    return [...fields.values()];
  }

  private array(level: number): BlobField[] {
    const fields: BlobField[] = [];
    this.list('[', ']', () => fields.push(this.value('', level + 1)));
    return fields;
  }

  private list(first: string, last: string, item: () => void): void {
    this.expect(first);
    if (this.accept(last)) return;
    do item();
    while (this.accept(','));
    this.expect(last);
  }

  private string(): string {
    const start = this.at;
    for (this.at++; this.text.charAt(this.at) !== '"'; this.at++) {
      if (this.at >= this.text.length) throw new SyntaxError('a string without end');
      if (this.text.charAt(this.at) === '\\') this.at++;
    }
    this.at++;
    return String(JSON.parse(this.text.slice(start, this.at)));
  }

  private number(name: string): BlobField {
    const [found] = /^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?/.exec(this.text.slice(this.at, this.at + 400)) ?? [];
    if (found === undefined) throw new SyntaxError(`no value at ${this.at}`);
    this.at += found.length;
    if (/[.eE]/.test(found)) return { name, type: BLOBMSG.DOUBLE, value: Number(found) };
    const value = BigInt(found);
    const fitting = value > INT64_MAX ? INT64_MAX : value < ~INT64_MAX ? ~INT64_MAX : value;
    return fieldOf(name, BigInt.asIntN(32, fitting) === fitting ? Number(fitting) : fitting);
  }
}

// ---- Printing ----

/** The fields as an object: on one line, or indented by tabs. */
export function formatBlobJson(fields: readonly BlobField[], indented: boolean): string {
  return formatList(fields, '{}', indented ? 0 : -1);
}

/** `level` is -1 for one line. */
function formatList(fields: readonly BlobField[], brackets: string, level: number): string {
  const inner = level < 0 ? '' : `\n${'\t'.repeat(level + 1)}`;
  const outer = level < 0 ? '' : `\n${'\t'.repeat(level)}`;
  const next = level < 0 ? -1 : level + 1;
  const isTable = brackets === '{}';
  const items = fields.map((field) => {
    // A field without a name is printed without one, which is no JSON, but what the real command does.
    const name = isTable && field.name !== '' ? `${formatString(field.name)}:${level < 0 ? '' : ' '}` : '';
    return name + formatValue(field, next);
  });
  return brackets.charAt(0) + inner + items.join(`,${inner}`) + outer + brackets.charAt(1);
}

function formatValue({ type, value }: BlobField, level: number): string {
  if (typeof value === 'string') return formatString(value);
  if (typeof value === 'object' && value !== null)
    return formatList(value, type === BLOBMSG.ARRAY ? '[]' : '{}', level);
  if (type === BLOBMSG.INT8) return value === 0 ? 'false' : 'true';
  return type === BLOBMSG.DOUBLE ? formatDouble(Number(value)) : String(value);
}

/** printf's `%f`. */
function formatDouble(value: number): string {
  if (Number.isNaN(value)) return '-nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.000000';
  // Above 1e21 toFixed gives an exponent.
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};

function formatString(text: string): string {
  let quoted = '"';
  for (const character of text) {
    const short = SHORT_ESCAPES[character];
    if (short !== undefined) quoted += short;
    else if (character < ' ') quoted += `\\u00${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
    else quoted += character;
  }
  return `${quoted}"`;
}
