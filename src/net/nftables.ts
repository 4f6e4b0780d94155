/** The flowtables that the kernel has now. */
import type { Host } from '../host/host.ts';
import { KernelError } from '../host/refusal.ts';
import { decodeUtf8 } from '../lib/utf8.ts';
import { NETLINK } from '../uapi/netlink.ts';
import { decodeFlowtable, FLOWTABLE_MESSAGE, type Flowtable, flowtableDump } from '../wire/nftables.ts';
import { NetlinkSocket } from './netlink.ts';

const MOST_FLOWTABLES = 256;
const MOST_MODULES_BYTES = 1 << 20;
/** No nfnetlink, no nftables, none with flowtables (before Linux 4.16), or no right to ask. */
const TELLS_NOTHING = ['EPROTONOSUPPORT', 'EAFNOSUPPORT', 'EINVAL', 'EOPNOTSUPP', 'EPERM', 'EACCES'];

/**
 * All flowtables, at most 256; undefined where the kernel has no nftables, or does not tell. The socket is not kept: while one is
 * open, the module nfnetlink cannot be removed.
 *
 * @param release of this kernel, `6.6.86`
 *
 * @throws KernelError
 */
export function listFlowtables(host: Host, release: () => string): readonly Flowtable[] | undefined {
  if (!isThere(host, release)) return undefined;
  let socket: NetlinkSocket | undefined;
  let list: Flowtable[] = [];
  try {
    socket = new NetlinkSocket(host, NETLINK.NETFILTER);
    socket.dump(
      'list flowtables',
      flowtableDump(),
      ({ type }, payload) => {
        if (type === FLOWTABLE_MESSAGE && list.length < MOST_FLOWTABLES) list.push(decodeFlowtable(payload));
      },
      () => {
        list = [];
      },
    );
    return list;
  } catch (error) {
    if (error instanceof KernelError && TELLS_NOTHING.includes(error.errnoName)) return undefined;
    throw error;
  } finally {
    socket?.close();
  }
}

/**
 * Whether nftables is in the kernel already: to ask would load it where it is a module (net/netfilter/nfnetlink.c: request_module). A
 * module that is loaded has a directory in /sys/module; what is built in is in modules.builtin, if this machine has that file.
 */
function isThere(host: Host, release: () => string): boolean {
  if (typeof host.readDirectory('/sys/module/nf_tables') !== 'number') return true;
  const hasNoModules = host.readFile('/proc/modules', MOST_MODULES_BYTES) === -(host.errno.ENOENT ?? Number.NaN);
  if (hasNoModules) return true;
  const builtIn = host.readFile(`/lib/modules/${release()}/modules.builtin`, MOST_MODULES_BYTES);
  return typeof builtIn !== 'number' && decodeUtf8(builtIn).includes('/nf_tables.ko\n');
}
