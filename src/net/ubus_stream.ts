/**
 * A stream socket as ubus messages go through it: framing of what comes, in whatever pieces, and a bounded queue of what the
 * other side does not take yet. The client and the bus have one for each connection.
 *
 * Memory: input is kept only as far as it came, never as far as a header promises; output is limited to
 * {@link UBUS_QUEUE_BYTES}, and what does not fit is dropped, as the real bus does (UBUS_CLIENT_MAX_TXQ_LEN). A side whose answers
 * must not be lost gives `pauseBytes`: while more than that waits to be taken it reads no further requests.
 */
import type { Host } from '../host/host.ts';
import type { Loop } from '../host/loop.ts';
import { UBUS_FIXED_BYTES, UBUS_HEADER_BYTES, UBUS_MAX_LENGTH, type UbusFrame } from '../wire/ubus.ts';

/** A peer that takes nothing makes us hold no more than this, or one message that is larger by its header. */
export const UBUS_QUEUE_BYTES = UBUS_MAX_LENGTH;

const READ_BYTES = 16384;
/** All but the last byte of a message, and a read. */
const LARGEST_INPUT_BYTES = UBUS_FIXED_BYTES + UBUS_MAX_LENGTH + READ_BYTES;
const LENGTH_MASK = 0xff_ffff;
const NOTHING = new Uint8Array(0);
/** All streams read into the same bytes: a message that is not complete is copied out before the next read. */
const readBuffer = new Uint8Array(READ_BYTES);

/** Bytes that grow at one end and go at the other; takes no memory while empty. */
class ByteQueue {
  private data: Uint8Array = NOTHING;
  private start = 0;
  private end = 0;

  get length(): number {
    return this.end - this.start;
  }

  /** Shares memory with the queue: use it before the next change. */
  bytes(): Uint8Array {
    return this.data.subarray(this.start, this.end);
  }

  append(bytes: Uint8Array): void {
    const needed = this.length + bytes.length;
    if (needed > this.data.length) {
      const larger = new Uint8Array(Math.max(needed, Math.min(needed * 2, LARGEST_INPUT_BYTES)));
      larger.set(this.bytes());
      this.data = larger;
      this.end -= this.start;
      this.start = 0;
    } else if (this.end + bytes.length > this.data.length) {
      this.data.copyWithin(0, this.start, this.end);
      this.end -= this.start;
      this.start = 0;
    }
    this.data.set(bytes, this.end);
    this.end += bytes.length;
  }

  drop(length: number): void {
    this.start += length;
    if (this.start >= this.end) {
      this.data = NOTHING;
      this.start = 0;
      this.end = 0;
    }
  }
}

export interface UbusStreamHandlers {
  /** `frame.body` is valid until the handler returns. */
  onFrame(frame: UbusFrame): void;
  /** The peer or a broken message ended the connection; the descriptor is closed. Not called for {@link UbusStream.close}. */
  onClose(reason: string): void;
}

export class UbusStream {
  readonly fd: number;
  private readonly host: Host;
  private readonly loop: Loop;
  private readonly handlers: UbusStreamHandlers;
  private readonly pauseBytes: number;
  private readonly input = new ByteQueue();
  private readonly output = new ByteQueue();
  private watchedEvents = -1;
  private unwatch: (() => void) | undefined;
  private cancelServe: (() => void) | undefined;
  private open = true;
  private dropped = 0;

  /** Takes over `fd`, which must be connected and is closed in the end. */
  constructor(host: Host, loop: Loop, fd: number, handlers: UbusStreamHandlers, pauseBytes = Number.POSITIVE_INFINITY) {
    this.host = host;
    this.loop = loop;
    this.fd = fd;
    this.handlers = handlers;
    this.pauseBytes = pauseBytes;
    this.watch();
  }

  get isOpen(): boolean {
    return this.open;
  }

  /** Bytes that the peer has not taken yet. */
  get queuedBytes(): number {
    return this.output.length;
  }

  /** Bytes of messages that have not come completely, or wait while this side is paused. */
  get heldBytes(): number {
    return this.input.length;
  }

  /** Messages that {@link send} refused. */
  get droppedFrames(): number {
    return this.dropped;
  }

