/** A host on which one call of bpf(2) is refused. Calls are counted from 1 on. */
import type { Host, PointerPatch } from '../../../src/host/host.ts';

export interface BpfFault {
  /** A name of errno. */
  readonly mode: string;
  readonly at: number;
}

export interface BpfCount {
  calls: number;
}

export function withBpfFault(host: Host, { mode, at }: BpfFault): { host: Host; count: BpfCount } {
  const count: BpfCount = { calls: 0 };
  const faulty: Host = {
    ...host,
    bpf(command: number, attributes: Uint8Array, pointers?: readonly PointerPatch[]) {
      if (++count.calls === at) return -(host.errno[mode] ?? 0);
      return host.bpf(command, attributes, pointers);
    },
  };
  return { host: faulty, count };
}
