/**
 * A connection to the bus: calls, events and notifications as a client, objects as a provider, both at once.
 *
 * It comes back by itself: after a loss it tries again, less and less often, and makes its objects, listeners and subscriptions
 * anew, since the bus forgets them and all ids change. All results come by callbacks from the event loop, never before the
 * function that asked has returned. Every table is bounded.
 */
import type { Host } from '../host/host.ts';
import type { Loop } from '../host/loop.ts';
import { type BlobField, type BlobRecord, decodeRecord, encodeRecord } from '../wire/blobmsg.ts';
import {
  decodeAttributes,
  decodeMonitor,
  type MonitorAttributes,
  UBUS_MSG,
  UBUS_OBJECT,
  UBUS_SOCKET,
  UBUS_STATUS,
  type UbusAttributes,
  type UbusFrame,
} from '../wire/ubus.ts';
import { type UbusAnswer, UbusCalls } from './ubus_calls.ts';
import { type UbusBehaviour, type UbusObject, UbusObjects } from './ubus_objects.ts';
import { providerOf, type UbusDefinition } from './ubus_provider.ts';
import { UbusStream } from './ubus_stream.ts';
import { type UbusSubscriber, UbusWatch } from './ubus_watch.ts';
import { unixAddress } from './unix_address.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 60_000;
/** A connection that held so long begins with the first delay again. */
const STEADY_MS = 10_000;
/** The bus greets at once. */
const HELLO_TIMEOUT_MS = 10_000;
/** For requests that the bus itself answers. */
const BUS_TIMEOUT_MS = 10_000;
/** With so many bytes of answers that the bus has not taken, no further requests are read: they wait in the socket. */
const PAUSE_BYTES = 0x4_0000;

export interface UbusClientOptions {
  /** Of the bus's socket. */
  readonly path?: string;
  /** The bus has greeted, and objects and listeners are being made. */
  onUp?(): void;
  /** The connection is lost, or an attempt failed; the next follows by itself. */
  onDown?(reason: string): void;
}

/** An object as the bus lists it. */
export interface UbusListing {
  readonly path: string;
  readonly id: number;
  readonly typeId: number;
  /** blobmsg: a table for each method, of its arguments' types. Valid until the callback returns. */
  readonly signature: Uint8Array;
}

export class UbusClient {
  private readonly host: Host;
  private readonly loop: Loop;
  private readonly options: UbusClientOptions;
  private readonly calls: UbusCalls;
  private readonly objects: UbusObjects;
  private readonly watch: UbusWatch;
  private stream: UbusStream | undefined;
  private clientId: number | undefined;
  private cancelTimer: () => void;
  private delayMs = FIRST_DELAY_MS;
  private upSinceMs = 0;
  private onMonitored: ((message: MonitorAttributes) => void) | undefined;

  /** Connects in the loop's next turn. */
  constructor(host: Host, loop: Loop, options: UbusClientOptions = {}) {
    this.host = host;
    this.loop = loop;
    this.options = options;
    this.calls = new UbusCalls(loop);
    this.objects = new UbusObjects(this.calls);
    this.watch = new UbusWatch(loop, this.calls, this.objects);
    this.cancelTimer = loop.after(0, () => this.connect());
  }

  /** Our id on the bus, or undefined while there is no connection. */
  get id(): number | undefined {
    return this.clientId;
  }

  /** What waits: requests of ours, requests of others, bytes in and out. */
  get load(): { calls: number; requests: number; queuedBytes: number; heldBytes: number } {
    return {
      calls: this.calls.size,
      requests: this.objects.openRequests,
      queuedBytes: this.stream?.queuedBytes ?? 0,
      heldBytes: this.stream?.heldBytes ?? 0,
    };
  }

  /** For good. Requests under way end with CONNECTION_FAILED. */
  close(): void {
    this.cancelTimer();
    this.stream?.close();
    this.disconnected();
  }

  // ---- Client ----

  /** Any message that is answered, for what has no function of its own; gives the function that forgets it. */
  request(type: number, peer: number, attributes: UbusAttributes, timeoutMs: number, answer: UbusAnswer): () => void {
    return this.calls.request(type, peer, attributes, timeoutMs, answer);
  }

  /**
   * Lists the object at `path`, those that begin with what stands before its `*`, or all without it. A path that is not there is
   * NOT_FOUND.
   */
  lookup(
    path: string | undefined,
    onObject: (object: UbusListing) => void,
    onDone: (status: number) => void,
    timeoutMs = BUS_TIMEOUT_MS,
  ): () => void {
    return this.request(UBUS_MSG.LOOKUP, 0, path === undefined ? {} : { path }, timeoutMs, {
      onData: (found) => {
        const { objectId: id, typeId = 0, signature = new Uint8Array(0) } = found;
        if (id !== undefined && found.path !== undefined) onObject({ path: found.path, id, typeId, signature });
      },
      onDone,
    });
  }

  /** Calls a method of the object with this id; `args` and the answers are blobmsg. */
  invoke(id: number, method: string, args: Uint8Array, timeoutMs: number, answer: UbusAnswer): () => void {
    return this.request(UBUS_MSG.INVOKE, id, { objectId: id, method, data: args }, timeoutMs, answer);
  }

  /**
   * Calls a method of the object at `path`. `onDone` gets its status (NOT_FOUND without such an object) and the first of its answers,
   * if there is one: OK without any is legal, as is an answer with an error. `timeoutMs` is for looking up, and again for the call.
   */
  call(
    path: string,
    method: string,
    args: BlobRecord,
    timeoutMs: number,
    onDone: (status: number, result: BlobRecord | undefined) => void,
  ): void {
    let id: number | undefined;
    const onLookedUp = (status: number): void => {
      if (status !== UBUS_STATUS.OK || id === undefined) onDone(status || UBUS_STATUS.NOT_FOUND, undefined);
      else this.callById(id, method, args, timeoutMs, onDone);
    };
    const onObject = (object: UbusListing): void => {
      id = object.id;
    };
    this.lookup(path, onObject, onLookedUp, timeoutMs);
  }

