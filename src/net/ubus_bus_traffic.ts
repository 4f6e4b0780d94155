/**
 * What goes over the bus: requests of clients and what becomes of them, as ubusd does it (ubusd_proto.c, ubusd_obj.c). What a
 * client sends goes on as it came, however broken its data.
 */
import { Writer } from '../lib/bytes.ts';
import { encodeRecord } from '../wire/blobmsg.ts';
import {
  decodeAttributes,
  encodeFrame,
  encodeMonitor,
  UBUS_HEADER_BYTES,
  UBUS_MSG,
  UBUS_STATUS,
  type UbusAttributes,
  type UbusFrame,
} from '../wire/ubus.ts';
import type { UbusAcl } from './ubus_acl.ts';
import { BusEvents } from './ubus_bus_events.ts';
import { type BusClient, type BusObject, BusObjects, keep, release } from './ubus_bus_objects.ts';
import { callSystem } from './ubus_bus_system.ts';

/** What a client asks, while it is served. */
export interface BusRequest {
  readonly client: BusClient;
  readonly frame: UbusFrame;
  readonly attributes: UbusAttributes;
  /** One that rode on it, until it goes on with another message; -1 for none. */
  descriptor: number;
}

/** Undefined where no STATUS follows: the answer is somebody else's, or there is none. */
type Outcome = number | undefined;

const NO_DESCRIPTOR = -1;
/** Of one client at a time; ubusd has no bound. */
const MOST_LOOKUPS = 64;
const SUBSCRIPTION_BYTES = 64;
const { OK, INVALID_COMMAND, INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, NO_MEMORY } = UBUS_STATUS;

export class BusTraffic {
  readonly acl: UbusAcl;
  readonly objects: BusObjects;
  readonly events: BusEvents;
  /** Who sees all that goes on, oldest first, and how many messages about it were sent. */
  readonly monitors = new Map<BusClient, number>();
  private readonly clients: ReadonlyMap<number, BusClient>;

  constructor(clients: ReadonlyMap<number, BusClient>, acl: UbusAcl, random: () => number) {
    this.clients = clients;
    this.acl = acl;
    this.objects = new BusObjects(random);
    this.events = new BusEvents((client, frame) => this.send(client, frame));
  }

  // ---- Clients ----

  greet(client: BusClient): void {
    this.send(client, encodeFrame(UBUS_MSG.HELLO, 0, client.id, {}));
  }

  /** Everything of a client that is gone; its newest object first. */
  remove(client: BusClient): void {
    this.monitors.delete(client);
    for (const object of [...client.objects]) this.removeObject(object);
  }

  /** Reads the access control lists again, and says so. */
  reloadAcl(): void {
    this.acl.load();
    this.events.emit('ubus.acl.sequence', encodeRecord({ sequence: this.acl.sequence }));
  }

  /** The client has taken all that waited: what it asked for and was too much at once goes on. */
  drained(client: BusClient): void {
    for (let next = client.lookups[0]; next !== undefined; next = client.lookups[0]) {
      const after = this.listFrom(client, next.seq, next.peer, next.after);
      if (after !== undefined) {
        client.lookups[0] = { ...next, after };
        return;
      }
      client.lookups.shift();
      this.answer(client, next.seq, next.peer, OK);
    }
  }

  serve(client: BusClient, frame: UbusFrame, descriptor: number, close: (descriptor: number) => unknown): void {
    this.monitor(client, frame, false);
    const request = { client, frame, attributes: decodeAttributes(frame.body), descriptor };
    const status = this.handle(request);
    if (request.descriptor !== NO_DESCRIPTOR) close(request.descriptor);
    if (status !== undefined) this.answer(client, frame.seq, frame.peer, status);
  }

  // ---- Sending ----

  /** `descriptor` goes with it and is closed in the end. */
  send(client: BusClient, bytes: Uint8Array, descriptor = NO_DESCRIPTOR): void {
    if (this.monitors.size > 0) this.monitor(client, frameIn(bytes), true);
    client.stream.send(bytes, descriptor);
  }

