/** bpf: a filter that is a program, here one that says itself what becomes of the packet (net/sched/cls_bpf.c, direct action). */
import type { Reader, Writer } from '../../lib/bytes.ts';
import { TCA_BPF, TCA_BPF_FLAG } from '../../uapi/tc.ts';
import { eachAttribute, putAttribute, text, u32 } from '../../wire/nla.ts';

/** Of the program with this descriptor of ours; `name` is what tools show of the filter (CLS_BPF_NAME_LEN: up to 256 with the NUL). */
export function encodeBpf(w: Writer, fd: number, name: string): void {
  putAttribute(w, TCA_BPF.FD, u32, fd);
  putAttribute(w, TCA_BPF.NAME, text, name);
  putAttribute(w, TCA_BPF.FLAGS, u32, TCA_BPF_FLAG.ACT_DIRECT);
}

/** A filter as a dump shows it. */
export interface BpfFilter {
  readonly name: string;
  /** Of the program, as in all tools; 0 for one of classic BPF, which has none. */
  readonly programId: number;
  readonly directAction: boolean;
}

/** @throws ShortReadError */
export function decodeBpf(options: Reader): BpfFilter {
  let filter: BpfFilter = { name: '', programId: 0, directAction: false };
  eachAttribute(options, (type, r) => {
    if (type === TCA_BPF.NAME) filter = { ...filter, name: text.decode(r) };
    else if (type === TCA_BPF.ID) filter = { ...filter, programId: u32.decode(r) };
    else if (type === TCA_BPF.FLAGS)
      filter = { ...filter, directAction: (u32.decode(r) & TCA_BPF_FLAG.ACT_DIRECT) !== 0 };
  });
  return filter;
}
