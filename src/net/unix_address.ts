/** Addresses of Unix sockets: struct sockaddr_un. */
import type { Host } from '../host/host.ts';
import { Writer } from '../lib/bytes.ts';
import { encodeUtf8 } from '../lib/utf8.ts';

/** sun_path with its NUL. */
const PATH_BYTES = 108;

/** For connect(2) and bind(2); undefined for a path that is too long for any socket. */
export function unixAddress(host: Host, path: string): Uint8Array | undefined {
  const name = encodeUtf8(path);
  if (name.length >= PATH_BYTES) return undefined;
  const w = new Writer(host.littleEndian, 2 + PATH_BYTES);
  w.u16(host.constants.AF_UNIX);
  w.raw(name);
  w.u8(0);
  return w.bytes();
}
