/**
 * A stream socket as ubus messages go through it: framing of what comes, in whatever pieces, and a bounded queue of what the
 * other side does not take yet. The client and the bus have one for each connection.
 *
 * Memory: input is kept only as far as it came, never as far as a header promises; output is limited to
 * {@link UBUS_QUEUE_BYTES}, and what does not fit is dropped, as the real bus does (UBUS_CLIENT_MAX_TXQ_LEN). A side whose answers
 * must not be lost gives `pauseBytes`: while more than that waits to be taken it reads no further requests. Many streams together
 * are bounded by a `ByteBudget`.
 */
import type { Host } from '../host/host.ts';
import type { Loop } from '../host/loop.ts';
import { UBUS_FIXED_BYTES, UBUS_HEADER_BYTES, UBUS_MAX_LENGTH, type UbusFrame } from '../wire/ubus.ts';
import { ByteBudget, ByteQueue } from './byte_queue.ts';

/** A peer that takes nothing makes us hold no more than this, or one message that is larger by its header. */
export const UBUS_QUEUE_BYTES = UBUS_MAX_LENGTH;

const READ_BYTES = 16384;
const LENGTH_MASK = 0xff_ffff;
/** All streams read into the same bytes: a message that is not complete is copied out before the next read. */
const readBuffer = new Uint8Array(READ_BYTES);
const descriptorBuffer = new Int32Array(1);
const NO_DESCRIPTOR = -1;
/** What one that waits counts for: a process may have few of them. */
const DESCRIPTOR_BYTES = 64 << 10;
const NO_MEMORY = 'no memory for what it sends or does not take';

export interface UbusStreamOptions {
  readonly budget?: ByteBudget;
  /** Whether descriptors that ride on messages are wanted; else the kernel closes them. */
  readonly takesDescriptors?: boolean;
  /** Called when the peer has taken all that had to wait. */
  readonly onDrained?: () => void;
}

/** A descriptor of ours that goes with `length` bytes of the output, from `at` on. */
interface Passenger {
  at: number;
  readonly length: number;
  readonly descriptor: number;
}

export interface UbusStreamHandlers {
  /** `frame.body` is valid until the handler returns. `descriptor`, which rode on the message, is the handler's to close; or -1. */
  onFrame(frame: UbusFrame, descriptor: number): void;
  /** The peer or a broken message ended the connection; the descriptor is closed. Not called for {@link UbusStream.close}. */
  onClose(reason: string): void;
}

const NO_HANDLERS: UbusStreamHandlers = { onFrame: () => undefined, onClose: () => undefined };

export class UbusStream {
  readonly fd: number;
  private readonly host: Host;
  private readonly loop: Loop;
  private handlers: UbusStreamHandlers;
  private readonly pauseBytes: number;
  private options: UbusStreamOptions;
  private readonly budget: ByteBudget;
  private readonly input: ByteQueue;
  private readonly output: ByteQueue;
  private passengers: Passenger[] = [];
  /** A descriptor that came with the last message which began in what was read. */
  private received = NO_DESCRIPTOR;
  private receivedBefore = false;
  private watchedEvents = -1;
  private unwatch: (() => void) | undefined;
  private cancelServe: (() => void) | undefined;
  private open = true;
  private dropped = 0;

