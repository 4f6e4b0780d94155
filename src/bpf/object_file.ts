/** The object file on this machine, and its programs with the maps put into their instructions. */
import { KernelError, type Refusal, refusalNamed, refusalOf } from '../host/refusal.ts';
import { BPF } from '../uapi/bpf.ts';
import type { BpfHost, ProgramToLoad } from './calls.ts';
import { ElfError } from './elf.ts';
import { objectPath } from './installed.ts';
import { type BpfObject, INSTRUCTION_BYTES, parseObject } from './object.ts';

const LARGEST_OBJECT_BYTES = 1 << 20;

/** @throws KernelError, ENOEXEC for a file that is no object for this CPU */
export function readObject(host: BpfHost): BpfObject {
  const path = objectPath(host);
  const fail = (refusal: Refusal): never => {
    throw new KernelError(refusal, 'read', path);
  };
  const content = host.readFile(path, LARGEST_OBJECT_BYTES);
  if (typeof content === 'number') return fail(refusalOf(host, -content));
  try {
    const object = parseObject(content);
    if (object.littleEndian === host.littleEndian) return object;
    return fail({ ...refusalNamed(host, 'ENOEXEC'), extack: 'it is for CPUs of the other byte order' });
  } catch (error) {
    if (!(error instanceof ElfError)) throw error;
    return fail({ ...refusalNamed(host, 'ENOEXEC'), extack: error.message });
  }
}

/** A program of the object with the descriptors of the maps that it refers to. @throws KernelError where it, or a map, is missing */
export function loadable(
  host: BpfHost,
  object: BpfObject,
  name: string,
  maps: ReadonlyMap<string, number>,
): ProgramToLoad {
  const fail = (extack: string): never => {
    throw new KernelError({ ...refusalNamed(host, 'ENOEXEC'), extack }, 'read', objectPath(host));
  };
  const program = object.programs.find((one) => one.name === name) ?? fail(`it has no program ${name}`);
  const instructions = program.instructions.slice();
  const view = new DataView(instructions.buffer);
  for (const { instruction, map } of program.references) {
    const at = instruction * INSTRUCTION_BYTES;
    // struct bpf_insn: code, dst_reg and src_reg as bit-fields of 4, off, imm
    const registers = view.getUint8(at + 1);
    view.setUint8(at + 1, registers | (host.littleEndian ? BPF.PSEUDO_MAP_FD << 4 : BPF.PSEUDO_MAP_FD));
    view.setInt32(
      at + 4,
      maps.get(map) ?? fail(`${name} refers to ${map}, a map that this version does not know`),
      host.littleEndian,
    );
  }
  const flags = program.takesFragments ? BPF.F_XDP_HAS_FRAGS : 0;
  return { name, type: program.type, flags, instructions, license: object.license };
}
