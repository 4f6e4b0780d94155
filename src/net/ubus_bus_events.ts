/** Events: who listens to which names, and who gets one. (ubusd_event.c) */
import { encodeFrame, UBUS_MSG } from '../wire/ubus.ts';
import { type BusClient, type BusObject, keep, release } from './ubus_bus_objects.ts';

interface Listener {
  /** Without its `*`. */
  readonly name: string;
  readonly isPrefix: boolean;
  readonly object: BusObject;
}

/** About what a listener costs in this engine besides its name. */
const LISTENER_BYTES = 128;

export class BusEvents {
  /** In the order of the names; equals in the order they came. It is the order in which events go out. */
  private listeners: Listener[] = [];
  private sequence = 0;
  private readonly send: (client: BusClient, frame: Uint8Array) => void;

  constructor(send: (client: BusClient, frame: Uint8Array) => void) {
    this.send = send;
  }

  /** `pattern` may end with `*`. False where the client has no room for it. */
  listen(object: BusObject, pattern: string): boolean {
    if (!keep(object.client, LISTENER_BYTES + pattern.length)) return false;
    const isPrefix = pattern.endsWith('*');
    const name = isPrefix ? pattern.slice(0, -1) : pattern;
    const at = this.listeners.findIndex((other) => other.name > name);
    this.listeners.splice(at < 0 ? this.listeners.length : at, 0, { name, isPrefix, object });
    return true;
  }

  forget(object: BusObject): void {
    const isOf = (listener: Listener): boolean => listener.object === object;
    for (const { name, isPrefix } of this.listeners.filter(isOf)) {
      release(object.client, LISTENER_BYTES + name.length + (isPrefix ? 1 : 0));
    }
    this.listeners = this.listeners.filter((listener) => !isOf(listener));
  }

  /** To each object once that listens to `event`, but not back to `sender`. `data` is blobmsg. */
  emit(event: string, data: Uint8Array, sender?: BusClient): void {
    const reached = new Set<BusObject>();
    for (const { name, isPrefix, object } of this.listeners) {
      const matches = isPrefix ? event.startsWith(name) : event === name;
      if (!matches || object.client === sender || reached.has(object)) continue;
      reached.add(object);
      const attributes = { objectId: object.id, method: event, data };
      this.send(object.client, encodeFrame(UBUS_MSG.INVOKE, ++this.sequence & 0xffff, 0, attributes));
    }
  }
}
