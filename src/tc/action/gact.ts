/** gact: lets a packet pass, drops it, or sends it on, now and then at random (net/sched/act_gact.c). */
import { choice, integer } from '../../schema/field.ts';
import { PGACT, TCA_GACT } from '../../uapi/tc.ts';
import { beginAttribute, endAttribute } from '../../wire/nla.ts';
import { field, once } from '../kind.ts';
import { controlField, controlNumber, controlRow, controlText, putGeneric, takeGeneric } from './control.ts';
import { defineAction } from './kind.ts';

const RANDOM = { none: PGACT.NONE, netrand: PGACT.NETRAND, determ: PGACT.DETERM } as const;
const RANDOM_WORDS = ['none', 'netrand', 'determ'] as const;

export const gact = once(() =>
  defineAction({
    kind: 'gact',
    parameters: TCA_GACT.PARMS,
    options: {
      control: controlRow('ok'),
      random: field<string>({
        initial: 'none',
        apply: 'change',
        words: (random) => (random === 'none' ? [] : ['random', random]),
        uci: {
          name: 'random',
          field: choice(RANDOM_WORDS),
          label: 'Now and then',
          help: 'One packet of so many, at random or by counting, meets another control.',
          example: 'netrand',
        },
      }),
      randomControl: field<string>({
        initial: '',
        apply: 'change',
        words: (control) => (control === '' ? [] : control.split(' ')),
        uci: {
          name: 'random_control',
          field: controlField,
          label: 'Then',
          help: 'What comes next for such a packet.',
          example: 'drop',
        },
      }),
      /** tc(8): `random netrand drop 10` is one of 10. */
      onePacketOf: field<number>({
        initial: 0,
        apply: 'change',
        words: (count) => (count === 0 ? [] : [String(count)]),
        uci: {
          name: 'random_val',
          field: integer(1, 10000),
          label: 'One packet of',
          help: 'One of so many packets is such a packet.',
          example: '100',
        },
      }),
    },
    codec: {
      encode: (w, { control, random, randomControl, onePacketOf }) => {
        const parameters = beginAttribute(w, TCA_GACT.PARMS);
        putGeneric(w, control);
        endAttribute(w, parameters);
        if (random !== 'netrand' && random !== 'determ') return;
        // struct tc_gact_p: ptype, pval, paction
        const probability = beginAttribute(w, TCA_GACT.PROB);
        w.u16(RANDOM[random]);
        w.u16(Number(onePacketOf));
        w.s32(controlNumber(randomControl));
        endAttribute(w, probability);
      },
      decodeAttribute: (type, r, values) => {
        if (type === TCA_GACT.PARMS) values.control = takeGeneric(r);
        else if (type === TCA_GACT.PROB) {
          const random = r.u16();
          if (random === PGACT.NONE) return;
          values.random = RANDOM_WORDS.find((word) => RANDOM[word] === random) ?? `?${random}`;
          values.onePacketOf = r.u16();
          values.randomControl = controlText(r.s32());
        }
      },
    },
    check: ({ random = 'none', randomControl = '', onePacketOf = 0 }) => {
      const isWhole = randomControl !== '' && onePacketOf !== 0;
      const isGiven = randomControl !== '' || onePacketOf !== 0;
      return [
        ...(random !== 'none' && !isWhole ? ["'random' needs 'random_control' and 'random_val'"] : []),
        ...(random === 'none' && isGiven ? ["'random_control' and 'random_val' need 'random'"] : []),
        ...(/^goto/.test(String(randomControl)) ? ["'random_control' may not go to another chain"] : []),
      ];
    },
  }),
);
