/** Messages of the kernel that are read long after they came. */
import type { Host } from '../host/host.ts';
import { KernelError, refusalNamed } from '../host/refusal.ts';
import { ShortReadError } from '../lib/bytes.ts';

/**
 * What `read` makes of messages that were given out whole, without a look into what stands inside.
 *
 * @throws KernelError where that breaks off
 */
export function interpret<T>(host: Host, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ShortReadError)) throw error;
    throw new KernelError(refusalNamed(host, 'EBADMSG'), 'understand what the kernel tells');
  }
}
