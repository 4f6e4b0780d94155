/** What is on the bus: clients, their objects by number and by path, types of objects, and who subscribed to what. */
import { Reader } from '../lib/bytes.ts';
import { BlobError, eachField } from '../wire/blobmsg.ts';
import type { UbusAttributes } from '../wire/ubus.ts';
import type { ByteBudget } from './byte_queue.ts';
import type { UbusPeer } from './ubus_peer.ts';
import type { UbusStream } from './ubus_stream.ts';

export interface BusMethod {
  readonly name: string;
  /** Its part of the signature, passed on as it came. */
  readonly bytes: Uint8Array;
}

/** Methods that several objects may have in common. */
export interface BusType {
  readonly id: number;
  readonly methods: readonly BusMethod[];
  readonly costBytes: number;
  objects: number;
}

export interface BusObject {
  readonly id: number;
  readonly client: BusClient;
  readonly path: string | undefined;
  readonly type: BusType | undefined;
  /** Newest first, as is {@link targets}; one that subscribed twice is there twice. */
  subscribers: BusObject[];
  targets: BusObject[];
  /** Counts the messages that the bus itself sends about it. */
  sequence: number;
}

/** A LOOKUP of everything that waits until its client has taken what came so far. */
export interface PendingLookup {
  readonly seq: number;
  readonly peer: number;
  /** The last path that was sent. */
  readonly after: string;
}

export interface BusClient {
  readonly id: number;
  readonly peer: UbusPeer;
  readonly stream: UbusStream;
  /** What all clients of its kind may make the bus keep. */
  readonly budget: ByteBudget;
  /** What it has made the bus keep: objects, paths, signatures, patterns, subscriptions. */
  keptBytes: number;
  /** Newest first. */
  objects: BusObject[];
  lookups: PendingLookup[];
}

/** Ids below are the bus's own (UBUS_SYSTEM_OBJECT_MAX). */
export const FIRST_ID = 1024;
/** What one client may make the bus keep. */
const MOST_KEPT_BYTES = 512 << 10;
/** About what an object and a method cost in this engine besides their names. */
const OBJECT_BYTES = 512;
const METHOD_BYTES = 128;

/** A number that nothing in `taken` has. */
export function newBusId(random: () => number, taken: ReadonlyMap<number, unknown>): number {
  for (;;) {
    const id = random();
    if (id >= FIRST_ID && !taken.has(id)) return id;
  }
}

/** Whether the bus may keep `bytes` more for `client`; they count until {@link release}. */
export function keep(client: BusClient, bytes: number): boolean {
  if (client.keptBytes + bytes > MOST_KEPT_BYTES || !client.budget.take(bytes)) return false;
  client.keptBytes += bytes;
  return true;
}

export function release(client: BusClient, bytes: number): void {
  client.keptBytes -= bytes;
  client.budget.giveBack(bytes);
}

export class BusObjects {
  private readonly random: () => number;
  private readonly byId = new Map<number, BusObject>();
  private readonly types = new Map<number, BusType>();
  /** Those with a path, in the order of their paths. */
  private readonly named: BusObject[] = [];

  constructor(random: () => number) {
    this.random = random;
  }

  get size(): number {
    return this.byId.size;
  }

  find(id: number | undefined): BusObject | undefined {
    return id === undefined ? undefined : this.byId.get(id);
  }

  /** The first object whose path is `path` or comes after it. */
  from(path: string): BusObject | undefined {
    return this.named[this.placeOf(path)];
  }

  /** The first object whose path comes after `path`. */
  after(path: string): BusObject | undefined {
    const at = this.placeOf(path);
    return this.named[this.named[at]?.path === path ? at + 1 : at];
  }

  /** Undefined where the client has no room for it. A type that nobody knows is no type, and so is a broken signature. */
  add(client: BusClient, { path, typeId, signature }: UbusAttributes): BusObject | undefined {
    const methods = typeId === undefined && signature !== undefined ? methodsOf(signature) : undefined;
    const known = typeId === undefined ? undefined : this.types.get(typeId);
    const typeBytes = methods === undefined ? (known?.costBytes ?? 0) : costOf(methods);
    if (!keep(client, OBJECT_BYTES + (path?.length ?? 0) + typeBytes)) return undefined;
    const type = methods === undefined ? known : this.newType(methods, typeBytes);
    if (type !== undefined) type.objects++;
    const id = newBusId(this.random, this.byId);
    const object: BusObject = { id, client, path, type, subscribers: [], targets: [], sequence: 0 };
    this.byId.set(object.id, object);
    if (path !== undefined) this.named.splice(this.placeOf(path), 0, object);
    client.objects.unshift(object);
    return object;
  }

  remove(object: BusObject): void {
    const { id, client, path, type } = object;
    this.byId.delete(id);
    if (path !== undefined) this.named.splice(this.placeOf(path), 1);
    client.objects = client.objects.filter((other) => other !== object);
    release(client, OBJECT_BYTES + (path?.length ?? 0) + (type?.costBytes ?? 0));
    if (type !== undefined && --type.objects === 0) this.types.delete(type.id);
  }

  private newType(methods: readonly BusMethod[], costBytes: number): BusType {
    const type: BusType = { id: newBusId(this.random, this.types), methods, costBytes, objects: 0 };
    this.types.set(type.id, type);
    return type;
  }

  /** Where `path` is in the list, or belongs. */
  private placeOf(path: string): number {
    let low = 0;
    let high = this.named.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.named[middle]?.path ?? '') < path) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function costOf(methods: readonly BusMethod[]): number {
  return methods.reduce((sum, { bytes }) => sum + METHOD_BYTES + bytes.length, 0);
}

/** The methods in a signature; undefined where it is broken. */
function methodsOf(signature: Uint8Array): BusMethod[] | undefined {
  const copy = signature.slice();
  const methods: BusMethod[] = [];
  try {
    eachField(new Reader(copy, false), (name, _type, value, startsAt) => {
      if (name === '') throw new BlobError('a method without a name');
      methods.push({ name, bytes: copy.subarray(startsAt, (value.end + 3) & ~3) });
    });
  } catch (error) {
    if (!(error instanceof BlobError)) throw error;
    return undefined;
  }
  return methods;
}
