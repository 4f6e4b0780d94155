/** What a machine is to the bridge: the BPF object that is installed, and what devices say to XDP. */
import { readFileSync } from 'node:fs';
import type { Machine } from './machine.ts';
import type { CaseMachine } from './set_up.ts';

export const OBJECT_PATH = '/lib/bpf/weir.bpf.o';
const OTHERS_PROGRAM_ID = 77;

/** The object that is built for CPUs of the machine's byte order, or, as an object of another version, the same with one byte more. */
export function installBridge(machine: Machine, version: 'installed' | 'another' = 'installed'): void {
  machine.bpfKernel.mount();
  const object = Uint8Array.from(readFileSync(`build/bpf/${machine.littleEndian ? 'el' : 'eb'}/weir.bpf.o`));
  machine.addFile(OBJECT_PATH, version === 'installed' ? object : Uint8Array.of(...object, 0));
}

/** To be called when the devices are there. */
export function setUpBridge(machine: Machine, { bridge, devices = {} }: CaseMachine): void {
  const { kernel, bpfKernel } = machine;
  if (bridge === 'removed') machine.unlink(OBJECT_PATH);
  else if (bridge !== undefined) installBridge(machine, bridge);
  for (const [name, { takesXdp, xdp }] of Object.entries(devices)) {
    const { ifindex } = kernel.named(name);
    if (takesXdp === 'generic') bpfKernel.genericOnly.add(ifindex);
    if (takesXdp === 'none') bpfKernel.withoutXdp.add(ifindex);
    if (xdp === null) bpfKernel.others.delete(ifindex);
    else if (xdp !== undefined) bpfKernel.others.set(ifindex, { programId: OTHERS_PROGRAM_ID, mode: xdp });
  }
}
