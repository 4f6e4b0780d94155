/** The object file with the programs: what is to be loaded, and which maps its instructions name. */
import { Reader } from '../lib/bytes.ts';
import { BPF_PROG_TYPE, SHT, STT } from '../uapi/bpf.ts';
import { decodeText } from '../wire/nla.ts';
import { ElfError, type ElfFile, parseElf, relocationsOf } from './elf.ts';

/** A pair of instructions that loads the address of a map (Documentation/bpf/instruction-set: 64-bit immediate). */
export interface MapReference {
  /** The first of the two, counted in instructions. */
  readonly instruction: number;
  readonly map: string;
}

export interface BpfProgram {
  readonly name: string;
  readonly type: BPF_PROG_TYPE;
  /** Whether it takes frames in several buffers (section `xdp.frags`). */
  readonly takesFragments: boolean;
  readonly instructions: Uint8Array;
  readonly references: readonly MapReference[];
}

export interface BpfObject {
  /** Tells objects apart: 32 hexadecimal digits that follow from the bytes, the same on every CPU. */
  readonly id: string;
  readonly littleEndian: boolean;
  readonly license: string;
  readonly programs: readonly BpfProgram[];
}

/** Names of sections as libbpf knows them (tools/lib/bpf/libbpf.c: section_defs). */
const TYPES: Readonly<Record<string, BPF_PROG_TYPE>> = {
  xdp: BPF_PROG_TYPE.XDP,
  'xdp.frags': BPF_PROG_TYPE.XDP,
  tc: BPF_PROG_TYPE.SCHED_CLS,
};
const MAPS = '.maps';
const LICENSE = 'license';

export const INSTRUCTION_BYTES = 8;
/** BPF_LD | BPF_IMM | BPF_DW */
const LOAD_IMMEDIATE_64 = 0x18;

/** @throws ElfError */
export function parseObject(bytes: Uint8Array): BpfObject {
  const elf = parseElf(bytes);
  const license = elf.sections.find(({ name }) => name === LICENSE)?.content;
  if (license === undefined) throw new ElfError('it has no license');
  return {
    id: objectId(bytes),
    littleEndian: elf.littleEndian,
    license: decodeText(license, 0, license.length),
    programs: elf.sections.flatMap((_, index) => programsOf(elf, index)),
  };
}

function programsOf(elf: ElfFile, index: number): BpfProgram[] {
  const { name: section, type: sectionType, content } = elf.sections[index] ?? {};
  const type = TYPES[section ?? ''];
  if (type === undefined || content === undefined || sectionType !== SHT.PROGBITS) return [];
  const relocations = relocationsOf(elf, index);
  const functions = elf.symbols.filter((symbol) => symbol.section === index && symbol.type === STT.FUNC);
  return functions.map(({ name, value, sizeBytes }) => {
    const end = value + sizeBytes;
    const isWhole = value % INSTRUCTION_BYTES === 0 && sizeBytes % INSTRUCTION_BYTES === 0 && sizeBytes > 0;
    if (!isWhole || end > content.length) throw new ElfError(`${name} does not lie within its section`);
    const references = relocations
      .filter(({ offset }) => offset >= value && offset < end)
      .map(({ offset, symbol }) => {
        if (symbol.type !== STT.OBJECT || elf.sections[symbol.section]?.name !== MAPS)
          throw new ElfError(`${name} refers to ${symbol.name || 'a section'}, which is no map`);
        const isLoad = offset % INSTRUCTION_BYTES === 0 && content[offset] === LOAD_IMMEDIATE_64;
        if (!isLoad || offset + 2 * INSTRUCTION_BYTES > end)
          throw new ElfError(`${name} refers to a map where it cannot`);
        return { instruction: (offset - value) / INSTRUCTION_BYTES, map: symbol.name };
      });
    return {
      name,
      type,
      takesFragments: section === 'xdp.frags',
      instructions: content.subarray(value, end),
      references,
    };
  });
}

/** Odd multipliers of MurmurHash3 (Appleby; public domain). */
const MULTIPLIERS = [0xcc9e2d51, 0x1b873593] as const;

/** 128 bits in four lanes, each of which a word that differs reaches; no protection against somebody who looks for a second file. */
function objectId(bytes: Uint8Array): string {
  const padded = new Uint8Array((bytes.length + 3) & ~3);
  padded.set(bytes);
  const { words } = new Reader(padded, true);
  const lanes = Uint32Array.of(1, 2, 3, bytes.length);
  const mix = (lane: number, word: number): void => {
    const before = ((lanes[lane] as number) ^ Math.imul(word, MULTIPLIERS[0])) >>> 0;
    lanes[lane] = Math.imul((before << 13) | (before >>> 19), MULTIPLIERS[1]) + (lanes[(lane + 1) & 3] as number);
  };
  for (let i = 0; i < words.length; i++) mix(i & 3, words[i] as number);
  for (let i = 0; i < 16; i++) mix(i & 3, i);
  return Array.from(lanes, (lane) => lane.toString(16).padStart(8, '0')).join('');
}
