/**
 * A fake machine with unix stream sockets: all who listen, connect and talk are in the same test, on the same host.
 *
 * A byte stream as the kernel's: a read stops at what is there and at a descriptor that rides along, a write at what the other
 * side's buffer takes.
 */
import { decodeUtf8 } from '../lib/utf8.ts';
import { FakeHost } from './fake.ts';

/** Who connects. */
export interface FakeCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

interface Chunk {
  bytes: Uint8Array;
  /** A descriptor that rides on the first byte. */
  passed: boolean;
}

interface Socket {
  /** What the kernel tells of the other side; of one that is not connected, whose it is itself. */
  credentials: FakeCredentials;
  state: 'new' | 'listening' | 'connected' | 'closed';
  path: string;
  /** Connections that nobody has accepted yet. */
  readonly backlog: Socket[];
  peer: Socket | undefined;
  readonly inbox: Chunk[];
  inboxBytes: number;
}

const FAMILY_BYTES = 2;

export class FakeUnixHost extends FakeHost {
  /** Who makes the sockets from now on. */
  credentials: FakeCredentials = { pid: 1000, uid: 0, gid: 0, groups: [] };
  /** What the buffer of a socket takes before a writer must wait. */
  socketBytes = 200_000;
  /** Most bytes that one read gives. */
  readBytes = Number.POSITIVE_INFINITY;
  /** Paths of sockets, whether or not anybody listens there any more. */
  readonly socketPaths = new Map<string, number>();

  private readonly sockets = new Map<number, Socket>();
  private readonly listeners = new Map<string, Socket>();

  private add(socket: Socket): number {
    const fd = this.newDescriptor('', false);
    this.sockets.set(fd, socket);
    return fd;
  }

  private newSocket(credentials: FakeCredentials): Socket {
    return { credentials, state: 'new', path: '', backlog: [], peer: undefined, inbox: [], inboxBytes: 0 };
  }

  override socket(domain: number, type: number, protocol: number): number {
    if (domain !== this.constants.AF_UNIX) return super.socket(domain, type, protocol);
    return this.add(this.newSocket(this.credentials));
  }

  override bind(fd: number, address: Uint8Array): number {
    const socket = this.sockets.get(fd);
    if (socket === undefined) return super.bind(fd, address);
    const path = pathOf(address);
    if (this.socketPaths.has(path) || this.files.has(path)) return this.fail('EADDRINUSE');
    if (!this.directories.has(path.slice(0, path.lastIndexOf('/')) || '/')) return this.fail('ENOENT');
    this.socketPaths.set(path, 0o755);
    socket.path = path;
    return 0;
  }

  override listen(fd: number, backlog: number): number {
    const socket = this.sockets.get(fd);
    if (socket === undefined) return super.listen(fd, backlog);
    socket.state = 'listening';
    this.listeners.set(socket.path, socket);
    return 0;
  }

  override connect(fd: number, address: Uint8Array): number {
    const socket = this.sockets.get(fd);
    if (socket === undefined) return super.connect(fd, address);
    const path = pathOf(address);
    if (!this.socketPaths.has(path)) return this.fail(this.files.has(path) ? 'ECONNREFUSED' : 'ENOENT');
    const listener = this.listeners.get(path);
    if (listener === undefined) return this.fail('ECONNREFUSED');
    const accepted = this.newSocket(socket.credentials);
    for (const side of [socket, accepted]) side.state = 'connected';
    socket.peer = accepted;
    socket.credentials = listener.credentials;
    accepted.peer = socket;
    listener.backlog.push(accepted);
    return 0;
  }

  override accept(fd: number): number {
    const accepted = this.sockets.get(fd)?.backlog.shift();
    const failure = this.failures.get('accept');
    if (failure !== undefined) return -failure;
    return accepted === undefined ? super.accept(fd) : this.add(accepted);
  }

  override getsockopt(fd: number, level: number, option: number, value: Uint8Array): number {
    const socket = this.sockets.get(fd);
    if (socket === undefined) return super.getsockopt(fd, level, option, value);
    const { pid, uid, gid, groups } = socket.credentials;
    const words = option === this.constants.SO_PEERGROUPS ? groups : [pid, uid, gid];
    if (words.length * 4 > value.length) return this.fail('ERANGE');
    const view = new DataView(value.buffer, value.byteOffset);
    words.forEach((word, i) => {
      view.setUint32(i * 4, word, this.littleEndian);
    });
    return words.length * 4;
  }

