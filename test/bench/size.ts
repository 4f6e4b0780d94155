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

/** The packages of `make ipk`: what is downloaded, what it takes when it is unpacked, and the executable in it. */
export async function packageFigures(): Promise<Figure[]> {
  const index = readFileSync('build/ipk/Packages', 'utf8').trimEnd().split('\n\n');
  return index
    .filter((paragraph) => paragraph.startsWith('Package: weir\n'))
    .map((paragraph) => {
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(paragraph)?.[1] ?? '';
      const list = 'tar -xzOf "$1" ./data.tar.gz | tar -tvz --numeric-owner ./usr/sbin/weir';
      const listed = execFileSync('sh', ['-c', list, 'sh', `build/ipk/${field('Filename')}`], { encoding: 'utf8' });
      return {
        name: `weir as ipk, ${field('Architecture')}`,
        value: Number(field('Size')),
        limit: MOST_PACKAGE_BYTES,
        shown: `${field('Size')} bytes; installed ${field('Installed-Size')}, the executable ${listed.split(/ +/)[2]}`,
        how: '`make ipk`',
      };
    });
}
