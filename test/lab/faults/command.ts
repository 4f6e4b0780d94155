/** One command of weir inside this process, over whatever host, with what it says kept. */
import { runProgram } from '../../../src/cli/program.ts';
import type { Host } from '../../../src/host/host.ts';
import { decodeUtf8 } from '../../../src/lib/utf8.ts';

export interface Ended {
  readonly exit: number;
  /** Of standard output and error together. */
  readonly said: string;
}

const STDERR = 2;

/** Runs a command that ends by itself (not `daemon`). Descriptors that it left open are closed, as when a process ends. */
export function runCommand(host: Host, args: readonly string[]): Ended {
  let said = '';
  const open = new Set<number>();
  const opened = (fd: number): number => {
    if (fd >= 0) open.add(fd);
    return fd;
  };
  const exit = runProgram({
    ...host,
    args: ['weir', ...args],
    socket: (domain, type, protocol) => opened(host.socket(domain, type, protocol)),
    open: (path, flags, mode) => opened(host.open(path, flags, mode)),
    close(fd) {
      open.delete(fd);
      return host.close(fd);
    },
    write(fd, bytes, offset, length) {
      if (fd > STDERR) return host.write(fd, bytes, offset, length);
      said += decodeUtf8(bytes, offset, offset + length);
      return length;
    },
  });
  for (const fd of open) host.close(fd);
  return { exit, said };
}
