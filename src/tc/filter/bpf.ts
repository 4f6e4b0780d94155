/** bpf: a filter that is a BPF program (net/sched/cls_bpf.c). */
import type { Reader, Writer } from '../../lib/bytes.ts';
import { TCA_BPF, TCA_BPF_FLAG } from '../../uapi/tc.ts';
import { eachAttribute, putAttribute, text, u32 } from '../../wire/nla.ts';

/** What the program returns is what becomes of the packet. */
const ACT_DIRECT = TCA_BPF_FLAG.ACT_DIRECT;

export interface BpfFilter {
  /** Of a program of type SCHED_CLS. */
  readonly fd: number;
  readonly name: string;
  readonly directAction: boolean;
}

/** Writes the options. */
export function encodeBpf(w: Writer, { fd, name, directAction }: BpfFilter): void {
  putAttribute(w, TCA_BPF.FD, u32, fd >>> 0);
  putAttribute(w, TCA_BPF.NAME, text, name);
  putAttribute(w, TCA_BPF.FLAGS, u32, directAction ? ACT_DIRECT : 0);
}

/** What a dump tells of the program: its name as it was given, and its number. */
export function decodeBpf(options: Reader): { readonly name: string; readonly programId: number } {
  let name = '';
  let programId = 0;
  eachAttribute(options, (type, payload) => {
    if (type === TCA_BPF.NAME) name = text.decode(payload);
    else if (type === TCA_BPF.ID) programId = payload.u32();
  });
  return { name, programId };
}
