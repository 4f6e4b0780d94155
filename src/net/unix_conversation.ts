/**
 * A conversation over a unix stream socket for code that can do nothing else meanwhile. It is over by a point in time, whatever the
 * other side does, and holds no more of what comes than one message within a limit and one read.
 */
import type { Host } from '../host/host.ts';
import { KernelError, refusalNamed, refusalOf } from '../host/refusal.ts';
import { decodeUtf8 } from '../lib/utf8.ts';
import { ByteBudget, ByteQueue } from './byte_queue.ts';
import { socketWords } from './ubus_peer.ts';
import { unixAddress } from './unix_address.ts';

/** What a conversation is for, and when it has to be over. */
export interface Errand {
  /** What is tried, and on what, for what is said of a refusal: `stop`, `service irqbalance`. */
  readonly operation: string;
  readonly path: string;
  readonly waitMs: number;
  /** Of monotonicMs: `waitMs` after the beginning. */
  readonly endsAtMs: number;
}

/** The largest message that is taken. */
export const MOST_MESSAGE_BYTES = 64 << 10;
const READ_BYTES = 4096;
const MOST_LINE_BYTES = 256;
/** From other sides' words as much is told. */
const MOST_WORDS = 300;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

export class UnixConversation {
  /** Who is at the other end, for people. */
  readonly peer: string;
  private readonly host: Host;
  private readonly errand: Errand;
  private readonly fd: number;
  private readonly input = new ByteQueue(new ByteBudget(MOST_MESSAGE_BYTES + READ_BYTES));
  private readonly buffer = new Uint8Array(READ_BYTES);
  private pauseMs = FIRST_PAUSE_MS;

  private constructor(host: Host, peer: string, errand: Errand) {
    this.host = host;
    this.peer = peer;
    this.errand = errand;
    const { AF_UNIX, SOCK_STREAM, O_NONBLOCK } = host.constants;
    // SOCK_NONBLOCK is O_NONBLOCK: a side that accepts nobody must not hold us.
    this.fd = host.socket(AF_UNIX, SOCK_STREAM | O_NONBLOCK, 0);
    if (this.fd < 0) throw this.failed(this.fd);
  }

  /** Nothing where nobody listens at `path`. @throws KernelError */
  static open(host: Host, path: string, peer: string, errand: Errand): UnixConversation | undefined {
    const made = new UnixConversation(host, peer, errand);
    const address = unixAddress(host, path) ?? new Uint8Array(0);
    try {
      const { ENOENT, ECONNREFUSED } = host.errno;
      for (;;) {
        const connected = host.connect(made.fd, address);
        if (connected >= 0) return made;
        if (-connected === ENOENT || -connected === ECONNREFUSED) break;
        // EAGAIN: more wait to be accepted than may.
        made.mayRepeat(connected);
        made.pause();
      }
    } catch (error) {
      made.close();
      throw error;
    }
    made.close();
    return undefined;
  }

  /** The process that began to listen at the other end. Undefined where the kernel does not tell. */
  get peerProcessId(): number | undefined {
    return socketWords(this.host, this.fd, this.host.constants.SO_PEERCRED, 3)[0];
  }

  close(): void {
    this.host.close(this.fd);
    this.input.drop(this.input.length);
  }

  /** @throws KernelError */
  send(bytes: Uint8Array): void {
    const { host, fd } = this;
    const { MSG_DONTWAIT, POLLOUT } = host.constants;
    for (let at = 0; at < bytes.length; ) {
      at += this.attempt(POLLOUT, () => host.send(fd, bytes, at, bytes.length - at, MSG_DONTWAIT));
    }
  }

  /** The next `count` bytes, which stay to be taken; valid until the next call. @throws KernelError */
  peek(count: number): Uint8Array {
    const { host, fd, input, buffer } = this;
    const { MSG_DONTWAIT, POLLIN } = host.constants;
    if (count > MOST_MESSAGE_BYTES) throw this.refused('EMSGSIZE', `${this.peer} sends ${count} bytes at once`);
    while (input.length < count) {
      const got = this.attempt(POLLIN, () => host.recv(fd, buffer, 0, READ_BYTES, MSG_DONTWAIT));
      if (got === 0) throw this.refused('ECONNRESET', `${this.peer} has ended the conversation`);
      input.append(buffer.subarray(0, got));
    }
    return input.bytes().subarray(0, count);
  }

  /** A copy of the next `count` bytes. @throws KernelError */
  take(count: number): Uint8Array {
    const taken = this.peek(count).slice();
    this.input.drop(count);
    return taken;
  }

  /** The next line, without its end. @throws KernelError */
  line(): string {
    for (let length = 1; length <= MOST_LINE_BYTES; length++) {
      if (this.peek(length)[length - 1] === LINE_FEED) return decodeUtf8(this.take(length)).trimEnd();
    }
    throw this.nonsense();
  }

  /** Waits a little before it is asked again, and each time a little longer. @throws KernelError when the time is over */
  pause(): void {
    this.host.poll(new Int32Array(0), Math.min(this.pauseMs, this.leftMs()));
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
  }

  /** A refusal of the other side's, or ours of what it sends. */
  refused(errnoName: string, words: string): KernelError {
    const refusal = { ...refusalNamed(this.host, errnoName), extack: words.slice(0, MOST_WORDS) };
    return new KernelError(refusal, this.errand.operation, this.errand.path);
  }

  nonsense(): KernelError {
    return this.refused('EBADMSG', `${this.peer} says something that is not understood`);
  }

  /** What `call` gives once the socket is ready for it. */
  private attempt(events: number, call: () => number): number {
    for (;;) {
      // Asked for each time: one who always has something more to say must come to an end, too.
      const leftMs = this.leftMs();
      const result = call();
      if (result >= 0) return result;
      this.mayRepeat(result);
      this.host.poll(new Int32Array([this.fd, events, 0]), leftMs);
    }
  }

  private leftMs(): number {
    const leftMs = Math.ceil(this.errand.endsAtMs - this.host.monotonicMs());
    if (leftMs > 0) return leftMs;
    throw this.refused('ETIMEDOUT', `${this.peer} takes longer than ${this.errand.waitMs / 1000} s`);
  }

  private mayRepeat(result: number): void {
    const { EAGAIN, EINTR } = this.host.errno;
    if (-result !== EAGAIN && -result !== EINTR) throw this.failed(result);
  }

  private failed(result: number): KernelError {
    const refusal = { ...refusalOf(this.host, -result), extack: `talking to ${this.peer}` };
    return new KernelError(refusal, this.errand.operation, this.errand.path);
  }
}

const LINE_FEED = 0x0a;