  private callById(
    id: number,
    method: string,
    args: BlobRecord,
    timeoutMs: number,
    onDone: (status: number, result: BlobRecord | undefined) => void,
  ): void {
    let result: BlobRecord | undefined;
    let broken = false;
    this.invoke(id, method, encodeRecord(args), timeoutMs, {
      onData: ({ data }) => {
        if (data === undefined || result !== undefined) return;
        try {
          result = decodeRecord(data);
        } catch {
          broken = true;
        }
      },
      onDone: (status) => onDone(broken ? status || UBUS_STATUS.PARSE_ERROR : status, result),
    });
  }

  /** Tells all listeners but those of this connection. Names that begin with `ubus.` are refused. */
  sendEvent(event: string, data: BlobRecord, onDone: (status: number) => void = () => undefined): void {
    const args = encodeRecord({ id: event, data });
    this.invoke(UBUS_OBJECT.EVENT, 'send', args, BUS_TIMEOUT_MS, { onDone });
  }

  /**
   * Events named `pattern`, or beginning with what stands before its `*`; `onRegistered` is called each time the bus has answered.
   * Gives the function that ends it.
   */
  listen(
    pattern: string,
    onEvent: (event: string, fields: readonly BlobField[]) => void,
    onRegistered?: (status: number) => void,
  ): () => void {
    return this.watch.listen(pattern, onEvent, onRegistered);
  }

  /** Notifications of the object at `path`, whenever there is one. Gives the function that ends it. */
  subscribe(path: string, subscriber: UbusSubscriber): () => void {
    return this.watch.subscribe(path, subscriber);
  }

  /** All that goes over the bus, until the connection is lost. @see decodeFields for the data of what was seen */
  monitor(onMessage: (message: MonitorAttributes) => void, onDone: (status: number) => void): void {
    this.onMonitored = onMessage;
    this.invoke(UBUS_OBJECT.MONITOR, 'add', new Uint8Array(0), BUS_TIMEOUT_MS, { onDone });
  }

  // ---- Provider ----

  /** Puts an object on the bus, now and after each loss of the connection. */
  addObject(definition: UbusDefinition): UbusObject {
    return this.objects.add(providerOf(definition));
  }

  /** An object of any kind: without a path, to listen and subscribe with. */
  put(behaviour: UbusBehaviour): UbusObject {
    return this.objects.add(behaviour);
  }

  // ---- The connection ----

  private connect(): void {
    const { host } = this;
    const address = unixAddress(host, this.options.path ?? UBUS_SOCKET);
    // Non-blocking, as SOCK_NONBLOCK is O_NONBLOCK on all that OpenWrt runs on: a bus that accepts nobody must not hold us.
    const { AF_UNIX, SOCK_STREAM, O_NONBLOCK } = host.constants;
    const fd = host.socket(AF_UNIX, SOCK_STREAM | O_NONBLOCK, 0);
    const failed = fd < 0 ? fd : address === undefined ? -(host.errno.ENAMETOOLONG ?? 0) : host.connect(fd, address);
    if (failed < 0) {
      if (fd >= 0) host.close(fd);
      this.lost(host.errorText(-failed));
      return;
    }
    const handlers = {
      onFrame: (frame: UbusFrame): void => this.onFrame(frame),
      onClose: (reason: string): void => this.lost(reason),
    };
    const stream = new UbusStream(host, this.loop, fd, handlers, PAUSE_BYTES);
    this.stream = stream;
    this.cancelTimer = this.loop.after(HELLO_TIMEOUT_MS, () => {
      stream.close();
      this.lost('no greeting');
    });
  }

  private onFrame(frame: UbusFrame): void {
    if (this.clientId === undefined) {
      if (frame.type === UBUS_MSG.HELLO) this.greeted(frame.peer);
      return;
    }
    switch (frame.type) {
      case UBUS_MSG.STATUS:
      case UBUS_MSG.DATA:
        this.calls.onFrame(frame, decodeAttributes(frame.body));
        break;
      case UBUS_MSG.INVOKE:
      case UBUS_MSG.NOTIFY:
      case UBUS_MSG.UNSUBSCRIBE:
        this.objects.onFrame(frame, decodeAttributes(frame.body));
        break;
      case UBUS_MSG.MONITOR:
        this.onMonitored?.(decodeMonitor(frame.body));
        break;
    }
  }

  private greeted(id: number): void {
    this.cancelTimer();
    this.clientId = id;
    this.upSinceMs = this.host.monotonicMs();
    const send = (frame: Uint8Array): boolean => this.stream?.send(frame) === true;
    this.calls.connected(send);
    this.objects.connected(send);
    this.options.onUp?.();
  }

  private disconnected(): void {
    this.stream = undefined;
    this.clientId = undefined;
    this.onMonitored = undefined;
    this.calls.disconnected();
    this.objects.disconnected();
  }

  private lost(reason: string): void {
    this.cancelTimer();
    const wasSteady = this.clientId !== undefined && this.host.monotonicMs() - this.upSinceMs >= STEADY_MS;
    if (wasSteady) this.delayMs = FIRST_DELAY_MS;
    this.cancelTimer = this.loop.after(this.delayMs, () => this.connect());
    this.delayMs = Math.min(this.delayMs * 2, LONGEST_DELAY_MS);
    this.disconnected();
    this.options.onDown?.(reason);
  }
}
