/** How large the program is. */
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import type { Figure } from './figure.ts';

const PROGRAM = 'build/weir';

export async function sizeFigures(): Promise<Figure[]> {
  const bytes = statSync(PROGRAM).size;
  const xzBytes = execFileSync('xz', ['-9e', '--stdout', PROGRAM], { maxBuffer: 1 << 24 }).length;
  return [
    {
      name: 'size, stripped',
      value: bytes,
      limit: 750_000,
      shown: `${bytes} bytes`,
      how: 'static, for this machine',
    },
    { name: 'size, compressed', value: xzBytes, limit: 330_000, shown: `${xzBytes} bytes`, how: '`xz -9e`' },
  ];
}

/** Of a router's flash, on any CPU; the C library is another package. */
const MOST_PACKAGE_BYTES = 400_000;

/** Trees, for all CPUs. */
const MOST_TREES_BYTES = 110_000;

/** The bridge, on any CPU: its programs, and what loads them. */
const MOST_BRIDGE_BYTES = 60_000;

/** The packages of `make ipk`: what is downloaded, what it takes when it is unpacked, and the file in it that counts. */
export async function packageFigures(): Promise<Figure[]> {
  return [
    ...figuresOf('weir', MOST_PACKAGE_BYTES, ['the executable', './usr/sbin/weir']),
    ...figuresOf('weir-trees', MOST_TREES_BYTES, ['the bytecode', './usr/lib/weir/trees']),
    ...figuresOf('weir-bridge', MOST_BRIDGE_BYTES, ['the bytecode', './usr/lib/weir/bridge']),
  ];
}

function figuresOf(name: string, limit: number, [what, path]: readonly [string, string]): Figure[] {
  const index = readFileSync('build/ipk/Packages', 'utf8').trimEnd().split('\n\n');
  return index
    .filter((paragraph) => paragraph.startsWith(`Package: ${name}\n`))
    .map((paragraph) => {
      const field = (wanted: string): string => new RegExp(`^${wanted}: (.*)$`, 'm').exec(paragraph)?.[1] ?? '';
      const list = 'tar -xzOf "$1" ./data.tar.gz | tar -tvz --numeric-owner "$2"';
      const words = ['-c', list, 'sh', `build/ipk/${field('Filename')}`, path];
      const listed = execFileSync('sh', words, { encoding: 'utf8' });
      return {
        name: `${name} as ipk, ${field('Architecture')}`,
        value: Number(field('Size')),
        limit,
        shown: `${field('Size')} bytes; installed ${field('Installed-Size')}, ${what} ${listed.split(/ +/)[2]}`,
        how: '`make ipk`',
      };
    });
}
