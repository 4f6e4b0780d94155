/** `indev`: of which device a packet must have come, the same for each kind of filters that has it (net/sched/cls_api.c: tcf_change_indev). */
import { deviceName } from '../../schema/field.ts';
import { text } from '../../wire/nla.ts';
import { type KernelOption, option } from '../kind.ts';

/** In the attribute TCA_<KIND>_INDEV; '' for any device. */
export function indevOption(attribute: number): KernelOption<string> {
  return option(attribute, text, {
    initial: '',
    apply: 'change',
    presence: true,
    words: (device) => (device === '' ? [] : ['indev', device]),
    uci: {
      name: 'indev',
      field: deviceName(),
      label: 'Arrived on',
      help: 'Only packets that this device received.',
      example: 'br-lan',
    },
  });
}
