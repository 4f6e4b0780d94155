/**
 * fw: packets by their mark, which the firewall or an action has set, tc-fw(8) and net/sched/cls_fw.c. The mark is the filter's handle,
 * and all filters of one preference have one mask.
 */
import { mask32 } from '../../schema/field.ts';
import { TCA_FW } from '../../uapi/tc.ts';
import { u32 } from '../../wire/nla.ts';
import { field, once, option } from '../kind.ts';
import { indevOption } from './indev.ts';
import { defineFilter } from './kind.ts';

/** The kernel's own mask, with which the whole mark counts. */
const WHOLE_MARK = 0xffffffff;

const hex = (value: unknown): string => `0x${Number(value).toString(16)}`;

export const fw = once(() =>
  defineFilter({
    kind: 'fw',
    classidAttribute: TCA_FW.CLASSID,
    actionsAttribute: TCA_FW.ACT,
    keepsLeftOut: true,
    handleOption: 'mark',
    handleWords: ({ mark, mask = WHOLE_MARK }) => [
      'handle',
      mask === WHOLE_MARK ? hex(mark) : `${hex(mark)}/${hex(mask)}`,
    ],
    options: {
      mark: field<number>({
        apply: 'rebuild',
        words: () => [],
        uci: {
          name: 'mark',
          field: mask32(),
          label: 'Mark',
          help: 'The mark of packets, as the firewall has set it.',
          example: '0x10',
        },
      }),
      mask: option(TCA_FW.MASK, u32, {
        initial: WHOLE_MARK,
        apply: 'rebuild',
        words: () => [],
        uci: {
          name: 'mask',
          field: mask32(),
          label: 'Mask',
          help: 'The bits of the mark that count, the same for all filters of one preference.',
          example: '0xff',
        },
      }),
      indev: indevOption(TCA_FW.INDEV),
    },
    check: ({ mark, mask = WHOLE_MARK }) => {
      if (mark === undefined || mark === 0) return ["'mark' must be given, and be other than 0"];
      return (Number(mark) & Number(mask)) >>> 0 === mark ? [] : ["'mark' has bits that are not in 'mask'"];
    },
  }),
);