  /** A message of the bus in answer to `request`. */
  reply({ client, frame }: BusRequest, type: number, attributes: UbusAttributes): void {
    this.send(client, encodeFrame(type, frame.seq, frame.peer, attributes));
  }

  private answer(client: BusClient, seq: number, peer: number, status: number): void {
    this.send(client, encodeFrame(UBUS_MSG.STATUS, seq, peer, { status }));
  }

  private monitor(client: BusClient, { peer, seq, type, body: data }: UbusFrame, send: boolean): void {
    for (const [monitor, count] of this.monitors) {
      this.monitors.set(monitor, count + 1);
      const about = { client: client.id, peer, seq, type, send, data };
      monitor.stream.send(encodeMonitor((count + 1) & 0xffff, about));
    }
  }

  // ---- Requests ----

  private handle(request: BusRequest): Outcome {
    const { client, frame, attributes } = request;
    switch (frame.type) {
      case UBUS_MSG.STATUS:
        return attributes.status === undefined ? undefined : this.passAnswer(request);
      case UBUS_MSG.DATA:
        return attributes.data === undefined ? undefined : this.passAnswer(request);
      case UBUS_MSG.PING:
        this.send(client, frameOf(UBUS_MSG.DATA, frame.seq, frame.peer, frame.body));
        return OK;
      case UBUS_MSG.LOOKUP:
        return attributes.path === undefined ? this.lookupAll(request) : this.lookup(request, attributes.path);
      case UBUS_MSG.INVOKE:
        return this.invoke(request);
      case UBUS_MSG.ADD_OBJECT:
        return this.addObject(request);
      case UBUS_MSG.REMOVE_OBJECT:
        return this.removeOwn(request);
      case UBUS_MSG.SUBSCRIBE:
        return this.subscribe(request);
      case UBUS_MSG.UNSUBSCRIBE:
        return this.unsubscribe(request);
      case UBUS_MSG.NOTIFY:
        return this.notify(request);
      default:
        return INVALID_COMMAND;
    }
  }

  private lookupAll({ client, frame: { seq, peer } }: BusRequest): Outcome {
    const mustWait = client.lookups.length > 0;
    const after = mustWait ? '' : this.listFrom(client, seq, peer, '');
    if (after === undefined) return OK;
    if (client.lookups.length >= MOST_LOOKUPS) return NO_MEMORY;
    client.lookups.push({ seq, peer, after });
    return undefined;
  }

  /** Lists objects until the client has to take some first; the last path then, undefined at the end. */
  private listFrom(client: BusClient, seq: number, peer: number, after: string): string | undefined {
    let last = after;
    for (let object = this.objects.after(last); object?.path !== undefined; object = this.objects.after(last)) {
      if (client.stream.queuedBytes > 0) return last;
      this.list(client, seq, peer, object);
      last = object.path;
    }
    return undefined;
  }

  private lookup({ client, frame: { seq, peer } }: BusRequest, path: string): Outcome {
    if (path === '') return INVALID_ARGUMENT;
    const isPrefix = path.endsWith('*');
    const name = isPrefix ? path.slice(0, -1) : path;
    const matches = (object: BusObject | undefined): boolean =>
      isPrefix ? object?.path?.startsWith(name) === true : object?.path === name;
    let object = this.objects.from(name);
    if (!matches(object)) return NOT_FOUND;
    for (; object?.path !== undefined && matches(object); object = this.objects.after(object.path)) {
      this.list(client, seq, peer, object);
    }
    return OK;
  }

