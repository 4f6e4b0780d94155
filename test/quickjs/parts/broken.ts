import * as part from '../behind/broken.ts';

export function broken(): typeof part {
  return part;
}
