/** mirred: hands a packet to another device (net/sched/act_mirred.c). weir uses it to redirect to the egress of an IFB. */
import type { Reader, Writer } from '../../lib/bytes.ts';
import { MIRRED, TC_ACT, TCA_ACT, TCA_MIRRED } from '../../uapi/tc.ts';
import {
  beginAttribute,
  beginNested,
  binary,
  eachAttribute,
  endAttribute,
  putAttribute,
  text,
} from '../../wire/nla.ts';

/** Writes a list of one action: redirect to the egress of `ifindex`, marked with `cookie`. */
export function encodeRedirect(w: Writer, ifindex: number, cookie: Uint8Array): void {
  const action = beginAttribute(w, 1);
  putAttribute(w, TCA_ACT.KIND, text, 'mirred');
  const options = beginNested(w, TCA_ACT.OPTIONS);
  const parameters = beginAttribute(w, TCA_MIRRED.PARMS);
  // struct tc_mirred: index, capab, action, refcnt, bindcnt, eaction, ifindex
  w.u32(0);
  w.u32(0);
  w.s32(TC_ACT.STOLEN);
  w.s32(0);
  w.s32(0);
  w.s32(MIRRED.EGRESS_REDIR);
  w.u32(ifindex);
  endAttribute(w, parameters);
  endAttribute(w, options);
  putAttribute(w, TCA_ACT.COOKIE, binary, cookie);
  endAttribute(w, action);
}

/** One action of a filter, as far as weir understands it. */
export interface ActionMessage {
  readonly kind: string;
  readonly cookie?: Uint8Array;
  /** Of a mirred that redirects to an egress: the device, 0 when it is gone. */
  readonly redirectIfindex?: number;
  /** No later action or filter sees the packet; known of mirred and gact. */
  readonly isLast?: true;
}

/** After these a packet goes on to whatever comes next (include/net/pkt_cls.h: tcf_exts_exec, cls_api.c: tcf_classify). */
const GOES_ON: readonly number[] = [TC_ACT.UNSPEC, TC_ACT.PIPE, TC_ACT.RECLASSIFY];

/** Decodes a list of actions (the content of TCA_MATCHALL_ACT, TCA_U32_ACT, …). */
export function decodeActions(r: Reader): ActionMessage[] {
  const actions: ActionMessage[] = [];
  eachAttribute(r, (_order, action) => {
    const message: { -readonly [Key in keyof ActionMessage]: ActionMessage[Key] } = { kind: '' };
    eachAttribute(action, (type, payload) => {
      if (type === TCA_ACT.KIND) message.kind = text.decode(payload);
      else if (type === TCA_ACT.COOKIE) message.cookie = binary.decode(payload);
      else if (type === TCA_ACT.OPTIONS && (message.kind === 'mirred' || message.kind === 'gact')) {
        decodeParameters(payload, message);
      }
    });
    actions.push(message);
  });
  return actions;
}

/** struct tc_mirred, whose beginning is that of all actions (tc_gen): index, capab, action, refcnt, bindcnt. */
function decodeParameters(
  options: Reader,
  message: { -readonly [Key in keyof ActionMessage]: ActionMessage[Key] },
): void {
  eachAttribute(options, (type, payload) => {
    if (type !== TCA_MIRRED.PARMS) return;
    payload.take(8);
    if (!GOES_ON.includes(payload.s32())) message.isLast = true;
    payload.take(8);
    if (message.kind === 'mirred' && payload.s32() === MIRRED.EGRESS_REDIR) message.redirectIfindex = payload.u32();
  });
}
