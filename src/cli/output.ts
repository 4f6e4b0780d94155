/** Where a command writes. Names and values of UCI and of the kernel that are not UTF-8 come out as the bytes they were. */
export interface Output {
  stdout(text: string): void;
  stderr(text: string): void;
}

/** Writes `text` to standard output as it is; newlines are the caller's. */
export function print(output: Output, text: string): void {
  if (text !== '') output.stdout(text);
}

/** Writes `text` to standard error as it is; newlines are the caller's. */
export function printError(output: Output, text: string): void {
  if (text !== '') output.stderr(text);
}
