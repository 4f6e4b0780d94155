/** u32 with one key that matches every packet, for kernels without matchall (net/sched/cls_u32.c). */
import type { Writer } from '../../lib/bytes.ts';
import { TC_U32, TCA_U32 } from '../../uapi/tc.ts';
import { beginAttribute, endAttribute } from '../../wire/nla.ts';

/** Writes the options; `actions` writes the list of actions. What `tc filter add … u32 match u32 0 0` sends. */
export function encodeU32MatchAll(w: Writer, actions: () => void): void {
  const act = beginAttribute(w, TCA_U32.ACT);
  actions();
  endAttribute(w, act);
  const selector = beginAttribute(w, TCA_U32.SEL);
  // struct tc_u32_sel: flags, offshift, nkeys, pad, offmask, off, offoff, hoff, hmask; then one struct tc_u32_key of zeros
  w.u8(TC_U32.TERMINAL);
  w.u8(0);
  w.u8(1);
  w.zeros(13);
  w.zeros(16);
  endAttribute(w, selector);
}

/** The attribute that holds the actions. */
export const U32_ACTIONS: number = TCA_U32.ACT;
