import { loads } from './loads.ts';

loads.push('broken');

export const never: number = JSON.parse('no JSON');
