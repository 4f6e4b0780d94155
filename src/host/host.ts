/**
 * The only door to the machine: plain system calls, decided on by nobody here.
 *
 * Implementations: `native.ts` (QuickJS, over native/*.c) and `fake.ts` (unit tests). Every call that can fail gives a
 * non-negative result or `-errno`; none throws but for a programming error (a buffer too small, an argument of another type).
 * The numbers of errno, sockets and signals differ between CPUs (MIPS), so they come from C in `constants`.
 */

/** Where in an ioctl or bpf structure the address of a further buffer belongs. */
export type PointerPatch = readonly [offsetBytes: number, target: Uint8Array];

/** Numbers that C's headers give for this CPU. */
export interface HostConstants {
  readonly AF_UNIX: number;
  readonly AF_INET: number;
  readonly AF_INET6: number;
  readonly AF_NETLINK: number;
  readonly SOCK_STREAM: number;
  readonly SOCK_DGRAM: number;
  readonly SOCK_RAW: number;
  readonly SOL_SOCKET: number;
  readonly SO_RCVBUF: number;
  readonly SO_RCVBUFFORCE: number;
  readonly SO_SNDBUF: number;
  readonly SO_ERROR: number;
  readonly SO_PEERCRED: number;
  readonly SO_PEERGROUPS: number;
  readonly MSG_DONTWAIT: number;
  readonly MSG_PEEK: number;
  readonly MSG_TRUNC: number;
  readonly POLLIN: number;
  readonly POLLOUT: number;
  readonly POLLERR: number;
  readonly POLLHUP: number;
  readonly POLLNVAL: number;
  readonly O_RDONLY: number;
  readonly O_WRONLY: number;
  readonly O_RDWR: number;
  readonly O_CREAT: number;
  readonly O_EXCL: number;
  readonly O_TRUNC: number;
  readonly O_APPEND: number;
  readonly O_DIRECTORY: number;
  readonly O_NOFOLLOW: number;
  readonly O_NONBLOCK: number;
  readonly LOCK_SH: number;
  readonly LOCK_EX: number;
  readonly LOCK_UN: number;
  readonly LOCK_NB: number;
  readonly SIGHUP: number;
  readonly SIGINT: number;
  readonly SIGTERM: number;
  readonly SIGKILL: number;
  readonly SIGUSR1: number;
  readonly SIGUSR2: number;
  readonly SIGPIPE: number;
  readonly SIGQUIT: number;
  readonly SIGTSTP: number;
  readonly SIGSTOP: number;
  readonly SIGWINCH: number;
  readonly TCGETS: number;
  readonly TCSETS: number;
  readonly TIOCGWINSZ: number;
  readonly ICANON: number;
  readonly ECHO: number;
  readonly SIOCETHTOOL: number;
}

/** What the engine and the process hold, in bytes and counts. */
export interface MemoryUse {
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly objects: number;
}

export interface Host {
  readonly littleEndian: boolean;
  readonly pointerBytes: number;
  readonly constants: HostConstants;
  /** Names to positive numbers: `errno.ENOENT === 2`. */
  readonly errno: Readonly<Record<string, number>>;
  /** Names to numbers of system calls that nothing here makes, as far as this CPU has them. */
  readonly unusedCalls: Readonly<Record<string, number>>;
  /** The AUDIT_ARCH_* of this CPU, by which seccomp(2) knows its system calls; 0 where that is not known here. */
  readonly auditArch: number;
  /** argv, the program's own name first. */
  readonly args: readonly string[];

