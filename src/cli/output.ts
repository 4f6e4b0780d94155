/** Where a command writes: bytes, since names and values of UCI and of the kernel need not be UTF-8. */

import { encodeUtf8 } from '../lib/utf8.ts';

export interface Output {
  stdout(bytes: Uint8Array): void;
  stderr(bytes: Uint8Array): void;
}

/** Writes `text` to standard output as it is; newlines are the caller's. */
export function print(output: Output, text: string): void {
  if (text !== '') output.stdout(encodeUtf8(text));
}

/** Writes `text` to standard error as it is; newlines are the caller's. */
export function printError(output: Output, text: string): void {
  if (text !== '') output.stderr(encodeUtf8(text));
}