  /**
   * Sends a message, now or when the peer takes it. False where it is dropped: the connection is closed, the message larger than
   * the protocol allows, or the queue full.
   */
  send(frame: Uint8Array): boolean {
    const waiting = this.output.length;
    const fits =
      frame.length <= UBUS_FIXED_BYTES + UBUS_MAX_LENGTH &&
      (waiting === 0 || waiting + frame.length <= UBUS_QUEUE_BYTES);
    if (!this.open || !fits) {
      this.dropped++;
      return false;
    }
    const sent = waiting === 0 ? this.write(frame) : 0;
    if (sent < frame.length) {
      this.output.append(frame.subarray(sent));
      this.watch();
    }
    return true;
  }

  /** Ends the connection; what waits is lost. */
  close(): void {
    if (!this.open) return;
    this.open = false;
    this.unwatch?.();
    this.cancelServe?.();
    this.host.close(this.fd);
    this.output.drop(this.output.length);
    this.input.drop(this.input.length);
  }

  private fail(reason: string): void {
    if (!this.open) return;
    this.close();
    this.handlers.onClose(reason);
  }

  /** Rare, since the kernel's own buffer takes most messages at once. */
  private watch(): void {
    const { POLLIN, POLLOUT } = this.host.constants;
    const events = (this.isPaused() ? 0 : POLLIN) | (this.output.length > 0 ? POLLOUT : 0);
    if (events === this.watchedEvents || !this.open) return;
    this.unwatch?.();
    this.watchedEvents = events;
    this.unwatch = this.loop.watch(this.fd, events, (ready) => {
      if (ready & POLLOUT) this.flush();
      // Errors and hang-ups are found by reading.
      if (ready & ~POLLOUT) this.receive();
    });
  }

  private isPaused(): boolean {
    return this.output.length > this.pauseBytes;
  }

  private isForLater(result: number): boolean {
    return -result === this.host.errno.EAGAIN || -result === this.host.errno.EINTR;
  }

  // ---- Out ----

  /** How much was taken; all where the connection is broken, which reading finds out when it has served what came before. */
  private write(bytes: Uint8Array): number {
    const sent = this.host.send(this.fd, bytes, 0, bytes.length, this.host.constants.MSG_DONTWAIT);
    if (sent >= 0) return sent;
    return this.isForLater(sent) ? 0 : bytes.length;
  }

  private flush(): void {
    const wasPaused = this.isPaused();
    this.output.drop(this.write(this.output.bytes()));
    this.watch();
    if (wasPaused && !this.isPaused()) this.serveLater();
  }

  // ---- In ----

  private receive(): void {
    if (!this.open) return;
    const got = this.host.recv(this.fd, readBuffer, 0, READ_BYTES, this.host.constants.MSG_DONTWAIT);
    if (got <= 0) {
      if (!this.isForLater(got)) this.fail(got === 0 ? 'closed by the other side' : this.host.errorText(-got));
    } else if (this.input.length === 0) {
      this.serve(readBuffer.subarray(0, got), (rest) => this.input.append(rest));
    } else {
      this.input.append(readBuffer.subarray(0, got));
      this.serveInput();
    }
  }

  private serveInput(): void {
    const bytes = this.input.bytes();
    this.serve(bytes, (rest) => this.input.drop(bytes.length - rest.length));
  }

  private serveLater(): void {
    this.cancelServe ??= this.loop.after(0, () => {
      this.cancelServe = undefined;
      this.serveInput();
    });
  }

  /** Hands out the complete messages of `bytes` and keeps the rest, also when a handler throws. */
  private serve(bytes: Uint8Array, keep: (rest: Uint8Array) => void): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    let length = 4;
    let threw = true;
    try {
      while (this.open && !this.isPaused() && bytes.length - at >= UBUS_HEADER_BYTES) {
        length = view.getUint32(at + UBUS_FIXED_BYTES, false) & LENGTH_MASK;
        const start = at;
        const end = at + UBUS_FIXED_BYTES + length;
        if (length < 4 || length > UBUS_MAX_LENGTH || end > bytes.length) break;
        at = end;
        this.handlers.onFrame({
          type: view.getUint8(start + 1),
          seq: view.getUint16(start + 2, false),
          peer: view.getUint32(start + 4, false),
          body: bytes.subarray(start + UBUS_HEADER_BYTES, end),
        });
      }
      threw = false;
    } finally {
      if (this.open) {
        keep(bytes.subarray(at));
        this.watch();
        if (threw) this.serveLater();
      }
    }
    if (length < 4 || length > UBUS_MAX_LENGTH) this.fail(`a message of ${length} bytes`);
  }
}
