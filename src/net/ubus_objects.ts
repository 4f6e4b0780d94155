/**
 * The objects of this connection: put on the bus, called by others, notifying their subscribers.
 *
 * A request is known by its caller and the caller's number for it, since two callers may use the same number. One whose handler
 * returns without finishing it is answered later; the table of those is bounded, and empty after a loss of the connection.
 */
import { type BlobRecord, encodeRecord } from '../wire/blobmsg.ts';
import { encodeFrame, UBUS_MSG, UBUS_STATUS, type UbusAttributes, type UbusFrame } from '../wire/ubus.ts';
import type { UbusCalls } from './ubus_calls.ts';

/** Requests that wait for our answer; more are refused with NO_MEMORY. */
const MOST_OPEN_REQUESTS = 1024;
const ADD_TIMEOUT_MS = 30_000;
const SEQS = 0x1_0000;

/** What an object of ours does; `ubus_provider.ts` and `ubus_watch.ts` say it for their kinds. */
export interface UbusBehaviour {
  /** Of ADD_OBJECT. */
  readonly attributes: UbusAttributes;
  onInvoke(request: UbusRequest): void;
  /** The bus has taken the object (again), or refused it. */
  onAdded?(status: number, object: UbusObject): void;
  onSubscribers?(any: boolean): void;
  /** What this object subscribed to has gone. */
  onTargetGone?(target: number): void;
}

/** A call of a method, an event, or a notification, until it is finished. */
export class UbusRequest {
  readonly method: string;
  /** The arguments, until the handler returns; undefined where the caller sent none. */
  data: Uint8Array | undefined;
  /** Name of the caller's user; undefined for events. */
  readonly user: string | undefined;
  readonly group: string | undefined;
  private readonly owner: UbusObjects;
  private readonly frame: Pick<UbusFrame, 'seq' | 'peer'>;
  private readonly objectId: number;
  private readonly noReply: boolean;
  private status: number = UBUS_STATUS.OK;
  private over = false;

  constructor(owner: UbusObjects, { seq, peer }: UbusFrame, objectId: number, attributes: UbusAttributes) {
    this.owner = owner;
    this.frame = { seq, peer };
    this.objectId = objectId;
    this.method = attributes.method ?? '';
    this.data = attributes.data;
    this.user = attributes.user;
    this.group = attributes.group;
    this.noReply = attributes.noReply === true;
  }

  /** Of all requests that are open now. */
  get key(): number {
    return this.frame.peer * SEQS + this.frame.seq;
  }

  get isFinished(): boolean {
    return this.over;
  }

  /**
   * Sends a part of the result, which can be several. False where it was not sent: it is larger than a message may be, the bus
   * takes nothing, or nobody waits any more; the request then ends with NO_MEMORY unless another status is given.
   */
  send(data: BlobRecord | Uint8Array): boolean {
    if (this.over || this.noReply) return false;
    const bytes = data instanceof Uint8Array ? data : encodeRecord(data);
    const sent = this.owner.answer(UBUS_MSG.DATA, this.frame, { objectId: this.objectId, data: bytes });
    if (!sent) this.status = UBUS_STATUS.NO_MEMORY;
    return sent;
  }

  /** Ends the request, with the (rest of the) result if there is one; does nothing where it has ended. */
  finish(status: number = UBUS_STATUS.OK, data?: BlobRecord | Uint8Array): void {
    if (this.over) return;
    if (data !== undefined) this.send(data);
    this.over = true;
    this.owner.close(this);
    if (this.noReply) return;
    this.owner.answer(UBUS_MSG.STATUS, this.frame, { status: status || this.status, objectId: this.objectId });
  }

  /** Ends it without an answer, since nobody waits for one. */
  abandon(): void {
    this.over = true;
  }
}

export class UbusObject {
  readonly behaviour: UbusBehaviour;
  private readonly owner: UbusObjects;
  /** Random, and another after each loss of the connection; undefined while it is not on the bus. */
  id: number | undefined;
  private subscribed = false;

  constructor(owner: UbusObjects, behaviour: UbusBehaviour) {
    this.owner = owner;
    this.behaviour = behaviour;
  }

  get hasSubscribers(): boolean {
    return this.subscribed;
  }

  setSubscribed(any: boolean): void {
    if (any === this.subscribed) return;
    this.subscribed = any;
    this.behaviour.onSubscribers?.(any);
  }

  /** Tells all subscribers, and waits for none. False where there is none, or the bus takes nothing. */
  notify(method: string, data: BlobRecord | Uint8Array): boolean {
    return this.owner.notify(this, method, data);
  }

  /**
   * Tells all subscribers and waits until each has answered: `onDone` gets OK, or TIMEOUT when some have not, and the answers so far by
   * the subscribers' ids.
   */
  ask(
    method: string,
    data: BlobRecord | Uint8Array,
    timeoutMs: number,
    onDone: (status: number, answers: ReadonlyMap<number, number>) => void,
  ): void {
    this.owner.ask(this, method, data, timeoutMs, onDone);
  }

  /** Takes it off the bus. */
  remove(): void {
    this.owner.remove(this);
  }
}

export class UbusObjects {
  private readonly calls: UbusCalls;
  private readonly objects = new Set<UbusObject>();
  private readonly byId = new Map<number, UbusObject>();
  private readonly open = new Map<number, UbusRequest>();
  private transmit: ((frame: Uint8Array) => boolean) | undefined;

