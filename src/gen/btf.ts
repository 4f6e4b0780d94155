/**
 * BTF, the types of a BPF object (Documentation/bpf/btf.rst): structs with their fields, and the maps that it defines. Build time
 * only; what is wrong with it stops the generator.
 */
import { parseElf } from '../bpf/elf.ts';
import { Reader } from '../lib/bytes.ts';
import { decodeText } from '../wire/nla.ts';

interface BtfMember {
  readonly name: string;
  readonly type: number;
  readonly offsetBytes: number;
}

/** One type; `ref` is what a pointer, an array, a typedef or a variable is of. */
interface BtfType {
  readonly kind: number;
  readonly name: string;
  readonly sizeBytes: number;
  readonly ref: number;
  /** Of an array. */
  readonly elements: number;
  /** Of a struct; of a section its variables. */
  readonly members: readonly BtfMember[];
}

/** linux/btf.h: BTF_KIND_*. */
const KIND = {
  INT: 1,
  PTR: 2,
  ARRAY: 3,
  STRUCT: 4,
  UNION: 5,
  ENUM: 6,
  FUNC_PROTO: 13,
  VAR: 14,
  DATASEC: 15,
  DECL_TAG: 17,
  ENUM64: 19,
} as const;
const POINTER_BYTES = 8;

/** A struct as memory: its size, and where its fields begin. */
export interface StructLayout {
  readonly sizeBytes: number;
  readonly fields: readonly (readonly [name: string, offsetBytes: number])[];
}

/** What a map is created with. */
export interface MapDefinition {
  readonly type: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly maxEntries: number;
  readonly flags: number;
}

export class Btf {
  private readonly types: readonly BtfType[];

  constructor(object: Uint8Array) {
    const elf = parseElf(object);
    const section = elf.sections.find(({ name }) => name === '.BTF');
    if (section === undefined) throw new Error('the object has no BTF');
    this.types = readTypes(section.content, elf.littleEndian);
  }

  /** The structs that are named so, by name. */
  structs(isWanted: (name: string) => boolean): Map<string, StructLayout> {
    const wanted = this.types.filter(({ kind, name }) => kind === KIND.STRUCT && isWanted(name));
    return new Map(
      wanted.map(({ name, sizeBytes, members }) => [
        name,
        { sizeBytes, fields: members.map((member) => [member.name, member.offsetBytes] as const) },
      ]),
    );
  }

  /** As `SEC(".maps")` defines them: numbers are lengths of arrays, key and value are types (libbpf: parse_btf_map_def). */
  maps(): Map<string, MapDefinition> {
    const section = this.types.find(({ kind, name }) => kind === KIND.DATASEC && name === '.maps');
    if (section === undefined) throw new Error('the object has no maps');
    return new Map(
      section.members.map(({ type }) => {
        const variable = this.type(type);
        const fields = new Map(this.type(variable.ref).members.map((member) => [member.name, member.type]));
        const number = (name: string): number => {
          const field = fields.get(name);
          return field === undefined ? 0 : this.type(this.type(field).ref).elements;
        };
        const size = (name: string): number => {
          const field = fields.get(name);
          return field === undefined ? number(`${name}_size`) : this.sizeOf(this.type(field).ref);
        };
        return [
          variable.name,
          {
            type: number('type'),
            keyBytes: size('key'),
            valueBytes: size('value'),
            maxEntries: number('max_entries'),
            flags: number('map_flags'),
          },
        ];
      }),
    );
  }

  private type(id: number): BtfType {
    const found = this.types[id];
    if (found === undefined) throw new Error(`BTF has no type ${id}`);
    return found;
  }

  private sizeOf(id: number): number {
    const { kind, sizeBytes, ref, elements } = this.type(id);
    if (kind === KIND.PTR) return POINTER_BYTES;
    if (kind === KIND.ARRAY) return elements * this.sizeOf(ref);
    return sizeBytes > 0 ? sizeBytes : this.sizeOf(ref);
  }
}

const HAS_SIZE: readonly number[] = [KIND.INT, KIND.STRUCT, KIND.UNION, KIND.ENUM, KIND.DATASEC, 16, KIND.ENUM64];

function readTypes(section: Uint8Array, littleEndian: boolean): BtfType[] {
  const header = new Reader(section, littleEndian, 4);
  const [headerBytes, typesAt, typesBytes, textsAt] = [header.u32(), header.u32(), header.u32(), header.u32()];
  const text = (at: number): string => decodeText(section, headerBytes + textsAt + at, section.length);
  const r = new Reader(section, littleEndian, headerBytes + typesAt, headerBytes + typesAt + typesBytes);
  const types: BtfType[] = [{ kind: 0, name: 'void', sizeBytes: 0, ref: 0, elements: 0, members: [] }];
  while (r.remaining > 0) {
    const [nameAt, info, sizeOrType] = [r.u32(), r.u32(), r.u32()];
    const kind = (info >>> 24) & 0x1f;
    const count = info & 0xffff;
    const common = {
      kind,
      name: text(nameAt),
      sizeBytes: HAS_SIZE.includes(kind) ? sizeOrType : 0,
      ref: HAS_SIZE.includes(kind) ? 0 : sizeOrType,
      elements: 0,
      members: [],
    };
    types.push({ ...common, ...readRest(r, kind, count, text) });
  }
  return types;
}

function readRest(r: Reader, kind: number, count: number, text: (at: number) => string): Partial<BtfType> {
  const times = <T>(read: () => T): T[] => Array.from({ length: count }, read);
  switch (kind) {
    case KIND.ARRAY: {
      const ref = r.u32();
      r.u32(); // the type of the index
      return { ref, elements: r.u32() };
    }
    case KIND.STRUCT:
    case KIND.UNION:
      return { members: times(() => ({ name: text(r.u32()), type: r.u32(), offsetBytes: (r.u32() & 0xffffff) / 8 })) };
    case KIND.DATASEC:
      return {
        members: times(() => {
          const [type, offsetBytes] = [r.u32(), r.u32()];
          r.u32(); // its size
          return { name: '', type, offsetBytes };
        }),
      };
    case KIND.INT:
    case KIND.VAR:
    case KIND.DECL_TAG:
      r.take(4);
      return {};
    case KIND.ENUM:
    case KIND.FUNC_PROTO:
      r.take(8 * count);
      return {};
    case KIND.ENUM64:
      r.take(12 * count);
      return {};
    default:
      return {};
  }
}
