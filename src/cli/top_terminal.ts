/** The terminal as a screen: keys one by one, unseen; a page of its own; and everything as it was afterwards. */
import type { Host } from '../host/host.ts';
import { printable } from './top_text.ts';

/** A line of text and how it is shown. Its text is cut to the width of the screen. */
export interface Line {
  readonly text: string;
  readonly style?: 'title' | 'heading' | 'faint' | 'alarm';
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const STDIN = 0;
const STDOUT = 1;
const UNKNOWN_SIZE: Size = { columns: 80, rows: 24 };
/** More than struct termios has on any CPU; c_lflag is its fourth u32 (asm-generic and MIPS termbits.h). */
const TERMIOS_BYTES = 128;
const C_LFLAG = 12;
const WINSIZE_BYTES = 8;

// ECMA-48 and xterm's private modes 1049 (a page of its own) and 25 (the cursor).
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[2J';
const LEAVE = '\x1b[0m\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const TO_END_OF_LINE = '\x1b[K';
const TO_END_OF_SCREEN = '\x1b[J';
const STYLES = { title: '\x1b[7m', heading: '\x1b[1m', faint: '\x1b[2m', alarm: '\x1b[31m' } as const;
const PLAIN = '\x1b[0m';

export class Terminal {
  private readonly host: Host;
  private readonly write: (text: string) => void;
  private before: Uint8Array | undefined;
  private entered = false;

  /** @param write to standard output */
  constructor(host: Host, write: (text: string) => void) {
    this.host = host;
    this.write = write;
  }

  /** Takes the screen. Keys come one by one where standard input is a terminal too; signals by keys (Ctrl-C) stay. */
  enter(): void {
    const { TCGETS, TCSETS, ICANON, ECHO } = this.host.constants;
    const termios = new Uint8Array(TERMIOS_BYTES);
    if (this.host.ioctl(STDIN, TCGETS, termios) === 0) {
      this.before = termios.slice();
      const view = new DataView(termios.buffer);
      const { littleEndian } = this.host;
      view.setUint32(C_LFLAG, view.getUint32(C_LFLAG, littleEndian) & ~(ICANON | ECHO), littleEndian);
      this.host.ioctl(STDIN, TCSETS, termios);
    }
    this.entered = true;
    this.write(ENTER);
  }

  /** Gives the screen back; as often as one likes. */
  leave(): void {
    if (!this.entered) return;
    this.entered = false;
    this.write(LEAVE);
    if (this.before !== undefined) this.host.ioctl(STDIN, this.host.constants.TCSETS, this.before);
  }

  size(): Size {
    const winsize = new Uint8Array(WINSIZE_BYTES);
    if (this.host.ioctl(STDOUT, this.host.constants.TIOCGWINSZ, winsize) < 0) return UNKNOWN_SIZE;
    const view = new DataView(winsize.buffer);
    const rows = view.getUint16(0, this.host.littleEndian);
    const columns = view.getUint16(2, this.host.littleEndian);
    return rows === 0 || columns === 0 ? UNKNOWN_SIZE : { columns, rows };
  }

  /** Shows `lines` from the top; what does not fit is left out. */
  show(lines: readonly Line[], { columns, rows }: Size): void {
    const shown = lines.slice(0, rows).map(({ text, style }) => {
      const cut = cutTo(printable(text), columns);
      if (style === 'title') return `${STYLES.title}${cut.padEnd(columns)}${PLAIN}`;
      return style === undefined ? cut + TO_END_OF_LINE : `${STYLES[style]}${cut}${PLAIN}${TO_END_OF_LINE}`;
    });
    // Not after the last line, which would move the page up.
    this.write(HOME + shown.join('\r\n') + TO_END_OF_SCREEN);
  }
}

/** The first `columns` characters; a character is a column here. */
function cutTo(text: string, columns: number): string {
  return text.length <= columns ? text : [...text].slice(0, columns).join('');
}

/** The keys in what was read from a terminal. */
export function keysOf(text: string): string[] {
  const keys: string[] = [];
  for (let at = 0; at < text.length; ) {
    let end = at + 1;
    if (text.startsWith('\x1b[', at)) {
      end = at + 2;
      while ('0123456789;'.includes(text[end] ?? 'x')) end++;
      end++;
    }
    keys.push(text.slice(at, end));
    at = end;
  }
  return keys;
}
