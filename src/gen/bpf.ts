/**
 * Writes `src/bpf/layout_gen.ts`: where the fields of the structs are that programs and agent share, and what the maps are, as clang
 * says it in the object's BTF; the names of numbers from bpf/include/shared.h, since BTF has only what a program uses.
 */
import { readFileSync } from 'node:fs';
import { Btf } from './btf.ts';

/** Made by `make bpf`. Layouts are the same for both byte orders: every field in shared.h has a fixed size, and padding is spelled out. */
export const OBJECT = 'build/bpf/el/weir.bpf.o';
const HEADER = 'bpf/include/shared.h';
const PREFIX = 'weir_';

export function layoutModule(): string {
  const btf = new Btf(readFileSync(OBJECT));
  const structs = [...btf.structs((name) => name.startsWith(PREFIX))].sort();
  const header = readFileSync(HEADER, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  return [
    `// Written by src/gen/bpf.ts from ${OBJECT} and ${HEADER}. Do not edit.`,
    '// biome-ignore-all lint/suspicious/noDuplicateEnumValues: a struct may be as long as one of its fields begins late',
    '',
    '/** What a map is created with; BPF_MAP_TYPE_* and BPF_F_*. */',
    'export interface MapDefinition {',
    ...['type', 'keyBytes', 'valueBytes', 'maxEntries', 'flags'].map((name) => `  readonly ${name}: number;`),
    '}',
    '',
    'export const MAPS = {',
    ...[...btf.maps()].sort().map(([name, map]) => {
      const fields = Object.entries(map).map(([field, value]) => `${field}: ${value}`);
      return `  ${name}: { ${fields.join(', ')} },`;
    }),
    '} as const satisfies Readonly<Record<string, MapDefinition>>;',
    '',
    ...structs.map(([name, { sizeBytes, fields }]) => {
      const named = fields.filter(([field]) => !field.startsWith('pad'));
      return formatEnum(name, [['BYTES', sizeBytes], ...named]);
    }),
    ...enumsOf(header),
    formatEnum('WEIR', macrosOf(header)),
  ].join('\n');
}

type Member = readonly [name: string, value: number];

function formatEnum(name: string, members: readonly Member[]): string {
  return `export enum ${name} {\n${members.map(([member, value]) => `  ${member} = ${value},\n`).join('')}}\n`;
}

/** Each C enum, its members without the prefix that all of them have. */
function enumsOf(header: string): string[] {
  return Array.from(header.matchAll(/\benum (\w+) \{([^}]*)\}/g), ([, name = '', body = '']) => {
    const members = body.split(',').filter((item) => item.trim() !== '');
    const parsed = members.map((item): Member => {
      const [, member = '', value = ''] = /^\s*(\w+) = (.+?)\s*$/.exec(item) ?? fail(`enum ${name}: ${item}`);
      return [member, numberOf(value)];
    });
    const prefix = commonPrefix(parsed.map(([member]) => member));
    return formatEnum(
      name,
      parsed.map(([member, value]) => [member.slice(prefix.length), value]),
    );
  });
}

/** Macros that are numbers. */
function macrosOf(header: string): Member[] {
  const found = header.matchAll(/^#define WEIR_(\w+) (\S+)\s*$/gm);
  return Array.from(found, ([, name = '', value = '']) => [name, numberOf(value)]);
}

function numberOf(text: string): number {
  const shift = /^(\d+) << (\d+)$/.exec(text);
  if (shift !== null) return Number(shift[1]) << Number(shift[2]);
  return /^(0x[0-9a-f]+|\d+)$/.test(text) ? Number(text) : fail(`no number: ${text}`);
}

function commonPrefix(names: readonly string[]): string {
  const [first = ''] = names;
  const words = first.split('_');
  const prefixes = words.map((_, i) => `${words.slice(0, i).join('_')}_`).reverse();
  return prefixes.find((prefix) => names.every((name) => name.startsWith(prefix))) ?? '';
}

function fail(message: string): never {
  throw new Error(`${HEADER}: ${message}`);
}
