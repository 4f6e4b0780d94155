/** mirred: redirects a packet to another device, or mirrors it there, tc-mirred(8) and net/sched/act_mirred.c. */
import type { Reader } from '../../lib/bytes.ts';
import { choice, deviceName } from '../../schema/field.ts';
import { MIRRED, TCA_MIRRED } from '../../uapi/tc.ts';
import { beginAttribute, endAttribute } from '../../wire/nla.ts';
import { field, type OptionValue, once } from '../kind.ts';
import { spelledField } from '../spelled.ts';
import { controlField, putGeneric, takeGeneric } from './control.ts';
import { defineAction } from './kind.ts';

/** The words of tc(8); a person writes `_` for the space. */
const WAYS: Readonly<Record<string, number>> = {
  egress_redirect: MIRRED.EGRESS_REDIR,
  egress_mirror: MIRRED.EGRESS_MIRROR,
  ingress_redirect: MIRRED.INGRESS_REDIR,
  ingress_mirror: MIRRED.INGRESS_MIRROR,
};
const WAY_WORDS = ['egress_redirect', 'egress_mirror', 'ingress_redirect', 'ingress_mirror'] as const;

/** A redirected packet is gone, a mirrored one goes on; what tc sends where it is told nothing. */
const usualControl = (way: OptionValue = 'egress_redirect'): string =>
  String(way).endsWith('redirect') ? 'stolen' : 'pipe';

export const mirred = once(() =>
  defineAction({
    kind: 'mirred',
    parameters: TCA_MIRRED.PARMS,
    deviceOption: 'device',
    options: {
      way: field<string>({
        initial: 'egress_redirect',
        apply: 'change',
        words: (way) => way.split('_'),
        uci: {
          name: 'way',
          field: choice(WAY_WORDS),
          label: 'How',
          help: 'Redirect the packet or a copy of it, to leave by the device or as if it had arrived there.',
          example: 'egress_mirror',
        },
      }),
      device: spelledField(deviceName(), {
        name: 'dev',
        label: 'Device',
        help: 'The device that the packet goes to.',
        example: 'ifb0',
      }),
      control: spelledField(controlField, {
        name: 'control',
        word: '',
        label: 'What comes next',
        help: 'For the packet after it was mirrored; pipe where nothing is given.',
        example: 'continue',
      }),
    },
    codec: {
      encode: (w, { way, control, ifindex }) => {
        const parameters = beginAttribute(w, TCA_MIRRED.PARMS);
        // struct tc_mirred: tc_gen, eaction, ifindex
        putGeneric(w, control || usualControl(way));
        w.s32(WAYS[String(way)] ?? 0);
        w.u32(Number(ifindex ?? 0));
        endAttribute(w, parameters);
      },
      decodeAttribute: (type, r, values) => {
        if (type === TCA_MIRRED.PARMS) decodeParameters(r, values);
      },
    },
    // What is usual is read as not given.
    expected: (sent) => (sent.control === usualControl(sent.way) ? { ...sent, control: '' } : sent),
    check: ({ device, way, control }) => [
      ...(device === undefined || device === '' ? ["'dev' must be given"] : []),
      ...(control && usualControl(way) === 'stolen'
        ? ["'control' is for mirrored packets, a redirected one is gone"]
        : []),
    ],
  }),
);

function decodeParameters(r: Reader, values: Record<string, OptionValue>): void {
  const control = takeGeneric(r);
  const way = r.s32();
  values.way = WAY_WORDS.find((word) => WAYS[word] === way) ?? `?${way}`;
  values.control = control === usualControl(values.way) ? '' : control;
  values.ifindex = r.u32();
}
