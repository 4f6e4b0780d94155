/** ctinfo: gives packets DSCP and mark that connection tracking has kept, tc-ctinfo(8) and net/sched/act_ctinfo.c. */
import { phrase } from '../../schema/kind_fields.ts';
import { TCA_CTINFO } from '../../uapi/tc.ts';
import {
  beginAttribute,
  endAttribute,
  type NumberRows,
  numberDecoder,
  putAttribute,
  u16,
  u32,
  u64,
} from '../../wire/nla.ts';
import { once, option } from '../kind.ts';
import { hex, parseNumber, spelledField } from '../spelled.ts';
import { controlRow, putGeneric, takeGeneric } from './control.ts';
import { defineAction } from './kind.ts';
import { zoneRow } from './zone.ts';

const DSCP_BITS = 0x3f;

/** The masks of DSCP and state in `0xfc000000 0x1000000`; the state may be left out. */
function parseMasks(text: string): readonly [dscp: number, state: number] | undefined {
  const [first = '', second = '0', ...more] = text.split(/[ /]+/);
  const [dscp, state] = [parseNumber(first, 32), parseNumber(second, 32)];
  if (dscp === undefined || state === undefined || more.length > 0 || dscp === 0) return undefined;
  const lowest = (dscp & -dscp) >>> 0;
  return dscp / lowest === DSCP_BITS && (dscp & state) === 0 ? [dscp, state] : undefined;
}

const formatMasks = (dscp: number, state: number): string => (state === 0 ? hex(dscp) : `${hex(dscp)} ${hex(state)}`);

const dscpField = phrase(
  'a mask of 6 bits in a row, or that and another that does not overlap it, such as 0xfc000000 0x1000000',
  (text) => {
    const masks = parseMasks(text);
    return masks === undefined ? undefined : formatMasks(...masks);
  },
);

const markField = phrase('a mask such as 0xffffff', (text) => {
  const mask = parseNumber(text, 32);
  return mask === undefined || mask === 0 ? undefined : hex(mask);
});

const counters: NumberRows<'dscpSet' | 'dscpErrors' | 'markSet'> = {
  dscpSet: [TCA_CTINFO.STATS_DSCP_SET, u64],
  dscpErrors: [TCA_CTINFO.STATS_DSCP_ERROR, u64],
  markSet: [TCA_CTINFO.STATS_CPMARK_SET, u64],
};

export const ctinfo = once(() =>
  defineAction({
    kind: 'ctinfo',
    parameters: TCA_CTINFO.ACT,
    options: {
      dscp: spelledField(dscpField, {
        name: 'dscp',
        label: 'DSCP from',
        help: "Bits of the connection's mark that hold the DSCP, and bits of which one says that it does.",
        example: '0xfc000000 0x1000000',
      }),
      cpmark: spelledField(markField, {
        name: 'cpmark',
        label: 'Mark from',
        help: "Bits of the connection's mark that become the packet's.",
        example: '0xffffff',
      }),
      zone: option(TCA_CTINFO.ZONE, u16, zoneRow),
      control: controlRow('pipe'),
    },
    codec: {
      encode: (w, { dscp, cpmark, control }) => {
        const parameters = beginAttribute(w, TCA_CTINFO.ACT);
        putGeneric(w, control);
        endAttribute(w, parameters);
        const masks = parseMasks(String(dscp));
        if (masks !== undefined) putAttribute(w, TCA_CTINFO.PARMS_DSCP_MASK, u32, masks[0]);
        if (masks !== undefined && masks[1] !== 0) putAttribute(w, TCA_CTINFO.PARMS_DSCP_STATEMASK, u32, masks[1]);
        const mark = parseNumber(String(cpmark), 32);
        if (mark !== undefined) putAttribute(w, TCA_CTINFO.PARMS_CPMARK_MASK, u32, mark);
      },
      decodeAttribute: (type, r, values) => {
        if (type === TCA_CTINFO.ACT) values.control = takeGeneric(r);
        else if (type === TCA_CTINFO.PARMS_DSCP_MASK) values.dscp = hex(r.u32());
        else if (type === TCA_CTINFO.PARMS_DSCP_STATEMASK) values.dscp = formatMasks(Number(values.dscp || 0), r.u32());
        else if (type === TCA_CTINFO.PARMS_CPMARK_MASK) values.cpmark = hex(r.u32());
      },
    },
    check: ({ dscp, cpmark }) => (dscp || cpmark ? [] : ["'dscp' or 'cpmark' must be given"]),
    decodeStats: numberDecoder(counters),
  }),
);
