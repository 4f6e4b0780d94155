/**
 * Every qdisc kind whose options weir knows, by the name that the kernel has for it. A kind is made when it is first asked for; a program
 * that needs CAKE only takes registry.ts.
 */
import type { QdiscKind } from './kind.ts';
import { cake } from './qdisc/cake.ts';
import { cakeMq } from './qdisc/cake_mq.ts';
import { drr } from './qdisc/drr.ts';
import { ets } from './qdisc/ets.ts';
import { hfsc } from './qdisc/hfsc.ts';
import { htb } from './qdisc/htb.ts';
import { mq } from './qdisc/mq.ts';
import { mqprio } from './qdisc/mqprio.ts';
import { prio } from './qdisc/prio.ts';
import { qfq } from './qdisc/qfq.ts';
import { tbf } from './qdisc/tbf.ts';

const KINDS: ReadonlyMap<string, () => QdiscKind> = new Map([
  ['cake', () => cake],
  ['cake_mq', () => cakeMq],
  ['drr', drr],
  ['ets', ets],
  ['hfsc', hfsc],
  ['mq', mq],
  ['mqprio', mqprio],
  ['prio', prio],
  ['qfq', qfq],
  ['tbf', tbf],
  ['htb', htb],
]);

export const QDISC_NAMES: readonly string[] = [...KINDS.keys()];

export function everyQdisc(name: string): QdiscKind | undefined {
  return KINDS.get(name)?.();
}
