import * as part from '../behind/first.ts';

export function first(): typeof part {
  return part;
}