  constructor(calls: UbusCalls) {
    this.calls = calls;
  }

  /** Requests that wait for our answer. */
  get openRequests(): number {
    return this.open.size;
  }

  /** Puts all objects on the bus. */
  connected(send: (frame: Uint8Array) => boolean): void {
    this.transmit = send;
    for (const object of this.objects) this.register(object);
  }

  disconnected(): void {
    this.transmit = undefined;
    for (const request of this.open.values()) request.abandon();
    this.open.clear();
    this.byId.clear();
    for (const object of this.objects) object.id = undefined;
    for (const object of this.objects) object.setSubscribed(false);
  }

  add(behaviour: UbusBehaviour): UbusObject {
    const object = new UbusObject(this, behaviour);
    this.objects.add(object);
    if (this.transmit !== undefined) this.register(object);
    return object;
  }

  remove(object: UbusObject): void {
    this.objects.delete(object);
    const { id } = object;
    if (id === undefined) return;
    object.id = undefined;
    this.byId.delete(id);
    this.calls.request(UBUS_MSG.REMOVE_OBJECT, 0, { objectId: id }, ADD_TIMEOUT_MS, { onDone: () => undefined });
  }

  private register(object: UbusObject): void {
    const { behaviour } = object;
    this.calls.request(UBUS_MSG.ADD_OBJECT, 0, behaviour.attributes, ADD_TIMEOUT_MS, {
      onData: ({ objectId }) => {
        if (objectId === undefined) return;
        object.id = objectId;
        // What was removed while the bus added it is taken off again.
        if (this.objects.has(object)) this.byId.set(objectId, object);
        else this.remove(object);
      },
      onDone: (status) => {
        if (this.objects.has(object)) behaviour.onAdded?.(status, object);
      },
    });
  }

  notify(object: UbusObject, method: string, data: BlobRecord | Uint8Array): boolean {
    const { id } = object;
    if (id === undefined || !object.hasSubscribers) return false;
    const attributes = { ...notification(id, method, data), noReply: true };
    return this.transmit?.(encodeFrame(UBUS_MSG.NOTIFY, this.calls.nextSeq(), id, attributes)) === true;
  }

  ask(
    object: UbusObject,
    method: string,
    data: BlobRecord | Uint8Array,
    timeoutMs: number,
    onDone: (status: number, answers: ReadonlyMap<number, number>) => void,
  ): void {
    const answers = new Map<number, number>();
    const { id } = object;
    const done = (status: number): void => onDone(status, answers);
    if (id === undefined) {
      this.calls.refuse({ onDone: done }, UBUS_STATUS.NOT_FOUND);
      return;
    }
    let waiting: Set<number> | undefined;
    this.calls.request(UBUS_MSG.NOTIFY, id, notification(id, method, data), timeoutMs, {
      onStatus: (peer, { status = UBUS_STATUS.UNKNOWN_ERROR, subscribers }) => {
        if (peer === id && waiting === undefined) {
          if (status !== UBUS_STATUS.OK) return status;
          waiting = new Set(subscribers);
        } else if (waiting?.delete(peer) === true) {
          answers.set(peer, status);
        }
        return waiting?.size === 0 ? UBUS_STATUS.OK : undefined;
      },
      onDone: done,
    });
  }

  // ---- What others send ----

  /** INVOKE, NOTIFY and UNSUBSCRIBE. */
  onFrame(frame: UbusFrame, attributes: UbusAttributes): void {
    const { objectId, target } = attributes;
    if (objectId === undefined) return;
    const object = this.byId.get(objectId);
    if (frame.type === UBUS_MSG.INVOKE) this.invoke(frame, object, objectId, attributes);
    else if (frame.type === UBUS_MSG.NOTIFY) object?.setSubscribed(attributes.active === true);
    else if (target !== undefined) object?.behaviour.onTargetGone?.(target);
  }

  private invoke(frame: UbusFrame, object: UbusObject | undefined, objectId: number, attributes: UbusAttributes): void {
    const request = new UbusRequest(this, frame, objectId, attributes);
    // A caller that uses a number again waits no more for what it asked before.
    this.open.get(request.key)?.abandon();
    this.open.delete(request.key);
    if (object === undefined) {
      request.finish(UBUS_STATUS.NOT_FOUND);
      return;
    }
    if (attributes.method === undefined) {
      request.finish(UBUS_STATUS.INVALID_ARGUMENT);
      return;
    }
    if (this.open.size >= MOST_OPEN_REQUESTS) {
      request.finish(UBUS_STATUS.NO_MEMORY);
      return;
    }
    this.open.set(request.key, request);
    let returned = false;
    try {
      object.behaviour.onInvoke(request);
      returned = true;
    } finally {
      // Lies in a buffer of up to 1 MiB, which an answer that takes long must not keep.
      request.data = undefined;
      if (!returned) request.finish(UBUS_STATUS.UNKNOWN_ERROR);
    }
  }

  answer(type: number, { seq, peer }: Pick<UbusFrame, 'seq' | 'peer'>, attributes: UbusAttributes): boolean {
    return this.transmit?.(encodeFrame(type, seq, peer, attributes)) === true;
  }

  close(request: UbusRequest): void {
    if (this.open.get(request.key) === request) this.open.delete(request.key);
  }
}

function notification(objectId: number, method: string, data: BlobRecord | Uint8Array): UbusAttributes {
  return { objectId, method, data: data instanceof Uint8Array ? data : encodeRecord(data) };
}
