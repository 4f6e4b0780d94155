/** The door to the commands: they are loaded when one of them is run, or its help is asked for. */
import * as part from '../cli/part.ts';

export function commands(): typeof part {
  return part;
}
