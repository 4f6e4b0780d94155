/** What the linker made of weir for each CPU, as readelf sees it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CPUS, ipkOf, libraryOf, withFiles } from './ipk.ts';

interface Executable {
  /** As in the header: class, byte order, machine. */
  readonly header: readonly [string, string, string];
  readonly loader: string;
  /** The libraries that it wants. */
  readonly needed: readonly string[];
  /** Whether it runs at any address. */
  readonly anywhere: boolean;
}

/** OpenWrt's loaders: toolchain/musl in its source, ldso's names in musl's configure. */
const EXPECTED: Readonly<Record<string, Executable>> = {
  x86_64: {
    header: ['ELF64', 'little', 'Advanced Micro Devices X86-64'],
    loader: '/lib/ld-musl-x86_64.so.1',
    needed: ['libc.so'],
    anywhere: true,
  },
  aarch64: {
    header: ['ELF64', 'little', 'AArch64'],
    loader: '/lib/ld-musl-aarch64.so.1',
    needed: ['libc.so'],
    anywhere: true,
  },
  arm: { header: ['ELF32', 'little', 'ARM'], loader: '/lib/ld-musl-armhf.so.1', needed: ['libc.so'], anywhere: true },
  mips: {
    header: ['ELF32', 'big', 'MIPS R3000'],
    loader: '/lib/ld.so.1',
    needed: ['ld.so.1', 'libc.so.6', 'libm.so.6'],
    anywhere: false,
  },
  mipsel:
    libraryOf('mipsel') === 'musl'
      ? {
          header: ['ELF32', 'little', 'MIPS R3000'],
          loader: '/lib/ld-musl-mipsel.so.1',
          needed: ['libc.so'],
          anywhere: false,
        }
      : {
          header: ['ELF32', 'little', 'MIPS R3000'],
          loader: '/lib/ld.so.1',
          needed: ['ld.so.1', 'libc.so.6', 'libm.so.6'],
          anywhere: false,
        },
};

function readelf(option: string, path: string): string {
  return execFileSync('readelf', ['-W', option, path], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
}

for (const cpu of CPUS.keys()) {
  test(`weir for ${cpu}: its loader, its libraries, what is hardened, and nothing of the machine that built it`, () =>
    withFiles(ipkOf(cpu), (directory) => {
      const path = join(directory, 'usr/sbin/weir');
      const header = readelf('-h', path);
      const segments = readelf('-l', path);
      const dynamic = readelf('-d', path);
      const field = (name: string): string => new RegExp(`^ *${name}: +(.*)$`, 'm').exec(header)?.[1] ?? '';
      const found: Executable = {
        header: [field('Class'), / (\w+) endian/.exec(field('Data'))?.[1] ?? '', field('Machine')],
        loader: /interpreter: (.*)\]/.exec(segments)?.[1] ?? '',
        needed: [...dynamic.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name = '']) => name).sort(),
        anywhere: field('Type').startsWith('DYN'),
      };
      assert.deepEqual(found, EXPECTED[cpu]);

      assert.match(segments, /GNU_RELRO/);
      assert.match(dynamic, /BIND_NOW|Flags:.* NOW/);
      assert.match(segments, /GNU_STACK .* RW +0x/);
      assert.match(readelf('--dyn-syms', path), / __stack_chk_(fail|guard)/);
      assert.doesNotMatch(dynamic, /RPATH|RUNPATH|TEXTREL/);
      assert.doesNotMatch(readelf('-S', path), /\.symtab|\.debug|build-id/);
      const bytes = readFileSync(path);
      for (const place of [process.cwd(), 'build/', 'quickjs-20']) assert.ok(!bytes.includes(place), place);
    }));
}
