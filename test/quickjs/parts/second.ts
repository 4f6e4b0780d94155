import * as part from '../behind/second.ts';

export function second(): typeof part {
  return part;
}
