/**
 * A machine made of memory, for unit tests: files, a clock that moves only when the program waits, sockets whose answers a test
 * scripts. Waiting for what can never come is an error instead of a test that hangs.
 */
import { decodeUtf8, encodeUtf8 } from '../lib/utf8.ts';
import { FakeBpf } from './fake_bpf.ts';
import { FakeFiles, parentOf } from './fake_files.ts';
import { FAKE_AUDIT_ARCH, FAKE_CALLS, FAKE_CONSTANTS, FAKE_ERRNO } from './fake_numbers.ts';
import type { Host, MemoryUse, PointerPatch } from './host.ts';

/** What `exit` throws in place of ending the test. */
export class FakeExit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit(${code})`);
    this.name = 'FakeExit';
    this.code = code;
  }
}

interface Descriptor {
  /** Of a file, '' for anything else. */
  readonly path: string;
  readonly append: boolean;
  position: number;
  /** Datagrams that wait to be read. */
  readonly inbox: Uint8Array[];
}

const FIRST_DESCRIPTOR = 3;
const SIGINFO_BYTES = 128;
const POLL_WORDS = 3;
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;

export class FakeHost extends FakeFiles implements Host {
  readonly littleEndian: boolean = true;
  readonly pointerBytes = 8;
  readonly unusedCalls = FAKE_CALLS;
  readonly auditArch: number = FAKE_AUDIT_ARCH;
  readonly constants = FAKE_CONSTANTS;
  readonly errno: Readonly<Record<string, number>> = FAKE_ERRNO;
  args: string[] = ['weir'];

  readonly environmentVariables = new Map<string, string>();
  /** What was written to descriptors 1 and 2. */
  stdout = '';
  stderr = '';
  clockMs = 0;
  /** What `exitCode` set. */
  exitedWith = 0;
  user = 0;
  terminal = false;

  /** Answers what is sent on a socket: the datagrams that come back, or an error number. Without it, all is swallowed. */
  onSend: ((fd: number, bytes: Uint8Array) => readonly Uint8Array[] | number) | undefined;
  /** 0 or an error number for connect(2) and bind(2). */
  onConnect: ((fd: number, address: Uint8Array) => number) | undefined;
  /** What ioctl(2) gives, -errno included; EOPNOTSUPP without it. */
  onIoctl: ((request: number, argument: Uint8Array, pointers: readonly PointerPatch[]) => number) | undefined;

  readonly bpfKernel: FakeBpf = new FakeBpf({
    littleEndian: () => this.littleEndian,
    files: this.files,
    addFile: (path, content) => this.addFile(path, content),
    addDirectory: (path) => this.addDirectory(path),
    newDescriptor: () => this.newDescriptor('', false),
    fail: (name) => this.fail(name),
  });

  private readonly descriptors = new Map<number, Descriptor>();
  private readonly locks = new Map<string, number>();
  private readonly signalDescriptors = new Map<number, readonly number[]>();
  private events: { readonly atMs: number; readonly happen: () => void }[] = [];
  private turn: (() => boolean) | undefined;

  // ---- What a test says and asks ----

  /** Lets `happen` be called while the program waits, `delayMs` from now on the clock. */
  later(delayMs: number, happen: () => void): void {
    this.events.push({ atMs: this.clockMs + delayMs, happen });
    this.events.sort((a, b) => a.atMs - b.atMs);
  }

  /** A datagram that the next recv gives. */
  deliver(fd: number, bytes: Uint8Array): void {
    this.descriptors.get(fd)?.inbox.push(bytes);
  }

  raise(signal: number): void {
    for (const [fd, signals] of this.signalDescriptors) {
      if (!signals.includes(signal)) continue;
      const siginfo = new Uint8Array(SIGINFO_BYTES);
      new DataView(siginfo.buffer).setUint32(0, signal, this.littleEndian);
      this.deliver(fd, siginfo);
    }
  }

  /** Runs the loop that the program gave to `run`, to its end; gives the number of turns. */
  runTurns(): number {
    let turns = 0;
    while (this.turn?.() === true) turns++;
    return turns;
  }

  /** Descriptors that are open, for a test that none is left behind. */
  get openDescriptors(): number {
    return this.descriptors.size;
  }

  /** As the kernel does for a process that ends: what it has open is closed. */
  endProcess(): void {
    for (const fd of [...this.descriptors.keys()]) this.close(fd);
  }

  // ---- Host ----

  environment(name: string): string | undefined {
    return this.environmentVariables.get(name);
  }

  encodeText(text: string): Uint8Array {
    return encodeUtf8(text);
  }

  errorText(errno: number): string {
    const found = Object.entries(this.errno).find(([, number]) => number === errno);
    return found === undefined ? `error ${errno}` : found[0];
  }

  protected newDescriptor(path: string, append: boolean): number {
    let fd = FIRST_DESCRIPTOR;
    while (this.descriptors.has(fd)) fd++;
    this.descriptors.set(fd, { path, append, position: 0, inbox: [] });
    return fd;
  }

  socket(_domain: number, _type: number, _protocol: number): number {
    return this.newDescriptor('', false);
  }

  bind(fd: number, address: Uint8Array): number {
    return this.connect(fd, address);
  }

  connect(fd: number, address: Uint8Array): number {
    if (!this.descriptors.has(fd)) return this.fail('EBADF');
    return -(this.onConnect?.(fd, address) ?? 0);
  }

  listen(fd: number, _backlog: number): number {
    return this.descriptors.has(fd) ? 0 : this.fail('EBADF');
  }

  accept(_fd: number): number {
    return this.fail('EAGAIN');
  }

  getsockname(_fd: number, address: Uint8Array): number {
    address.fill(0);
    return address.length;
  }

  getsockopt(_fd: number, _level: number, _option: number, value: Uint8Array): number {
    value.fill(0);
    return value.length;
  }

  setsockopt(fd: number, _level: number, _option: number, _value: number | Uint8Array): number {
    return this.descriptors.has(fd) ? 0 : this.fail('EBADF');
  }

  send(fd: number, bytes: Uint8Array, offset: number, length: number, _flags: number): number {
    if (!this.descriptors.has(fd)) return this.fail('EBADF');
    const answers = this.onSend?.(fd, bytes.slice(offset, offset + length)) ?? [];
    if (typeof answers === 'number') return -answers;
    for (const answer of answers) this.deliver(fd, answer);
    return length;
  }

  recv(fd: number, bytes: Uint8Array, offset: number, length: number, flags: number): number {
    const inbox = this.descriptors.get(fd)?.inbox;
    if (inbox === undefined) return this.fail('EBADF');
    const datagram = flags & this.constants.MSG_PEEK ? inbox[0] : inbox.shift();
    if (datagram === undefined) return this.fail('EAGAIN');
    const copied = Math.min(datagram.length, length);
    bytes.set(datagram.subarray(0, copied), offset);
    return flags & this.constants.MSG_TRUNC ? datagram.length : copied;
  }

  sendDescriptor(fd: number, bytes: Uint8Array, offset: number, length: number, _passed: number): number {
    return this.send(fd, bytes, offset, length, 0);
  }

  recvDescriptor(fd: number, bytes: Uint8Array, offset: number, length: number, received: Int32Array): number {
    received[0] = -1;
    return this.recv(fd, bytes, offset, length, 0);
  }

  ioctl(_fd: number, request: number, argument: Uint8Array, pointers: readonly PointerPatch[] = []): number {
    return this.onIoctl?.(request, argument, pointers) ?? this.fail('EOPNOTSUPP');
  }

  bpf(command: number, attributes: Uint8Array, pointers: readonly PointerPatch[] = []): number {
    return this.bpfKernel.call(command, attributes, pointers);
  }

  read(fd: number, bytes: Uint8Array, offset: number, length: number): number {
    const open = this.descriptors.get(fd);
    if (open === undefined) return this.fail('EBADF');
    if (open.path === '') return this.recv(fd, bytes, offset, length, 0);
    const content = this.files.get(open.path) ?? new Uint8Array(0);
    const part = content.subarray(open.position, open.position + length);
    bytes.set(part, offset);
    open.position += part.length;
    return part.length;
  }

  write(fd: number, bytes: Uint8Array, offset: number, length: number): number {
    const written = bytes.subarray(offset, offset + length);
    if (fd === 1) this.stdout += decodeUtf8(written);
    if (fd === 2) this.stderr += decodeUtf8(written);
    if (fd === 1 || fd === 2) return length;
    const open = this.descriptors.get(fd);
    if (open === undefined) return this.fail('EBADF');
    const failure = this.failure('write', open.path);
    if (failure < 0) return failure;
    const before = this.files.get(open.path) ?? new Uint8Array(0);
    const at = open.append ? before.length : open.position;
    const after = new Uint8Array(Math.max(before.length, at + length));
    after.set(before);
    after.set(written, at);
    this.files.set(open.path, after);
    open.position = at + length;
    return length;
  }

  open(path: string, flags: number, _mode: number): number {
    const { O_CREAT, O_EXCL, O_TRUNC, O_APPEND } = this.constants;
    const failure = this.failure('open', path);
    if (failure < 0) return failure;
    const exists = this.files.has(path) || this.directories.has(path);
    if (!exists && (flags & O_CREAT) === 0) return this.fail('ENOENT');
    if (exists && flags & O_CREAT && flags & O_EXCL) return this.fail('EEXIST');
    if (!exists && !this.directories.has(parentOf(path))) return this.fail('ENOENT');
    if (!exists || (flags & O_TRUNC && !this.directories.has(path))) this.files.set(path, new Uint8Array(0));
    return this.newDescriptor(path, (flags & O_APPEND) !== 0);
  }

  close(fd: number): number {
    const open = this.descriptors.get(fd);
    if (open === undefined) return this.fail('EBADF');
    if (this.locks.get(open.path) === fd) this.locks.delete(open.path);
    this.signalDescriptors.delete(fd);
    this.bpfKernel.closed(fd);
    this.descriptors.delete(fd);
    return 0;
  }

  fsync(fd: number): number {
    return this.failure('fsync', this.descriptors.get(fd)?.path ?? '');
  }

  fstat(fd: number, status: Int32Array): number {
    const open = this.descriptors.get(fd);
    if (open === undefined) return this.fail('EBADF');
    const type = this.directories.has(open.path) ? S_IFDIR : S_IFREG;
    const { mode, uid, gid } = this.owners.get(open.path) ?? { mode: 0o644, uid: 0, gid: 0 };
    status.set([type | mode, uid, gid]);
    return 0;
  }

  flock(fd: number, operation: number): number {
    const open = this.descriptors.get(fd);
    if (open === undefined) return this.fail('EBADF');
    const holder = this.locks.get(open.path);
    if (operation & this.constants.LOCK_UN) {
      if (holder === fd) this.locks.delete(open.path);
      return 0;
    }
    if (holder !== undefined && holder !== fd) return this.fail('EAGAIN');
    this.locks.set(open.path, fd);
    return 0;
  }

  isTerminal(_fd: number): boolean {
    return this.terminal;
  }

  poll(fds: Int32Array, timeoutMs: number): number {
    const deadlineMs = timeoutMs < 0 ? Number.POSITIVE_INFINITY : this.clockMs + timeoutMs;
    for (;;) {
      const ready = this.fillReady(fds);
      const next = this.events[0];
      if (ready > 0 || (next === undefined && this.clockMs >= deadlineMs)) return ready;
      if (next === undefined || next.atMs > deadlineMs) {
        if (deadlineMs === Number.POSITIVE_INFINITY) throw new Error('the program waits for ever');
        this.clockMs = deadlineMs;
        return ready;
      }
      this.events.shift();
      this.clockMs = Math.max(this.clockMs, next.atMs);
      next.happen();
    }
  }

  private fillReady(fds: Int32Array): number {
    const { POLLERR, POLLHUP, POLLNVAL } = this.constants;
    let ready = 0;
    for (let i = 0; i < fds.length; i += POLL_WORDS) {
      const state = this.readiness(fds[i] as number);
      const asked = (fds[i + 1] as number) | POLLERR | POLLHUP | POLLNVAL;
      fds[i + 2] = state & asked;
      if (state & asked) ready++;
    }
    return ready;
  }

  /** What poll(2) would say of a descriptor, were it asked for everything. */
  protected readiness(fd: number): number {
    const { POLLIN, POLLOUT, POLLNVAL } = this.constants;
    const open = this.descriptors.get(fd);
    return open === undefined ? POLLNVAL : POLLOUT | (open.inbox.length > 0 ? POLLIN : 0);
  }

  signalfd(signals: readonly number[]): number {
    const fd = this.newDescriptor('', false);
    this.signalDescriptors.set(fd, signals);
    return fd;
  }

  kill(pid: number, signal: number): number {
    if (pid !== this.processId()) return this.fail('ESRCH');
    this.raise(signal);
    return 0;
  }

  processId(): number {
    return 4711;
  }

  userId(): number {
    return this.user;
  }

  monotonicMs(): number {
    return this.clockMs;
  }

  realtimeMs(): number {
    return 1_800_000_000_000 + this.clockMs;
  }

  memoryUse(): MemoryUse {
    return { rssBytes: 0, heapBytes: 0, objects: 0 };
  }

  exit(code: number): never {
    throw new FakeExit(code);
  }

  exitCode(code: number): void {
    this.exitedWith = code;
  }

  run(turn: () => boolean): void {
    this.turn = turn;
  }
}