  /** An object is shown with the methods that the client may call, and not at all where that is none of some. */
  private list(client: BusClient, seq: number, peer: number, { id, path, type }: BusObject): void {
    if (type === undefined || path === undefined) return;
    const methods = type.methods.filter(({ name }) => this.acl.allows(client.peer, 'access', path, name));
    if (methods.length === 0 && type.methods.length > 0) return;
    const w = new Writer(false, type.costBytes);
    for (const { bytes } of methods) w.raw(bytes);
    const attributes = { path, objectId: id, typeId: type.id, signature: w.bytes() };
    this.send(client, encodeFrame(UBUS_MSG.DATA, seq, peer, attributes));
  }

  private invoke(request: BusRequest): Outcome {
    const { client, frame, attributes } = request;
    const { objectId, method, data } = attributes;
    if (objectId === undefined || method === undefined) return INVALID_ARGUMENT;
    const object = this.objects.find(objectId);
    if (object === undefined) return callSystem(this, request, objectId, method);
    const { path } = object;
    if (path !== undefined && !this.acl.allows(client.peer, 'access', path, method)) return PERMISSION_DENIED;
    this.call(object, client, frame.seq, { method, data }, request.descriptor);
    request.descriptor = NO_DESCRIPTOR;
    return undefined;
  }

  /** Hands a call or notification of `from` to the owner of `object`. */
  private call(
    object: BusObject,
    from: BusClient,
    seq: number,
    { noReply, method, data }: UbusAttributes,
    descriptor = NO_DESCRIPTOR,
  ): void {
    const { user, group } = from.peer;
    const attributes = { noReply, objectId: object.id, method, user, group, data };
    this.send(object.client, encodeFrame(UBUS_MSG.INVOKE, seq, from.id, attributes), descriptor);
  }

  /** An answer of a provider goes to the client that it names, as it is. */
  private passAnswer(request: BusRequest): Outcome {
    const { client, frame, attributes } = request;
    const object = this.objects.find(attributes.objectId);
    const caller = this.clients.get(frame.peer);
    if (object?.client !== client || caller === undefined) return undefined;
    // Descriptors ride on the STATUS only.
    const rides = frame.type === UBUS_MSG.STATUS;
    this.send(
      caller,
      frameOf(frame.type, frame.seq, object.id, frame.body),
      rides ? request.descriptor : NO_DESCRIPTOR,
    );
    if (rides) request.descriptor = NO_DESCRIPTOR;
    return undefined;
  }

  // ---- Objects ----

  private addObject(request: BusRequest): Outcome {
    const { client, attributes } = request;
    const { path } = attributes;
    if (path !== undefined) {
      const isTaken = this.objects.from(path)?.path === path;
      if (isTaken || !this.acl.allows(client.peer, 'publish', path)) return INVALID_ARGUMENT;
    }
    const object = this.objects.add(client, attributes);
    if (object === undefined) return NO_MEMORY;
    this.tellOf(object, 'ubus.object.add');
    const typeId = attributes.signature === undefined ? undefined : object.type?.id;
    this.reply(request, UBUS_MSG.DATA, { objectId: object.id, typeId });
    return OK;
  }

  private removeOwn(request: BusRequest): Outcome {
    const { objectId } = request.attributes;
    if (objectId === undefined) return INVALID_ARGUMENT;
    const object = this.objects.find(objectId);
    if (object === undefined) return NOT_FOUND;
    if (object.client !== request.client) return PERMISSION_DENIED;
    const typeId = object.type?.objects === 1 ? object.type.id : undefined;
    this.reply(request, UBUS_MSG.DATA, { objectId, typeId });
    this.removeObject(object);
    return OK;
  }

  private removeObject(object: BusObject): void {
    for (const target of [...object.targets]) this.endSubscription(object, target);
    for (const subscriber of [...object.subscribers]) {
      const attributes = { objectId: subscriber.id, target: object.id };
      this.send(subscriber.client, encodeFrame(UBUS_MSG.UNSUBSCRIBE, this.countOf(subscriber), 0, attributes));
      this.endSubscription(subscriber, object);
    }
    this.events.forget(object);
    this.tellOf(object, 'ubus.object.remove');
    this.objects.remove(object);
  }

