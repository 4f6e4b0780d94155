import { second } from '../parts/second.ts';
import { loads } from './loads.ts';
import { Counted } from './only_parts.ts';

loads.push('first');

/** Has this part load the other one. */
export function isOneClass(): boolean {
  return second().newCounted() instanceof Counted;
}
