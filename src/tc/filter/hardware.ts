/** Where a filter works: in the kernel, in the network card, or in both (TCA_CLS_FLAGS_* of <linux/pkt_cls.h>, include/net/pkt_cls.h). */
import type { Reader, Writer } from '../../lib/bytes.ts';
import { boolean } from '../../schema/field.ts';
import { TCA_CLS_FLAGS } from '../../uapi/tc.ts';
import { putAttribute, u32 } from '../../wire/nla.ts';
import { field, type OptionValue, type OptionValues } from '../kind.ts';

export const hardwareRows = {
  skipHardware: field<boolean>({
    initial: false,
    apply: 'rebuild',
    words: (on) => (on ? ['skip_hw'] : []),
    uci: {
      name: 'skip_hw',
      field: boolean(),
      label: 'Not in hardware',
      help: 'Keep the filter out of the network card.',
      example: '1',
    },
  }),
  skipSoftware: field<boolean>({
    initial: false,
    apply: 'rebuild',
    words: (on) => (on ? ['skip_sw'] : []),
    uci: {
      name: 'skip_sw',
      field: boolean(),
      label: 'Only in hardware',
      help: 'Have the filter in the network card only, or not at all.',
      example: '0',
    },
  }),
} as const;

export function hardwareFlags({ skipHardware, skipSoftware }: OptionValues): number {
  return (skipHardware ? TCA_CLS_FLAGS.SKIP_HW : 0) | (skipSoftware ? TCA_CLS_FLAGS.SKIP_SW : 0);
}

/** Writes the attribute with the flags; none where there is no flag, as tc(8) does. */
export function putHardwareFlags(w: Writer, attribute: number, options: OptionValues): void {
  const flags = hardwareFlags(options);
  if (flags !== 0) putAttribute(w, attribute, u32, flags);
}

/** Reads its payload, in which the kernel also tells whether hardware took the filter. */
export function takeHardwareFlags(r: Reader, values: Record<string, OptionValue>): void {
  const flags = r.u32();
  values.skipHardware = (flags & TCA_CLS_FLAGS.SKIP_HW) !== 0;
  values.skipSoftware = (flags & TCA_CLS_FLAGS.SKIP_SW) !== 0;
}

export function checkHardwareFlags({ skipHardware, skipSoftware }: OptionValues): string[] {
  return skipHardware && skipSoftware ? ["'skip_hw' and 'skip_sw' exclude each other"] : [];
}
