/** What the unit tests use of `node:fs`, for QuickJS: reading fixtures. */
import { host } from '../../src/host/native.ts';
import { decodeUtf8 } from '../../src/lib/utf8.ts';

const LIMIT_BYTES = 64 << 20;

function check<T>(result: T | number, path: string): T {
  if (typeof result === 'number') throw new Error(`${path}: ${host.errorText(-result)}`);
  return result;
}

export function readFileSync(path: string): Uint8Array;
export function readFileSync(path: string, encoding: 'utf8' | 'latin1'): string;
export function readFileSync(path: string, encoding?: 'utf8' | 'latin1'): string | Uint8Array {
  const bytes = check<Uint8Array>(host.readFile(path, LIMIT_BYTES), path);
  if (encoding === undefined) return bytes;
  return encoding === 'utf8' ? decodeUtf8(bytes) : Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

export function readdirSync(path: string): string[] {
  return check<string[]>(host.readDirectory(path), path).sort();
}

export function existsSync(path: string): boolean {
  const fd = host.open(path, host.constants.O_RDONLY, 0);
  if (fd >= 0) host.close(fd);
  return fd >= 0;
}
