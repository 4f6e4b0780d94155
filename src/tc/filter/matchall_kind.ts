/** matchall: a filter that takes every packet, tc-matchall(8). The kernel changes nothing of one that is there (`mall_change`: EEXIST). */
import type { Reader } from '../../lib/bytes.ts';
import { TCA_MATCHALL } from '../../uapi/tc.ts';
import { eachAttribute } from '../../wire/nla.ts';
import { once } from '../kind.ts';
import { checkHardwareFlags, hardwareRows, putHardwareFlags, takeHardwareFlags } from './hardware.ts';
import { defineFilter } from './kind.ts';

/** struct tc_matchall_pcnt: packets that were taken. */
function decodeStats(r: Reader): { hits: number } {
  let hits = 0;
  eachAttribute(r, (type, value) => {
    if (type === TCA_MATCHALL.PCNT) hits = value.u64();
  });
  return { hits };
}

export const matchall = once(() =>
  defineFilter({
    kind: 'matchall',
    classidAttribute: TCA_MATCHALL.CLASSID,
    actionsAttribute: TCA_MATCHALL.ACT,
    fixed: true,
    options: hardwareRows,
    codec: {
      encode: (w, options) => putHardwareFlags(w, TCA_MATCHALL.FLAGS, options),
      decodeAttribute: (type, r, values) => {
        if (type === TCA_MATCHALL.FLAGS) takeHardwareFlags(r, values);
      },
    },
    check: checkHardwareFlags,
    decodeStats,
  }),
);
