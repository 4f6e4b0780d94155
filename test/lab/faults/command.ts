/** Commands of weir inside this process, over whatever host, with what they say kept. */
import { runProgram } from '../../../src/cli/program.ts';
import type { Host } from '../../../src/host/host.ts';
import { host as machine } from '../../../src/host/native.ts';
import { decodeUtf8 } from '../../../src/lib/utf8.ts';
import { BPF_CMD } from '../../../src/uapi/bpf.ts';
import { Died } from './touch_faults.ts';

export interface Ended {
  /** -1 for a program that died. */
  readonly exit: number;
  /** Of standard output and error together. */
  readonly said: string;
}

const STDERR = 2;
const BPF_GIVES_DESCRIPTOR: readonly number[] = [
  BPF_CMD.MAP_CREATE,
  BPF_CMD.PROG_LOAD,
  BPF_CMD.OBJ_GET,
  BPF_CMD.LINK_CREATE,
];

/**
 * Runs a command to its end. Descriptors that it left open are closed, as when a process ends. A daemon gets an event each time
 * it would sleep without limit; the last of them must end it.
 */
export function runCommand(host: Host, args: readonly string[], events: readonly (() => void)[] = []): Ended {
  const _leftOpen = new Map<number, () => void>();
  let said = '';
  let exit = 0;
  let turn: (() => boolean) | undefined;
  const coming = [...events];
  const open = new Set<number>();
  const opened = (fd: number): number => {
    if (fd >= 0) open.add(fd);
    return fd;
  };
  const inside: Host = {
    ...host,
    args: ['weir', ...args],
    socket: (domain, type, protocol) => opened(host.socket(domain, type, protocol)),
    open: (path, flags, mode) => opened(host.open(path, flags, mode)),
    signalfd: (signals) => opened(host.signalfd(signals)),
    bpf(command, attributes, pointers) {
      const result = host.bpf(command, attributes, pointers);
      return BPF_GIVES_DESCRIPTOR.includes(command) ? opened(result) : result;
    },
    close(fd) {
      const closed = host.close(fd);
      if (closed >= 0) open.delete(fd);
      return closed;
    },
    poll(fds, timeoutMs) {
      const ready = host.poll(fds, Math.max(timeoutMs, 0));
      if (ready !== 0 || timeoutMs >= 0) return ready;
      const event = coming.shift();
      if (event === undefined) throw new Error(`'${args.join(' ')}' sleeps for ever`);
      event();
      return 0;
    },
    write(fd, bytes, offset, length) {
      if (fd > STDERR) return host.write(fd, bytes, offset, length);
      said += decodeUtf8(bytes, offset, offset + length);
      return length;
    },
    run(next) {
      turn = next;
    },
    // What one command gives up, the next one in this process needs.
    prctl: () => 0,
    capset: () => 0,
    seccomp: () => 0,
    exitCode(code) {
      exit = code;
    },
  };
  try {
    exit = runProgram(inside);
    while (turn?.() === true);
  } catch (error) {
    if (!(error instanceof Died)) throw error;
    exit = -1;
  }
  for (const fd of open) machine.close(fd);
  return { exit, said };
}
