/** What both parts import and the program does not. */
import { loads } from './loads.ts';

loads.push('shared');

export class Counted {
  readonly count = loads.length;
}
