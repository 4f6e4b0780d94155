/** basic: packets by an expression of matches, tc-basic(8) and net/sched/cls_basic.c. */
import type { Reader } from '../../lib/bytes.ts';
import { TCA_BASIC } from '../../uapi/tc.ts';
import { eachAttribute } from '../../wire/nla.ts';
import { once } from '../kind.ts';
import { spelledField } from '../spelled.ts';
import { expression, expressionField } from './ematch.ts';
import { defineFilter } from './kind.ts';

/** struct tc_basic_pcnt: packets that were looked at, and those that the expression was true for. */
function decodeStats(r: Reader): { tried: number; hits: number } {
  let stats = { tried: 0, hits: 0 };
  eachAttribute(r, (type, value) => {
    if (type === TCA_BASIC.PCNT) stats = { tried: value.u64(), hits: value.u64() };
  });
  return stats;
}

export const basic = once(() =>
  defineFilter({
    kind: 'basic',
    classidAttribute: TCA_BASIC.CLASSID,
    actionsAttribute: TCA_BASIC.ACT,
    options: {
      match: {
        ...spelledField(expressionField, {
          name: 'match',
          label: 'Expression',
          help: 'What must be true of a packet; every packet where nothing is given.',
          example: 'cmp(u8 at 9 layer 1 eq 17) and meta(pkt_len lt 200)',
        }),
        attribute: TCA_BASIC.EMATCHES,
        wire: expression,
        presence: true,
      },
    },
    decodeStats,
  }),
);