  private tellOf({ id, path }: BusObject, event: string): void {
    if (path !== undefined) this.events.emit(event, encodeRecord({ id: id | 0, path }));
  }

  private countOf(object: BusObject): number {
    object.sequence = (object.sequence + 1) & 0xffff;
    return object.sequence;
  }

  // ---- Subscriptions ----

  private subscribe({ client, attributes }: BusRequest): Outcome {
    if (attributes.objectId === undefined || attributes.target === undefined) return INVALID_ARGUMENT;
    const object = this.objects.find(attributes.objectId);
    if (object === undefined) return NOT_FOUND;
    if (object.client !== client) return INVALID_ARGUMENT;
    const target = this.objects.find(attributes.target);
    if (target === undefined) return NOT_FOUND;
    if (target.client === client) return INVALID_ARGUMENT;
    if (!this.maySubscribe(client, target)) return NOT_FOUND;
    if (!keep(client, SUBSCRIPTION_BYTES)) return NO_MEMORY;
    object.targets.unshift(target);
    target.subscribers.unshift(object);
    if (target.subscribers.length === 1) this.tellWhetherActive(target);
    return OK;
  }

  /** An object without a path is for those who share a user or group with its owner. */
  private maySubscribe({ peer }: BusClient, { path, client }: BusObject): boolean {
    if (path !== undefined) return this.acl.allows(peer, 'subscribe', path);
    return client.peer.user === peer.user || client.peer.group === peer.group;
  }

  private unsubscribe({ client, attributes }: BusRequest): Outcome {
    if (attributes.objectId === undefined || attributes.target === undefined) return INVALID_ARGUMENT;
    const object = this.objects.find(attributes.objectId);
    if (object === undefined) return NOT_FOUND;
    if (object.client !== client) return INVALID_ARGUMENT;
    const target = object.targets.find(({ id }) => id === attributes.target);
    if (target === undefined) return NOT_FOUND;
    this.endSubscription(object, target);
    return OK;
  }

  private endSubscription(object: BusObject, target: BusObject): void {
    object.targets.splice(object.targets.indexOf(target), 1);
    target.subscribers.splice(target.subscribers.indexOf(object), 1);
    release(object.client, SUBSCRIPTION_BYTES);
    if (target.subscribers.length === 0) this.tellWhetherActive(target);
  }

  private tellWhetherActive(target: BusObject): void {
    const attributes = { objectId: target.id, active: target.subscribers.length > 0 };
    this.send(target.client, encodeFrame(UBUS_MSG.NOTIFY, this.countOf(target), 0, attributes));
  }

  private notify(request: BusRequest): Outcome {
    const { client, frame, attributes } = request;
    const { objectId, method, data, noReply } = attributes;
    if (objectId === undefined || method === undefined) return INVALID_ARGUMENT;
    const object = this.objects.find(objectId);
    if (object === undefined) return NOT_FOUND;
    if (object.client !== client) return PERMISSION_DENIED;
    if (noReply !== true) {
      const subscribers = object.subscribers.map(({ id }) => id);
      this.reply(request, UBUS_MSG.STATUS, { objectId, subscribers, status: OK });
    }
    const notification = { ...(noReply === true && { noReply }), method, data };
    for (const subscriber of object.subscribers) this.call(subscriber, client, frame.seq, notification);
    return undefined;
  }
}

/** A whole message around a body that is passed on. */
function frameOf(type: number, seq: number, peer: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(UBUS_HEADER_BYTES + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(1, type);
  view.setUint16(2, seq);
  view.setUint32(4, peer);
  view.setUint32(8, body.length + 4);
  bytes.set(body, UBUS_HEADER_BYTES);
  return bytes;
}

/** The inverse of {@link frameOf}. */
function frameIn(bytes: Uint8Array): UbusFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return {
    type: view.getUint8(1),
    seq: view.getUint16(2),
    peer: view.getUint32(4),
    body: bytes.subarray(UBUS_HEADER_BYTES),
  };
}
