import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cases } from '../../test/effort.ts';
import { mutate, Random } from '../../test/fuzz/mutate.ts';
import { BPF_PROG_TYPE } from '../uapi/bpf.ts';
import { ElfError } from './elf.ts';
import { MAPS } from './layout_gen.ts';
import { type BpfObject, parseObject } from './object.ts';

/** The real ones, of either byte order, as `make bpf` builds them. */
const LITTLE = Uint8Array.from(readFileSync('build/bpf/el/weir.bpf.o'));
const BIG = Uint8Array.from(readFileSync('build/bpf/eb/weir.bpf.o'));

const PROGRAMS: Readonly<Record<string, BPF_PROG_TYPE>> = {
  xdp_forward: BPF_PROG_TYPE.XDP,
  xdp_steer: BPF_PROG_TYPE.XDP,
  tc_forward: BPF_PROG_TYPE.SCHED_CLS,
  tc_while_alive: BPF_PROG_TYPE.SCHED_CLS,
};

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

function namesOf({ programs }: BpfObject): Record<string, BPF_PROG_TYPE> {
  return Object.fromEntries(programs.map(({ name, type }) => [name, type]));
}

test('objects of either byte order have the programs, their license, and maps that are known', () => {
  for (const [bytes, littleEndian] of [
    [LITTLE, true],
    [BIG, false],
  ] as const) {
    const object = parseObject(bytes);
    assert.equal(object.littleEndian, littleEndian);
    assert.equal(object.license, 'Dual BSD/GPL');
    assert.deepEqual(namesOf(object), PROGRAMS);
    const used = new Set(object.programs.flatMap(({ references }) => references.map(({ map }) => map)));
    assert.deepEqual([...used].sort(), Object.keys(MAPS).sort());
  }
});

test('each reference is at a pair of instructions that load 64 bits, in both orders', () => {
  for (const bytes of [LITTLE, BIG]) {
    for (const { name, instructions, references } of parseObject(bytes).programs) {
      assert.ok(references.length > 0, name);
      for (const { instruction, map } of references) {
        const pair = instructions.subarray(8 * instruction, 8 * instruction + 16);
        assert.deepEqual([pair[0], pair[8]], [0x18, 0], `${name} ${map}`);
      }
    }
  }
});

test('tc_while_alive is what clang was told', () => {
  const program = parseObject(LITTLE).programs.find(({ name }) => name === 'tc_while_alive');
  assert.deepEqual(
    program?.references.map(({ map }) => map),
    ['while_alive'],
  );
  const BPF_CALL = 0x85;
  const BPF_FUNC_tail_call = 12;
  const { instructions = new Uint8Array() } = program ?? {};
  const calls = Array.from({ length: instructions.length / 8 }, (_, i) =>
    instructions.subarray(8 * i, 8 * i + 8),
  ).filter(([code]) => code === BPF_CALL);
  assert.deepEqual(
    calls.map((call) => call[4]),
    [BPF_FUNC_tail_call],
  );
});

test('the id follows from every byte, and is the same on every CPU', () => {
  assert.equal(parseObject(minimal()).id, '98a1cc33528def3f6ad2c6765e88caff');
  const ids = new Set([parseObject(LITTLE).id, parseObject(BIG).id]);
  for (let i = 0; i < 8; i++) ids.add(parseObject(Uint8Array.of(...minimal(), ...new Array<number>(i).fill(0))).id);
  // Bytes that nobody reads: a longer file behind the object.
  const longer = Uint8Array.of(...minimal(), ...new Array<number>(100).fill(0));
  for (let i = 0; i < 8 * 100; i++) {
    const changed = longer.slice();
    const at = minimal().length + (i >> 3);
    changed[at] = 1 << (i & 7);
    ids.add(parseObject(changed).id);
  }
  assert.equal(ids.size, 2 + 8 + 800);
  for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
});

/** An object with a license and nothing else: header, three section headers, names. */
function minimal(): Uint8Array {
  const bytes = new Uint8Array(64 + 3 * 64 + 24);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 1, true);
  view.setUint16(18, 247, true);
  view.setUint32(40, 64, true);
  view.setUint16(58, 64, true);
  view.setUint16(60, 3, true);
  view.setUint16(62, 1, true);
  const texts = 64 + 3 * 64;
  const section = (index: number, name: number, type: number, offset: number, size: number): void => {
    const at = 64 + 64 * index;
    view.setUint32(at, name, true);
    view.setUint32(at + 4, type, true);
    view.setUint32(at + 24, offset, true);
    view.setUint32(at + 32, size, true);
  };
  const text = '\0license\0GPL\0';
  for (let i = 0; i < text.length; i++) bytes[texts + i] = text.charCodeAt(i);
  section(1, 0, 3, texts, text.length);
  section(2, 1, 1, texts + 9, 4);
  return bytes;
}

test('what is no object says why', () => {
  const said = (bytes: Uint8Array): string => {
    try {
      parseObject(bytes);
    } catch (error) {
      assert.ok(error instanceof ElfError);
      return error.message;
    }
    return '';
  };
  const changed = (at: number, value: number): Uint8Array => {
    const bytes = minimal();
    bytes[at] = value;
    return bytes;
  };
  assert.equal(parseObject(minimal()).license, 'GPL');
  assert.match(said(new Uint8Array()), /no ELF file/);
  assert.match(said(changed(4, 1)), /no ELF file of 64 bits/);
  assert.match(said(changed(5, 3)), /no ELF file/);
  assert.match(said(changed(18, 62)), /no object for BPF/);
  assert.match(said(changed(58, 40)), /another size/);
  assert.match(said(changed(44, 1)), /past the end/);
  assert.match(said(changed(60, 200)), /cut off/);
  assert.match(said(changed(64 + 128 + 24, 255)), /reaches past/);
  assert.match(said(changed(64 + 128, 2)), /no license/);
  assert.match(said(minimal().subarray(0, 70)), /cut off/);
});

test('whatever is done to an object, it is read or refused, and no program leaves its file', () => {
  const random = new Random(4711);
  const rounds = cases(600);
  let [read, refused] = [0, 0];
  // Sections and symbols lie at the end: most of the changes shall hit them.
  for (let i = 0; i < rounds; i++) {
    const donor = i % 2 === 0 ? LITTLE : BIG;
    const tail = donor.length - 6000;
    const damaged =
      i % 3 === 0 ? mutate(donor, random) : joined(donor.subarray(0, tail), mutate(donor.slice(tail), random));
    try {
      for (const { instructions, references } of parseObject(damaged).programs) {
        assert.ok(instructions.length % 8 === 0 && instructions.length <= damaged.length);
        for (const { instruction } of references) assert.ok(8 * instruction + 16 <= instructions.length);
      }
      read++;
    } catch (error) {
      assert.ok(error instanceof ElfError, String(error));
      refused++;
    }
  }
  assert.ok(read > rounds / 10 && refused > rounds / 10, `${read} read, ${refused} refused`);
});
