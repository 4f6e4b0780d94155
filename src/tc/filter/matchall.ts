/** matchall: a filter that takes every packet (net/sched/cls_matchall.c). */
import type { Writer } from '../../lib/bytes.ts';
import { TCA_MATCHALL } from '../../uapi/tc.ts';
import { beginAttribute, endAttribute } from '../../wire/nla.ts';

/** Writes the options; `actions` writes the list of actions. */
export function encodeMatchall(w: Writer, actions: () => void): void {
  const act = beginAttribute(w, TCA_MATCHALL.ACT);
  actions();
  endAttribute(w, act);
}

/** The attribute that holds the actions. */
export const MATCHALL_ACTIONS: number = TCA_MATCHALL.ACT;
