/** Things that tests of the native host share. */
import { host } from '../../src/host/native.ts';
import { Writer } from '../../src/lib/bytes.ts';
import { encodeUtf8 } from '../../src/lib/utf8.ts';

/** A path in the directory that the runner made for this run and removes. */
export function temporaryPath(name: string): string {
  const directory = host.environment('WEIR_TEST_DIRECTORY');
  if (directory === undefined)
    throw new Error('run these tests with `make unit-quickjs`: WEIR_TEST_DIRECTORY is not set');
  return `${directory}/${name}`;
}

export function errorNumber(name: string): number {
  const number = host.errno[name];
  if (number === undefined) throw new Error(`the host has no ${name}`);
  return number;
}

/** struct sockaddr_un of `path`. */
export function unixAddress(path: string): Uint8Array {
  const w = new Writer(host.littleEndian);
  w.u16(host.constants.AF_UNIX);
  w.raw(encodeUtf8(path));
  w.u8(0);
  return w.bytes();
}
