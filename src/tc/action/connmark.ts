/** connmark: gives packets the mark of their connection, tc-connmark(8) and net/sched/act_connmark.c. */
import { TCA_CONNMARK } from '../../uapi/tc.ts';
import { beginAttribute, endAttribute } from '../../wire/nla.ts';
import { field, once } from '../kind.ts';
import { controlRow, putGeneric, takeGeneric } from './control.ts';
import { defineAction } from './kind.ts';
import { zoneRow } from './zone.ts';

export const connmark = once(() =>
  defineAction({
    kind: 'connmark',
    parameters: TCA_CONNMARK.PARMS,
    options: {
      zone: field<number>(zoneRow),
      control: controlRow('pipe'),
    },
    codec: {
      encode: (w, { zone, control }) => {
        const parameters = beginAttribute(w, TCA_CONNMARK.PARMS);
        putGeneric(w, control);
        // struct tc_connmark: tc_gen, zone, padding
        w.u16(Number(zone));
        w.u16(0);
        endAttribute(w, parameters);
      },
      decodeAttribute: (type, r, values) => {
        if (type !== TCA_CONNMARK.PARMS) return;
        values.control = takeGeneric(r);
        values.zone = r.u16();
      },
    },
  }),
);
