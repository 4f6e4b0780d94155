/** The door to trees of qdiscs, classes and filters, and to the kinds that only they need: loaded where there is one, or somebody asks. */
import * as part from '../model/tree/part.ts';

export function trees(): typeof part {
  return part;
}
