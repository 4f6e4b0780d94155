/** The door to trees of qdiscs, classes and filters: loaded where the configuration has such sections, or something of them is saved. */
import * as part from '../model/tree/part.ts';

export function trees(): typeof part {
  return part;
}
