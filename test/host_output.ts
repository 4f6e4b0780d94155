/** What programs for tests print. */
import { host } from '../src/host/native.ts';
import { encodeUtf8 } from '../src/lib/utf8.ts';

export const STDOUT = 1;
export const STDERR = 2;

/** All of it. */
export function write(fd: number, text: string): void {
  const bytes = encodeUtf8(text);
  for (let at = 0; at < bytes.length; ) {
    const written = host.write(fd, bytes, at, bytes.length - at);
    if (written < 0) throw new Error(host.errorText(-written));
    at += written;
  }
}
