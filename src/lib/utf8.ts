/**
 * UTF-8 for an engine without TextEncoder, lossless for bytes that are not UTF-8.
 *
 * UCI values and device names may hold any bytes and must come out as they went in. A byte b that is not part of a valid
 * sequence becomes the lone surrogate U+DC00+b (Python's "surrogateescape", PEP 383), and goes back to the same byte.
 */

const ESCAPE = 0xdc00;

/** Text of `bytes[start, end)`; never fails. */
export function decodeUtf8(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  let text = '';
  let at = start;
  while (at < end) {
    const first = bytes[at] as number;
    if (end - at >= 4) {
      // Four at a time where all are ASCII: in QuickJS a call costs as much as all the rest of this loop.
      const second = bytes[at + 1] as number;
      const third = bytes[at + 2] as number;
      const fourth = bytes[at + 3] as number;
      if ((first | second | third | fourth) < 0x80) {
        text += String.fromCharCode(first, second, third, fourth);
        at += 4;
        continue;
      }
    }
    if (first < 0x80) {
      text += String.fromCharCode(first);
      at += 1;
      continue;
    }
    const length = sequenceLength(first);
    const code = length > 0 && at + length <= end ? codePoint(bytes, at, length) : -1;
    if (code < 0) {
      text += String.fromCharCode(ESCAPE + first);
      at += 1;
    } else {
      text += String.fromCodePoint(code);
      at += length;
    }
  }
  return text;
}

function sequenceLength(first: number): number {
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

const SMALLEST = [0, 0, 0x80, 0x800, 0x10000];

/** The code point at `at`, or -1 where the sequence is broken, overlong, a surrogate or past U+10FFFF (RFC 3629). */
function codePoint(bytes: Uint8Array, at: number, length: number): number {
  let code = (bytes[at] as number) & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) {
    const next = bytes[at + i] as number;
    if ((next & 0xc0) !== 0x80) return -1;
    code = (code << 6) | (next & 0x3f);
  }
  const valid = code >= (SMALLEST[length] as number) && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return valid ? code : -1;
}

/** How many bytes {@link encodeUtf8} makes of `text`. */
export function utf8Length(text: string): number {
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    const isByte = code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff;
    length += code < 0x80 || isByte ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
}

/** Bytes of `text`, the exact inverse of {@link decodeUtf8}. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      bytes[at++] = code;
      continue;
    }
    if (code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) {
      bytes[at++] = code - ESCAPE;
      continue;
    }
    if (code >= 0xd800 && code < 0xdc00 && i + 1 < text.length) code = text.codePointAt(i++) as number;
    if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6);
    } else if (code < 0x10000) {
      bytes[at++] = 0xe0 | (code >> 12);
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
    } else {
      bytes[at++] = 0xf0 | (code >> 18);
      bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
    }
    bytes[at++] = 0x80 | (code & 0x3f);
  }
  return bytes.slice(0, at);
}
