/**
 * Structs of numbers, as most kinds tell their statistics in (TCA_STATS_APP): the fields in their order, each by its C type.
 *
 * Newer kernels append fields. Those that an older one does not send are 0, and what is behind the known ones is passed over.
 */
import type { Reader } from '../lib/bytes.ts';

const TYPES = {
  u8: (r: Reader) => r.u8(),
  u32: (r: Reader) => r.u32(),
  s32: (r: Reader) => r.s32(),
  u64: (r: Reader) => r.u64(),
  s64: (r: Reader) => r.s64(),
} as const;

export type StructFields<Name extends string> = Readonly<Record<Name, keyof typeof TYPES>>;

/**
 * A decoder of such a struct. Every name is in the result, 0 for a field that lies behind the end.
 *
 * @throws ShortReadError where a struct ends within a field
 */
export function structDecoder<Name extends string>(fields: StructFields<Name>): (r: Reader) => Record<Name, number> {
  const names = Object.keys(fields) as Name[];
  const zeros = Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
  return (r) => {
    const values = { ...zeros };
    for (const name of names) {
      if (r.remaining === 0) break;
      values[name] = TYPES[fields[name]](r);
    }
    return values;
  };
}
