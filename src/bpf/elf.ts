/**
 * ELF64 relocatable objects of either byte order, as far as clang writes them for BPF (gABI chapters 4 and 5; linux/elf.h). The bytes
 * may be anything: what is wrong with them is an {@link ElfError}.
 */
import { Reader, ShortReadError } from '../lib/bytes.ts';
import { EM, ET, SHT } from '../uapi/bpf.ts';
import { decodeText } from '../wire/nla.ts';

/** Why a file cannot be used. */
export class ElfError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ElfError';
  }
}

export interface ElfSection {
  readonly name: string;
  /** SHT_* */
  readonly type: number;
  /** Of SHT_SYMTAB the section with the names, of SHT_REL the one with the symbols. */
  readonly link: number;
  /** Of SHT_REL: the section that is relocated. */
  readonly info: number;
  readonly content: Uint8Array;
}

export interface ElfSymbol {
  readonly name: string;
  /** STT_* */
  readonly type: number;
  /** The index of the section, or one of SHN_*. */
  readonly section: number;
  /** Where in that section. */
  readonly value: number;
  readonly sizeBytes: number;
}

export interface ElfRelocation {
  readonly offset: number;
  readonly symbol: ElfSymbol;
}

export interface ElfFile {
  readonly littleEndian: boolean;
  readonly sections: readonly ElfSection[];
  readonly symbols: readonly ElfSymbol[];
}

const MAGIC = [0x7f, 0x45, 0x4c, 0x46];
/** Bytes of e_ident: ELFCLASS64; ELFDATA2LSB or ELFDATA2MSB. */
const CLASS_AT = 4;
const CLASS_64 = 2;
const DATA_AT = 5;
const DATA = { little: 1, big: 2 } as const;
const IDENT_BYTES = 16;
/** Elf64_Ehdr: where e_shoff and e_shentsize are. */
const SECTIONS_AT = 40;
const SECTION_SIZE_AT = 58;
/** sizeof(Elf64_Shdr), sizeof(Elf64_Sym), sizeof(Elf64_Rel) */
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;
const RELOCATION_BYTES = 16;

/** @throws ElfError */
export function parseElf(bytes: Uint8Array): ElfFile {
  try {
    return readElf(bytes);
  } catch (error) {
    if (error instanceof ShortReadError) throw new ElfError(`it is cut off: ${error.message}`);
    throw error;
  }
}

function readElf(bytes: Uint8Array): ElfFile {
  const order = bytes[DATA_AT];
  const isElf = MAGIC.every((byte, i) => bytes[i] === byte) && bytes[CLASS_AT] === CLASS_64;
  if (!isElf || (order !== DATA.little && order !== DATA.big)) throw new ElfError('it is no ELF file of 64 bits');
  const littleEndian = order === DATA.little;
  const header = new Reader(bytes, littleEndian, IDENT_BYTES);
  const [type, machine] = [header.u16(), header.u16()];
  if (type !== ET.REL || machine !== EM.BPF) throw new ElfError('it is no object for BPF');
  const sections = readSections(bytes, littleEndian);
  const table = sections.find((section) => section.type === SHT.SYMTAB);
  const symbols = table === undefined ? [] : readSymbols(table, sections, littleEndian);
  return { littleEndian, sections, symbols };
}

function readSections(bytes: Uint8Array, littleEndian: boolean): ElfSection[] {
  const header = new Reader(bytes, littleEndian, SECTIONS_AT);
  const start = header.u64();
  header.pos = SECTION_SIZE_AT;
  const [headerBytes, count, namesAt] = [header.u16(), header.u16(), header.u16()];
  if (headerBytes !== SECTION_BYTES) throw new ElfError('its section headers have another size');
  if (start > bytes.length) throw new ElfError('its section headers are past the end');
  const r = new Reader(bytes, littleEndian, start);
  const found = Array.from({ length: count }, () => {
    const [nameAt, type] = [r.u32(), r.u32()];
    r.take(16); // sh_flags, sh_addr
    const [offset, size, link, info] = [r.u64(), r.u64(), r.u32(), r.u32()];
    r.take(16); // sh_addralign, sh_entsize
    return { nameAt, type, link, info, content: contentOf(bytes, type, offset, size) };
  });
  const names = found[namesAt]?.content ?? new Uint8Array();
  return found.map(({ nameAt, ...section }) => ({ name: decodeText(names, nameAt, names.length), ...section }));
}

/** SHT_NULL and SHT_NOBITS, whose content is not in the file. */
const WITHOUT_CONTENT: readonly number[] = [0, 8];

function contentOf(bytes: Uint8Array, type: number, offset: number, size: number): Uint8Array {
  if (WITHOUT_CONTENT.includes(type)) return new Uint8Array();
  if (offset > bytes.length || size > bytes.length - offset) throw new ElfError('a section reaches past its end');
  return bytes.subarray(offset, offset + size);
}

function readSymbols(table: ElfSection, sections: readonly ElfSection[], littleEndian: boolean): ElfSymbol[] {
  const names = sections[table.link]?.content ?? new Uint8Array();
  const r = new Reader(table.content, littleEndian);
  return Array.from({ length: Math.floor(table.content.length / SYMBOL_BYTES) }, () => {
    const [nameAt, info] = [r.u32(), r.u8()];
    r.u8(); // st_other
    const [section, value, sizeBytes] = [r.u16(), r.u64(), r.u64()];
    return { name: decodeText(names, nameAt, names.length), type: info & 0xf, section, value, sizeBytes };
  });
}

/** The relocations of the section with that index. @throws ElfError */
export function relocationsOf(elf: ElfFile, index: number): ElfRelocation[] {
  const tables = elf.sections.filter(({ type, info }) => type === SHT.REL && info === index);
  return tables.flatMap(({ content }) => {
    const r = new Reader(content, elf.littleEndian);
    return Array.from({ length: Math.floor(content.length / RELOCATION_BYTES) }, () => {
      const [offset, first, second] = [r.u64(), r.u32(), r.u32()];
      // r_info: the symbol in its upper half, the type in its lower one.
      const symbol = elf.symbols[elf.littleEndian ? second : first];
      if (symbol === undefined) throw new ElfError('a relocation names no symbol');
      return { offset, symbol };
    });
  });
}
