/**
 * Every qdisc kind whose options weir knows, by the name that the kernel has for it. A kind is made when it is first asked for; a program
 * that needs CAKE only takes registry.ts.
 */
import type { QdiscKind } from './kind.ts';
import { cake } from './qdisc/cake.ts';
import { cakeMq } from './qdisc/cake_mq.ts';
import { codel } from './qdisc/codel.ts';
import { drr } from './qdisc/drr.ts';
import { ets } from './qdisc/ets.ts';
import { bfifo, pfifo, pfifoFast } from './qdisc/fifo.ts';
import { fq } from './qdisc/fq.ts';
import { fqCodel } from './qdisc/fq_codel.ts';
import { fqPie } from './qdisc/fq_pie.ts';
import { hfsc } from './qdisc/hfsc.ts';
import { htb } from './qdisc/htb.ts';
import { mq } from './qdisc/mq.ts';
import { mqprio } from './qdisc/mqprio.ts';
import { netem } from './qdisc/netem.ts';
import { pie } from './qdisc/pie.ts';
import { clsact, ingress, noop, noqueue } from './qdisc/plain.ts';
import { prio } from './qdisc/prio.ts';
import { qfq } from './qdisc/qfq.ts';
import { red } from './qdisc/red.ts';
import { sfq } from './qdisc/sfq.ts';
import { tbf } from './qdisc/tbf.ts';

const KINDS: ReadonlyMap<string, () => QdiscKind> = new Map([
  ['bfifo', bfifo],
  ['cake', () => cake],
  ['cake_mq', () => cakeMq],
  ['clsact', clsact],
  ['codel', codel],
  ['drr', drr],
  ['ets', ets],
  ['fq', fq],
  ['fq_codel', fqCodel],
  ['fq_pie', fqPie],
  ['hfsc', hfsc],
  ['htb', htb],
  ['ingress', ingress],
  ['mq', mq],
  ['mqprio', mqprio],
  ['netem', netem],
  ['noop', noop],
  ['noqueue', noqueue],
  ['pfifo', pfifo],
  ['pfifo_fast', pfifoFast],
  ['pie', pie],
  ['prio', prio],
  ['qfq', qfq],
  ['red', red],
  ['sfq', sfq],
  ['tbf', tbf],
]);

export const QDISC_NAMES: readonly string[] = [...KINDS.keys()];

export function everyQdisc(name: string): QdiscKind | undefined {
  return KINDS.get(name)?.();
}
