import { loads } from './loads.ts';

loads.push('filed');

export function isLoaded(): boolean {
  return loads.includes('filed');
}
