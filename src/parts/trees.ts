/** The door to trees: they are loaded when a configuration has some, or the kernel, or somebody asks for them. */
import * as part from '../model/tree/part.ts';

export function trees(): typeof part {
  return part;
}
