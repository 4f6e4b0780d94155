import * as part from '../behind/filed.ts';

/** In a file of its own, as the two functions below tell the bundler. */
export function filed(): typeof part {
  return part;
}

export function filedFile(): string {
  return 'there';
}

export function canUseFiled(): boolean {
  return true;
}
