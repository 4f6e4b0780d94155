/** How large the program is. */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
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