  /** Takes over `fd`, which must be connected and is closed in the end. */
  constructor(
    host: Host,
    loop: Loop,
    fd: number,
    handlers: UbusStreamHandlers,
    pauseBytes: number = Number.POSITIVE_INFINITY,
    options: UbusStreamOptions = {},
  ) {
    this.host = host;
    this.loop = loop;
    this.fd = fd;
    this.handlers = handlers;
    this.pauseBytes = pauseBytes;
    this.options = options;
    this.budget = options.budget ?? new ByteBudget(Number.POSITIVE_INFINITY);
    this.input = new ByteQueue(this.budget);
    this.output = new ByteQueue(this.budget);
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
   * the protocol allows, or the queue full. `descriptor` goes with it and is closed here.
   */
  send(frame: Uint8Array, descriptor = NO_DESCRIPTOR): boolean {
    const waiting = this.output.length;
    const fits =
      frame.length <= UBUS_FIXED_BYTES + UBUS_MAX_LENGTH &&
      (waiting === 0 || waiting + frame.length <= UBUS_QUEUE_BYTES);
    const sent = this.open && fits && waiting === 0 ? this.write(frame, descriptor) : 0;
    const waits = sent < frame.length;
    const rest = waits ? frame.subarray(sent) : frame;
    const isTaken = this.open && fits && (!waits || this.enqueue(rest, sent === 0 ? descriptor : NO_DESCRIPTOR));
    const isPassenger = isTaken && waits && sent === 0;
    if (descriptor !== NO_DESCRIPTOR && !isPassenger) this.host.close(descriptor);
    if (isTaken) {
      this.watch();
    } else {
      this.dropped++;
      // A message of which only the beginning went can be followed by no other.
      if (sent > 0) this.endLater(NO_MEMORY);
    }
    return isTaken;
  }

  /** False where the budget does not allow it. */
  private enqueue(bytes: Uint8Array, descriptor: number): boolean {
    const at = this.output.length;
    const costBytes = descriptor === NO_DESCRIPTOR ? 0 : DESCRIPTOR_BYTES;
    if (!this.budget.take(costBytes)) return false;
    if (!this.output.append(bytes)) {
      this.budget.giveBack(costBytes);
      return false;
    }
    if (costBytes > 0) this.passengers.push({ at, length: bytes.length, descriptor });
    return true;
  }

  private closeWaiting(descriptor: number): void {
    this.host.close(descriptor);
    this.budget.giveBack(DESCRIPTOR_BYTES);
  }

  /** Ends the connection; what waits is lost. */
  close(): void {
    if (!this.open) return;
    this.open = false;
    this.unwatch?.();
    // They refer to each other and to us: let go of, all is freed at once and not with the next search for such circles.
    this.unwatch = undefined;
    this.handlers = NO_HANDLERS;
    this.options = {};
    this.cancelServe?.();
    this.host.close(this.fd);
    this.output.drop(this.output.length);
    this.input.drop(this.input.length);
    for (const { descriptor } of this.passengers) this.closeWaiting(descriptor);
    if (this.received !== NO_DESCRIPTOR) this.closeWaiting(this.received);
  }

  /** As {@link fail}, but the handler is called when whoever sends now is done. */
  private endLater(reason: string): void {
    const { handlers } = this;
    this.close();
    this.loop.after(0, () => handlers.onClose(reason));
  }

  private fail(reason: string): void {
    if (!this.open) return;
    const { handlers } = this;
    this.close();
    handlers.onClose(reason);
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
  private write(bytes: Uint8Array, descriptor: number): number {
    const { host, fd } = this;
    const sent =
      descriptor === NO_DESCRIPTOR
        ? host.send(fd, bytes, 0, bytes.length, host.constants.MSG_DONTWAIT)
        : host.sendDescriptor(fd, bytes, 0, bytes.length, descriptor);
    if (sent >= 0) return sent;
    return this.isForLater(sent) ? 0 : bytes.length;
  }

  /** A descriptor goes with its own message only, in a write of its own: the other side tells by that what it belongs to. */
  private flush(): void {
    const wasPaused = this.isPaused();
    const [first] = this.passengers;
    const boards = first?.at === 0;
    const bytes = this.output.bytes().subarray(0, boards ? first.length : first?.at);
    const sent = this.write(bytes, boards ? first.descriptor : NO_DESCRIPTOR);
    if (boards && sent > 0) {
      this.closeWaiting(first.descriptor);
      this.passengers.shift();
    }
    for (const passenger of this.passengers) passenger.at -= sent;
    this.output.drop(sent);
    this.watch();
    if (wasPaused && !this.isPaused()) this.serveLater();
    if (this.output.length === 0) this.options.onDrained?.();
  }

  // ---- In ----

  private receive(): void {
    if (!this.open) return;
    const got = this.read();
    if (got <= 0) {
      if (!this.isForLater(got)) this.fail(got === 0 ? 'closed by the other side' : this.host.errorText(-got));
    } else if (this.input.length === 0) {
      this.serve(readBuffer.subarray(0, got), (rest) => this.input.append(rest));
    } else if (this.input.append(readBuffer.subarray(0, got))) {
      this.serveInput();
    } else {
      this.fail(NO_MEMORY);
    }
  }

  private read(): number {
    const { host, fd } = this;
    if (this.options.takesDescriptors !== true || this.received !== NO_DESCRIPTOR) {
      return host.recv(fd, readBuffer, 0, READ_BYTES, host.constants.MSG_DONTWAIT);
    }
    const got = host.recvDescriptor(fd, readBuffer, 0, READ_BYTES, descriptorBuffer);
    const received = descriptorBuffer[0] ?? NO_DESCRIPTOR;
    if (received === NO_DESCRIPTOR) return got;
    if (this.budget.take(DESCRIPTOR_BYTES)) this.received = received;
    else host.close(received);
    return got;
  }

  private serveInput(): void {
    const bytes = this.input.bytes();
    this.serve(bytes, (rest) => {
      this.input.drop(bytes.length - rest.length);
      return true;
    });
  }

  private serveLater(): void {
    this.cancelServe ??= this.loop.after(0, () => {
      this.cancelServe = undefined;
      this.serveInput();
    });
  }

  /** Hands out the complete messages of `bytes` and keeps the rest, also when a handler throws. */
  private serve(bytes: Uint8Array, keep: (rest: Uint8Array) => boolean): void {
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
        const frame = {
          type: view.getUint8(start + 1),
          seq: view.getUint16(start + 2, false),
          peer: view.getUint32(start + 4, false),
          body: bytes.subarray(start + UBUS_HEADER_BYTES, end),
        };
        this.handlers.onFrame(frame, this.descriptorOf(end === bytes.length));
      }
      threw = false;
    } finally {
      if (this.open) {
        this.receivedBefore = this.received !== NO_DESCRIPTOR;
        if (!keep(bytes.subarray(at))) this.fail(NO_MEMORY);
        this.watch();
        if (threw) this.serveLater();
      }
    }
    if (length < 4 || length > UBUS_MAX_LENGTH) this.fail(`a message of ${length} bytes`);
  }

  /**
   * A read ends with the bytes that a descriptor came with, so it belongs to the last message that begins in it: the one before
   * nothing more, else the one that has not come completely and is the first next time.
   */
  private descriptorOf(isLast: boolean): number {
    if (!isLast && !this.receivedBefore) return NO_DESCRIPTOR;
    const descriptor = this.received;
    if (descriptor !== NO_DESCRIPTOR) this.budget.giveBack(DESCRIPTOR_BYTES);
    this.received = NO_DESCRIPTOR;
    this.receivedBefore = false;
    return descriptor;
  }
}
