import { loads } from './loads.ts';
import { Counted } from './only_parts.ts';

loads.push('second');

export function newCounted(): Counted {
  return new Counted();
}
