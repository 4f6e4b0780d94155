/** connmark: gives packets the mark of their connection, tc-connmark(8) and net/sched/act_connmark.c. */
import { integer } from '../../schema/field.ts';
import { TCA_CONNMARK } from '../../uapi/tc.ts';
import { beginAttribute, endAttribute } from '../../wire/nla.ts';
import { field, once } from '../kind.ts';
import { controlRow, putGeneric, takeGeneric } from './control.ts';
import { defineAction } from './kind.ts';

export const connmark = once(() =>
  defineAction({
    kind: 'connmark',
    parameters: TCA_CONNMARK.PARMS,
    options: {
      zone: field<number>({
        initial: 0,
        apply: 'change',
        words: (zone) => (zone === 0 ? [] : ['zone', String(zone)]),
        uci: {
          name: 'zone',
          field: integer(0, 65535),
          label: 'Zone',
          help: 'The zone of connection tracking.',
          example: '1',
        },
      }),
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
