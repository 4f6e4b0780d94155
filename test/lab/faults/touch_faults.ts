/**
 * A host that counts the calls with which a program touches what is outside of it, and strikes at one of them.
 *
 * Touches are: messages to the kernel, ioctls, and everything that changes files. Standard output and error do not count.
 */
import type { Host, PointerPatch } from '../../../src/host/host.ts';

/**
 * `kill`: SIGKILL in place of the call. `half`: a write is carried out by half, then SIGKILL; other calls are as with `kill`.
 * A name of errno: the call fails with it; messages to the kernel and ioctls do not count then.
 */
export type TouchMode = 'kill' | 'half' | (string & {});

export interface TouchFault {
  readonly mode: TouchMode;
  readonly at: number;
}

export interface TouchCount {
  touches: number;
}

const STDERR = 2;

export function withTouchFault(host: Host, fault: TouchFault): { host: Host; count: TouchCount } {
  const count: TouchCount = { touches: 0 };
  const kills = fault.mode === 'kill' || fault.mode === 'half';
  const { O_CREAT } = host.constants;

  /** `call`, unless it is the one. */
  function touch(call: () => number): number {
    if (++count.touches !== fault.at) return call();
    if (!kills) return -(host.errno[fault.mode] ?? 0);
    host.kill(host.processId(), host.constants.SIGKILL);
    // SIGKILL has come before kill(2) returns.
    throw new Error('still alive');
  }

  const touchKernel = kills ? touch : (call: () => number): number => call();

  return {
    count,
    host: {
      ...host,
      send: (fd: number, bytes: Uint8Array, offset: number, length: number, flags: number) =>
        touchKernel(() => host.send(fd, bytes, offset, length, flags)),
      ioctl: (fd: number, request: number, argument: Uint8Array, pointers?: readonly PointerPatch[]) =>
        touchKernel(() => host.ioctl(fd, request, argument, pointers)),
      write(fd, bytes, offset, length) {
        if (fd <= STDERR) return host.write(fd, bytes, offset, length);
        if (fault.mode === 'half' && count.touches + 1 === fault.at) host.write(fd, bytes, offset, length >> 1);
        return touch(() => host.write(fd, bytes, offset, length));
      },
      open: (path, flags, mode) =>
        (flags & O_CREAT) === 0 ? host.open(path, flags, mode) : touch(() => host.open(path, flags, mode)),
      fsync: (fd) => touch(() => host.fsync(fd)),
      rename: (from, to) => touch(() => host.rename(from, to)),
      unlink: (path) => touch(() => host.unlink(path)),
      mkdir: (path, mode) => touch(() => host.mkdir(path, mode)),
      chmod: (path, mode) => touch(() => host.chmod(path, mode)),
    },
  };
}