  override send(fd: number, bytes: Uint8Array, offset: number, length: number, flags: number): number {
    const socket = this.sockets.get(fd);
    return socket === undefined
      ? super.send(fd, bytes, offset, length, flags)
      : this.pass(socket, bytes.slice(offset, offset + length), false);
  }

  override sendDescriptor(fd: number, bytes: Uint8Array, offset: number, length: number, passed: number): number {
    const socket = this.sockets.get(fd);
    if (socket === undefined || this.readiness(passed) & this.constants.POLLNVAL) return this.fail('EBADF');
    return this.pass(socket, bytes.slice(offset, offset + length), true);
  }

  private pass({ peer }: Socket, bytes: Uint8Array, passed: boolean): number {
    if (peer === undefined || peer.state === 'closed') return this.fail('EPIPE');
    const taken = bytes.subarray(0, this.socketBytes - peer.inboxBytes);
    if (taken.length === 0) return this.fail('EAGAIN');
    peer.inbox.push({ bytes: taken, passed });
    peer.inboxBytes += taken.length;
    return taken.length;
  }

  override recv(fd: number, bytes: Uint8Array, offset: number, length: number, flags: number): number {
    const socket = this.sockets.get(fd);
    if (socket === undefined) return super.recv(fd, bytes, offset, length, flags);
    return this.take(socket, bytes.subarray(offset, offset + length)).got;
  }

  override recvDescriptor(fd: number, bytes: Uint8Array, offset: number, length: number, received: Int32Array): number {
    const socket = this.sockets.get(fd);
    if (socket === undefined) return super.recvDescriptor(fd, bytes, offset, length, received);
    const { got, passed } = this.take(socket, bytes.subarray(offset, offset + length));
    received[0] = passed ? this.newDescriptor('', false) : -1;
    return got;
  }

  private take(socket: Socket, into: Uint8Array): { got: number; passed: boolean } {
    const wanted = Math.min(into.length, this.readBytes);
    let got = 0;
    let passed = false;
    while (!passed && got < wanted) {
      const chunk = socket.inbox[0];
      if (chunk === undefined) break;
      const part = chunk.bytes.subarray(0, wanted - got);
      into.set(part, got);
      got += part.length;
      socket.inboxBytes -= part.length;
      ({ passed } = chunk);
      chunk.passed = false;
      chunk.bytes = chunk.bytes.subarray(part.length);
      if (chunk.bytes.length === 0) socket.inbox.shift();
    }
    const over = got === 0 && wanted > 0 && socket.peer?.state !== 'closed';
    return { got: over ? this.fail('EAGAIN') : got, passed };
  }

  override read(fd: number, bytes: Uint8Array, offset: number, length: number): number {
    return this.sockets.has(fd) ? this.recv(fd, bytes, offset, length, 0) : super.read(fd, bytes, offset, length);
  }

  override close(fd: number): number {
    const socket = this.sockets.get(fd);
    if (socket !== undefined) {
      socket.state = 'closed';
      if (this.listeners.get(socket.path) === socket) this.listeners.delete(socket.path);
      for (const waiting of socket.backlog) waiting.state = 'closed';
      this.sockets.delete(fd);
    }
    return super.close(fd);
  }

  override open(path: string, flags: number, mode: number): number {
    return this.socketPaths.has(path) ? this.fail('ENXIO') : super.open(path, flags, mode);
  }

  override unlink(path: string): number {
    return this.socketPaths.delete(path) ? 0 : super.unlink(path);
  }

  override chmod(path: string, mode: number): number {
    if (!this.socketPaths.has(path)) return super.chmod(path, mode);
    this.socketPaths.set(path, mode);
    return 0;
  }

  protected override readiness(fd: number): number {
    const socket = this.sockets.get(fd);
    if (socket === undefined) return super.readiness(fd);
    const { POLLIN, POLLOUT, POLLHUP } = this.constants;
    const { inbox, backlog, peer } = socket;
    const isOver = peer?.state === 'closed';
    const readable = inbox.length > 0 || backlog.length > 0 || isOver ? POLLIN : 0;
    const writable = peer !== undefined && (isOver || peer.inboxBytes < this.socketBytes) ? POLLOUT : 0;
    return readable | writable | (isOver ? POLLHUP : 0);
  }
}

/** Of struct sockaddr_un. */
function pathOf(address: Uint8Array): string {
  const end = address.indexOf(0, FAMILY_BYTES);
  return decodeUtf8(address, FAMILY_BYTES, end < 0 ? address.length : end);
}
