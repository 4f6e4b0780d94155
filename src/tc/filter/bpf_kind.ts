/**
 * bpf: a pinned program says which packets are taken, or with direct action what becomes of them, tc-bpf(8) and net/sched/cls_bpf.c. The
 * path of the pin is the filter's name in the kernel, by which weir knows it.
 */
import { boolean, filePath } from '../../schema/field.ts';
import { TCA_BPF, TCA_BPF_FLAG } from '../../uapi/tc.ts';
import { putAttribute, text, u32 } from '../../wire/nla.ts';
import { field, once, option } from '../kind.ts';
import { spelledField } from '../spelled.ts';
import { checkHardwareFlags, hardwareRows, putHardwareFlags, takeHardwareFlags } from './hardware.ts';
import { defineFilter } from './kind.ts';

/** What the name may have (CLS_BPF_NAME_LEN), without its NUL. */
const LONGEST_NAME_BYTES = 255;

export const bpf = once(() =>
  defineFilter({
    kind: 'bpf',
    classidAttribute: TCA_BPF.CLASSID,
    actionsAttribute: TCA_BPF.ACT,
    programOption: 'program',
    options: {
      program: {
        ...spelledField(filePath(), {
          name: 'object_pinned',
          word: 'object-pinned',
          label: 'Program',
          help: 'Where the program is pinned below /sys/fs/bpf.',
          example: '/sys/fs/bpf/classify',
        }),
        attribute: TCA_BPF.NAME,
        wire: text,
        presence: true,
      },
      directAction: option<boolean>(
        TCA_BPF.FLAGS,
        {
          encode: (w) => w.u32(TCA_BPF_FLAG.ACT_DIRECT),
          decode: (r) => (r.u32() & TCA_BPF_FLAG.ACT_DIRECT) !== 0,
        },
        {
          initial: false,
          apply: 'change',
          presence: true,
          words: (on) => (on ? ['direct-action'] : []),
          uci: {
            name: 'direct_action',
            field: boolean(),
            label: 'Direct action',
            help: 'What the program returns is what becomes of the packet.',
            example: '1',
          },
        },
      ),
      /** The number of the program, as in all tools; no option, but how a change of the pin shows. */
      programId: field<number>({ apply: 'change', words: () => [] }),
      ...hardwareRows,
    },
    codec: {
      encode: (w, options) => {
        const { programFd } = options;
        if (programFd !== undefined) putAttribute(w, TCA_BPF.FD, u32, Number(programFd));
        putHardwareFlags(w, TCA_BPF.FLAGS_GEN, options);
      },
      decodeAttribute: (type, r, values) => {
        if (type === TCA_BPF.ID) values.programId = r.u32();
        else if (type === TCA_BPF.FLAGS_GEN) takeHardwareFlags(r, values);
      },
    },
    check: (options) => [
      ...(options.program ? [] : ["'object_pinned' must be given"]),
      ...(String(options.program ?? '').length > LONGEST_NAME_BYTES
        ? ["'object_pinned' is too long for the kernel"]
        : []),
      ...checkHardwareFlags(options),
    ],
  }),
);
