/**
 * Every qdisc kind whose options weir knows, by the name that the kernel has for it. A kind is made when it is first asked for; a program
 * that needs CAKE only takes registry.ts.
 */
import type { QdiscKind } from './kind.ts';
import { cake } from './qdisc/cake.ts';
import { cakeMq } from './qdisc/cake_mq.ts';
import { htb } from './qdisc/htb.ts';

const KINDS: ReadonlyMap<string, () => QdiscKind> = new Map([
  ['cake', () => cake],
  ['cake_mq', () => cakeMq],
  ['htb', htb],
]);

export const QDISC_NAMES: readonly string[] = [...KINDS.keys()];

export function everyQdisc(name: string): QdiscKind | undefined {
  return KINDS.get(name)?.();
}
