/**
 * A host that counts the calls with which a program touches what is outside of it, and strikes at one of them.
 *
 * Touches are: messages to the kernel, ioctls, calls of bpf(2), and everything that changes files. Standard output and error do not count.
 */
import type { Host, PointerPatch } from '../../../src/host/host.ts';

/**
 * `kill`: SIGKILL in place of the call. `die`: nothing that the program does from that call on has any effect, and it ends with
 * {@link Died} as soon as it can; what it held is for the caller to close. Both with `half`: a write is carried out by half before.
 * A name of errno: the call fails with it; messages to the kernel, ioctls and bpf(2) do not count then.
 */
export interface TouchFault {
  readonly mode: 'kill' | 'die' | (string & {});
  readonly half?: boolean;
  readonly at: number;
}

export interface TouchCount {
  touches: number;
}

/** Out of every call of a program that died. */
export class Died extends Error {
  override readonly name = 'Died';
}

const STDERR = 2;

export function withTouchFault(host: Host, fault: TouchFault): { host: Host; count: TouchCount } {
  const count: TouchCount = { touches: 0 };
  const ends = fault.mode === 'kill' || fault.mode === 'die';
  const { O_CREAT } = host.constants;

  /** `call`, unless it is the one. */
  function touch(call: () => number): number {
    if (++count.touches !== fault.at) return call();
    if (!ends) return -(host.errno[fault.mode] ?? 0);
    if (fault.mode === 'kill') host.kill(host.processId(), host.constants.SIGKILL);
    throw new Died();
  }

  const touchKernel = ends ? touch : (call: () => number): number => call();
  const touching: Host = {
    ...host,
    send: (fd: number, bytes: Uint8Array, offset: number, length: number, flags: number) =>
      touchKernel(() => host.send(fd, bytes, offset, length, flags)),
    ioctl: (fd: number, request: number, argument: Uint8Array, pointers?: readonly PointerPatch[]) =>
      touchKernel(() => host.ioctl(fd, request, argument, pointers)),
    bpf: (command: number, attributes: Uint8Array, pointers?: readonly PointerPatch[]) =>
      touchKernel(() => host.bpf(command, attributes, pointers)),
    write(fd, bytes, offset, length) {
      if (fd <= STDERR) return host.write(fd, bytes, offset, length);
      if (fault.half === true && count.touches + 1 === fault.at) host.write(fd, bytes, offset, length >> 1);
      return touch(() => host.write(fd, bytes, offset, length));
    },
    open: (path, flags, mode) =>
      (flags & O_CREAT) === 0 ? host.open(path, flags, mode) : touch(() => host.open(path, flags, mode)),
    fsync: (fd) => touch(() => host.fsync(fd)),
    rename: (from, to) => touch(() => host.rename(from, to)),
    unlink: (path) => touch(() => host.unlink(path)),
    mkdir: (path, mode) => touch(() => host.mkdir(path, mode)),
    rmdir: (path) => touch(() => host.rmdir(path)),
    chmod: (path, mode) => touch(() => host.chmod(path, mode)),
  };
  return { host: fault.mode === 'die' ? mortal(touching) : touching, count };
}

/** A host whose calls do nothing but throw once one of them has thrown {@link Died}; closing fails. */
function mortal(host: Host): Host {
  let dead = false;
  function guarded<A extends unknown[], R>(call: (...args: A) => R): (...args: A) => R {
    return (...args) => {
      if (dead) throw new Died();
      try {
        return call(...args);
      } catch (error) {
        dead ||= error instanceof Died;
        throw error;
      }
    };
  }
  return {
    ...host,
    socket: guarded(host.socket),
    bind: guarded(host.bind),
    connect: guarded(host.connect),
    send: guarded(host.send),
    recv: guarded(host.recv),
    ioctl: guarded(host.ioctl),
    bpf: guarded(host.bpf),
    poll: guarded(host.poll),
    read: guarded(host.read),
    write: guarded(host.write),
    open: guarded(host.open),
    fsync: guarded(host.fsync),
    flock: guarded(host.flock),
    rename: guarded(host.rename),
    unlink: guarded(host.unlink),
    mkdir: guarded(host.mkdir),
    rmdir: guarded(host.rmdir),
    chmod: guarded(host.chmod),
    readFile: guarded(host.readFile),
    readDirectory: guarded(host.readDirectory),
    signalfd: guarded(host.signalfd),
    kill: guarded(host.kill),
    close: (fd) => (dead ? -(host.errno.EBADF ?? 0) : host.close(fd)),
  };
}
