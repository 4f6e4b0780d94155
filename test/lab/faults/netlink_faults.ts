/**
 * A host on which chosen requests to the kernel fail.
 *
 * Where it can, it makes the real kernel refuse: a message gets a type that does not exist, or the kind in it a name that nobody
 * has. The other messages of the same datagram stay as they are. Requests are counted over all netlink sockets, those of
 * ethtool's ioctl with them, from 1 on.
 */
import type { Host, PointerPatch } from '../../../src/host/host.ts';
import { NLMSG } from '../../../src/uapi/netlink.ts';
import { messagesIn, type RawMessage } from './messages.ts';

/**
 * How a request fails. `kernel`: refused for its type. A name of errno: refused too, and the answer says that instead. `lost`:
 * carried out, but the answer never comes. `overrun`: carried out, but the socket had no room for the answer.
 */
export type FaultMode = 'kernel' | 'lost' | 'overrun' | (string & {});

export interface NetlinkFaults {
  readonly mode: FaultMode;
  /** Numbers of the requests that fail. */
  readonly at: readonly number[];
  /** Kinds (`cake`, `ifb`, `matchall`) and generic netlink families (`ethtool`) that this kernel lacks. */
  readonly lacks: readonly string[];
}

/** What came of it, known while the program runs and afterwards. */
export interface FaultCount {
  requests: number;
  /** How many of `at` were reached. */
  faults: number;
}

/** Above RTM_MAX, and no number of a generic netlink family. */
const NO_SUCH_TYPE = 0xfff0;

export function withNetlinkFaults(host: Host, faults: NetlinkFaults): { host: Host; count: FaultCount } {
  const count: FaultCount = { requests: 0, faults: 0 };
  const sockets = new Map<number, Set<number>>();
  const { AF_NETLINK, MSG_PEEK } = host.constants;
  const { EAGAIN = 0, ENOBUFS = 0 } = host.errno;
  const executed = faults.mode === 'lost' || faults.mode === 'overrun';

  /** Whether this request is one that fails. */
  function isNext(): boolean {
    count.requests++;
    const chosen = faults.at.includes(count.requests);
    if (chosen) count.faults++;
    return chosen;
  }

  function spoil(message: RawMessage, chosen: Set<number>): void {
    for (const kind of faults.lacks) message.misspell(kind);
    if (!isNext()) return;
    chosen.add(message.sequence);
    if (!executed) message.type = NO_SUCH_TYPE;
  }

  function recv(fd: number, bytes: Uint8Array, offset: number, length: number, flags: number): number {
    const received = host.recv(fd, bytes, offset, length, flags);
    const chosen = sockets.get(fd);
    if (chosen === undefined || received < 0 || (flags & MSG_PEEK) !== 0) return received;
    const messages = messagesIn(bytes.subarray(offset, offset + received), host.littleEndian);
    for (const message of messages) {
      if (!chosen.has(message.sequence)) continue;
      if (faults.mode === 'lost') return -EAGAIN;
      if (faults.mode === 'overrun') return -ENOBUFS;
      const errno = host.errno[faults.mode];
      if (errno !== undefined && message.type === NLMSG.ERROR) message.error = -errno;
    }
    return received;
  }

  const faulty: Host = {
    ...host,
    socket(domain, type, protocol) {
      const fd = host.socket(domain, type, protocol);
      if (fd >= 0 && domain === AF_NETLINK) sockets.set(fd, new Set());
      return fd;
    },
    close(fd) {
      sockets.delete(fd);
      return host.close(fd);
    },
    send(fd, bytes, offset, length, flags) {
      const chosen = sockets.get(fd);
      if (chosen === undefined) return host.send(fd, bytes, offset, length, flags);
      const copy = bytes.slice(offset, offset + length);
      for (const message of messagesIn(copy, host.littleEndian)) spoil(message, chosen);
      return host.send(fd, copy, 0, length, flags);
    },
    recv,
    ioctl(fd: number, request: number, argument: Uint8Array, pointers?: readonly PointerPatch[]) {
      const chosen = isNext();
      if (chosen && !executed) return -(host.errno[faults.mode] ?? host.errno.EOPNOTSUPP ?? 0);
      return host.ioctl(fd, request, argument, pointers);
    },
  };
  return { host: faulty, count };
}