  environment(name: string): string | undefined;
  /** strerror(3) in the C locale. */
  errorText(errno: number): string;
  /** What encodeUtf8 of lib/utf8.ts gives, fast: for output of megabytes. */
  encodeText(text: string): Uint8Array;

  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array): number;
  connect(fd: number, address: Uint8Array): number;
  listen(fd: number, backlog: number): number;
  /** A new descriptor, close-on-exec and non-blocking. */
  accept(fd: number): number;
  /** Length of the address written into `address`. */
  getsockname(fd: number, address: Uint8Array): number;
  getsockopt(fd: number, level: number, option: number, value: Uint8Array): number;
  setsockopt(fd: number, level: number, option: number, value: number | Uint8Array): number;
  /** Sends `bytes[offset, offset + length)`, never raising SIGPIPE. */
  send(fd: number, bytes: Uint8Array, offset: number, length: number, flags: number): number;
  /** With MSG_TRUNC the result is the length of the datagram, which can be larger than `length`. */
  recv(fd: number, bytes: Uint8Array, offset: number, length: number, flags: number): number;
  /** As send with MSG_DONTWAIT, the descriptor `passed` riding on the first byte (SCM_RIGHTS). It stays open here. */
  sendDescriptor(fd: number, bytes: Uint8Array, offset: number, length: number, passed: number): number;
  /** As recv with MSG_DONTWAIT; `received[0]` becomes the descriptor that came with these bytes, close-on-exec, or -1. */
  recvDescriptor(fd: number, bytes: Uint8Array, offset: number, length: number, received: Int32Array): number;
  ioctl(fd: number, request: number, argument: Uint8Array, pointers?: readonly PointerPatch[]): number;
  /** bpf(2) with a union bpf_attr, in which the addresses are 64 bits wide on every CPU. Descriptors are close-on-exec. */
  bpf(command: number, attributes: Uint8Array, pointers?: readonly PointerPatch[]): number;

  read(fd: number, bytes: Uint8Array, offset: number, length: number): number;
  /** Never raises SIGPIPE: the program ignores it, so a closed pipe is -EPIPE. */
  write(fd: number, bytes: Uint8Array, offset: number, length: number): number;
  /** Always close-on-exec. */
  open(path: string, flags: number, mode: number): number;
  close(fd: number): number;
  fsync(fd: number): number;
  /** Fills in st_mode, st_uid and st_gid (`>>> 0`: the last two are unsigned). */
  fstat(fd: number, status: Int32Array): number;
  flock(fd: number, operation: number): number;
  rename(from: string, to: string): number;
  unlink(path: string): number;
  mkdir(path: string, mode: number): number;
  rmdir(path: string): number;
  chmod(path: string, mode: number): number;
  /** Where a symbolic link points, or -errno. */
  readLink(path: string): string | number;
  /** Names without `.` and `..`, in no order. */
  readDirectory(path: string): string[] | number;
  /** The whole file, or -errno; -EFBIG above `limitBytes`. */
  readFile(path: string, limitBytes: number): Uint8Array | number;
  /** How many bytes are the same in both from the start on or, with `atEnd`, up to the end: of files that may have megabytes. */
  commonBytes(a: Uint8Array, b: Uint8Array, atEnd: boolean): number;
  isTerminal(fd: number): boolean;

  /** `fds` holds triples fd, events, revents; the result is the number that are ready. `timeoutMs` -1 waits for ever. */
  poll(fds: Int32Array, timeoutMs: number): number;
  /** Blocks the signals and gives a non-blocking descriptor of signalfd(2). */
  signalfd(signals: readonly number[]): number;
  kill(pid: number, signal: number): number;
  processId(): number;
  userId(): number;
  /** prctl(2), for the options that take one number. */
  prctl(option: number, argument: number): number;
  /** Six words: effective, permitted and inheritable capabilities 0 to 31, then those from 32 on. */
  capget(sets: Int32Array): number;
  capset(sets: Int32Array): number;
  /** seccomp(2) with a program of struct sock_filter, in the byte order of the CPU. */
  seccomp(operation: number, flags: number, program: Uint8Array): number;
  monotonicMs(): number;
  /** Milliseconds since 1970. */
  realtimeMs(): number;
  memoryUse(): MemoryUse;
  /** Ends at once. */
  exit(code: number): never;
  /** The code to end with once the program has nothing left to do; 0 unless set. */
  exitCode(code: number): void;
  /**
   * Once the script itself has run, calls `turn` again and again until it gives false, running the promise jobs after each.
   * Without it the program ends after the script. An exception out of `turn` ends the program with 70, a promise that nobody
   * handles with 1.
   */
  run(turn: () => boolean): void;
}
